/** Panels as markup; lines over time are data that `panels.js` draws with uPlot. */
import * as z from 'zod';
import { html, type Markup } from '../../src/report/html/markup.ts';
import { colourOf, override, type Panel, unitOf } from './dashboard.ts';
import { type Cell, type Series, sortedBy, type Source, type Table } from './panel-data.ts';
import { cssColour, display, inUnit } from './values.ts';

/** What a browser draws of lines over time. */
export interface Chart {
  readonly id: string;
  readonly kind: 'lines' | 'bars' | 'stacked';
  readonly unit: string;
  readonly min: number | null;
  readonly max: number | null;
  readonly limits: readonly { readonly value: number; readonly colour: string }[];
  readonly series: readonly (Series & { readonly colour: string })[];
}

export interface DrawnPanel {
  readonly markup: Markup;
  readonly chart: Chart | null;
  /** Whether there was anything to show. */
  readonly isEmpty: boolean;
}

export async function drawPanel(panel: Panel, source: Source, id: string): Promise<DrawnPanel> {
  switch (panel.type) {
    case 'row':
      return { markup: html``, chart: null, isEmpty: false };
    case 'stat':
      return statPanel(panel, await source.series(panel));
    case 'timeseries':
      return timeseriesPanel(panel, await source.series(panel), id);
    case 'heatmap':
      return heatmapPanel(panel, await source.series(panel));
    case 'table':
      return tablePanel(panel, await source.table(panel));
    case 'barchart':
      return barPanel(panel, await source.table(panel));
    default:
      return panel.type satisfies never;
  }
}

function drawn(markup: Markup, isEmpty: boolean, chart: Chart | null = null): DrawnPanel {
  return { markup, chart, isEmpty };
}

function statPanel(panel: Panel, series: readonly Series[]): DrawnPanel {
  const { textMode, colorMode } = panel.options;
  const { noValue } = panel.fieldConfig.defaults;
  if (series.length === 0) return drawn(html`<div class="stats"><b>${noValue}</b></div>`, true);
  const figures = series.map(({ name, points }, place) => {
    const { text, colour } = display(panel, name, points.at(-1)?.[1] ?? null);
    const own = cssColour(colour ?? colourOf(panel, name) ?? limitColour(panel, points.at(-1)?.[1]), place);
    const style = colorMode === 'background' ? `background:${own};color:#fff` : `color:${own}`;
    const said = textMode === 'name' ? name : text;
    const title = textMode === 'value_and_name' ? html`<small>${name}</small>` : html``;
    return html`<div style="${style}">${title}<b>${said}</b></div>`;
  });
  return drawn(html`<div class="stats">${figures}</div>`, false);
}

function limitColour(panel: Panel, value: number | undefined): string {
  const steps = panel.fieldConfig.defaults.thresholds?.steps ?? [];
  return steps.findLast((step) => step.value === null || (value ?? 0) >= step.value)?.color ?? 'text';
}

function timeseriesPanel(panel: Panel, series: readonly Series[], id: string): DrawnPanel {
  const { min = null, max = null, unit, custom, thresholds } = panel.fieldConfig.defaults;
  const stacked = custom.stacking?.mode === 'normal';
  const drawsLimits = (custom.thresholdsStyle?.mode ?? 'off') !== 'off';
  const limits = (thresholds?.steps ?? []).flatMap(({ value, color }) =>
    drawsLimits && value !== null ? [{ value, colour: cssColour(color, 0) }] : [],
  );
  const coloured = series.map((one, place) => ({
    ...one,
    colour: cssColour(colourOf(panel, one.name), place),
  }));
  const kind = custom.drawStyle === 'bars' ? 'bars' : stacked ? 'stacked' : 'lines';
  const legend = coloured.map(
    ({ name, colour }) => html`<li><i style="background:${colour}"></i>${name}</li>`,
  );
  const markup = html`<div class="chart" id="${id}"></div><ul class="legend">${legend}</ul>`;
  return drawn(markup, series.length === 0, { id, kind, unit, min, max, limits, series: coloured });
}

