import { describe, expect, it } from 'vitest';
import { divideRun } from '../../src/coordinator/cluster-terms.ts';
import type { Member } from '../../src/engine/cluster-contract.ts';
import { planOf } from '../scenario/load-yaml.ts';
import { thrownBy } from '../support/thrown.ts';

const PORTS = { first: 32_768, last: 60_999 };
const NAMED = 'target: { tftp: { servers: [127.0.0.1:6969] }, dhcp: static }\nsourceAddresses: 127.16.0.0/12';

function member(index: number, changed: Partial<Member> = {}): Member {
  return {
    name: `agent-${index}`,
    index,
    host: `host-${index}`,
    version: '0',
    cpus: 8,
    descriptorLimit: 100_000,
    blackholeObstacle: null,
    relays: null,
    ...changed,
  };
}

function phones(count: number, more = NAMED): ReturnType<typeof planOf> {
  return planOf(`phones: { generate: { count: ${count} } }\n${more}`);
}

describe('the division of a run', () => {
  it('gives every agent as many threads as the weakest has processors for', () => {
    const members = [member(0), member(1, { cpus: 4 }), member(2)];
    const { terms, budget } = divideRun(phones(18_000), members, PORTS);
    expect(terms).toEqual({ threads: 3, mostThreads: 3, agents: 3, stopStartsWhenAlone: true });
    expect(budget).toMatchObject({ agents: 3, threadsPerAgent: 3, workers: 9, phonesPerWorker: 2000 });
  });

  it('gives few phones few threads, and what the scenario says is said', () => {
    expect(divideRun(phones(3000), [member(0), member(1)], PORTS).terms.threads).toBe(2);
    const said = phones(3000, `${NAMED}\nworkers: { threads: 5 }`);
    expect(divideRun(said, [member(0), member(1)], PORTS).terms.threads).toBe(5);
  });

  it('shares the processors of a host among the agents on it', () => {
    const members = [member(0, { host: 'one' }), member(1, { host: 'one' })];
    expect(divideRun(phones(18_000), members, PORTS).terms.threads).toBe(3);
  });

  it('is refused where the weakest agent has too few descriptors', () => {
    const members = [member(0), member(1, { descriptorLimit: 1000 })];
    const error = thrownBy(() => divideRun(phones(2000), members, PORTS));
    expect(error.code).toBe('too-few-descriptors');
  });

  it('leaves room for the shards of lost agents, as far as relay addresses and descriptors go', () => {
    const restart = 'cluster: { onAgentLoss: restart }\nworkers: { threads: 2 }';
    const members = [member(0), member(1)];
    expect(divideRun(phones(100, restart), members, PORTS).terms).toMatchObject({
      threads: 2,
      mostThreads: 4,
    });
    const relays = `${restart}\ntarget: { dhcp: { server: 127.0.0.1:6767, relayAddresses: 127.0.1.1-127.0.1.6 } }`;
    expect(divideRun(phones(100, relays), members, PORTS).terms.mostThreads).toBe(3);
    const narrow = members.map((one) => ({ ...one, descriptorLimit: 350 }));
    expect(divideRun(phones(100, restart), narrow, PORTS).terms.mostThreads).toBeLessThan(4);
  });

  it('asks for a relay address for each worker, unless agents bring their own', () => {
    const relays =
      'workers: { threads: 2 }\ntarget: { dhcp: { server: 127.0.0.1:6767, relayAddresses: 127.0.1.1-127.0.1.3 } }';
    const members = [member(0), member(1)];
    expect(thrownBy(() => divideRun(phones(100, relays), members, PORTS)).message).toContain('relay');
    const bringing = (...own: readonly number[]): Member[] =>
      members.map((one, i) => ({ ...one, relays: own[i] ?? null }));
    expect(divideRun(phones(100, relays), bringing(2, 4), PORTS).terms.threads).toBe(2);
    expect(thrownBy(() => divideRun(phones(100, relays), bringing(4), PORTS)).message).toContain('relay');
    expect(thrownBy(() => divideRun(phones(100, relays), bringing(4, 1), PORTS)).message).toContain(
      'brings 1 relay',
    );
    const restart = `${relays}\ncluster: { onAgentLoss: restart }`;
    expect(divideRun(phones(100, restart), bringing(3, 4), PORTS).terms.mostThreads).toBe(3);
  });

  it('lets phones vanish only where every agent can', () => {
    const cut = `${NAMED}\noutage: { at: 1m, duration: 1m }`;
    const able = [member(0), member(1)];
    expect(divideRun(phones(100, cut), able, PORTS).budget.vanish).toBe(true);
    const unable = [member(0), member(1, { blackholeObstacle: 'no rights' })];
    const { budget } = divideRun(phones(100, cut), unable, PORTS);
    expect(budget.vanish).toBe(false);
    expect(budget.warnings.join()).toContain('agent-1: no rights');
  });
});
