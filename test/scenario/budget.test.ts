import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Capacity, planBudget } from '../../src/scenario/budget.ts';
import { thrownBy } from '../support/thrown.ts';
import { planOf } from './load-yaml.ts';

const CAPACITY: Capacity = {
  descriptorLimit: 20_000,
  ephemeralPorts: { first: 32_768, last: 60_999 },
  cpus: 2,
  blackholeObstacle: null,
};

function phones(count: number, more = ''): ReturnType<typeof planOf> {
  return planOf(`phones: { generate: { count: ${count} } }\n${more}`);
}

describe('planBudget', () => {
  it('fits a small run into one process with one thread', () => {
    expect(planBudget(phones(1000), CAPACITY)).toEqual({
      descriptorsPerPhone: 3,
      descriptorsPerAgent: 3116,
      descriptorLimit: 20_000,
      agents: 1,
      threadsPerAgent: 1,
      workers: 1,
      phonesPerWorker: 1000,
      sourceAddresses: 1_048_574,
      phonesPerSourceAddress: 1,
      portsPerSourceAddress: 28_232,
      vanish: false,
      warnings: [],
    });
  });

  it('takes as many agents as the descriptors ask for, and never one more', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200_000 }),
        fc.integer({ min: 2000, max: 60_000 }),
        (count, limit) => {
          const plan = { ...phones(1), phoneCount: count };
          const capacity = { ...CAPACITY, descriptorLimit: limit };
          const needed = Math.ceil(count / Math.floor((limit - 116) / 3));
          if (needed > 64) {
            expect(thrownBy(() => planBudget(plan, capacity)).code).toBe('too-few-descriptors');
            return;
          }
          const budget = planBudget(plan, capacity);
          expect(budget.agents).toBe(needed);
          expect(budget.descriptorsPerAgent).toBeLessThanOrEqual(limit);
          expect(budget.workers * budget.phonesPerWorker).toBeGreaterThanOrEqual(count);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('uses more threads where there are processors for them', () => {
    const budget = planBudget(phones(10_000), { ...CAPACITY, cpus: 16, descriptorLimit: 1_000_000 });
    expect(budget).toMatchObject({
      agents: 1,
      threadsPerAgent: 8,
      workers: 8,
      phonesPerWorker: 1250,
      warnings: [],
    });
  });

  it('says what is too little, what it would be enough for, and what to do', () => {
    const plan = phones(10_000, 'workers: { agents: 2, threads: 1 }');
    const error = thrownBy(() => planBudget(plan, { ...CAPACITY, descriptorLimit: 1024 }));
    expect(error).toMatchObject({
      code: 'too-few-descriptors',
      message:
        '10000 phones in 2 processes need 15116 descriptors each; the limit is 1024, enough for 604 phones',
      hint: 'raise it with `ulimit -n 15116`, take more agents, or boot fewer phones',
    });
  });

  it('counts only the sockets that the phones will open', () => {
    expect(planBudget(phones(10, 'skip: [ctl, config, callManager]'), CAPACITY).descriptorsPerPhone).toBe(0);
    expect(planBudget(phones(10, 'skip: [callManager]'), CAPACITY).descriptorsPerPhone).toBe(1);
  });

  it.each([
    ['lab: { callManagers: 1 }', 1],
    ['lab: { callManagers: 2 }', 2],
    ['lab: { callManagers: 2, srst: true }', 3],
    ['lab: { callManagers: 3 }', 3],
    ['target: { sccp: { standby: false } }', 1],
    ['target: { callManagers: [127.0.0.2, 127.0.0.3], tftp: { servers: [127.0.0.1] } }', 3],
    ['target: { tftp: { servers: [127.0.0.1] } }', 3],
  ])('counts the standby connections: %s', (more, connections) => {
    expect(planBudget(phones(10, more), CAPACITY).descriptorsPerPhone).toBe(1 + connections);
  });

  it('refuses more phones on one address than it has ports', () => {
    const error = thrownBy(() =>
      planBudget(phones(60_000, 'sourceAddresses: shared'), { ...CAPACITY, descriptorLimit: 1e6 }),
    );
    expect(error).toMatchObject({
      code: 'too-few-ports',
      message: '60000 phones share a source address that has 28232 ports (32768-60999)',
      hint: 'give at least 3 addresses in sourceAddresses, or widen net.ipv4.ip_local_port_range',
    });
    const spread = phones(60_000, 'sourceAddresses: 127.3.0.1-127.3.0.10');
    expect(planBudget(spread, { ...CAPACITY, descriptorLimit: 1e6 }).phonesPerSourceAddress).toBe(6000);
  });

  it('warns before the ports are used up', () => {
    const budget = planBudget(phones(20_000, 'sourceAddresses: shared'), {
      ...CAPACITY,
      descriptorLimit: 1e6,
    });
    expect(budget.warnings).toEqual([
      '20000 phones on a source address with 28232 ports: phones that boot again may find none free for a minute',
    ]);
  });

  it('counts the ports that files over HTTP leave behind', () => {
    const yaml = 'sourceAddresses: shared\ntarget: { files: { transport: http-then-tftp } }';
    const capacity = { ...CAPACITY, descriptorLimit: 1e6 };
    expect(planBudget(phones(2800, yaml), capacity).warnings).toEqual([]);
    const { warnings, descriptorsPerPhone } = planBudget(phones(2900, yaml), capacity);
    expect(warnings).toEqual([
      '2900 phones on a source address with 28232 ports: each file over HTTP takes one, for a minute after it',
    ]);
    expect(descriptorsPerPhone).toBe(planBudget(phones(2900), capacity).descriptorsPerPhone);
  });

  it('wants a relay address for every worker', () => {
    const plan = phones(
      10,
      'workers: { agents: 4, threads: 1 }\ntarget: { dhcp: { relayAddresses: 127.0.9.1-127.0.9.3 } }',
    );
    expect(thrownBy(() => planBudget(plan, CAPACITY))).toMatchObject({
      code: 'invalid-scenario',
      message: 'target.dhcp.relayAddresses: 4 workers need a relay address each, there are 3',
    });
  });

  it('warns of more workers than processors', () => {
    expect(planBudget(phones(10, 'workers: { agents: 4, threads: 1 }'), CAPACITY).warnings).toEqual([
      '4 workers share 2 processors: watch the lateness',
    ]);
  });
});
