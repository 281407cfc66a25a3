/** A dashboard as Grafana reads it from a file: its sections laid out, its variables, its annotations, its links. */
import {
  type AnnotationQuery,
  AnnotationQueryBuilder,
  DashboardCursorSync,
  type DashboardLink,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  type Panel,
  QueryVariableBuilder,
  RowBuilder,
  type RowPanel,
  type VariableModel,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { RunMark } from '../src/metrics/run-progress.ts';
import { BAD, GOOD, NEUTRAL, QUIET, WARNING } from './palette.ts';
import { DATASOURCE, type PlacedPanel } from './panels.ts';
import { of } from './promql.ts';

/** Of the grid. */
const COLUMNS = 24;
/** The classic model, which every Grafana reads from a file; it brings it up to date by itself. */
const SCHEMA_VERSION = 42;

export interface Section {
  readonly title: string;
  readonly panels: readonly PlacedPanel[];
}

export interface DashboardFacts {
  /** Never changes: bookmarks and links have it. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
}

/** The classic dashboard model; that of the SDK is marked as superseded by one that older Grafanas do not read. */
export interface DashboardModel extends DashboardFacts {
  readonly tags: readonly string[];
  readonly timezone: string;
  readonly editable: boolean;
  readonly graphTooltip: DashboardCursorSync;
  readonly schemaVersion: number;
  readonly refresh: string;
  readonly time: { readonly from: string; readonly to: string };
  readonly links: readonly DashboardLink[];
  readonly templating: { readonly list: readonly VariableModel[] };
  readonly annotations: { readonly list: readonly AnnotationQuery[] };
  readonly panels: readonly (Panel | RowPanel)[];
}

export function dashboard(
  facts: DashboardFacts,
  others: readonly DashboardFacts[],
  variables: readonly VariableModel[],
  sections: readonly Section[],
): DashboardModel {
  return {
    ...facts,
    tags: ['bootstorm'],
    timezone: 'browser',
    // What is changed in Grafana is lost with the next provisioning: change the code instead, or a copy.
    editable: false,
    graphTooltip: DashboardCursorSync.Crosshair,
    schemaVersion: SCHEMA_VERSION,
    refresh: '5s',
    time: { from: 'now-30m', to: 'now' },
    links: others.filter(({ uid }) => uid !== facts.uid).map(linkTo),
    templating: { list: variables },
    annotations: { list: annotations() },
    panels: laidOut(sections),
  };
}

function linkTo({ uid, title, description }: DashboardFacts): DashboardLink {
  return new DashboardLinkBuilder(title)
    .type(DashboardLinkType.Link)
    .url(`/d/${uid}`)
    .tooltip(description)
    .icon('dashboard')
    .includeVars(true)
    .keepTime(true)
    .build();
}

/** Sections below each other; the panels of one from left to right, in lines as high as their highest panel. */
function laidOut(sections: readonly Section[]): (Panel | RowPanel)[] {
  const panels: (Panel | RowPanel)[] = [];
  let y = 0;
  for (const section of sections) {
    const row = new RowBuilder(section.title).gridPos({ h: 1, w: COLUMNS, x: 0, y }).id(panels.length + 1);
    panels.push(row.build());
    y += 1;
    let x = 0;
    let lineHeight = 0;
    for (const { panel, size } of section.panels) {
      if (x + size.width > COLUMNS) {
        y += lineHeight;
        x = 0;
        lineHeight = 0;
      }
      panels.push({ ...panel, id: panels.length + 1, gridPos: { h: size.height, w: size.width, x, y } });
      x += size.width;
      lineHeight = Math.max(lineHeight, size.height);
    }
    y += lineHeight;
  }
  return panels;
}

export function datasourceVariable(): VariableModel {
  return new DatasourceVariableBuilder('datasource')
    .label('Prometheus')
    .description('The Prometheus that scrapes bootstorm')
    .type('prometheus')
    .build();
}

/** The ids of runs begin with their time: the newest is on top. */
export function runVariable(): VariableModel {
  return queryVariable(
    'run',
    'Run',
    'label_values(bootstorm_run_info, run)',
    'Name of the run: the newest first',
  )
    .sort(VariableSort.AlphabeticalDesc)
    .build();
}

/** All values of a label that a metric has in the run, of which some can be chosen. */
export function labelVariable(label: string, metric: string, what: string): VariableModel {
  const query = `label_values(bootstorm_${metric}{run="$run"}, ${label})`;
  const title = `${label[0]?.toUpperCase()}${label.slice(1)}`;
  return queryVariable(label, title, query, what)
    .sort(VariableSort.NaturalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: 'All', value: '$__all' })
    .build();
}

/** Of the kinds of query that the editor of a variable knows: without one it shows none. */
const LABEL_VALUES = 1;

function queryVariable(
  name: string,
  title: string,
  query: string,
  description: string,
): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(title)
    .description(description)
    .datasource(DATASOURCE)
    .query({ query, refId: name, qryType: LABEL_VALUES })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged);
}

const MARKS: readonly { name: string; colour: string; marks: readonly RunMark['type'][] }[] = [
  { name: 'Start', colour: GOOD, marks: ['start'] },
  { name: 'Waves and power cuts', colour: NEUTRAL, marks: ['wave', 'powerCut'] },
  { name: 'Steering', colour: 'purple', marks: ['steer'] },
  { name: 'Faults and lost agents', colour: BAD, marks: ['labEvent', 'agentLost'] },
  { name: 'Hold', colour: QUIET, marks: ['hold'] },
  { name: 'End', colour: WARNING, marks: ['stopping', 'end'] },
];

/** What the run log says has happened, at the instant that it gives: Grafana takes the value for milliseconds. */
function annotations(): AnnotationQuery[] {
  return MARKS.map(({ name, colour, marks }) => {
    const where = marks.length === 1 ? `mark="${marks[0]}"` : `mark=~"${marks.join('|')}"`;
    return new AnnotationQueryBuilder()
      .name(name)
      .datasource(DATASOURCE)
      .enable(true)
      .iconColor(colour)
      .expr(`${of('run_mark_timestamp_seconds', where)} * 1000`)
      .step('10s')
      .titleFormat('{{mark}}')
      .textFormat('{{what}}')
      .tagKeys('mark')
      .useValueForTime(true)
      .build();
  });
}
