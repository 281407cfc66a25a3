import { STAGES } from '../../phone/stages.ts';
import { answerOf } from '../answer.ts';
import { curveFigure } from '../html/curve-figure.ts';
import { bulletList, dataTable, paragraph, sectionMarkup } from '../html/elements.ts';
import { html, type Markup, NOTHING } from '../html/markup.ts';
import { pageMarkup } from '../html/page.ts';
import type { RunSummary } from '../summary-schema.ts';
import { left, right } from '../table.ts';
import { type Difference, INTERVAL_NOTE, type RunComparison, verdictOf } from './compare.ts';
import { countText, differenceText, intervalText, timeText } from './figures.ts';
import { runLine } from './text.ts';

/** The comparison as one HTML file, as the report of a run is one. */
export function renderHtmlComparison(comparison: RunComparison, version: string): string {
  const { a, b } = comparison;
  return pageMarkup({
    title: `${a.run.name} ${a.run.id} and ${b.run.name} ${b.run.id} compared`,
    version,
    body: html`${head(comparison)}<main>
${[
  { id: 'curve', title: 'Phones in service', body: curves(a, b) },
  { id: 'times', title: 'Time to service', body: timeTable(comparison) },
  { id: 'stages', title: 'Latency of each stage', body: stageTable(comparison) },
  { id: 'counts', title: 'Counts', body: countTable(comparison) },
].map(sectionMarkup)}</main>
`,
  });
}

function head({ a, b, cautions }: RunComparison): Markup {
  const run = (
    name: string,
    summary: RunSummary,
  ): Markup => html`<p class="verdict ${summary.verdict.result}">${name}: ${summary.verdict.result.toUpperCase()}</p>
<p class="answer small">${answerOf(summary)[0]}</p>
<p class="muted">${runLine(name, summary)}${summary.lab === null ? '' : `, ${summary.lab.title}`}</p>
`;
  return html`<header>
<div class="brand">
<h1>Two storms compared: ${a.run.name}${a.run.name === b.run.name ? '' : `, ${b.run.name}`}</h1>
</div>
${run('A', a)}${run('B', b)}${
  cautions.length === 0
    ? NOTHING
    : html`<div class="banner" role="note">
<p><strong>The runs are not alike in everything</strong></p>
${bulletList(cautions)}</div>
`
}</header>
`;
}

function curves(a: RunSummary, b: RunSummary): Markup {
  const series = (
    [
      ['A', a],
      ['B', b],
    ] as const
  ).map(([name, { recovery, phones }]) => ({
    name,
    points: recovery.fromPower.curve.map(([second, value]): [number, number] => [
      second,
      Math.round((value / phones.asked) * 1e4) / 100,
    ]),
  }));
  return curveFigure({
    description: `Share of the phones in service over time. A: ${answerOf(a)[0]} B: ${answerOf(b)[0]}`,
    series,
    top: 100,
    unit: '% of phones',
  });
}

function timeTable({ times }: RunComparison): Markup {
  return html`${paragraph(INTERVAL_NOTE)}${dataTable(
    'Time until that share of the phones had been in service; a dash: not reached, or not known',
    [left('time'), ...DIFFERENCE],
    times.map((row) => [row.name, ...differenceCells(row)]),
  )}`;
}

function stageTable({ stages }: RunComparison): Markup {
  return dataTable(
    'From the first try of the stage',
    [left('stage'), left(''), ...DIFFERENCE],
    stages.map((row) => [STAGES[row.stage].title, row.percentile, ...differenceCells(row)]),
  );
}

const DIFFERENCE = [right('A'), right('B'), right('B − A'), right('95 % interval'), left('B is')] as const;

function differenceCells(row: Difference): (string | Markup)[] {
  const verdict = verdictOf(row);
  const style = verdict === 'slower' ? 'missed' : verdict === 'faster' ? 'held' : 'muted';
  return [
    timeText(row.a),
    timeText(row.b),
    differenceText(row),
    intervalText(row),
    html`<span class="${style}">${verdict}</span>`,
  ];
}

function countTable({ counts }: RunComparison): Markup {
  return dataTable(
    'Counts over the whole run',
    [left('of'), right('A'), right('B')],
    counts.map((row) => [row.name, countText(row.a), countText(row.b)]),
  );
}
