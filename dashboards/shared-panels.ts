/** Panels that stand on more than one dashboard, or more than once on one. */
import { VERDICT_COLOURS } from './palette.ts';
import { figures, heatmap, type PlacedPanel, type Size } from './panels.ts';
import { gained, lastSaid, of, partOf, sum } from './promql.ts';

interface PanelText {
  readonly title: string;
  readonly description: string;
}

/** How the run was judged, by its name: its last scrape says so, and none of a coordinator that was lost before. */
export function verdictPanel(description: string, size: Size): PlacedPanel {
  return figures({
    title: 'Verdict',
    description,
    size,
    queries: [{ expr: `max by (verdict) (${lastSaid(of('run_verdict'))}) == 1`, legend: '{{verdict}}' }],
    unit: 'none',
    shows: 'name',
    colouring: 'background',
    noValue: 'not judged yet',
    colours: VERDICT_COLOURS,
  });
}

/** How many of what a histogram measures took how long, as time goes on. */
export function durationsPanel(metric: string, width: number, text: PanelText): PlacedPanel {
  return heatmap({
    ...text,
    size: { width, height: 9 },
    queries: [{ expr: sum(gained(partOf(metric, 'bucket')), 'le') }],
    unit: 's',
  });
}
