/** Where phones are on their way from the plug to the dial tone, and what each stage takes them. */
import { STAGE_NAMES } from '../src/phone/stages.ts';
import type { Section } from './board.ts';
import { STAGE_TITLES } from './mappings.ts';
import { stageColour } from './palette.ts';
import { lines, type PlacedPanel, stackedBars, table } from './panels.ts';
import { atLast, of, partOf, quantile, rate, recentQuantile, sum } from './promql.ts';

const STAGE_COLOURS = Object.fromEntries(STAGE_NAMES.map((stage) => [stage, stageColour(stage)]));

export function stormStages(): Section {
  return {
    title: 'Which stage was the bottleneck?',
    panels: [waterfall(), phonesInStage(), stageLatency(), stageDurations(), attempts()],
  };
}

/** Percentiles of phones that have passed a stage; the first one is where its bar begins. */
const PASSED = [0.1, 0.5, 0.9, 0.99] as const;
const FROM_POWER = 'stage_from_intended_start_seconds';

function waterfall(): PlacedPanel {
  const observed = `${sum(partOf(FROM_POWER, 'count'), 'stage')} > 0`;
  const segment = (index: number): string => {
    const [upper, lower] = [PASSED[index], PASSED[index - 1]].map((q) =>
      q === undefined ? null : quantile(q, FROM_POWER, ['stage']),
    );
    const length = lower === null ? upper : `${upper} - ${lower}`;
    return atLast(`(${length}) and on (stage) (${observed})`);
  };
  return stackedBars({
    title: 'Waterfall of stages',
    description:
      'Since their power returned: when the first tenth, half, 90 % and 99 % of the phones had passed each stage, to the width of a bucket. A stage whose bar is much longer than the one above it is where phones wait; one that begins late waits for the stage before.',
    size: { width: 12, height: 12 },
    queries: PASSED.map((_, index) => ({ expr: segment(index) })),
    unit: 's',
    rows: { field: 'stage', title: 'Stage', mappings: STAGE_TITLES },
    segments: [
      { title: 'until the first 10 %', colour: null },
      { title: '10 to 50 %', colour: 'dark-blue' },
      { title: '50 to 90 %', colour: 'blue' },
      { title: '90 to 99 %', colour: 'light-blue' },
    ],
  });
}

function phonesInStage(): PlacedPanel {
  return lines({
    title: 'Phones in each stage now',
    description:
      'How many phones have a stage under way. A layer that grows is a queue in front of that stage: look at its server on the dashboard Cluster.',
    size: { width: 12, height: 12 },
    queries: [{ expr: sum(of('phones_in_stage'), 'stage'), legend: '{{stage}}' }],
    unit: 'none',
    kind: 'stacked',
    colours: STAGE_COLOURS,
    legend: 'table',
  });
}

function stageLatency(): PlacedPanel {
  return lines({
    title: 'Stage latency, 95th percentile',
    description:
      'From the first try of a stage to its first pass, of the phones that passed it lately. Retries are part of it.',
    size: { width: 12, height: 9 },
    queries: [{ expr: recentQuantile(0.95, 'stage_duration_seconds', ['stage']), legend: '{{stage}}' }],
    unit: 's',
    colours: STAGE_COLOURS,
    legend: 'table',
  });
}

function stageDurations(): PlacedPanel {
  const observed = `${sum(partOf('stage_duration_seconds', 'count'), 'stage')} > 0`;
  const q = (value: number): string =>
    atLast(`${quantile(value, 'stage_duration_seconds', ['stage'])} and on (stage) (${observed})`);
  return table({
    title: 'Stages of the run so far',
    description: 'Passes of each stage and how long they took, from the first try to the first pass.',
    size: { width: 12, height: 9 },
    queries: [
      { expr: atLast(observed) },
      { expr: q(0.5) },
      { expr: q(0.9) },
      { expr: q(0.99) },
      { expr: atLast(`${sum(of('stage_attempts_total'), 'stage')} > 0`) },
    ],
    unit: 's',
    columns: [
      { field: 'stage', title: 'Stage', mappings: STAGE_TITLES },
      { field: 'Value #E', title: 'Tries', unit: 'none', width: 80 },
      { field: 'Value #A', title: 'Passes', unit: 'none', width: 80 },
      { field: 'Value #B', title: 'p50', width: 80 },
      { field: 'Value #C', title: 'p90', width: 80 },
      { field: 'Value #D', title: 'p99', width: 80 },
    ],
    sortedBy: 'p99',
  });
}

function attempts(): PlacedPanel {
  return lines({
    title: 'Tries of stages',
    description:
      'Tries that began, per second. More of them than phones that get power are retries, and load that the cluster makes for itself.',
    size: { width: 24, height: 8 },
    queries: [{ expr: sum(rate(of('stage_attempts_total')), 'stage'), legend: '{{stage}}' }],
    unit: 'suffix: /s',
    colours: STAGE_COLOURS,
    legend: 'table',
  });
}