/** Cells by time and bucket; Prometheus' buckets are cumulative. */
function heatmapPanel(panel: Panel, series: readonly Series[]): DrawnPanel {
  const buckets = series.toSorted((a, b) => edge(a) - edge(b));
  const seconds = [...new Set(buckets.flatMap(({ points }) => points.map(([second]) => second)))].sort(
    (a, b) => a - b,
  );
  const below = (row: number): ReadonlyMap<number, number> => new Map(buckets[row]?.points);
  const counts = buckets.map((_, row) => {
    const [own, under] = [below(row), below(row - 1)];
    return seconds.map((second) => Math.max(0, (own.get(second) ?? 0) - (under.get(second) ?? 0)));
  });
  const used = counts.flatMap((row, index) => (row.some((count) => count > 0) ? [index] : []));
  const most = Math.max(1, ...counts.flat());
  const rows = used.toReversed().map((row) => {
    const cells = (counts[row] ?? []).map((count) => {
      const shade = count === 0 ? 0 : 0.15 + 0.85 * Math.sqrt(count / most);
      return html`<td style="background:rgb(250 100 0 / ${shade.toFixed(2)})"></td>`;
    });
    const at = edge(buckets[row]);
    return html`<tr><th>${Number.isFinite(at) ? inUnit(at, panel.options.yAxis.unit) : 'more'}</th>${cells}</tr>`;
  });
  return drawn(html`<table class="heat">${rows}</table>`, used.length === 0);
}

function edge(series: Series | undefined): number {
  return series?.name === '+Inf' ? Number.POSITIVE_INFINITY : Number(series?.name);
}

function tablePanel(panel: Panel, table: Table): DrawnPanel {
  const { columns, rows } = panel.options.sortBy.reduce(
    (sorted, { displayName, desc }) => sortedBy(sorted, displayName, desc),
    table,
  );
  const widthOf = (column: string): string => {
    const width = override(panel, column, 'custom.width', z.number());
    return width === undefined ? '' : `width:${width}px`;
  };
  const heads = columns.map((column) => html`<th style="${widthOf(column)}">${column}</th>`);
  const lines = rows.map(
    (row) => html`<tr>${row.map((cell, place) => tableCell(panel, columns[place] ?? '', cell))}</tr>`,
  );
  return drawn(
    html`<div class="scroll"><table class="grid"><thead><tr>${heads}</tr></thead><tbody>${lines}</tbody></table></div>`,
    rows.length === 0,
  );
}

function tableCell(panel: Panel, column: string, cell: Cell): Markup {
  const { text, colour } = display(panel, column, cell);
  const align = typeof cell === 'number' ? 'right' : 'left';
  return html`<td class="${align}" style="color:${cssColour(colour ?? 'text', 0)}">${text}</td>`;
}

/** Horizontal bars whose parts follow each other. */
function barPanel(panel: Panel, { columns, rows }: Table): DrawnPanel {
  const names = columns.indexOf(panel.options.xField ?? '');
  const parts = columns.flatMap((column, place) => (place === names ? [] : [{ column, place }]));
  const sums = rows.map((row) => parts.reduce((sum, { place }) => sum + Number(row[place] ?? 0), 0));
  const longest = Math.max(...sums, Number.MIN_VALUE);
  const isSeen = ({ column }: { column: string }): boolean =>
    override(panel, column, 'custom.fillOpacity', z.number()) !== 0;
  const colour = (column: string, place: number): string =>
    isSeen({ column }) ? cssColour(colourOf(panel, column), place) : 'transparent';
  const bars = rows.map((row) => {
    const blocks = parts.map(({ column, place }) => {
      const share = (100 * Number(row[place] ?? 0)) / longest;
      return html`<i style="width:${share.toFixed(2)}%;background:${colour(column, place)}"></i>`;
    });
    return html`<tr><th>${display(panel, columns[names] ?? '', row[names] ?? null).text}</th><td>${blocks}</td></tr>`;
  });
  const legend = parts
    .filter(isSeen)
    .map(({ column, place }) => html`<li><i style="background:${colour(column, place)}"></i>${column}</li>`);
  return drawn(
    html`<table class="bars">${bars}</table><ul class="legend"><li>0 to ${inUnit(longest, unitOf(panel, ''))}</li>${legend}</ul>`,
    rows.length === 0,
  );
}
