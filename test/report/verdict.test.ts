import { describe, expect, it } from 'vitest';
import type { RunState } from '../../src/metrics/run-state.ts';
import { judge } from '../../src/report/verdict.ts';
import { DEFAULT_GENERATOR_LIMITS } from '../../src/scenario/validity.ts';
import { evaluateThreshold } from '../../src/report/thresholds.ts';
import { FACTS } from '../metrics/run-facts-example.ts';
import { exampleRun, healthyRun } from './example-run.ts';
import { thresholdOf } from './threshold-of.ts';

function withLateness(state: RunState, ms: number): RunState {
  return { ...state, generator: { ...state.generator, worstWindow: { lateness: ms, eventLoopLag: 1 } } };
}

function withFailure(state: RunState, cause: 'generator-exhausted' | 'tcp-refused'): RunState {
  return { ...state, failures: [{ stage: 'connect', cause, server: null, count: 3 }] };
}

function judged(
  state: RunState,
  abortReason: string | null,
  thresholds: readonly string[] = ['ready == 100%'],
  limits = DEFAULT_GENERATOR_LIMITS,
): ReturnType<typeof judge> {
  const results = thresholds.map((text) => evaluateThreshold(state, FACTS.waves, thresholdOf(text)));
  return judge({ state, abortReason, lostSnapshots: 0, limits, thresholds: results });
}

describe('judge', () => {
  it.each<[string, RunState, string | null, string]>([
    ['every phone in service', healthyRun(), null, 'pass'],
    ['a phone out of service', exampleRun(), null, 'fail'],
    ['attempts that failed on the way', withFailure(healthyRun(), 'tcp-refused'), null, 'pass'],
    ['timers served late', withLateness(healthyRun(), 300), null, 'invalid'],
    ['timers served just in time', withLateness(healthyRun(), 100), null, 'pass'],
    ['no descriptors left', withFailure(healthyRun(), 'generator-exhausted'), null, 'invalid'],
    ['late, and phones out of service', withLateness(exampleRun(), 300), null, 'invalid'],
    ['Ctrl-C, and late', withLateness(exampleRun(), 300), 'stopped by the user', 'aborted'],
  ])('%s', (_, state, abortReason, result) => {
    expect(judged(state, abortReason).result).toBe(result);
  });

  it.each<[string, Partial<RunState['generator']>, string | null]>([
    ['a block just within the limit', { longestBlockMs: 400 }, null],
    [
      'a block',
      { longestBlockMs: 480 },
      'the event loop of a worker stood still for 480 ms, the limit is 400 ms',
    ],
    ['a thousandth of the datagrams dropped', { droppedDatagrams: 1, relayedReplies: 999 }, null],
    [
      'more datagrams dropped',
      { droppedDatagrams: 3, relayedReplies: 1997 },
      'the kernel dropped 3 of 2,000 datagrams at its relay sockets, the limit is 0.1 %',
    ],
    ['datagrams dropped at sockets of servers', { networkDrops: 9999 }, null],
    ['few descriptors left', { fewestFreeDescriptors: 20 }, null],
    [
      'hardly a descriptor left',
      { fewestFreeDescriptors: 19 },
      'a process had 19 descriptors left, the limit is 20',
    ],
    ['descriptors that nobody counts', { fewestFreeDescriptors: null }, null],
  ])('%s', (_, found, fault) => {
    const state = healthyRun();
    const verdict = judged({ ...state, generator: { ...state.generator, ...found } }, null);
    expect(verdict.result).toBe(fault === null ? 'pass' : 'invalid');
    if (fault !== null) expect(verdict.reasons[0]).toBe(`the generator was the bottleneck: ${fault}`);
  });

  it.each<[number | null, string]>([
    [null, 'pass'],
    [10, 'pass'],
    [11, 'invalid'],
  ])('finds a run with %s lost snapshots %s', (lostSnapshots, result) => {
    const limits = DEFAULT_GENERATOR_LIMITS;
    const verdict = judge({ state: healthyRun(), abortReason: null, lostSnapshots, limits, thresholds: [] });
    expect(verdict.result).toBe(result);
  });

  it('gives every reason, not only the one that decides', () => {
    expect(judged(withLateness(exampleRun(), 300), 'stopped by the user').reasons).toEqual([
      'stopped by the user',
      'the generator was the bottleneck: lateness p99 is 300 ms, the limit is 250 ms',
      'missed: ready == 100% (found 98.75 %)',
      '15 of 1,200 phones are not in service: 1 not started, 13 trying, 1 failed',
    ]);
  });

  it('fails for one threshold of several, and names it with what was found', () => {
    const thresholds = ['ready >= 98%', 'failures{cause=tcp-refused} < 100', 'failed == 1'];
    expect(judged(exampleRun(), null, thresholds)).toEqual({
      result: 'fail',
      reasons: [
        'missed: failures{cause=tcp-refused} < 100 (found 133)',
        '15 of 1,200 phones are not in service: 1 not started, 13 trying, 1 failed',
      ],
    });
  });

  it('passes when all hold, says what held, and where the phones are that may be missing', () => {
    expect(judged(exampleRun(), null, ['ready >= 98%', 'registration.p99 < 1s'])).toEqual({
      result: 'pass',
      reasons: [
        '15 of 1,200 phones are not in service: 1 not started, 13 trying, 1 failed',
        'ready >= 98% (found 98.75 %)',
        'registration.p99 < 1s (found 519 ms)',
      ],
    });
  });

  it('takes the limits of the caller', () => {
    const strict = {
      ...DEFAULT_GENERATOR_LIMITS,
      latenessP99Seconds: 0.0001,
      eventLoopLagP99Seconds: 0.0001,
    };
    const { result, reasons } = judged(healthyRun(), null, ['ready == 100%'], strict);
    expect(result).toBe('invalid');
    expect(reasons).toHaveLength(2);
  });
});
