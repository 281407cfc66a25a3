/** The eight steps of a boot: when each was passed, and how long it took by itself. */
import { STAGE_NAMES, STAGES, type Stage } from '../../phone/stages.ts';
import { formatCount, formatSeconds, formatShare } from '../figures.ts';
import type { RunSummary } from '../summary-schema.ts';
import { left, right } from '../table.ts';
import type { BarPart } from './bars.ts';
import { dataTable, paragraph } from './elements.ts';
import { html, type Markup, NOTHING } from './markup.ts';
import { type TableCell, type TableData, tableMarkup } from './table-data.ts';

const PERCENTILES = ['p50', 'p90', 'p99', 'max'].map(right);

export function stagesBody(summary: RunSummary): Markup {
  const { stages } = summary;
  const met = STAGE_NAMES.filter((stage) => stages[stage].attempts > 0 || stages[stage].count > 0);
  if (met.length === 0) return NOTHING;
  const table = waterfall({ stages });
  return html`${table === null ? NOTHING : html`${WATERFALL_KEYS}${tableMarkup(table)}`}
<h3>Latency of each stage</h3>
${dataTable(
  'From the first try of the stage: tries that failed are part of it',
  [left('stage'), right('step'), right('passed'), right('tries'), ...PERCENTILES],
  met.map((stage) => {
    const { count, attempts } = stages[stage];
    return [
      titleOf(stage),
      STAGES[stage].step,
      formatCount(count),
      formatCount(attempts),
      ...times(stages[stage]),
    ];
  }),
)}${dataTable(
  'From the phone’s intended return of power to the end of the stage: whatever came before is part of it, lateness as well',
  [left('stage'), right('step'), right('passed'), ...PERCENTILES],
  met.map((stage) => {
    const { fromIntendedStart } = stages[stage];
    return [
      titleOf(stage),
      STAGES[stage].step,
      formatCount(fromIntendedStart.count),
      ...times(fromIntendedStart),
    ];
  }),
)}${registrationNote(summary)}`;
}

/** Null before a stage was passed. */
export function waterfall({ stages }: Pick<RunSummary, 'stages'>): TableData | null {
  const longest = Math.max(...STAGE_NAMES.map((stage) => stages[stage].fromIntendedStart.p99Seconds ?? 0));
  if (longest === 0) return null;
  const rows = STAGE_NAMES.flatMap((stage): TableCell[][] => {
    const { p50Seconds: own, fromIntendedStart } = stages[stage];
    const { p50Seconds: end, p99Seconds: tail } = fromIntendedStart;
    if (own === null || end === null || tail === null) return [];
    const kind = STAGES[stage].time;
    const bar: BarPart[] = [
      { kind: 'tail', from: end / longest, to: tail / longest },
      { kind, from: (end - own) / longest, to: Math.max(end / longest, (end - own) / longest + 0.004) },
    ];
    return [
      [STAGES[stage].title, { bars: [bar] }, formatSeconds(own), formatSeconds(end), formatSeconds(tail)],
    ];
  });
  return {
    name: 'Waterfall: the median of each stage ending where the median phone had passed it, from its intended return of power',
    columns: [
      left('stage'),
      left(`0 to ${formatSeconds(longest)}`),
      right('took p50'),
      right('passed p50'),
      right('p99'),
    ],
    rows,
  };
}

/** What the bars of a waterfall stand for. */
export const WATERFALL_KEYS = html`<ul class="keys">
<li><svg width="22" height="12" aria-hidden="true"><rect class="swatch modelled" width="22" height="12" rx="2"/></svg>modelled: from the scenario</li>
<li><svg width="22" height="12" aria-hidden="true"><rect class="swatch measured" width="22" height="12" rx="2"/></svg>measured: from the network</li>
<li><svg width="22" height="12" aria-hidden="true"><rect class="swatch tail" width="22" height="12" rx="2"/></svg>until 99 % had passed</li>
</ul>
`;

function titleOf(stage: Stage): string {
  const { title, time } = STAGES[stage];
  return time === 'modelled' ? `${title} (modelled)` : title;
}

function times(latency: RunSummary['stages']['dhcp']['fromIntendedStart']): string[] {
  return [latency.p50Seconds, latency.p90Seconds, latency.p99Seconds, latency.maxSeconds].map(formatSeconds);
}

/** The figures that RFC 6076 has names for (sections 4.1 and 4.2). */
function registrationNote({
  registrationRequestDelay: delay,
  ineffectiveRegistrationAttempts: { failed, attempts },
}: RunSummary): Markup {
  if (attempts === 0) return NOTHING;
  return paragraph(
    `In the terms of RFC 6076, which defines them for SIP: registration request delay (RRD), from Register to RegisterAck, of ${formatCount(delay.count)} registrations ${formatSeconds(delay.p50Seconds)} in the median, ${formatSeconds(delay.p99Seconds)} at p99, ${formatSeconds(delay.maxSeconds)} at most; ineffective registration attempts (IRA) ${formatCount(failed)} of ${formatCount(attempts)}, ${formatShare(failed, attempts)}.`,
  );
}
