/** The recovery of the building: the curve, and the times read off it, modelled and measured apart. */
import { formatDuration } from '../../scenario/duration.ts';
import { STAGE_NAMES, STAGES } from '../../phone/stages.ts';
import { answeringTimes, answerOf, waveStart } from '../answer.ts';
import { formatCount, formatSeconds } from '../figures.ts';
import type { RunSummary } from '../summary-schema.ts';
import { left, right } from '../table.ts';
import type { BarPart } from './bars.ts';
import { curveFigure, type CurveMark } from './curve-figure.ts';
import { downsample } from './downsample.ts';
import { bulletList, dataTable, folded, paragraph } from './elements.ts';
import { eventLegend, lettersOf } from './events.ts';
import { html, type Markup, NOTHING } from './markup.ts';
import { type TableData, tableMarkup } from './table-data.ts';

/** Rows of the curve as a table: about so many stretches of time, four points each at most. */
const TABLE_STRETCHES = 30;

export function curveBody(summary: RunSummary): Markup {
  const { phones, recovery } = summary;
  const { curve } = recovery.fromPower;
  if ((curve.at(-1)?.[0] ?? 0) === 0) return NOTHING;
  const points = downsample(curve, TABLE_STRETCHES);
  return html`${curveFigure({
    description: `Phones in service over the run. ${answerOf(summary)[0]}`,
    series: [{ name: 'in service', points: curve }],
    top: phones.asked,
    unit: 'phones',
    marks: marksOf(summary),
    events: lettersOf(summary),
  })}${eventLegend(summary)}${bulletList(recovery.dips.map(dipText))}${folded(
    'The curve as a table',
    dataTable(
      `Phones in service, of ${formatCount(phones.asked)}`,
      [left('time'), right('phones')],
      points.map(([second, value]) => [formatDuration(second), formatCount(value)]),
    ),
  )}`;
}

export function marksOf({ recovery }: RunSummary): CurveMark[] {
  const { times, startedSecond } = answeringTimes(recovery);
  const shares = [
    ['T50', times.t50Seconds],
    ['T90', times.t90Seconds],
    ['T99', times.t99Seconds],
    ['T100', times.t100Seconds],
  ] as const;
  return shares.flatMap(([name, seconds]) =>
    seconds === null ? [] : [{ label: `${name} ${formatSeconds(seconds)}`, second: startedSecond + seconds }],
  );
}

function dipText(dip: RunSummary['recovery']['dips'][number]): string {
  const back = dip.backSecond === null ? 'not back' : `back at ${formatDuration(dip.backSecond)}`;
  return `From ${formatDuration(dip.fromSecond)} fewer than the ${formatCount(dip.before)} before: ${formatCount(dip.lowest)} at ${formatDuration(dip.lowestSecond)}, ${back}.`;
}

export function timesBody(summary: RunSummary): Markup {
  return html`${reachedTable(summary)}${modelledTable(summary)}`;
}

function reachedTable({ recovery, timing }: RunSummary): Markup {
  const row = (name: string, times: Omit<RunSummary['recovery']['network'], 'curve' | 'bins'>): string[] => [
    name,
    ...[times.t50Seconds, times.t90Seconds, times.t99Seconds, times.t100Seconds].map(reachedText),
  ];
  const { waves, fromPower, network } = recovery;
  const compressed = timing.compression === 1 ? '' : ' (compressed)';
  return dataTable(
    'Time until a share of the phones had been in service: of all that were asked, or that were to get power with the wave',
    [left('from'), right('50 %'), right('90 %'), right('99 %'), right('100 %')],
    [
      row(`${waves.length > 1 ? 'first power' : 'power return'}${compressed}`, fromPower),
      row('first packet (network only)', network),
      ...(waves.length > 1 ? waves : []).map((wave) =>
        row(`${wave.name}: ${formatCount(wave.phones)} phones, ${waveStart(wave)}`, wave),
      ),
    ],
  );
}

function modelledTable(summary: RunSummary): Markup {
  const { timing } = summary;
  const table = modelledMeasured(summary);
  if (table === null) return NOTHING;
  const divided = timing.compression === 1 ? '' : ` Modelled times were divided by ${timing.compression}.`;
  return html`<h3>Modelled and measured time</h3>
${paragraph(
  `Modelled: from a phone’s intended return of power to the end of step 3 (switch, image, VLAN); it comes from the scenario.${divided} Measured: from its first packet to its first time in service.`,
)}${tableMarkup(table)}`;
}

/**
 * What the scenario says a phone takes before its first packet, and what the servers then took: each by itself. Null
 * before anything of it is known.
 */
export function modelledMeasured({ stages, recovery }: RunSummary): TableData | null {
  const last = STAGE_NAMES.findLast((stage) => STAGES[stage].time === 'modelled' && stages[stage].count > 0);
  const { network } = recovery;
  const modelled = last === undefined ? null : stages[last].fromIntendedStart;
  const shares = [
    ['50 %', modelled?.p50Seconds ?? null, network.t50Seconds],
    ['90 %', modelled?.p90Seconds ?? null, network.t90Seconds],
    ['99 %', modelled?.p99Seconds ?? null, network.t99Seconds],
    ['100 %', modelled?.maxSeconds ?? null, network.t100Seconds],
  ] as const;
  const longest = Math.max(...shares.flatMap(([, a, b]) => [a ?? 0, b ?? 0]));
  if (longest === 0) return null;
  const bar = (kind: 'modelled' | 'measured', seconds: number | null): BarPart[] => [
    { kind, from: 0, to: (seconds ?? 0) / longest },
  ];
  return {
    name: 'Time within which a share of the phones had passed',
    columns: [left('share'), left(`0 to ${formatSeconds(longest)}`), right('modelled'), right('measured')],
    rows: shares.map(([share, before, after]) => [
      share,
      { bars: [bar('modelled', before), bar('measured', after)] },
      reachedText(before),
      reachedText(after),
    ]),
  };
}

function reachedText(seconds: number | null): string {
  return seconds === null ? 'not reached' : formatSeconds(seconds);
}
