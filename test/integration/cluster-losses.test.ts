/** An agent that dies, or stands still: it is noticed, its phones are accounted for, and the report says what happened. */
import { describe, expect } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import type { AgentState } from '../../src/metrics/agent-facts.ts';
import { endOfStorm, type FinishedStorm, ledgerSum } from '../support/bootstorm-command.ts';
import {
  AGENTS,
  AT_ONCE,
  type Cluster,
  LONG_RAMP,
  PHONES,
  eventsOf,
  reasonsOf,
  statesOf,
} from '../support/cluster.ts';
import { clusterTest as it } from '../support/cluster-test.ts';

/** Shards of three agents with one thread each are equal. */
const ITS_PHONES = PHONES / AGENTS.length;

async function killInTheRamp(cluster: Cluster, flags: readonly string[] = []): Promise<FinishedStorm> {
  await cluster.start({ scenario: LONG_RAMP, flags });
  await cluster.counted('registrations', AT_ONCE);
  cluster.signal(cluster.agent('berta'), 'SIGKILL');
  return endOfStorm(cluster.coordinator);
}

/** The others have ended in order. */
function bertaIs(state: AgentState): readonly (readonly [string, AgentState])[] {
  return AGENTS.map((name) => [name, name === 'berta' ? state : 'finished']);
}

function lossOf({ log }: FinishedStorm): unknown {
  return log.filter(({ type }) => type === 'agentLost').map((line) => ({ ...line, utc: null, second: null }));
}

describe.concurrent('an agent that is killed in the ramp', () => {
  it('takes its phones with it, and the run goes on with the others', async ({ cluster }) => {
    const storm = await killInTheRamp(cluster);
    expect(storm.code).toBe(EXIT_CODES.thresholdsMissed.code);
    expect(storm.summary.phones).toMatchObject({
      asked: PHONES,
      ready: PHONES - ITS_PHONES,
      lostWithAgent: ITS_PHONES,
    });
    expect(ledgerSum(storm.summary)).toBe(PHONES);
    expect(lossOf(storm)).toMatchObject([{ agent: 'berta', phones: ITS_PHONES, restarted: false }]);
    expect(reasonsOf(storm.log)).toEqual(['hold-over']);
    expect(statesOf(storm)).toEqual(bertaIs('lost'));
    expect(eventsOf(storm)).toContain(`${ITS_PHONES} phones lost with berta`);
    // It was silent for ten seconds before its loss was known: it has lost phones, and no snapshots.
    expect(storm.summary.generator.lostSnapshots).toBeLessThan(8);
    // Nobody started them again.
    const { registrations, unregistrations, lost = 0 } = await cluster.served();
    expect(unregistrations).toBe(PHONES - ITS_PHONES);
    expect(registrations).toBe(PHONES - ITS_PHONES + lost);
    expect(lost).toBeLessThanOrEqual(ITS_PHONES);
  });

  it('is replaced with --on-agent-loss restart: its phones come back as a wave, each counted once', async ({
    cluster,
  }) => {
    const storm = await killInTheRamp(cluster, ['--on-agent-loss', 'restart']);
    expect(storm.code).toBe(EXIT_CODES.ok.code);
    expect(storm.summary.phones).toMatchObject({ asked: PHONES, ready: PHONES, lostWithAgent: 0 });
    expect(ledgerSum(storm.summary)).toBe(PHONES);
    expect(lossOf(storm)).toMatchObject([{ agent: 'berta', phones: ITS_PHONES, restarted: true }]);
    const [, restart] = storm.summary.recovery.waves;
    expect(restart?.name).toContain('berta');
    expect(restart?.phones).toBeLessThanOrEqual(ITS_PHONES);
    expect(restart?.phones).toBeGreaterThan(0);
    expect(restart?.t100Seconds).not.toBeNull();
    expect(storm.stdout).toMatch(/^ {2}Back .* after power returned.*: all \d+ phones in service/m);
    expect(storm.stdout).toContain(`restart of berta: ${restart?.phones} phone`);
    expect(statesOf(storm)).toEqual(bertaIs('lost'));
    const { registrations, unregistrations, lost = 0 } = await cluster.served();
    expect(unregistrations).toBe(PHONES);
    expect(registrations).toBe(PHONES + lost);
    expect(lost).toBeGreaterThan(0);
  });

  it('ends the run with --on-agent-loss abort: the phones of the others take their leave', async ({
    cluster,
  }) => {
    const storm = await killInTheRamp(cluster, ['--on-agent-loss', 'abort']);
    expect(storm.code).toBe(EXIT_CODES.aborted.code);
    expect(storm.summary.verdict.result).toBe('aborted');
    expect(reasonsOf(storm.log)).toEqual(['agent-lost']);
    expect(storm.summary.phones.lostWithAgent).toBe(ITS_PHONES);
    expect(ledgerSum(storm.summary)).toBe(PHONES);
    expect(storm.stdout).toContain('an agent was lost');
    expect(statesOf(storm)).toEqual(bertaIs('lost'));
  });
});

describe.concurrent('an agent that stands still for longer than the limit', () => {
  it('is lost, and once it wakes it closes its connections without Unregister and ends', async ({
    cluster,
  }) => {
    await cluster.start({ scenario: LONG_RAMP.replace('hold: 1s', 'hold: 10s') });
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
    const { lost: closed = 0 } = await cluster.served();
    expect(closed).toBeGreaterThan(0);
    const storm = await endOfStorm(cluster.coordinator);
    expect(storm.code).toBe(EXIT_CODES.thresholdsMissed.code);
    expect(storm.summary.phones).toMatchObject({ ready: PHONES - ITS_PHONES, lostWithAgent: ITS_PHONES });
    expect(ledgerSum(storm.summary)).toBe(PHONES);
    expect(lossOf(storm)).toMatchObject([{ agent: 'berta', phones: ITS_PHONES, restarted: false }]);
    expect(storm.log.find(({ type }) => type === 'agentFenced')).toMatchObject({ agent: 'berta' });
    expect(statesOf(storm)).toEqual(bertaIs('fenced'));
    expect(eventsOf(storm)).toMatch(/phones lost with berta.*berta was back too late/s);
    const { registrations, unregistrations, lost } = await cluster.served();
    expect({ lost, unregistrations }).toEqual({ lost: closed, unregistrations: PHONES - ITS_PHONES });
    expect(registrations).toBe(PHONES - ITS_PHONES + closed);
  });
});
