/** What happened, by letter under the curve and in full at the end of the page. */
import { formatDuration } from '../../scenario/duration.ts';
import type { RunSummary } from '../summary-schema.ts';
import { left, right } from '../table.ts';
import type { CurveEvent } from './curve-figure.ts';
import { dataTable, folded } from './elements.ts';
import { html, type Markup, NOTHING } from './markup.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** Events that have a mark on the curve; the rest are in the table of all. */
export function lettersOf(summary: RunSummary): CurveEvent[] {
  return allEvents(summary)
    .slice(0, LETTERS.length)
    .map(({ second }, i) => ({ letter: LETTERS.charAt(i), second }));
}

export function eventLegend(summary: RunSummary): Markup {
  const events = allEvents(summary);
  if (events.length === 0) return NOTHING;
  return html`<ul class="legend">
${events.slice(0, LETTERS.length).map(
  ({ second, what }, i) => html`<li><b>${LETTERS.charAt(i)}</b>${formatDuration(second)}: ${what}</li>
`,
)}</ul>
${events.length > LETTERS.length ? html`<p>and ${events.length - LETTERS.length} more: see <a href="#events">Events and run log</a></p>` : NOTHING}`;
}

export function eventsBody(summary: RunSummary): Markup {
  const { runLog } = summary;
  const events = allEvents(summary);
  if (events.length === 0 && runLog.length === 0) return NOTHING;
  return html`${
    events.length === 0
      ? NOTHING
      : dataTable(
          'What happened to the phones and their servers from outside',
          [right('second'), left('what')],
          events.map(({ second, what }) => [second.toFixed(1), what]),
        )
  }${
    runLog.length === 0
      ? NOTHING
      : folded(
          `Run log: ${runLog.length} lines`,
          dataTable(
            'Run log, in the order of time',
            [left('UTC'), right('second'), left('what')],
            runLog.map(({ utc, second, what }) => [utc, second === null ? '-' : second.toFixed(3), what]),
          ),
        )
  }`;
}

function allEvents({ events, lab }: RunSummary): RunSummary['events'] {
  return [...events, ...(lab?.events ?? [])].sort((a, b) => a.second - b.second);
}
