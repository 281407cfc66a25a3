/**
 * One run on agents that a Redis connects: it goes as on one machine, others steer it, and every orderly end is one. What
 * dies on the way: cluster-losses.test.ts and cluster-redis.test.ts.
 */
import { describe, expect } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { endOfStorm, type FinishedStorm, ledgerSum } from '../support/bootstorm-command.ts';
import {
  type AgentName,
  AT_ONCE,
  type Cluster,
  LONGEST_RAMP,
  PHONES,
  eventsOf,
  expectLeave,
  reasonsOf,
  statesOf,
  THREE,
  TWO,
} from '../support/cluster.ts';
import { freePort } from '../support/free-port.ts';
import type { Prometheus } from '../support/prometheus.ts';
import { clusterTest as it } from '../support/cluster-test.ts';

const SHORT = 'ramp: [{ duration: 1s }]\nhold: 1s\n';
/** Nothing ends before somebody asks for it. */
const ENDLESS = `ramp: [{ duration: 1s, phones: ${AT_ONCE} }, { duration: 1m }]\nhold: 1m\n`;

/** Exit codes of the agents, which end by themselves. */
async function endOfAgents(cluster: Cluster): Promise<readonly (number | null)[]> {
  const ended = await Promise.all([...cluster.agents.values()].map(({ finished }) => finished));
  return ended.map(({ code }) => code);
}

async function freePorts(): Promise<Record<AgentName | 'coordinator', number>> {
  const [anna, berta, clara, coordinator] = [freePort(), freePort(), freePort(), freePort()];
  return { anna: await anna, berta: await berta, clara: await clara, coordinator: await coordinator };
}

/** Over all that was scraped: agents tell of phones, each of its own, and the coordinator of nothing but the run. */
async function expectOneSum(prometheus: Prometheus, { summary }: FinishedStorm): Promise<void> {
  const last = async (expression: string): Promise<number[]> =>
    (await prometheus.query(expression)).map(({ points }) => points[0]?.[1] ?? Number.NaN);
  expect(await last('sum(last_over_time(bootstorm_phones[1h]))')).toEqual([PHONES]);
  expect(await last('sum(last_over_time(bootstorm_phones{state="ready"}[1h]))')).toEqual([PHONES]);
  expect(await last('sum(last_over_time(bootstorm_site_phones[1h]))')).toEqual([PHONES]);
  const register = summary.stages['register'];
  expect(await last('sum(last_over_time(bootstorm_stage_attempts_total{stage="register"}[1h]))')).toEqual([
    register?.attempts,
  ]);
  expect(await last('last_over_time(bootstorm_run_phones_asked[1h])')).toEqual([PHONES]);
  expect(await last('last_over_time(bootstorm_run_verdict{verdict="pass"}[1h])')).toEqual([1]);
  const metrics = 'last_over_time({__name__=~"bootstorm_.+"}[1h])';
  const targets = await prometheus.query(`count by (instance, run) (${metrics})`);
  expect(targets.map(({ labels }) => labels['run'])).toEqual(
    Array.from({ length: THREE.length + 1 }, () => 'run-1'),
  );
  const ofRun = await prometheus.query(
    'count by (instance) (last_over_time({__name__=~"bootstorm_run_.+"}[1h]))',
  );
  const ofPhones = await prometheus.query(
    'count by (instance) (last_over_time({__name__=~"bootstorm_.+",__name__!~"bootstorm_run_.+"}[1h]))',
  );
  expect(ofRun).toHaveLength(1);
  expect(ofPhones).toHaveLength(THREE.length);
}

