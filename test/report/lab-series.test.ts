import { describe, expect, it } from 'vitest';
import { barCurve } from '../../src/report/bar-curve.ts';

import { LabSeries } from '../../src/report/lab-series.ts';
import { labSection } from '../../src/report/sections/lab.ts';
import type { RunSummary } from '../../src/report/summary-schema.ts';
import { exampleSummary } from './example-run.ts';

function node(registeredNow: number, tokensQueuedNow = 0, tokensGranted = 0, tokensRejected = 0) {
  return { registeredNow, tokensQueuedNow, tokensGranted, tokensRejected, tokensPeak: tokensQueuedNow };
}

describe('LabSeries', () => {
  it('keeps each node, also while it has no process, and adds what its processes counted', () => {
    const series = new LabSeries();
    series.add(0, { callManager1: node(0), callManager2: node(0) });
    series.add(1, { callManager1: node(50, 4, 9, 2), callManager2: node(0) });
    series.add(2, { callManager2: node(50) });
    series.add(3, { callManager1: node(0, 0, 0, 0), callManager2: node(50) });
    series.add(4, { callManager1: node(50, 1, 3, 1), callManager2: node(0) });
    expect(series.tokenQueue).toEqual([
      {
        node: 'callManager1',
        granted: 12,
        rejected: 3,
        peak: 4,
        curve: [
          [0, 0],
          [1, 4],
          [2, 0],
          [3, 0],
          [4, 1],
        ],
      },
      {
        node: 'callManager2',
        granted: 0,
        rejected: 0,
        peak: 0,
        curve: [
          [0, 0],
          [4, 0],
        ],
      },
    ]);
    expect(series.registered[0]?.curve.map(([, phones]) => phones)).toEqual([0, 50, 0, 0, 50]);
  });

  it('leaves out points on a level line, and keeps its end however soon the next look is', () => {
    const series = new LabSeries();
    for (const [second, phones] of [
      [0, 3],
      [0, 0],
      [1, 5],
      [2, 5],
      [3, 5],
      [4.001, 5],
      [4.25, 2],
    ] as const)
      series.add(second, { callManager1: node(phones) });
    expect(series.registered).toEqual([
      {
        node: 'callManager1',
        curve: [
          [0, 0],
          [1, 5],
          [4.001, 5],
          [4.25, 2],
        ],
      },
    ]);
  });
});

describe('barCurve', () => {
  it('shows every peak, however short, and the line between points that are far apart', () => {
    const spike = barCurve(
      [
        [0, 0],
        [49, 0],
        [50, 8],
        [51, 0],
        [100, 0],
      ],
      10,
    );
    expect(spike).toBe('     █    ');
    const slope = barCurve(
      [
        [0, 0],
        [80, 8],
      ],
      8,
    );
    expect(slope).toBe(' ▁▂▃▄▅▆█');
  });

  it('has something to show for one phone among thousands, and nothing for none', () => {
    expect(
      barCurve(
        [
          [0, 1],
          [5, 1],
          [6, 9000],
        ],
        6,
      ).startsWith('▁'),
    ).toBe(true);
    expect(barCurve([], 4)).toBe('    ');
    expect(barCurve([[7, 0]], 4)).toBe('    ');
  });
});

describe('labSection', () => {
  const plain = (_: unknown, text: string): string => text;
  const report = (lab: Partial<NonNullable<RunSummary['lab']>>): string[] => {
    const nothing = { events: [], tokenQueue: [], registered: [] };
    const summary = exampleSummary();
    return labSection(
      { ...summary, lab: { title: 'embedded lab, not CUCM', limits: [], ...nothing, ...lab } },
      plain,
    );
  };

  it('tells how each node took what was done to it', () => {
    const series = new LabSeries();
    series.add(0, { callManager1: node(5000) });
    series.add(60, { callManager1: node(4000, 10, 4321, 123) });
    const { tokenQueue, registered } = series;
    const text = report({ tokenQueue, registered }).join('\n');
    expect(text).toMatch(/callManager1 +registered +\|[^|]{40}\| +5,000/);
    expect(text).toMatch(/callManager1 +token queue +\|[^|]{40}\| +10 +4,321 granted, 123 rejected/);
  });

  it('is empty when nothing happened', () => {
    expect(report({})).toEqual([]);
    expect(labSection({ ...exampleSummary(), lab: null }, plain)).toEqual([]);
  });
});
