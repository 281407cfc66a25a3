/** An agent that dies, or stands still: it is noticed, its phones are accounted for, and the report says what happened. */
import { describe, expect } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import type { AgentState } from '../../src/metrics/agent-facts.ts';
import { endOfStorm, type FinishedStorm, ledgerSum } from '../support/bootstorm-command.ts';
import {
  AT_ONCE,
  type Cluster,
  LONGEST_RAMP,
  PHONES,
  eventsOf,
  reasonsOf,
  statesOf,
  THREE,
  TWO,
} from '../support/cluster.ts';
import { clusterTest as it } from '../support/cluster-test.ts';

/** Shards of agents with one thread each are equal. */
const OF_TWO = PHONES / TWO.length;
const OF_THREE = PHONES / THREE.length;

async function killInTheRamp(cluster: Cluster, policy: 'abort' | 'restart'): Promise<FinishedStorm> {
  await cluster.start({ scenario: LONGEST_RAMP, flags: ['--on-agent-loss', policy] });
  await cluster.counted('registrations', AT_ONCE);
  cluster.signal(cluster.agent('berta'), 'SIGKILL');
  await cluster.coordinator.logged('agentLost');
  if (policy === 'restart') await cluster.hurry();
  return endOfStorm(cluster.coordinator);
}

/** The other one has ended in order. */
const BERTA_IS_LOST: readonly (readonly [string, AgentState])[] = [
  ['anna', 'finished'],
  ['berta', 'lost'],
];

function lossesOf({ log }: FinishedStorm): unknown {
  return log.filter(({ type }) => type === 'agentLost').map((line) => ({ ...line, utc: null, second: null }));
}

describe.concurrent('of three agents', () => {
  it('one stands still, wakes and closes its connections without Unregister, one is killed: the run goes on without them', async ({
    cluster,
  }) => {
    await cluster.start({ agents: THREE, scenario: LONGEST_RAMP });
    await cluster.counted('registrations', AT_ONCE);
    const berta = cluster.agent('berta');
    cluster.signal(berta, 'SIGSTOP');
    await cluster.coordinator.logged('agentLost');
    // Nothing that it held has been closed yet.
    expect(await cluster.served()).toMatchObject({ lost: 0, unregistrations: 0 });
    cluster.signal(berta, 'SIGCONT');
    const woken = await berta.finished;
    expect(woken.code).toBe(EXIT_CODES.fenced.code);
    expect(woken.stdout).toContain('fenced: asleep for');
    await cluster.counted('lost', 1);

    cluster.signal(cluster.agent('clara'), 'SIGKILL');
    await cluster.coordinator.logged('agentLost', 2);
    await cluster.hurry();
    const storm = await endOfStorm(cluster.coordinator);
    expect(storm.code).toBe(EXIT_CODES.thresholdsMissed.code);
    expect(storm.summary.phones).toMatchObject({
      asked: PHONES,
      ready: OF_THREE,
      lostWithAgent: 2 * OF_THREE,
    });
    expect(ledgerSum(storm.summary)).toBe(PHONES);
    const loss = { phones: OF_THREE, restarted: false };
    expect(lossesOf(storm)).toMatchObject([
      { agent: 'berta', ...loss },
      { agent: 'clara', ...loss },
    ]);
    expect(storm.log.find(({ type }) => type === 'agentFenced')).toMatchObject({ agent: 'berta' });
    expect(reasonsOf(storm.log)).toEqual(['hold-over']);
    expect(statesOf(storm)).toEqual([
      ['anna', 'finished'],
      ['berta', 'fenced'],
      ['clara', 'lost'],
    ]);
    const [ofBerta, ofClara] = ['berta', 'clara'].map((name) => `${OF_THREE} phones lost with ${name}`);
    expect(eventsOf(storm)).toMatch(new RegExp(`${ofBerta}.*berta was back too late.*${ofClara}`, 's'));
    // They were silent for ten seconds before their loss was known: they have lost phones, and no snapshots.
    expect(storm.summary.generator.lostSnapshots).toBeLessThan(8);
    // Nobody started them again.
    const { registrations, unregistrations, lost = 0 } = await cluster.served();
    expect(unregistrations).toBe(OF_THREE);
    expect(registrations).toBe(OF_THREE + lost);
    expect(lost).toBeLessThanOrEqual(2 * OF_THREE);
  });
});

describe.concurrent('an agent that is killed in the ramp', () => {
  it('is replaced with --on-agent-loss restart: its phones come back as a wave, each counted once', async ({
    cluster,
  }) => {
    const storm = await killInTheRamp(cluster, 'restart');
    expect(storm.code).toBe(EXIT_CODES.ok.code);
    expect(storm.summary.phones).toMatchObject({ asked: PHONES, ready: PHONES, lostWithAgent: 0 });
    expect(ledgerSum(storm.summary)).toBe(PHONES);
    expect(lossesOf(storm)).toMatchObject([{ agent: 'berta', phones: OF_TWO, restarted: true }]);
    const [, restart] = storm.summary.recovery.waves;
    expect(restart?.name).toContain('berta');
    expect(restart?.phones).toBeLessThanOrEqual(OF_TWO);
    expect(restart?.phones).toBeGreaterThan(0);
    expect(restart?.t100Seconds).not.toBeNull();
    expect(storm.stdout).toMatch(/^ {2}Back .* after power returned.*: all \d+ phones in service/m);
    expect(storm.stdout).toContain(`restart of berta: ${restart?.phones} phone`);
    expect(statesOf(storm)).toEqual(BERTA_IS_LOST);
    const { registrations, unregistrations, lost = 0 } = await cluster.served();
    expect(unregistrations).toBe(PHONES);
    expect(registrations).toBe(PHONES + lost);
    expect(lost).toBeGreaterThan(0);
  });

  it('ends the run with --on-agent-loss abort: the phones of the others take their leave', async ({
    cluster,
  }) => {
    const storm = await killInTheRamp(cluster, 'abort');
    expect(storm.code).toBe(EXIT_CODES.aborted.code);
    expect(storm.summary.verdict.result).toBe('aborted');
    expect(reasonsOf(storm.log)).toEqual(['agent-lost']);
    expect(storm.summary.phones.lostWithAgent).toBe(OF_TWO);
    expect(ledgerSum(storm.summary)).toBe(PHONES);
    expect(storm.stdout).toContain('an agent was lost');
    expect(statesOf(storm)).toEqual(BERTA_IS_LOST);
  });
});
