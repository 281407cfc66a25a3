/** What connects the machines is away, or the coordinator is: phones go on by the schedule that they have. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { LEASE_MS } from '../../src/ramp/run-lease.ts';
import { endOfStorm, type FinishedStorm, ledgerSum, pause } from '../support/bootstorm-command.ts';
import {
  AT_ONCE,
  type Cluster,
  LONG_RAMP,
  LONGEST_RAMP,
  PHONES,
  eventsOf,
  expectLeave,
  reasonsOf,
  statesOf,
  TWO,
} from '../support/cluster.ts';
import { clusterTest as it } from '../support/cluster-test.ts';
import { freePort, takenPort } from '../support/free-port.ts';

/** Phones of an agent that is alone go on, as they do with the embedded lab. */
const GOES_ON = 'cluster: { onLostControl: continue }\n';
/** Half of the phones have power at once, some within seconds, the last when the test has said so. */
const WHILE_FROZEN = 5;
const STEPS = `ramp:
  - { duration: 200ms, phones: ${AT_ONCE} }
  - { duration: 10s, phones: ${WHILE_FROZEN} }
  - { duration: 2m }
hold: 1s
`;
/** Whoever held something in Redis for a time no longer has it. */
const FROZEN_MS = LEASE_MS + 2000;

async function inTheRamp(cluster: Cluster, scenario: string, ...flags: readonly string[]): Promise<void> {
  await cluster.start({ scenario, flags });
  await cluster.counted('registrations', AT_ONCE);
}

async function expectFullHouse(cluster: Cluster, storm: FinishedStorm): Promise<void> {
  expect(storm.summary.phones).toMatchObject({ asked: PHONES, ready: PHONES, lostWithAgent: 0 });
  expect(ledgerSum(storm.summary)).toBe(PHONES);
  expect(storm.log.filter(({ type }) => type === 'agentLost')).toEqual([]);
  expect(statesOf(storm)).toEqual(TWO.map((name) => [name, 'finished']));
  expect(await cluster.served()).toMatchObject({ registrations: PHONES, unregistrations: PHONES, lost: 0 });
}

describe.concurrent('a Redis that is away in the ramp', () => {
  it('frozen, then started again without its data: nobody is lost, phones go on, nothing is counted twice', async ({
    cluster,
  }) => {
    await inTheRamp(cluster, `${STEPS}${GOES_ON}`);
    const { redis, coordinator } = cluster;
    redis.freeze();
    await pause(FROZEN_MS);
    await coordinator.logged('redisLost');
    // Of these, some had power after that, and nobody could tell them anything.
    await cluster.counted('registrations', AT_ONCE + WHILE_FROZEN);
    redis.thaw();
    expect(await coordinator.logged('redisBack')).toMatchObject({ restored: false });
    await redis.restartEmpty();
    expect(await coordinator.logged('redisBack', 2)).toMatchObject({ restored: true });
    // It takes orders as before.
    await cluster.hurry();
    const storm = await endOfStorm(coordinator);
    expect(storm.code).toBe(EXIT_CODES.ok.code);
    await expectFullHouse(cluster, storm);
    expect(reasonsOf(storm.log)).toEqual(['hold-over']);
    expect(eventsOf(storm)).toMatch(
      /Redis does not answer.*Redis is back.*Redis is back after .*, without its data/s,
    );
  });
});

describe.concurrent('a coordinator that is killed in the ramp', () => {
  it('is followed by `bootstorm attach`, which still gets the full report', async ({ cluster }) => {
    const [metricsPort, pagePort] = [await freePort(), await freePort()];
    const views = ['--metrics-port', String(metricsPort), '--ui', String(pagePort)];
    await inTheRamp(cluster, `${LONGEST_RAMP}${GOES_ON}`, ...views);
    cluster.coordinator.kill();
    await cluster.coordinator.finished;
    // The plan's place for the metrics is another's here, its place for the page is not.
    const other = await takenPort(metricsPort);
    const attached = cluster.attach();
    await attached.printed(/without its metrics: .* is taken/, 'stderr');
    const [, page = ''] = await attached.printed(/page: (http:\S+)#token=/, 'stderr');
    expect(await (await fetch(`${page}state`)).json()).toMatchObject({
      run: { id: cluster.run },
      verdict: null,
    });
    await cluster.hurry();
    const storm = await endOfStorm(attached);
    await other.close();
    expect(storm.code).toBe(EXIT_CODES.ok.code);
    await expectFullHouse(cluster, storm);
    // What the first one had not told Redis before it died, the second one notes itself: each once.
    const types = storm.log.map(({ type }) => type);
    expect(types.filter((type) => type === 'attached')).toHaveLength(1);
    expect(types.filter((type) => type !== 'attached')).toEqual([
      'prepared',
      'armed',
      'wave',
      'steered',
      'holding',
      'stopping',
      'ledgerClosed',
      'ended',
    ]);
    expect(eventsOf(storm)).toContain('another coordinator took over');
  });

  it('and by nobody: agents end by themselves, and their files make one report', async ({ cluster }) => {
    await inTheRamp(cluster, `${LONG_RAMP}${GOES_ON}`, '--max-duration', '20s');
    cluster.coordinator.kill();
    const files = await resultFiles(cluster);
    expect(files).toHaveLength(TWO.length);
    const report = cluster.command(['report', ...files, '--json', 'summary.json']);
    const storm = await endOfStorm(report);
    expect(storm.summary.phones).toMatchObject({ asked: PHONES, lostWithAgent: 0 });
    expect(storm.summary.phones.ready).toBeGreaterThan(0);
    expect(ledgerSum(storm.summary)).toBe(PHONES);
    await expectLeave(cluster, storm);
  });
});

/** What agents wrote when they had ended without a coordinator. */
async function resultFiles(cluster: Cluster): Promise<readonly string[]> {
  const files: string[] = [];
  for (const agent of cluster.agents.values()) {
    const { folder } = await agent.finished;
    const results = join(folder, 'bootstorm-results', cluster.run);
    files.push(...readdirSync(results).map((name) => join(results, name)));
  }
  return files;
}
