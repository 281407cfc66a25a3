import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleSeconds } from '../../src/random/distribution.ts';
import {
  applyLab,
  identityOf,
  type LabEndpoints,
  powerEventsOf,
  relayAddressOf,
  type RunPlan,
  sourceAddressOf,
} from '../../src/scenario/plan.ts';
import { shardPhone, shardSize } from '../../src/schedule/shards.ts';
import { planOf } from './load-yaml.ts';

const ENDPOINTS: LabEndpoints = {
  dhcp: { host: '127.0.0.1', port: 40_067 },
  dhcpReplyPort: 40_068,
  dns: { host: '127.0.0.1', port: 40_053 },
  tftp: [{ host: '127.0.0.1', port: 40_069 }],
  http: { host: '127.0.0.1', port: 40_970 },
  callManagers: [
    { host: '127.0.0.1', port: 42_000 },
    { host: '127.0.0.1', port: 42_001 },
  ],
  srst: null,
  secure: null,
};

/** What a worker does with its shard: every phone's identity, power event, modelled times and addresses. */
function scheduleOf(plan: RunPlan, workers: number): Map<number, unknown> {
  const schedule = new Map<number, unknown>();
  for (let index = 0; index < workers; index++) {
    const shard = { index, of: workers };
    for (let position = 0; position < shardSize(shard, plan.phoneCount); position++) {
      const phone = shardPhone(shard, position);
      const { power, vlan } = plan.boot.timing;
      schedule.set(phone, {
        identity: identityOf(plan, phone),
        events: powerEventsOf(plan, phone),
        source: sourceAddressOf(plan, phone),
        power: sampleSeconds(power, plan.seed, phone, 'power-time'),
        vlan: sampleSeconds(vlan, plan.seed, phone, 'vlan-time'),
      });
    }
  }
  return schedule;
}

describe('a plan', () => {
  it('is the same whatever the number of workers', () => {
    const plan = planOf(
      'phones: { generate: { count: 257 }, models: { 7961G: 2, 7941G: 1 } }\nramp: [{ duration: 20 }]',
    );
    const one = scheduleOf(plan, 1);
    expect(one.size).toBe(257);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (workers) => {
        expect(scheduleOf(plan, workers)).toEqual(one);
      }),
      { numRuns: 20 },
    );
  });

  it('is the same for the same seed, and another for another', () => {
    const yaml = (seed: number): string => `seed: ${seed}`;
    expect(scheduleOf(planOf(yaml(5)), 3)).toEqual(scheduleOf(planOf(yaml(5)), 4));
    expect(scheduleOf(planOf(yaml(6)), 3)).not.toEqual(scheduleOf(planOf(yaml(5)), 3));
  });

  it('makes up phones: prefix and index, models in turn', () => {
    const plan = planOf(
      'phones: { generate: { count: 300, macPrefix: 06-aa }, models: { 7961G: 2, 7941G: 1 } }',
    );
    expect([0, 1, 2, 299].map((i) => identityOf(plan, i))).toEqual([
      { index: 0, mac: '06AA00000000', model: '7961G' },
      { index: 1, mac: '06AA00000001', model: '7941G' },
      { index: 2, mac: '06AA00000002', model: '7961G' },
      { index: 299, mac: '06AA0000012B', model: '7961G' },
    ]);
  });

  it('takes phones from the inventory in its order, with their models or the scenario’s', () => {
    const plan = planOf(
      'phones: { inventory: phones.csv, model: 7962G }',
      'mac,model\n00:11:22:33:44:99,7941G\n00:11:22:33:44:55,\n00:11:22:33:44:77,7970G\n',
    );
    expect(plan.phoneCount).toBe(3);
    expect([0, 1, 2].map((i) => identityOf(plan, i))).toEqual([
      { index: 0, mac: '001122334499', model: '7941G' },
      { index: 1, mac: '001122334455', model: '7962G' },
      { index: 2, mac: '001122334477', model: '7970G' },
    ]);
  });

  it('refuses phones that it does not have', () => {
    const plan = planOf('');
    for (const index of [-1, 100, Number.NaN]) {
      expect(() => identityOf(plan, index)).toThrow(RangeError);
      expect(() => powerEventsOf(plan, index)).toThrow(RangeError);
    }
  });

  it('gives each phone its start and its source address', () => {
    const plan = planOf(
      'phones: { generate: { count: 10 } }\nramp: [{ duration: 4, phones: 4 }, { duration: 3 }]\nsourceAddresses: 127.3.0.1-127.3.0.4',
    );
    const starts = [0, 3, 4, 9].map((i) => powerEventsOf(plan, i)[0]?.atSeconds);
    expect(starts).toEqual([0, 3, 4, 6.5]);
    expect([0, 3, 4].map((i) => sourceAddressOf(plan, i))).toEqual(['127.3.0.1', '127.3.0.4', '127.3.0.1']);
    expect([0, 1].map((worker) => relayAddressOf(plan, worker))).toEqual(['127.0.64.1', '127.0.64.2']);
    const shared = planOf('{ sourceAddresses: shared, skip: [dhcp] }');
    expect([sourceAddressOf(shared, 5), relayAddressOf(shared, 0)]).toEqual([null, null]);
  });
});

describe('applyLab', () => {
  it('fills in what is known once the lab has started', () => {
    const plan = applyLab(planOf(''), ENDPOINTS);
    expect(plan.target).toMatchObject({ type: 'lab', endpoints: ENDPOINTS });
    expect(plan.boot).toMatchObject({
      dhcp: { server: ENDPOINTS.dhcp, replyPort: 40_068, initReboot: true },
      dns: { port: 40_053, servers: null },
      tftpPort: 40_069,
      tftpServers: null,
      callManagers: null,
    });
  });

  it('names servers on the phone where DHCP or configuration is left out', () => {
    const { boot } = applyLab(planOf('skip: [dhcp, config]'), ENDPOINTS);
    expect(boot).toMatchObject({
      dhcp: null,
      dns: { servers: [ENDPOINTS.dns] },
      tftpServers: ENDPOINTS.tftp,
      callManagers: ENDPOINTS.callManagers,
    });
  });

  it('leaves a plan for named servers alone', () => {
    const plan = planOf('target: { tftp: { servers: [127.0.0.1] } }');
    expect(applyLab(plan, ENDPOINTS)).toBe(plan);
  });
});
