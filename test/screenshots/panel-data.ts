/** What Prometheus has for a panel, after the panel's own transformations. */
import * as z from 'zod';
import type { Prometheus, PrometheusSample } from '../support/prometheus.ts';
import type { Dashboard, Panel, Target } from './dashboard.ts';

/** The part of time that a dashboard shows: Unix time, seconds. */
export interface Window {
  readonly start: number;
  readonly end: number;
  /** Between two points. */
  readonly step: number;
  /** Of the scrapes. */
  readonly interval: number;
}

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [second: number, value: number])[];
}

export type Cell = number | string | null;

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

export class Source {
  readonly #prometheus: Prometheus;
  readonly #window: Window;
  readonly #variables: ReadonlyMap<string, string>;

  private constructor(prometheus: Prometheus, window: Window, variables: ReadonlyMap<string, string>) {
    this.#prometheus = prometheus;
    this.#window = window;
    this.#variables = variables;
  }

  /** Chooses for each variable all of its values where it can, else the first one. */
  static async of(prometheus: Prometheus, dashboard: Dashboard, window: Window): Promise<Source> {
    const variables = new Map<string, string>();
    for (const { name, type, definition = '', allValue } of dashboard.templating.list) {
      if (type !== 'query') continue;
      if (allValue !== undefined) variables.set(name, allValue);
      else variables.set(name, await firstValue(prometheus, definition, window));
    }
    return new Source(prometheus, window, variables);
  }

  /** One series for each of what the targets have, over the window or at its end. */
  async series({ targets }: Panel): Promise<Series[]> {
    const answers = await Promise.all(
      targets.map(async (target) =>
        (await this.#ask(target)).map((sample) => ({
          name: legendOf(target, sample),
          points: sample.points,
        })),
      ),
    );
    return answers.flat();
  }

  async table({ targets, transformations }: Panel): Promise<Table> {
    const frames = await Promise.all(
      targets.map(async (target) => {
        const value = targets.length === 1 ? 'Value' : `Value #${target.refId}`;
        return (await this.#ask(target)).map(({ labels, points }) => {
          const { __name__: _, ...own } = labels;
          return { ...own, [value]: points.at(-1)?.[1] ?? null };
        });
      }),
    );
    const records: Row[] = frames.length === 1 ? (frames[0] ?? []) : merge(frames);
    const columns = [...new Set(records.flatMap((record) => Object.keys(record)))];
    const rows = records.map((record) => columns.map((column) => record[column] ?? null));
    return transformations.reduce<Table>(transformed, { columns, rows });
  }

  /** The instants of marks, Unix time in seconds. */
  async marks(expression: string): Promise<number[]> {
    const { start, end } = this.#window;
    const samples = await this.#prometheus.query(`last_over_time((${this.#filled(expression)})[1h:1s])`, end);
    const seconds = samples.map(({ points }) => (points[0]?.[1] ?? Number.NaN) / 1000);
    return seconds.filter((second) => second >= start && second <= end);
  }

  #ask({ expr, instant }: Target): Promise<PrometheusSample[]> {
    const expression = this.#filled(expr);
    return instant
      ? this.#prometheus.query(expression, this.#window.end)
      : this.#prometheus.queryRange(expression, this.#window);
  }

  #filled(expression: string): string {
    const { start, end, step, interval } = this.#window;
    // As Grafana has it: four scrapes, or a step and a scrape.
    const rate = Math.max(4 * interval, step + interval);
    const values = new Map([
      ...this.#variables,
      ['__rate_interval', `${Math.ceil(rate)}s`],
      ['__interval', `${step}s`],
      ['__interval_ms', String(step * 1000)],
      ['__range', `${Math.ceil(end - start)}s`],
    ]);
    return expression.replaceAll(/\$\{?([A-Za-z_]\w*)\}?/g, (all, name: string) => {
      const value = values.get(name);
      if (value === undefined) throw new Error(`${all} is no variable of the dashboard: ${expression}`);
      return value;
    });
  }
}

type Row = Readonly<Record<string, Cell>>;

/** `label_values(metric, label)`, of the newest series. */
async function firstValue(prometheus: Prometheus, definition: string, { end }: Window): Promise<string> {
  const [, metric, label] = /^label_values\((.*), (\w+)\)$/.exec(definition) ?? [];
  if (metric === undefined || label === undefined) throw new Error(`not known: ${definition}`);
  const samples = await prometheus.query(`last_over_time(${metric}[1h])`, end);
  const value = samples
    .map(({ labels }) => labels[label] ?? '')
    .sort()
    .at(-1);
  if (value === undefined) throw new Error(`${definition} has no value`);
  return value;
}

function legendOf({ legendFormat, expr }: Target, { labels }: PrometheusSample): string {
  const name = legendFormat.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => labels[label] ?? '');
  return name === '' ? expr : name;
}

/** Rows that have the same labels become one. */
function merge(frames: readonly (readonly Row[])[]): Row[] {
  const merged = new Map<string, Record<string, Cell>>();
  for (const row of frames.flat()) {
    const labels = Object.entries(row).filter(([name]) => !name.startsWith('Value'));
    const key = JSON.stringify(labels.sort(([a], [b]) => (a < b ? -1 : 1)));
    merged.set(key, { ...merged.get(key), ...row });
  }
  return [...merged.values()];
}

const FILTER = z.object({ include: z.object({ names: z.array(z.string()) }) });
const ORGANIZE = z.object({
  indexByName: z.record(z.string(), z.number()),
  renameByName: z.record(z.string(), z.string()),
});
const SORT = z.object({ sort: z.array(z.object({ field: z.string(), desc: z.boolean().default(false) })) });

function transformed(table: Table, { id, options }: Panel['transformations'][number]): Table {
  switch (id) {
    case 'merge':
      return table;
    case 'filterFieldsByName': {
      const { names } = FILTER.parse(options).include;
      return withColumns(
        table,
        table.columns.filter((column) => names.includes(column)),
      );
    }
    case 'organize': {
      const { indexByName, renameByName } = ORGANIZE.parse(options);
      const place = (column: string): number => indexByName[column] ?? Number.MAX_SAFE_INTEGER;
      const { rows, columns } = withColumns(
        table,
        table.columns.toSorted((a, b) => place(a) - place(b)),
      );
      return { rows, columns: columns.map((column) => renameByName[column] ?? column) };
    }
    case 'sortBy':
      return SORT.parse(options).sort.reduce(
        (sorted, { field, desc }) => sortedBy(sorted, field, desc),
        table,
      );
    default:
      throw new Error(`no transformation is known by the name ${id}`);
  }
}

function withColumns({ columns, rows }: Table, wanted: readonly string[]): Table {
  const places = wanted.map((column) => columns.indexOf(column));
  return { columns: wanted, rows: rows.map((row) => places.map((place) => row[place] ?? null)) };
}

export function sortedBy({ columns, rows }: Table, column: string, descending: boolean): Table {
  const place = columns.indexOf(column);
  const order = (a: Cell | undefined, b: Cell | undefined): number =>
    typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b));
  const sorted = rows.toSorted((a, b) => order(a[place], b[place]) * (descending ? -1 : 1));
  return { columns, rows: sorted };
}
