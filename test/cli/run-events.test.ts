import { describe, expect, it } from 'vitest';
import { agentTroubles, presentTroubles, runEvents } from '../../src/cli/run-events.ts';
import { RunLog, type RunLogEntry } from '../../src/coordinator/run-log.ts';

function logOf(...entries: readonly (readonly [number, RunLogEntry])[]): RunLog['entries'] {
  const log = new RunLog(null);
  for (const [second, entry] of entries) log.add(entry, second);
  return log.entries;
}

const LOST = { type: 'agentLost', agent: 'b', shards: [1], phones: 40, message: 'silent for 10 s' } as const;
const AWAY = { type: 'redisLost', message: 'ECONNREFUSED' } as const;
const BACK = { type: 'redisBack', seconds: 12.34, restored: true } as const;

describe('events of a run', () => {
  it('tell what happened to agents, to Redis and to the schedule', () => {
    const entries = logOf(
      [1, { type: 'steered', fromSecond: 3, slope: 0 }],
      [5, { type: 'steered', fromSecond: 7, slope: 1 }],
      [8, AWAY],
      [20, BACK],
      [21, { ...LOST, restarted: true }],
      [30, { type: 'agentFenced', agent: 'b', sleptSeconds: 20 }],
      [31, { type: 'agentDrained', agent: 'c' }],
      [32, { type: 'attached', epoch: 2 }],
    );
    expect(runEvents(entries).map(({ second, what }) => `${second} ${what}`)).toMatchInlineSnapshot(`
      [
        "3 schedule paused",
        "7 schedule at real time",
        "8 Redis does not answer: ECONNREFUSED",
        "20 Redis is back after 12.3 s, without its data",
        "21 40 phones lost with b, begun anew",
        "30 b was back too late and has closed its connections",
        "31 c was told to end",
        "32 another coordinator took over",
      ]
    `);
  });
});

describe('troubles of agents', () => {
  it('are the latest of each', () => {
    const entries = logOf(
      [21, { ...LOST, restarted: false }],
      [25, { type: 'agentLost', agent: 'd', shards: [2], phones: 1, message: 'killed', restarted: false }],
      [30, { type: 'agentFenced', agent: 'b', sleptSeconds: 20.04 }],
      [31, { type: 'agentDrained', agent: 'c' }],
    );
    expect([...agentTroubles(entries)]).toMatchInlineSnapshot(`
      [
        [
          "b",
          "was asleep for 20.0 s and has closed its connections",
        ],
        [
          "d",
          "killed",
        ],
        [
          "c",
          "was told to end",
        ],
      ]
    `);
  });
});

describe('present troubles', () => {
  it('begin and end with what is logged', () => {
    expect(presentTroubles(logOf([8, AWAY]), 15.2)).toEqual(['Redis does not answer for 7 s']);
    expect(presentTroubles(logOf([8, AWAY], [20, BACK]), 21)).toEqual([]);
  });

  it('are a schedule that does not go at real time, from its instant on', () => {
    const entries = logOf(
      [1, { type: 'steered', fromSecond: 3, slope: 0 }],
      [5, { type: 'steered', fromSecond: 7, slope: 2 }],
      [9, { type: 'steered', fromSecond: 11, slope: 1 }],
    );
    const at = [2, 3, 8, 12].map((second) => presentTroubles(entries, second).join());
    expect(at).toEqual(['', 'schedule paused', 'schedule at 2 times real time', '']);
  });
});
