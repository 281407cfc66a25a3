/** The top of the page: what it is about, whether it can be trusted, and the answer. */
import { formatDuration } from '../../scenario/duration.ts';
import { answeringTimes, answerOf } from '../answer.ts';
import { formatCount, formatSeconds } from '../figures.ts';
import type { RunSummary } from '../summary-schema.ts';
import { left, right } from '../table.ts';
import { formatThresholdValue } from '../thresholds.ts';
import { bulletList } from './elements.ts';
import { html, type Markup, NOTHING } from './markup.ts';
import { type TableData, tableMarkup } from './table-data.ts';

export function headMarkup(summary: RunSummary): Markup {
  const { run, verdict } = summary;
  const [answer, ...qualified] = answerOf(summary);
  const started = run.started === null ? 'never armed' : `started ${run.started.replace(/\.\d+Z$/, 'Z')}`;
  return html`<div class="brand">
<h1>Storm report: ${run.name}</h1>
<p>run ${run.id}, seed ${run.seed}, ${started}, ${formatDuration(run.duration)}, bootstorm ${run.version}</p>
</div>
<p class="verdict ${verdict.result}">${verdict.result.toUpperCase()}</p>
<p class="question">When is the building back?</p>
<p class="answer">${answer}</p>
${qualified.length === 0 ? NOTHING : html`<ul class="reasons">${qualified.map((line) => html`<li>${line}</li>`)}</ul>`}
<ul class="reasons">
${verdict.reasons.map(
  (reason) => html`<li>${reason}</li>
`,
)}</ul>
${labBanner(summary)}${tiles(summary)}${notes(summary)}${thresholdsMarkup(summary)}`;
}

/** Whatever the lab measures of itself is not CUCM: said before any figure. */
function labBanner({ lab }: RunSummary): Markup {
  if (lab === null) return NOTHING;
  return html`<div class="banner" role="note">
<p><strong>${lab.title}</strong>: times say how phones behave, not how fast a real cluster is. <a href="#lab">What the lab was set to</a></p>
</div>
`;
}

function tiles({ recovery, phones, failures, timing }: RunSummary): Markup {
  const { times, origin } = answeringTimes(recovery);
  const failed = failures.reduce((sum, { count }) => sum + count, 0);
  const reached = (seconds: number | null): string =>
    seconds === null ? 'not reached' : formatSeconds(seconds);
  const all = [
    ['T50', reached(times.t50Seconds)],
    ['T90', reached(times.t90Seconds)],
    ['T99', reached(times.t99Seconds)],
    ['T100', reached(times.t100Seconds)],
    ['in service', `${formatCount(phones.ready)} of ${formatCount(phones.asked)}`],
    ['failed attempts', formatCount(failed)],
  ] as const;
  const compressed = timing.compression === 1 ? '' : `, with modelled times divided by ${timing.compression}`;
  return html`<dl class="tiles">
${all.map(
  ([name, value]) => html`<div><dt>${name}</dt><dd${value.length > 9 ? LONG : NOTHING}>${value}</dd></div>
`,
)}</dl>
<p class="muted">T50 to T100: until that share of the phones had been in service, from ${origin === 'power returned' ? 'the return of power' : origin}${compressed}.</p>
`;
}

/** A value that would not fit beside the others in the size of theirs. */
const LONG = html` class="long"`;

function notes({ timing, warnings }: RunSummary): Markup {
  const all = [...(timing.note === null ? [] : [timing.note]), ...warnings];
  if (all.length === 0) return NOTHING;
  return html`<div class="banner" role="note">
<p><strong>Before you trust the figures</strong></p>
${bulletList(all)}</div>
`;
}

function thresholdsMarkup({ thresholds: all }: RunSummary): Markup {
  if (all.length === 0) return NOTHING;
  return html`<h2 class="first">Thresholds</h2>
${tableMarkup(thresholdTable(all))}`;
}

export function thresholdTable(thresholds: RunSummary['thresholds']): TableData {
  return {
    name: 'What the scenario demands, judged at the end of the hold',
    columns: [left('threshold'), right('found'), left('')],
    rows: thresholds.map(({ text, holds, ...found }) => [
      text,
      formatThresholdValue(found),
      holds ? { word: 'held', tone: 'held' } : { word: 'MISSED', tone: 'missed' },
    ]),
  };
}
