import { describe, expect, it } from 'vitest';
import type { AgentFacts } from '../../src/metrics/agent-facts.ts';
import type { RunMark } from '../../src/metrics/run-progress.ts';
import type { RunState } from '../../src/metrics/run-state.ts';
import { letteredMarks } from '../../src/page/lettered-marks.ts';
import { pageStateOf } from '../../src/page/page-state.ts';
import { FAILURE_CAUSES, type FailureCause } from '../../src/phone/failure-causes.ts';
import { agentOf } from '../metrics/run-facts-example.ts';
import { exampleRun, healthyRun } from '../report/example-run.ts';
import { momentOf } from './moment.ts';
import { longRun } from './long-run.ts';

/** What a state may have, whatever the run: README. */
const MOST_BYTES = 128 * 1024;

describe('the state of a page', () => {
  it('puts every phone into exactly one row', () => {
    const state = exampleRun();
    const { steps } = pageStateOf(momentOf(state));
    expect(steps.filter(({ step }) => step !== '').map(({ step }) => step)).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5',
      '6',
      '7',
      '8',
    ]);
    const sum = steps.reduce((total, { share }) => total + share, 0);
    expect(sum).toBeCloseTo(1, 9);
    expect(steps.at(-1)).toMatchObject({ title: 'In service', count: '1,185', kind: 'good' });
  });

  it('says when the rest is back, and why it is not', () => {
    const state: RunState = {
      ...exampleRun(),
      recovery: { ...exampleRun().recovery, inService: [0, 0, 1, 100, 2, 105, 3, 110, 4, 115, 5, 120] },
      asked: 1200,
    };
    const answerAt = (elapsedSeconds: number, differs = {}): string =>
      pageStateOf(momentOf(state, { elapsedSeconds, ...differs })).answer.details.join();
    expect(answerAt(6)).toBe('all back in about 4 s at the present pace; 1 failed or lost');
    const early = { ...state, ledger: { ...state.ledger, ready: 119, notStarted: 1067 } };
    expect(pageStateOf(momentOf(early, { elapsedSeconds: 6 })).answer.details.join()).toBe(
      '1,080 on their way; 1 failed or lost',
    );
    expect(answerAt(60)).toBe('14 on their way; 1 failed or lost');
    expect(answerAt(6, { slope: 0 })).toBe('paused: no more phones get power until it is resumed');
    expect(answerAt(-1)).toBe('power returns in a moment');
    expect(answerAt(6, { phase: 'draining' })).toBe('the run is ending: phones take their leave');
    const healthy = pageStateOf(momentOf(healthyRun()));
    expect(healthy.answer).toMatchObject({ headline: 'Back: all 10 phones in service', share: 1 });
    expect(pageStateOf(momentOf(healthyRun(), { phase: 'preparing' })).answer.headline).toMatch(
      /^Getting ready/,
    );
  });

  it('judges nothing before the end, and has the answer of the report then', () => {
    const before = pageStateOf(momentOf(exampleRun()));
    expect(JSON.stringify(before.thresholds)).not.toMatch(/MISSED/);
    expect(before).toMatchObject({ verdict: null, isOver: false });
    const after = pageStateOf(momentOf(exampleRun(), { verdict: 'fail', phase: 'done' }));
    expect(JSON.stringify(after.thresholds)).toMatch(/MISSED/);
    expect(after).toMatchObject({ isOver: true, verdict: { result: 'fail', report: 'report.html' } });
    expect(after.answer.headline).toMatch(/^Not back: 1,185 of 1,200/);
  });

  it('turns red where the generator is beyond a limit', () => {
    const state = healthyRun();
    const slow = { lateness: 400, eventLoopLag: 1 };
    expect(pageStateOf(momentOf(state)).generator.isBad).toBe(false);
    const beyond = { ...state, generator: { ...state.generator, worstWindow: slow } };
    expect(pageStateOf(momentOf(beyond)).generator.isBad).toBe(true);
  });

  it('is as small for a hundred thousand phones and an hour as it is for any run', () => {
    const small = JSON.stringify(pageStateOf(longRun(1000)));
    const large = JSON.stringify(pageStateOf(longRun(100_000)));
    expect(large.length).toBeLessThan(MOST_BYTES);
    expect(large.length - small.length).toBeLessThan(8 * 1024);
  });

  it('has the newest lines of a run log without end, the troubled agents first, and says what it leaves out', () => {
    const agents: AgentFacts[] = Array.from({ length: 60 }, (_, i) => agentOf(i));
    const troubled = agents.map((agent, i) => (i === 59 ? { ...agent, trouble: 'lost' } : agent));
    const runLog = Array.from({ length: 900 }, (_, i) => ({
      utc: '2026-01-02T03:04:05.000Z',
      second: i,
      what: `line ${i}`,
    }));
    const { log, agents: table } = pageStateOf(momentOf(exampleRun(), {}, { agents: troubled }, { runLog }));
    expect(log.items.slice(0, 2)).toEqual([
      { at: '14:59', what: 'line 899' },
      { at: '14:58', what: 'line 898' },
    ]);
    expect([log.items.length, log.more]).toEqual([80, 820]);
    expect(table.rows[0]?.[0]).toBe('agent-59');
    expect([table.rows.length, table.more]).toEqual([24, 36]);
  });

  it('has every cause with its hint, and not more of its servers than fit', () => {
    const [cause] = Object.keys(FAILURE_CAUSES) as FailureCause[];
    const failures = Array.from({ length: 40 }, (_, i) => ({
      stage: 'ctl' as const,
      cause: cause as FailureCause,
      server: `192.0.2.${i}`,
      count: 100 - i,
    }));
    const { items, more } = pageStateOf(momentOf({ ...exampleRun(), failures })).failures;
    expect(more).toBe(0);
    expect(items[0]).toMatchObject({ cause, hint: FAILURE_CAUSES[cause as FailureCause].hint });
    expect(items[0]?.places.length).toBe(5);
    expect(items[0]?.places.at(-1)).toMatch(/^and \d+ more$/);
  });
});

describe('marks', () => {
  const mark = (second: number | null, what: string, type: RunMark['type'] = 'wave'): RunMark => ({
    type,
    utc: '2026-01-02T03:04:05.000Z',
    second,
    what,
  });

  it('that would lie on each other share a letter, and those to come have none', () => {
    const marks = [
      mark(null, 'nowhere'),
      mark(0, 'armed', 'start'),
      mark(1, 'floor 1'),
      mark(50, 'floor 2'),
      mark(101, 'later'),
    ];
    expect(letteredMarks(marks, 100)).toEqual([
      { letter: 'a', second: 0, at: '00:00', what: 'start; floor 1' },
      { letter: 'b', second: 50, at: '00:50', what: 'floor 2' },
    ]);
  });

  it('are the newest, as many as there are letters', () => {
    const marks = Array.from({ length: 1000 }, (_, i) => mark(i * 4, `wave ${i}`));
    const shown = letteredMarks(marks, 4000);
    expect(shown.length).toBe(26);
    expect([shown[0]?.letter, shown.at(-1)?.letter]).toEqual(['a', 'z']);
    expect(shown.at(-1)?.what).toContain('wave 990');
  });
});
