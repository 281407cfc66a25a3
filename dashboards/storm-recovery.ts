/** Whether the building is back, and since when. */
import { METRIC_LABELS } from '../src/metrics/metric.ts';
import type { Section } from './board.ts';
import { HOLDS } from './mappings.ts';
import { BAD, GOOD, NEUTRAL, NOTICE, PHASE_COLOURS, STATE_COLOURS, WARNING } from './palette.ts';
import { figures, lines, type PlacedPanel, table } from './panels.ts';
import { atLast, of, sum } from './promql.ts';
import { verdictPanel } from './shared-panels.ts';

const READY = sum(of('phones', 'state="ready"'));
const ASKED = `max(${of('run_phones_asked')})`;

/** `0.99` is T99. */
const fractionName = (fraction: string): string => `T${Number(fraction) * 100}`;

export function stormRecovery(): Section {
  return {
    title: 'Is the building back?',
    panels: [
      verdict(),
      phase(),
      inService(),
      phones(),
      timesToFraction(),
      recoveryCurve(),
      thresholds(),
      phonesByState(),
      pace(),
    ],
  };
}

function verdict(): PlacedPanel {
  return verdictPanel(
    'pass: every threshold held. fail: one was missed, see Thresholds. invalid: the generator was the bottleneck, and the figures say nothing of the cluster; see the dashboard Generator. aborted: it was ended before its time.',
    { width: 4, height: 4 },
  );
}

function phase(): PlacedPanel {
  return figures({
    title: 'Phase',
    description:
      'How far the run is: preparing, ramping (power returns), holding, draining (phones unregister), done.',
    size: { width: 4, height: 4 },
    queries: [{ expr: `${atLast(`max by (phase) (${of('run_phase')})`)} == 1`, legend: '{{phase}}' }],
    unit: 'none',
    shows: 'name',
    colours: PHASE_COLOURS,
  });
}

function inService(): PlacedPanel {
  return figures({
    title: 'In service',
    description:
      'Phones in service (lines set up, DefineTimeDate received) of those in the plan. After the hold phones unregister: the curve below says what it was before.',
    size: { width: 4, height: 4 },
    queries: [{ expr: atLast(`${READY} / ${ASKED}`) }],
    unit: 'percentunit',
    decimals: 1,
    limits: [
      { value: null, color: BAD },
      { value: 0.5, color: WARNING },
      { value: 0.9, color: NOTICE },
      { value: 0.99, color: GOOD },
    ],
  });
}

function phones(): PlacedPanel {
  return figures({
    title: 'Phones',
    description: 'Phones in service now, and phones in the plan.',
    size: { width: 4, height: 4 },
    queries: [
      { expr: atLast(READY), legend: 'in service' },
      { expr: atLast(ASKED), legend: 'planned' },
    ],
    unit: 'none',
    shows: 'both',
  });
}

function timesToFraction(): PlacedPanel {
  return figures({
    title: 'Time until so many were in service',
    description:
      'Since the first power returned, until 50, 90, 99 and 100 % of the planned phones were in service. One that is missing was not reached. The time that a phone needs to start (modelled) is part of it.',
    size: { width: 8, height: 4 },
    queries: METRIC_LABELS.fraction.map((fraction) => ({
      expr: atLast(
        `max(${of('run_time_to_fraction_seconds', `recovery="fromPower", fraction="${fraction}"`)})`,
      ),
      legend: fractionName(fraction),
    })),
    unit: 's',
    decimals: 1,
    shows: 'both',
  });
}

function recoveryCurve(): PlacedPanel {
  return lines({
    title: 'Recovery curve',
    description:
      'Share of the planned phones in service. The dashed lines are T50, T90, T99 and T100. A curve that flattens below 100 % has phones that wait or fail: see the stages and failures below. A step down is a lost CallManager.',
    size: { width: 16, height: 10 },
    queries: [
      { expr: `${READY} / ${ASKED}`, legend: 'in service' },
      {
        expr: `${sum(of('phones', 'state=~"ready|registered"'))} / ${ASKED}`,
        legend: 'registered',
      },
    ],
    unit: 'percentunit',
    max: 1,
    colours: { 'in service': STATE_COLOURS.ready, registered: STATE_COLOURS.registered },
    limits: [
      { value: null, color: 'transparent' },
      ...METRIC_LABELS.fraction.map((fraction) => ({ value: Number(fraction), color: GOOD })),
    ],
  });
}

function thresholds(): PlacedPanel {
  return table({
    title: 'Thresholds',
    description:
      'What the scenario demands, as the figures are now; they are judged at the end of the hold. A missed one makes the run a FAIL (exit code 99).',
    size: { width: 8, height: 10 },
    queries: [{ expr: atLast(`min by (threshold) (${of('run_threshold_holds')})`) }],
    unit: 'none',
    columns: [
      { field: 'threshold', title: 'Threshold' },
      { field: 'Value #A', title: 'Now', width: 90, mappings: HOLDS, isColoured: true },
    ],
  });
}

function phonesByState(): PlacedPanel {
  return lines({
    title: 'Phones by state',
    description:
      'Every planned phone is in exactly one state. trying: booting. registered: RegisterAck, not yet in service. dropped: was registered and is not. failed: its own policy ended its attempts.',
    size: { width: 16, height: 8 },
    queries: Object.keys(STATE_COLOURS).map((state) => ({
      expr: sum(of('phones', `state="${state}"`)),
      legend: state,
    })),
    unit: 'none',
    kind: 'stacked',
    colours: STATE_COLOURS,
  });
}

function pace(): PlacedPanel {
  return lines({
    title: 'Pace of the schedule',
    description:
      'At which schedule time passes: 1 as planned, 0 a pause, 2 twice as fast. It changes when the run is steered.',
    size: { width: 8, height: 8 },
    queries: [{ expr: `max(${of('run_schedule_slope_ratio')})`, legend: 'pace' }],
    unit: 'none',
    colours: { pace: NEUTRAL },
  });
}
