import { describe, expect, it } from 'vitest';
import { compareRuns, verdictOf } from '../../../src/report/compare/compare.ts';
import { renderHtmlComparison } from '../../../src/report/compare/html.ts';
import { renderComparison } from '../../../src/report/compare/text.ts';
import { type RunSummary, summarySchema } from '../../../src/report/summary-schema.ts';
import { exampleSummary } from '../example-run.ts';
import { fullSummary, withTexts } from '../html/full-summary.ts';
import { nestingFaults, rawElements, tagsOf } from '../html/html-reader.ts';

const a = exampleSummary();

/** The same run, and a DHCP that took `more` seconds longer with every phone. */
function slower(more: number): RunSummary {
  const { dhcp } = a.stages;
  const later = (seconds: number | null): number | null => (seconds === null ? null : seconds + more);
  return {
    ...a,
    run: { ...a.run, id: 'run-2' },
    stages: {
      ...a.stages,
      dhcp: {
        ...dhcp,
        p50Seconds: later(dhcp.p50Seconds),
        p90Seconds: later(dhcp.p90Seconds),
        p99Seconds: later(dhcp.p99Seconds),
        bins: dhcp.bins.map(([edge, count]) => [edge + more, count]),
      },
    },
  };
}

describe('compareRuns', () => {
  it('finds a stage that has become slower, and how sure that is', () => {
    const { stages } = compareRuns(a, slower(0.5));
    const rows = stages.filter(({ stage }) => stage === 'dhcp');
    expect(rows.map(({ percentile }) => percentile)).toEqual(['p50', 'p90', 'p99']);
    for (const row of rows) {
      expect((row.b ?? 0) - (row.a ?? 0)).toBeCloseTo(0.5);
      expect(verdictOf(row)).toBe('slower');
      expect(row.interval?.low).toBeLessThan(0.5);
      expect(row.interval?.high).toBeGreaterThan(0.5);
    }
    const back = compareRuns(slower(0.5), a).stages.filter(({ stage }) => stage === 'dhcp');
    expect(back.map(verdictOf)).toEqual(['faster', 'faster', 'faster']);
  });

  it('finds that the building was back later, and how sure that is: of T100 no run can say', () => {
    const { recovery } = a;
    const later = (times: RunSummary['recovery']['network']): RunSummary['recovery']['network'] => ({
      ...times,
      t50Seconds: (times.t50Seconds ?? Number.NaN) + 60,
      bins: times.bins.map(([edge, count]) => [edge + 60, count]),
    });
    const b = { ...slower(0), recovery: { ...recovery, fromPower: later(recovery.fromPower) } };
    const [t50, ...others] = compareRuns(a, b).times;
    if (t50 === undefined) throw new Error('no T50');
    expect(t50.name).toBe('T50 from power return');
    expect(verdictOf(t50)).toBe('slower');
    expect(t50.interval?.low).toBeLessThanOrEqual(60);
    expect(t50.interval?.high).toBeGreaterThanOrEqual(60);
    for (const row of others.filter(({ name }) => name.startsWith('T100')))
      expect(verdictOf(row)).toBe('not known');
  });

  it('finds no difference between a run and itself, nor in what only one run had', () => {
    const same = compareRuns(a, slower(0));
    for (const row of same.stages) expect(['no clear difference', 'not known']).toContain(verdictOf(row));
    expect(same.cautions).toEqual([]);
    const capf = { ...a, stages: { ...a.stages, capf: a.stages.dhcp } };
    expect(
      compareRuns(a, capf)
        .stages.filter(({ stage }) => stage === 'capf')
        .map(verdictOf),
    ).toEqual(['not known', 'not known', 'not known']);
  });

  it('says in what the runs are not alike', () => {
    const b: RunSummary = {
      ...slower(0),
      run: { ...a.run, id: 'run-2', seed: 2, version: '0.2.0', name: 'other' },
      lab: null,
      verdict: { result: 'invalid', reasons: [] },
    };
    expect(compareRuns(a, b).cautions).toEqual([
      'B is INVALID: its generator was the bottleneck, so its figures say nothing of the servers',
      'servers differ: A has embedded lab, not CUCM, B has those that the user named',
      'scenarios differ: A has first-run, B has other',
      'seeds differ: A has 1, B has 2',
      expect.stringMatching(/^limits of the lab differ: /),
      'versions of bootstorm differ: A has 0.1.0, B has 0.2.0',
    ]);
    expect(compareRuns(a, a).cautions).toEqual(['A and B are the same run']);
  });

  it('counts failures of either run by cause', () => {
    const b = { ...slower(0), failures: [] };
    const { counts } = compareRuns(a, b);
    const refused = a.failures
      .filter(({ cause }) => cause === 'tcp-refused')
      .reduce((sum, { count }) => sum + count, 0);
    expect(counts).toContainEqual({ name: 'failed attempts: tcp-refused', a: refused, b: 0, interval: null });
    expect(counts.some(({ name }) => name.includes('tftp-timeout'))).toBe(false);
  });
});

describe('the bins', () => {
  it('are few, ascending, and hold every phone that passed', () => {
    summarySchema.parse(a);
    for (const { bins, count, maxSeconds } of Object.values(a.stages)) {
      expect(bins.length).toBeLessThanOrEqual(128);
      expect(bins.reduce((sum, [, phones]) => sum + phones, 0)).toBe(count);
      const edges = bins.map(([edge]) => edge);
      expect(edges).toEqual(edges.toSorted((x, y) => x - y));
      expect(edges.at(-1) ?? null).toBe(maxSeconds);
    }
  });
});

describe('renderComparison', () => {
  it('tells it on the terminal', () => {
    const text = renderComparison(compareRuns(a, slower(0.5)));
    expect(text).toMatch(/ dhcp +p50 +\S+ ms +\S+ ms +\+500 ms \(\+\d+ %\) +\+\d+ ms to \+\d+ ms +slower/);
    expect(text).toMatch(/repeat both with\s+other seeds/);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });
});

describe('renderHtmlComparison', () => {
  it('draws both curves, nests its elements, and makes no markup of texts', () => {
    const full = fullSummary();
    const other = { ...full, run: { ...full.run, id: 'run-2' } };
    const page = renderHtmlComparison(compareRuns(full, other), '0.1.0');
    expect(nestingFaults(page)).toEqual([]);
    const [data] = rawElements(page).filter(({ attributes }) => attributes.includes('json'));
    expect((JSON.parse(data?.text ?? '') as { series: unknown[] }).series).toHaveLength(2);
    const hostile = '</script><script>alert(1)</script>"><img src=x onerror=alert(1)>';
    const planted = renderHtmlComparison(
      compareRuns(withTexts(full, hostile), withTexts(other, hostile)),
      '0.1.0',
    );
    expect(planted).not.toContain('<img');
    expect(planted.split('<script').length).toBe(page.split('<script').length);
    expect(tagsOf(planted).filter((tag) => tag.startsWith('<h2'))).toHaveLength(4);
  });
});
