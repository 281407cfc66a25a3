/** The power history of a plan, in words and as a curve. */
import { powerCurve } from '../schedule/power-history.ts';
import type { PowerShape } from '../schedule/power-shape.ts';
import type { SwitchStart } from '../schedule/shapes/per-switch.ts';
import { shareBar } from './bar.ts';
import { describeDistribution } from './distribution-field.ts';
import { formatDuration } from './duration.ts';
import type { RunPlan } from './plan.ts';

/** A label, and what it says. */
export type PowerLine = readonly [label: string, text: string];

const CURVE_COLUMNS = 48;
/** Of a flapping feeder there may be hundreds. */
const HAPPENINGS_SHOWN = 12;

/** Every wave and every cut in the order of time, and phones with power over the whole run as one line of bars. */
export function powerLines(plan: RunPlan): readonly PowerLine[] {
  const { power, waves, cuts, lastPowerSeconds, phoneCount } = plan;
  const happenings = [
    ...waves.map((wave) => ({ ...wave, text: `${phonesText(wave.phones)} get power ${spanText(wave)}` })),
    ...cuts.map((cut) => ({ ...cut, text: `${phonesText(cut.phones)} lose power ${spanText(cut)}` })),
  ].sort((a, b) => a.startSeconds - b.startSeconds);
  const lines: PowerLine[] = [['power', shapeText(power.firstStart)], ...stageLines(power.firstStart)];
  if (power.outage !== null) {
    const { atSeconds, durationSeconds, return: back } = power.outage;
    const cut = `at ${formatDuration(atSeconds)}, for ${formatDuration(durationSeconds)}`;
    lines.push(['outage', `${cut}; then power returns ${shapeText(back)}`], ...stageLines(back));
  }
  if (lastPowerSeconds === 0) return lines;
  const curve = powerCurve(power, phoneCount, lastPowerSeconds, CURVE_COLUMNS)
    .map((powered) => shareBar(powered, phoneCount))
    .join('');
  return [
    ...lines,
    ...happenings.slice(0, HAPPENINGS_SHOWN).map(({ name, text }): PowerLine => ['', `${name}: ${text}`]),
    ...(happenings.length > HAPPENINGS_SHOWN
      ? [['', `and ${happenings.length - HAPPENINGS_SHOWN} more returns and cuts`] satisfies PowerLine]
      : []),
    [
      'with power',
      `|${curve}| of ${phoneCount.toLocaleString('en')}, to ${formatDuration(lastPowerSeconds)}`,
    ],
  ];
}

function spanText({ startSeconds, lastSeconds }: { startSeconds: number; lastSeconds: number }): string {
  const from = formatDuration(startSeconds);
  return lastSeconds === startSeconds ? `at ${from}` : `from ${from} to ${formatDuration(lastSeconds)}`;
}

function phonesText(phones: number): string {
  return `${phones.toLocaleString('en')} phone${phones === 1 ? '' : 's'}`;
}

function shapeText(shape: PowerShape): string {
  switch (shape.type) {
    case 'instant':
      return 'to all phones at once';
    case 'stages':
      return 'in stages';
    case 'per-switch':
      return `switch by switch: ${switchText(shape)}`;
    case 'floor-by-floor':
      return `floor by floor, one each ${formatDuration(shape.intervalSeconds)}${feedText(shape.switches)}`;
    case 'ups-staggered':
      return `to one ${shape.by} after another within ${formatDuration(shape.withinSeconds)}; the switches stayed up`;
    case 'flapping-feeder':
      return `by ${shape.by}, ${shape.cycles} times: up ${describeDistribution(shape.up)}, down ${describeDistribution(shape.down)}${feedText(shape.switches)}`;
    default:
      return shape satisfies never;
  }
}

function switchText({ boot, portIntervalSeconds }: SwitchStart): string {
  return `boot ${describeDistribution(boot)}, then a port each ${formatDuration(portIntervalSeconds)} (modelled)`;
}

function feedText(switches: SwitchStart | null): string {
  return switches === null ? '' : `; its switches ${switchText(switches)}`;
}

function stageLines(shape: PowerShape): readonly PowerLine[] {
  if (shape.type !== 'stages') return [];
  let begins = 0;
  return shape.stages.map(({ durationSeconds, phones }) => {
    const from = formatDuration(begins);
    begins += durationSeconds;
    const rate = durationSeconds === 0 ? 'at once' : `${Number((phones / durationSeconds).toPrecision(3))}/s`;
    const what = phones === 0 ? 'nobody' : `${phonesText(phones)}, ${rate}`;
    return ['', `${from} to ${formatDuration(begins)}: ${what}`];
  });
}
