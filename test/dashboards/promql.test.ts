import { VariableType } from '@grafana/grafana-foundation-sdk/dashboard';
import { describe, expect, it } from 'vitest';
import { alertRules } from '../../dashboards/alerts.ts';
import { CATALOGUE } from '../../src/metrics/catalogue.ts';
import { committedDashboards, labelValuesOf, queriesOf, substituted } from './committed-dashboards.ts';
import { type NamedSeries, readPromql } from './promql-tree.ts';

/** Every series has the label `run`; Prometheus adds those of the target. */
const COMMON_LABELS = ['run', 'instance', 'job'];
const COUNTED = /_(total|bucket|sum|count)$/;

const dashboards = committedDashboards();
const rules = alertRules().groups.flatMap((group) => group.rules);
const SUBSTITUTES = { run: 'a-run', rangeSeconds: 1800, rateSeconds: 20, stepSeconds: 5 };

const queries = dashboards.flatMap((model) =>
  queriesOf(model).map((query) => ({ ...query, expr: substituted(query.expr, SUBSTITUTES) })),
);
const variables = dashboards.flatMap((model) =>
  model.templating.list
    .filter(({ type }) => type === VariableType.Query)
    .map((variable) => {
      const asked = labelValuesOf(variable);
      if (asked === null) throw new Error(`${model.title}: the variable ${variable.name} asks for no label`);
      return {
        place: `${model.title} > $${variable.name}`,
        ...asked,
        expr: substituted(asked.series, SUBSTITUTES),
      };
    }),
);
const everything = [...queries, ...variables, ...rules.map(({ alert, expr }) => ({ place: alert, expr }))];

interface Series {
  readonly metric: (typeof CATALOGUE)[number];
  readonly labels: readonly string[];
}

/** The series of the catalogue by their names: a histogram has three. */
const SERIES: ReadonlyMap<string, Series> = new Map(
  CATALOGUE.flatMap((metric): [string, Series][] => {
    const labels = [...metric.labels, ...COMMON_LABELS];
    if (metric.type !== 'histogram') return [[metric.name, { metric, labels }]];
    return [
      [`${metric.name}_bucket`, { metric, labels: [...labels, 'le'] }],
      [`${metric.name}_sum`, { metric, labels }],
      [`${metric.name}_count`, { metric, labels }],
    ];
  }),
);

function labelsOf({ metric }: NamedSeries): readonly string[] {
  return SERIES.get(metric)?.labels ?? [];
}

describe('every expression of a panel, an annotation, a variable and an alert', () => {
  it('is PromQL that names only metrics of the catalogue', () => {
    const unknown = everything.flatMap(({ place, expr }) =>
      readPromql(expr)
        .series.filter(({ metric }) => !SERIES.has(metric))
        .map(({ metric }) => `${place}: ${metric}`),
    );
    expect(unknown).toEqual([]);
    expect(everything.length).toBeGreaterThan(100);
  });

  it('matches and groups only by labels that its metrics have', () => {
    const unknown = everything.flatMap(({ place, expr }) => {
      const { series, grouped } = readPromql(expr);
      const known = new Set(series.flatMap(labelsOf));
      const matched = series.flatMap((one) => one.matched.filter((label) => !labelsOf(one).includes(label)));
      return [...matched, ...grouped.filter((label) => !known.has(label))].map(
        (label) => `${place}: ${label}`,
      );
    });
    expect(unknown).toEqual([]);
  });

  it('would be found out, if it named a label or a metric that is not there, or were no PromQL', () => {
    expect(() => readPromql('sum(bootstorm_phones')).toThrow('not PromQL');
    const { series, grouped } = readPromql('sum by (mac) (bootstorm_phones{state="ready"})');
    expect(series).toEqual([{ metric: 'bootstorm_phones', matched: ['state'], looksBack: false }]);
    expect(grouped).toEqual(['mac']);
    expect(series.flatMap(labelsOf)).not.toContain('mac');
  });
});

describe('a query of a dashboard', () => {
  it('is of the chosen run, and of the chosen sites, models and servers where its metrics have them', () => {
    const unfiltered = dashboards.flatMap((model) => {
      const names = model.templating.list.map(({ name }) => name);
      return queriesOf(model).flatMap(({ place, expr }) =>
        readPromql(substituted(expr, SUBSTITUTES)).series.flatMap((series) =>
          names
            .filter((name) => labelsOf(series).includes(name) && !series.matched.includes(name))
            .map((name) => `${place}: ${name} of ${series.metric}`),
        ),
      );
    });
    expect(unfiltered).toEqual([]);
  });

  it('has no macro and no variable but those that it knows', () => {
    const left = everything.filter(({ expr }) => /\$(?!1")|\[\[/.test(expr)).map(({ place }) => place);
    expect(left).toEqual([]);
  });

  it('that is drawn over time shows what a counter gained, never where it stands', () => {
    const standing = queries
      .filter(({ kind }) => kind === 'range')
      .filter(({ expr }) => {
        const { series } = readPromql(expr);
        const ahead = new Set(series.filter(({ looksBack }) => looksBack).map(({ metric }) => metric));
        return series.some(({ metric }) => COUNTED.test(metric) && !ahead.has(metric));
      })
      .map(({ place }) => place);
    expect(standing).toEqual([]);
  });

  it('looks back over what Grafana makes of the chosen time, never over a time of its own', () => {
    const own = /(rate|increase)\([^[]*\[(?!\$__rate_interval\])|offset (?!\$__(rate_)?interval\b)/;
    const others = dashboards.flatMap((model) => queriesOf(model).filter(({ expr }) => own.test(expr)));
    expect(others).toEqual([]);
  });

  it('shows every metric that the catalogue has, somewhere', () => {
    const shown = new Set(
      queries.flatMap(({ expr }) =>
        readPromql(expr).series.map(({ metric }) => SERIES.get(metric)?.metric.name),
      ),
    );
    const unseen = CATALOGUE.map(({ name }) => name).filter((name) => !shown.has(name));
    expect(unseen).toEqual([]);
  });
});
