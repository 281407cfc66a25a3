import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type RunSteer, runSecondOf } from '../../src/cli/run-events.ts';
import { aggregate } from '../../src/metrics/aggregate.ts';
import { NO_POWER } from '../../src/metrics/shard-snapshot.ts';
import { buildSummary } from '../../src/report/summary.ts';
import { summaryJsonSchema, summarySchema } from '../../src/report/summary-schema.ts';
import { shardOf, stories } from '../metrics/phone-stories.ts';
import { FACTS, OUTAGE_FACTS } from '../metrics/run-facts-example.ts';
import { exampleSummary, healthyRun, LAB_FACTS } from './example-run.ts';

const ENDING = { durationSeconds: 60, abortReason: null };
const published: unknown = JSON.parse(
  readFileSync(new URL('../../src/schema/summary.schema.json', import.meta.url), 'utf8'),
);

describe('buildSummary', () => {
  it('has the keys that are published, and no others', () => {
    const summary = exampleSummary();
    expect(Object.keys(summary)).toEqual([
      'run',
      'scenario',
      'lab',
      'timing',
      'phones',
      'recovery',
      'events',
      'runLog',
      'stages',
      'servers',
      'failures',
      'failureTexts',
      'registrationRequestDelay',
      'ineffectiveRegistrationAttempts',
      'keepAliveRoundTrip',
      'retransmissions',
      'group',
      'tokens',
      'security',
      'unfinished',
      'stragglers',
      'power',
      'agents',
      'startSkew',
      'generator',
      'warnings',
      'thresholds',
      'verdict',
    ]);
    expect(Object.keys(summary.phones).sort()).toEqual(
      ['asked', 'registered', 'ready', 'dropped', 'failed', 'trying', 'lostWithAgent', 'notStarted'].sort(),
    );
    expect(Object.keys(summary.recovery.fromPower)).toEqual([
      't50Seconds',
      't90Seconds',
      't99Seconds',
      't100Seconds',
      'curve',
      'bins',
    ]);
    const percentiles = ['count', 'p50Seconds', 'p90Seconds', 'p99Seconds', 'maxSeconds'];
    expect(Object.keys(summary.stages.dhcp.fromIntendedStart)).toEqual(percentiles);
    expect(Object.keys(summary.stages.dhcp)).toEqual(
      expect.arrayContaining([...percentiles, 'attempts', 'fromIntendedStart']),
    );
    expect(Object.keys(summary.servers[0] ?? {})).toEqual([
      'address',
      'role',
      'attempts',
      'registeredNow',
      'registeredPeak',
      'standbyNow',
      'standbyLost',
      'standbyFailed',
      'failedOverTo',
      'failedOverFrom',
      'fellBackTo',
      'lost',
      'tokens',
      'tls',
      'refused',
      'resets',
      'p50Seconds',
      'p99Seconds',
    ]);
    expect(Object.keys(summary.generator)).toEqual([
      'latenessP99Seconds',
      'eventLoopLagP99Seconds',
      'longestBlockSeconds',
      'droppedDatagrams',
      'relayedReplies',
      'networkDrops',
      'fewestFreeDescriptors',
      'lostSnapshots',
      'cpuSeconds',
      'peakRssBytes',
      'bytesPerRegisteredPhone',
      'grownBytesPerRegisteredPhone',
      'startedAhead',
      'withheld',
      'limits',
      'node',
    ]);
  });

  it('keeps to its schema and closes its ledger, whatever the phones did', () => {
    const jsonSchema = z.fromJSONSchema(summaryJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
    fc.assert(
      fc.property(stories, fc.boolean(), (phones, lost) => {
        const planned = [{ shard: 0, phones: phones.length, lostAtSecond: lost ? 20 : null }];
        const metrics = shardOf(phones);
        if (!lost) metrics.closeLedger(90_000);
        const state = aggregate(planned, [metrics.snapshot()]);
        const summary = JSON.parse(JSON.stringify(buildSummary(state, FACTS, ENDING)));
        expect(summarySchema.parse(summary)).toEqual(summary);
        expect(jsonSchema.safeParse(summary).error).toBeUndefined();
        const { asked, registered, dropped, failed, trying, lostWithAgent, notStarted } = summary.phones;
        expect(registered + dropped + failed + trying + lostWithAgent + notStarted).toBe(asked);
      }),
      { numRuns: 50 },
    );
  });

  it('counts the ready phones among the registered ones', () => {
    expect(exampleSummary().phones).toMatchObject({ asked: 1200, registered: 1185, ready: 1185, failed: 1 });
  });

  it('gives null for what was not reached, and a curve that ends where the run did', () => {
    const { fromPower, network } = exampleSummary().recovery;
    expect(fromPower).toMatchObject({ t50Seconds: expect.any(Number), t99Seconds: null, t100Seconds: null });
    expect(fromPower.curve[0]).toEqual([0, 0]);
    expect(fromPower.curve.at(-1)).toEqual([13, 1185]);
    expect(network.curve.at(-1)?.[1]).toBe(1185);
  });

  it('has every wave that is planned, also one that has not come', () => {
    const { waves } = buildSummary(healthyRun(), OUTAGE_FACTS, ENDING).recovery;
    const missing = { t50Seconds: null, t90Seconds: null, t99Seconds: null, t100Seconds: null };
    expect(waves).toEqual([
      {
        name: 'first-start',
        startSeconds: 0,
        startedSecond: 0,
        isRestart: false,
        phones: 10,
        t50Seconds: 1.109,
        t90Seconds: 1.109,
        t99Seconds: 1.109,
        t100Seconds: 1.109,
      },
      {
        name: 'power-return',
        startSeconds: 30,
        startedSecond: 30,
        isRestart: false,
        phones: 0,
        ...missing,
      },
    ]);
  });

  it('has the second at which a wave came, as the schedule was steered, and none where it did not come', () => {
    const startedSeconds = (steers: readonly RunSteer[]): (number | null)[] =>
      buildSummary(healthyRun(), OUTAGE_FACTS, {
        ...ENDING,
        secondOf: runSecondOf(steers),
      }).recovery.waves.map(({ startedSecond }) => startedSecond);
    const paused = { fromSecond: 10, slope: 0 };
    expect(startedSeconds([paused, { fromSecond: 22, slope: 1 }])).toEqual([0, 42]);
    expect(startedSeconds([{ fromSecond: 10, slope: 2 }])).toEqual([0, 20]);
    expect(startedSeconds([paused])).toEqual([0, null]);
    expect(startedSeconds([paused, { fromSecond: 50, slope: 1 }])).toEqual([0, null]);
  });

  it('gives the figures of RFC 6076 under their names', () => {
    const { ineffectiveRegistrationAttempts, registrationRequestDelay, stages } = exampleSummary();
    expect(ineffectiveRegistrationAttempts).toEqual({
      failed: stages.register.failures,
      attempts: stages.register.attempts,
    });
    expect(ineffectiveRegistrationAttempts.failed).toBe(1);
    expect(registrationRequestDelay.count).toBe(1185);
  });

  it('names the phones that are not in service, and at most a hundred in all', () => {
    const { notInService, phones } = exampleSummary().stragglers;
    expect(notInService).toBe(15);
    expect(phones).toHaveLength(100);
    expect(phones.filter(({ state }) => state !== 'ready')).toHaveLength(15);
    expect(phones[0]).toMatchObject({ state: 'failed', stage: 'register', cause: 'sccp-rejected', boots: 1 });
  });

  it('is exact where it can be: the last of ten phones, one millisecond apart', () => {
    const { recovery, stages } = buildSummary(healthyRun(), FACTS, ENDING);
    expect(recovery.fromPower).toMatchObject({ t50Seconds: 1.109, t100Seconds: 1.109 });
    expect(stages.ready).toMatchObject({ count: 10, attempts: 10, maxSeconds: 0.05, modelled: false });
    expect(stages.power.modelled).toBe(true);
    expect(stages.ready.fromIntendedStart.maxSeconds).toBe(1.1);
  });

  it('says what is a lab and what is compressed', () => {
    const summary = exampleSummary();
    expect(summary.lab).toEqual({
      title: 'embedded lab, not CUCM',
      limits: LAB_FACTS.labLimits,
      events: [],
      tokenQueue: [],
      registered: [],
    });
    expect(summary.timing).toMatchObject({ compression: 10, note: expect.stringContaining('divided by 10') });
    const real = buildSummary(healthyRun(), FACTS, ENDING);
    expect([real.lab, real.timing.note]).toEqual([null, null]);
  });

  it('warns of starts that were not those of the schedule', () => {
    const metrics = shardOf([[], []]);
    const warningsOf = (withheld: number, startedAhead: number): readonly string[] => {
      const snapshot = metrics.snapshot(null, { ...NO_POWER, withheld, startedAhead });
      const summary = buildSummary(aggregate([{ shard: 0, phones: 2 }], [snapshot]), FACTS, ENDING);
      expect(summary.generator).toMatchObject({ withheld, startedAhead });
      return summary.warnings;
    };
    const usual = warningsOf(0, 0);
    expect(usual).toEqual(FACTS.warnings);
    expect(warningsOf(2, 0).slice(usual.length)).toEqual([
      expect.stringMatching(/^2 phones .*out of contact/),
    ]);
    expect(warningsOf(0, 1).slice(usual.length)).toEqual([expect.stringMatching(/^1 phone .*steer/)]);
  });

  it('refuses a ledger that does not add up: that is a bug', () => {
    const state = healthyRun();
    expect(() => buildSummary({ ...state, asked: 11 }, FACTS, ENDING)).toThrow('the ledger does not close');
  });
});

describe('summary.schema.json', () => {
  it('is what the schema in the code gives (npm run docs)', () => {
    expect(published).toEqual(JSON.parse(JSON.stringify(summaryJsonSchema())));
  });

  it('refuses an unknown key and a missing one', () => {
    const schema = z.fromJSONSchema(published as Parameters<typeof z.fromJSONSchema>[0]);
    const summary = exampleSummary();
    expect(schema.safeParse(summary).success).toBe(true);
    expect(schema.safeParse({ ...summary, extra: 1 }).success).toBe(false);
    expect(schema.safeParse({ ...summary, phones: {} }).success).toBe(false);
  });
});
