import { describe, expect, it } from 'vitest';
import { aggregate } from '../../src/metrics/aggregate.ts';
import { curveSection } from '../../src/report/sections/curve.ts';
import { buildSummary } from '../../src/report/summary.ts';
import type { RunSummary } from '../../src/report/summary-schema.ts';
import { bootEvents, shardOf, WHOLE_BOOT } from '../metrics/phone-stories.ts';
import { OUTAGE_FACTS } from '../metrics/run-facts-example.ts';

const plain = (_: string, text: string): string => text;

/** A building that loses power after half a minute, for an instant. */
function outage(events: RunSummary['events'], durationSeconds = 60): RunSummary {
  const hold = Array.from({ length: 20 }, () => 'pass' as const);
  const phones = Array.from({ length: 200 }, (_, i) =>
    bootEvents([...WHOLE_BOOT, ...hold, 'outage', ...WHOLE_BOOT], { paceMs: 1000, from: i * 50 }),
  );
  const state = aggregate([{ shard: 0, phones: 200 }], [shardOf(phones).snapshot()]);
  return buildSummary(state, OUTAGE_FACTS, { durationSeconds, abortReason: null, events });
}

describe('curveSection', () => {
  it('draws the whole run with what happened below it', () => {
    const events = [
      { second: 0, what: 'first-start: 200 phones' },
      { second: 32.2, what: 'power-cut: 200 phones' },
      { second: 32.4, what: 'power-return: 200 phones' },
    ];
    const killed = { second: 59.99, what: 'callManager1 killed' };
    const lab = { title: 'embedded lab, not CUCM' as const, limits: [], tokenQueue: [], registered: [] };
    const summary = { ...outage(events), lab: { ...lab, events: [killed] } };
    expect(curveSection(summary, plain).join('\n')).toMatchInlineSnapshot(`
      "Phones in service
        |             ▁▁▂▂▃▃▄▅▆▆▇▇█████████████▇▇▆▆▆▅▄▃▂▂▂▁ ▁▁▁▂▂▃▄▅▅▆▆▇█████████| of 200, 1 m
         a                                     +                                d
        a  0 s: first-start: 200 phones
        b  32.2 s: power-cut: 200 phones
        c  32.4 s: power-return: 200 phones
        d  60 s: callManager1 killed
        from 33 s fewer than the 200 before: 0 at 42 s, back at 53 s"
    `);
  });

  it('shows a dip that is shorter than a column, and is full only when all are there', () => {
    const summary = outage([]);
    const { fromPower } = summary.recovery;
    const curve: [number, number][] = [
      [0, 0],
      [9, 0],
      [10, 200],
      [100, 200],
      [101, 20],
      [102, 199],
      [1000, 199],
    ];
    const recovery = { ...summary.recovery, fromPower: { ...fromPower, curve }, dips: [] };
    const [, line = ''] = curveSection({ ...summary, recovery }, plain);
    expect(line).toMatch(/^ {2}\|█{7}▁▇{64}\| of 200/);
  });

  it('says nothing of a run that never began', () => {
    const state = aggregate([{ shard: 0, phones: 3 }], []);
    const summary = buildSummary(state, OUTAGE_FACTS, { durationSeconds: 0, abortReason: 'too early' });
    expect(curveSection(summary, plain)).toEqual([]);
  });

  it('has a letter for 26 events, and says that there are more', () => {
    const events = Array.from({ length: 30 }, (_, second) => ({
      second: second * 2,
      what: `event ${second}`,
    }));
    const text = curveSection(outage(events), plain).join('\n');
    expect(text).toContain('z  50 s: event 25');
    expect(text).toContain('and 4 more events');
  });
});
