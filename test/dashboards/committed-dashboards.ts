/** The dashboards as they are committed, and every query in them: what Grafana would ask Prometheus. */
import { readdirSync, readFileSync } from 'node:fs';
import type {
  AnnotationQuery,
  Panel,
  RowPanel,
  VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { DashboardModel } from '../../dashboards/board.ts';
import { LOOK_SECONDS } from '../../dashboards/promql.ts';

const FOLDER = new URL('../../dashboards/grafana/', import.meta.url);

export interface DashboardQuery {
  /** As `Bootstorm / Storm > Verdict A`. */
  readonly place: string;
  readonly expr: string;
  readonly kind: 'range' | 'instant' | 'annotation';
}

export function committedDashboards(): DashboardModel[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as DashboardModel);
}

export function panelsOf({ panels }: DashboardModel): Panel[] {
  return panels.filter((panel): panel is Panel => !isRow(panel));
}

export function isRow(panel: Panel | RowPanel): panel is RowPanel {
  return panel.type === 'row';
}

/** What a query of a panel has besides its `refId`. */
interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly instant?: boolean;
  readonly range?: boolean;
}

export function targetsOf({ targets = [] }: Panel): Target[] {
  return targets as unknown as Target[];
}

export function queriesOf(model: DashboardModel): DashboardQuery[] {
  const ofPanels = panelsOf(model).flatMap((panel) =>
    targetsOf(panel).map(({ refId, expr, instant }) => ({
      place: `${model.title} > ${panel.title} ${refId}`,
      expr,
      kind: instant === true ? ('instant' as const) : ('range' as const),
    })),
  );
  const ofAnnotations = model.annotations.list.map(({ name, expr = '' }: AnnotationQuery) => ({
    place: `${model.title} > annotation ${name}`,
    expr,
    kind: 'annotation' as const,
  }));
  return [...ofPanels, ...ofAnnotations];
}

/** `label_values(SERIES, LABEL)`, as the queries of variables are. */
export function labelValuesOf({ query }: VariableModel): { series: string; label: string } | null {
  const text = typeof query === 'string' ? query : String(query?.['query']);
  const match = /^label_values\((.+), (\w+)\)$/.exec(text);
  return match?.[1] === undefined || match[2] === undefined ? null : { series: match[1], label: match[2] };
}

/** What Grafana puts in for its macros and for the dashboard's variables. */
export interface Substitutes {
  readonly run: string;
  /** Of the chosen time, seconds. */
  readonly rangeSeconds: number;
  /** `$__rate_interval`, seconds. */
  readonly rateSeconds: number;
  /** `$__interval`: what one point stands for, seconds. */
  readonly stepSeconds: number;
  /** In which steps last values are looked for, where this Prometheus scrapes more often than the dashboards expect. */
  readonly lookMs?: number;
}

/** An expression as Prometheus gets it, with All chosen for the variables that have it. */
export function substituted(
  expr: string,
  { run, rangeSeconds, rateSeconds, stepSeconds, lookMs }: Substitutes,
): string {
  const resolution = lookMs === undefined ? `:${LOOK_SECONDS}s]` : `:${lookMs}ms]`;
  return expr
    .replaceAll(`:${LOOK_SECONDS}s]`, resolution)
    .replaceAll('$__rate_interval', `${rateSeconds}s`)
    .replaceAll('$__interval_ms', String(stepSeconds * 1000))
    .replaceAll('$__interval', `${stepSeconds}s`)
    .replaceAll('$__range', `${rangeSeconds}s`)
    .replaceAll('$run', run)
    .replaceAll(/\$(?:site|model|server)\b/g, '.*');
}
