import { describe, expect, it } from 'vitest';
import type { RunState } from '../../src/metrics/run-state.ts';
import { DEFAULT_GENERATOR_LIMITS, judge } from '../../src/report/verdict.ts';
import { exampleRun, healthyRun } from './example-run.ts';

function withLateness(state: RunState, ms: number): RunState {
  return { ...state, generator: { ...state.generator, worstWindow: { lateness: ms, eventLoopLag: 1 } } };
}

function withFailure(state: RunState, cause: 'generator-exhausted' | 'tcp-refused'): RunState {
  return { ...state, failures: [{ stage: 'connect', cause, server: null, count: 3 }] };
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
    expect(judge(state, abortReason, DEFAULT_GENERATOR_LIMITS).result).toBe(result);
  });

  it('gives every reason, not only the one that decides', () => {
    expect(
      judge(withLateness(exampleRun(), 300), 'stopped by the user', DEFAULT_GENERATOR_LIMITS).reasons,
    ).toEqual([
      'stopped by the user',
      'the generator was the bottleneck: lateness p99 is 300 ms, the limit is 250 ms',
      '15 of 1,200 phones are not in service: 1 not started, 13 trying, 1 failed',
    ]);
  });

  it('takes the limits of the caller', () => {
    const strict = { latenessP99Seconds: 0.0001, eventLoopLagP99Seconds: 0.0001 };
    expect(judge(healthyRun(), null, strict).reasons).toHaveLength(2);
  });
});
