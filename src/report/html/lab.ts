/** How the lab's CallManagers took it. */
import { formatCount } from '../figures.ts';
import type { RunSummary } from '../summary-schema.ts';
import { left, right } from '../table.ts';
import { downsample, type Points } from './downsample.ts';
import { bulletList, dataTable, paragraph } from './elements.ts';
import { html, type Markup, NOTHING } from './markup.ts';

/** Stretches of time of a small curve, which is a third of the page wide at most. */
const SPARK_STRETCHES = 120;

export function labBody({ lab }: RunSummary): Markup {
  if (lab === null) return NOTHING;
  const { registered, tokenQueue } = lab;
  const curves = [...registered, ...tokenQueue].map(({ curve }) => curve);
  const end = Math.max(1, ...curves.map((curve) => curve.at(-1)?.[0] ?? 0));
  const rows = [
    ...registered
      .filter(({ curve }) => peakOf(curve) > 0)
      .map(({ node, curve }) => [node, 'registered', spark(curve, end), formatCount(peakOf(curve)), '']),
    ...tokenQueue
      .filter(({ granted, rejected }) => granted + rejected > 0)
      .map(({ node, granted, rejected, peak, curve }) => [
        node,
        'waiting for a token',
        spark(curve, end),
        formatCount(peak),
        `${formatCount(granted)} granted, ${formatCount(rejected)} rejected`,
      ]),
  ];
  return html`${paragraph(`What the lab was set to (${lab.title}):`)}${bulletList(lab.limits)}${
    rows.length === 0
      ? NOTHING
      : dataTable(
          'As each CallManager of the lab counts them, each curve to its own height',
          [left('node'), left('phones'), left(`0 to ${formatCount(end)} s`), right('peak'), left('tokens')],
          rows,
        )
  }`;
}

function spark(curve: Points, end: number): Markup {
  const top = Math.max(1, peakOf(curve));
  const line = downsample(curve, SPARK_STRETCHES)
    .map(([second, value]) => `${Math.round((second / end) * 1000)} ${Math.round(28 - (value / top) * 26)}`)
    .join('L');
  return html`<svg class="spark" aria-hidden="true" viewBox="0 0 1000 30" preserveAspectRatio="none"><path vector-effect="non-scaling-stroke" d="M${line}"/></svg>`;
}

function peakOf(curve: Points): number {
  return curve.reduce((peak, [, value]) => Math.max(peak, value), 0);
}
