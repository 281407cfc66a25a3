import { describe, expect, it } from 'vitest';
import { earlyLogFormat } from '../../src/cli/cluster-options.ts';
import { entryFields, entryLevel, progressFields } from '../../src/cli/log-lines.ts';
import type { LoggedEntry } from '../../src/coordinator/run-log.ts';
import { agentOf } from '../metrics/run-facts-example.ts';
import { exampleRun, LAB_FACTS } from '../report/example-run.ts';

const LOST: LoggedEntry = {
  utc: '2026-11-26T01:00:00.000Z',
  second: 12.000_000_04,
  entry: {
    type: 'agentLost',
    agent: 'anna',
    shards: [1],
    phones: 40,
    message: 'killed',
    restarted: false,
  },
};

describe('a line of JSON', () => {
  it('has an entry of the run log as the file has it, and in words', () => {
    expect(entryFields(LOST)).toEqual({
      second: 12,
      what: '40 phones lost with anna',
      agent: 'anna',
      shards: [1],
      phones: 40,
      message: 'killed',
      restarted: false,
    });
    expect(entryLevel(LOST)).toBe('error');
    expect(entryLevel({ ...LOST, entry: { type: 'ended' } })).toBe('info');
  });

  it('has the figures of the live view', () => {
    const facts = { ...LAB_FACTS, agents: [agentOf(0), agentOf(1, { state: 'lost' })] };
    const thresholds = [{ text: 'ready == 100%', found: '98.7 %', holds: false }];
    const progress = {
      phase: 'ramping',
      elapsedSeconds: 4.2,
      slope: 1,
      marks: [],
      thresholds,
      verdict: null,
      troubles: ['schedule paused'],
    } as const;
    expect(progressFields(exampleRun(), facts, progress)).toMatchObject({
      second: 4.2,
      phase: 'ramping',
      asked: 1200,
      inService: 1185,
      perSecond: 107,
      waiting: 13,
      failedAttempts: { 'tcp-refused': 133, 'dhcp-timeout': 3, 'sccp-rejected': 1 },
      latenessP99Seconds: 0.00491,
      agents: { all: 2, lost: 1 },
      thresholds,
      troubles: ['schedule paused'],
    });
  });
});

describe('the format before the command line is understood', () => {
  it.each([
    [['run'], {}, 'text'],
    [['run', '--log-format', 'json'], {}, 'json'],
    [['run', '--log-format=json'], {}, 'json'],
    [['run', '--log-format', 'text'], { BOOTSTORM_LOG_FORMAT: 'json' }, 'text'],
    [['run'], { BOOTSTORM_LOG_FORMAT: 'json' }, 'json'],
    [['run', '--log-format', 'xml'], {}, 'text'],
    [['run', '--log-format'], {}, 'text'],
  ])('of %j with %j is %s', (args, environment, format) => {
    expect(earlyLogFormat(args, environment)).toBe(format);
  });
});