describe.concurrent('a run on several agents', () => {
  it('boots every phone once, and is one run with one report', async ({ cluster }) => {
    const metricsPorts = await freePorts();
    const prometheus = await cluster.startPrometheus(Object.values(metricsPorts));
    await cluster.start({ agents: THREE, scenario: SHORT, metricsPorts });
    const storm = await endOfStorm(cluster.coordinator);
    expect(storm.stderr).toBe('');
    expect(storm.code).toBe(EXIT_CODES.ok.code);
    expect(storm.summary.phones).toMatchObject({ asked: PHONES, ready: PHONES, lostWithAgent: 0 });
    expect(ledgerSum(storm.summary)).toBe(PHONES);
    expect(storm.summary.verdict.result).toBe('pass');
    // As phones count, so does the lab.
    expect(await cluster.served()).toMatchObject({ registrations: PHONES, unregistrations: PHONES, lost: 0 });
    expect(storm.log.map(({ type }) => type)).toEqual([
      'prepared',
      'armed',
      'wave',
      'holding',
      'stopping',
      'ledgerClosed',
      'ended',
    ]);
    expect(storm.log[0]).toMatchObject({ agents: THREE.length, shards: THREE.length, phones: PHONES });
    expect(await endOfAgents(cluster)).toEqual(THREE.map(() => EXIT_CODES.ok.code));
    expect(statesOf(storm)).toEqual(THREE.map((name) => [name, 'finished']));
    expect(storm.summary.agents.map(({ phones }) => phones)).toEqual(THREE.map(() => PHONES / THREE.length));
    // All started at one instant: how far apart they were is in the report.
    expect(storm.summary.startSkew.betweenAgentsMs).not.toBeNull();
    expect(storm.stdout).toContain('skew of the first start between agents');
    await expectOneSum(prometheus, storm);
    // All keys of the run end by themselves.
    const forever = [...(await cluster.keys())].filter(([, seconds]) => seconds < 0);
    expect(forever).toEqual([]);
  });

  it('is aborted by Ctrl-C at the coordinator: every phone that is up takes its leave', async ({
    cluster,
  }) => {
    await cluster.start({ scenario: ENDLESS });
    await cluster.counted('registrations', AT_ONCE);
    cluster.coordinator.interrupt();
    const storm = await endOfStorm(cluster.coordinator);
    expect(storm.code).toBe(EXIT_CODES.aborted.code);
    expect(reasonsOf(storm.log)).toEqual(['interrupted']);
    expect(ledgerSum(storm.summary)).toBe(PHONES);
    expect(storm.summary.phones.notStarted).toBeGreaterThan(0);
    expect(await endOfAgents(cluster)).toEqual(TWO.map(() => EXIT_CODES.ok.code));
    await expectLeave(cluster, storm);
  });

  it('is ended by a threshold that may do so, as on one machine: judged on the figures of all agents', async ({
    cluster,
  }) => {
    const threshold = 'time_to_service.p100 < 2s';
    const demands = `thresholds:\n  - { threshold: ${threshold}, abortOnFail: true }\n`;
    await cluster.start({ scenario: `${ENDLESS}${demands}` });
    const storm = await endOfStorm(cluster.coordinator);
    expect(reasonsOf(storm.log)).toEqual(['threshold-missed']);
    expect(storm.summary.thresholds).toMatchObject([
      { text: threshold, holds: false, endedRunAtSecond: expect.any(Number) },
    ]);
    expect(eventsOf(storm)).toContain(`ended for a threshold: ${threshold}`);
    expect(storm.code).toBe(EXIT_CODES.thresholdsMissed.code);
    expect(ledgerSum(storm.summary)).toBe(PHONES);
    expect(storm.summary.phones.notStarted).toBeGreaterThan(0);
    expect(await endOfAgents(cluster)).toEqual(TWO.map(() => EXIT_CODES.ok.code));
    await expectLeave(cluster, storm);
  });

  it('loses no phone unseen to SIGTERM on an agent: they take their leave, and the report says so', async ({
    cluster,
  }) => {
    await cluster.start({ scenario: LONGEST_RAMP });
    await cluster.counted('registrations', AT_ONCE);
    cluster.signal(cluster.agent('berta'), 'SIGTERM');
    const drained = await cluster.agent('berta').finished;
    await cluster.hurry();
    const storm = await endOfStorm(cluster.coordinator);
    expect(drained.code).toBe(EXIT_CODES.aborted.code);
    expect(ledgerSum(storm.summary)).toBe(PHONES);
    expect(storm.log.find(({ type }) => type === 'agentDrained')).toMatchObject({ agent: 'berta' });
    expect(statesOf(storm)).toContainEqual(['berta', 'drained']);
    // They are not in service when the run ends, whatever they were when they left.
    expect(storm.summary.phones.lostWithAgent).toBe(PHONES / TWO.length);
    expect(eventsOf(storm)).toContain('berta was told to end');
    expect(storm.code).toBe(EXIT_CODES.thresholdsMissed.code);
    await expectLeave(cluster, storm);
  });

  it('is steered from another process: pause, pace and resume, each at one instant', async ({ cluster }) => {
    await cluster.start({ scenario: ENDLESS });
    await cluster.counted('registrations', AT_ONCE);
    const steered = await cluster.steer('pause').finished;
    expect(steered.stderr).toBe('');
    expect(steered.code).toBe(EXIT_CODES.ok.code);
    await cluster.order({ type: 'rate', slope: 1 });
    expect((await cluster.steer('rate', '20').finished).code).toBe(EXIT_CODES.ok.code);
    await cluster.counted('registrations', PHONES);
    expect((await cluster.steer('abort').finished).code).toBe(EXIT_CODES.ok.code);
    const storm = await endOfStorm(cluster.coordinator);
    expect(storm.code).toBe(EXIT_CODES.aborted.code);
    const steers = storm.log.flatMap((line) => (line.type === 'steered' ? [line] : []));
    expect(steers.map(({ slope }) => slope)).toEqual([0, 1, 20]);
    expect(steers.map(({ fromSecond }) => fromSecond)).toEqual(
      steers.map(({ fromSecond }) => fromSecond).toSorted((a, b) => a - b),
    );
    expect(reasonsOf(storm.log)).toEqual(['steered']);
    expect(storm.summary.phones).toMatchObject({ asked: PHONES, ready: PHONES });
    expect(storm.stdout).toContain('bootstorm steer');
    expect(eventsOf(storm)).toMatch(/schedule paused.*at real time.*at 20 times real time/s);
    expect(await endOfAgents(cluster)).toEqual(TWO.map(() => EXIT_CODES.ok.code));
  });
});
