/**
 * A dashboard as a page, for a look at whether its panels make sense: drawn from the JSON that Grafana reads, with what a
 * Prometheus has. It is no Grafana: colours, numbers and places are the dashboard's, the drawing is ours.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { html, jsonMarkup, Markup } from '../../src/report/html/markup.ts';
import type { Prometheus } from '../support/prometheus.ts';
import { parseDashboard } from './dashboard.ts';
import { Source, type Window } from './panel-data.ts';
import { type Chart, drawPanel } from './panel-markup.ts';
import { cssColour } from './values.ts';

const DASHBOARDS = fileURLToPath(new URL('../../dashboards/grafana', import.meta.url));

export interface DashboardPage {
  /** Of its file, without ending. */
  readonly name: string;
  readonly page: string;
  /** Panels that have nothing to show. */
  readonly empty: readonly string[];
}

/** Every dashboard of the repository, as Grafana reads it. */
export function dashboardPages(prometheus: Prometheus, window: Window): Promise<DashboardPage[]> {
  const files = readdirSync(DASHBOARDS).filter((file) => file.endsWith('.json'));
  return Promise.all(files.map((file) => dashboardPage(join(DASHBOARDS, file), prometheus, window)));
}

async function dashboardPage(file: string, prometheus: Prometheus, window: Window): Promise<DashboardPage> {
  const dashboard = parseDashboard(readFileSync(file, 'utf8'));
  const source = await Source.of(prometheus, dashboard, window);
  const charts: Chart[] = [];
  const empty: string[] = [];
  const sections: Markup[] = [];
  for (const [index, panel] of dashboard.panels.entries()) {
    const { markup, chart, isEmpty } = await drawPanel(panel, source, `panel-${index}`);
    if (chart !== null) charts.push(chart);
    if (isEmpty) empty.push(panel.title);
    const { x, y, w, h } = panel.gridPos;
    const kind = panel.type === 'row' ? 'row' : isEmpty ? 'panel empty' : 'panel';
    const place = `grid-area:${y + 1}/${x + 1}/span ${h}/span ${w}`;
    sections.push(html`<section class="${kind}" style="${place}"><h2>${panel.title}</h2>${markup}</section>
`);
  }
  const marks = await Promise.all(
    dashboard.annotations.list.map(async ({ expr, iconColor }) =>
      (expr === undefined ? [] : await source.marks(expr)).map((second) => ({
        second,
        colour: cssColour(iconColor, 0),
      })),
    ),
  );
  const { start, end } = window;
  return {
    name: basename(file, '.json'),
    page: pageOf(dashboard.title, sections, { charts, start, end, marks: marks.flat() }),
    empty,
  };
}

function pageOf(title: string, sections: readonly Markup[], data: object): string {
  const plot = dirname(createRequire(import.meta.url).resolve('uplot/package.json'));
  const read = (folder: string, name: string): Markup => new Markup(readFileSync(join(folder, name), 'utf8'));
  return html`<!doctype html>
<meta charset="utf-8"><title>${title}</title>
<style>${read(plot, 'dist/uPlot.min.css')}${read(import.meta.dirname, 'panels.css')}</style>
<h1>${title}</h1>
<main>${sections}</main>
<script type="application/json" id="data">${jsonMarkup(data)}</script>
<script>${read(plot, 'dist/uPlot.iife.min.js')}</script>
<script>${read(import.meta.dirname, 'panels.js')}</script>
`.text;
}
