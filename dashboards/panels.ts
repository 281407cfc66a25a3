/** The kinds of panel that the dashboards are made of, each with what they all share. */
import { PanelBuilder as BarChart } from '@grafana/grafana-foundation-sdk/barchart';
import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type DataTransformerConfig,
  FieldColorBuilder,
  FieldColorModeId,
  type Panel,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import {
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  HeatmapColorScale,
  HeatmapTooltipBuilder,
  PanelBuilder as Heatmap,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries';
import { NEUTRAL } from './palette.ts';

/** Whichever Prometheus the dashboard's variable chooses. */
export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' } as const;

/** Of the grid's 24 columns and its rows of 30 pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface PlacedPanel {
  readonly panel: Panel;
  readonly size: Size;
}

export interface Query {
  readonly expr: string;
  /** Name of a series; with its labels as `{{stage}}`. */
  readonly legend?: string;
}

interface Common {
  readonly title: string;
  /** What it shows, and what to do about it. */
  readonly description: string;
  readonly size: Size;
  readonly queries: readonly Query[];
  /** Of Grafana: `s`, `percentunit`, `short`. */
  readonly unit: string;
  readonly decimals?: number;
  readonly limits?: readonly Threshold[];
  /** Colours by the name of a series. */
  readonly colours?: Readonly<Record<string, string>>;
  readonly mappings?: readonly ValueMapping[];
}

export interface Lines extends Common {
  readonly kind?: 'lines' | 'bars' | 'stacked';
  readonly min?: number;
  readonly max?: number;
  /** Limits are drawn as lines unless they only colour. */
  readonly drawsLimits?: boolean;
  readonly legend?: 'list' | 'table';
  /** Instead of "No data": what it means that there is none. */
  readonly noValue?: string;
  /** The name of a series that counts something else than the others: it has the axis on the right. */
  readonly onTheRight?: string;
}

/** What changes over time. */
export function lines(options: Lines): PlacedPanel {
  const { kind = 'lines', legend = 'list', drawsLimits = options.limits !== undefined } = options;
  const panel = withCommon(new TimeSeries(), options, rangeQuery)
    .drawStyle(kind === 'bars' ? GraphDrawStyle.Bars : GraphDrawStyle.Line)
    .lineWidth(kind === 'lines' ? 2 : 1)
    .fillOpacity({ lines: 0, bars: 80, stacked: 60 }[kind])
    .showPoints(VisibilityMode.Never)
    .min(options.min ?? 0)
    .stacking(
      new StackingConfigBuilder().mode(kind === 'lines' ? StackingMode.None : StackingMode.Normal).group('A'),
    )
    .thresholdsStyle(
      new GraphThresholdsStyleConfigBuilder().mode(
        drawsLimits ? GraphThresholdsStyleMode.Dashed : GraphThresholdsStyleMode.Off,
      ),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(legend === 'list' ? LegendDisplayMode.List : LegendDisplayMode.Table)
        .placement(legend === 'list' ? LegendPlacement.Bottom : LegendPlacement.Right)
        .calcs(legend === 'list' ? [] : ['lastNotNull', 'max']),
    );
  if (options.max !== undefined) panel.max(options.max);
  if (options.noValue !== undefined) panel.noValue(options.noValue);
  if (options.onTheRight !== undefined) {
    panel.overrideByName(options.onTheRight, [
      { id: 'custom.axisPlacement', value: 'right' },
      { id: 'unit', value: 'none' },
    ]);
  }
  return { panel: panel.build(), size: options.size };
}

export interface Figures extends Common {
  /** `name`: the name of the series is the figure. */
  readonly shows?: 'value' | 'name' | 'both';
  readonly noValue?: string;
  readonly colouring?: 'background' | 'value';
}

/** One figure, or a few beside each other: as they are now, or were at last. */
export function figures(options: Figures): PlacedPanel {
  const { shows = 'value', noValue = '-', colouring = 'value' } = options;
  const panel = withCommon(new Stat(), options, instantQuery)
    .graphMode(BigValueGraphMode.None)
    .colorMode(colouring === 'value' ? BigValueColorMode.Value : BigValueColorMode.Background)
    .textMode(
      { value: BigValueTextMode.Value, name: BigValueTextMode.Name, both: BigValueTextMode.ValueAndName }[
        shows
      ],
    )
    .orientation(VizOrientation.Auto)
    .noValue(noValue)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']));
  if (options.limits === undefined && options.colours === undefined) panel.colorScheme(fixed(NEUTRAL));
  return { panel: panel.build(), size: options.size };
}

/** A histogram over time: how many observations fell into each bucket. */
export function heatmap(options: Common): PlacedPanel {
  // The unit is that of the buckets; the cells are counts.
  const panel = withCommon(new Heatmap(), { ...options, unit: 'none' }, (query, refId) =>
    rangeQuery(query, refId).format(PromQueryFormat.Heatmap).legendFormat('{{le}}'),
  )
    .calculate(false)
    .color(
      new HeatmapColorOptionsBuilder()
        .mode(HeatmapColorMode.Scheme)
        .scheme('Oranges')
        .fill('dark-orange')
        .scale(HeatmapColorScale.Exponential)
        .exponent(0.5)
        .steps(64),
    )
    .cellGap(1)
    .yAxis(new YAxisConfigBuilder().unit(options.unit))
    .tooltip(
      new HeatmapTooltipBuilder().mode(TooltipDisplayMode.Single).yHistogram(true).showColorScale(true),
    )
    .showLegend();
  return { panel: panel.build(), size: options.size };
}

export interface Column {
  /** Name of a label, or of the value of a query as `Value #A`. */
  readonly field: string;
  readonly title: string;
  readonly unit?: string;
  readonly width?: number;
  readonly mappings?: readonly ValueMapping[];
  /** Values have the colours of their mappings. */
  readonly isColoured?: boolean;
}

export interface TableOptions extends Omit<Common, 'colours'> {
  /** From left to right; what is not named is not shown. */
  readonly columns: readonly Column[];
  /** The title of the column by which the rows are sorted, the largest first. */
  readonly sortedBy?: string;
  readonly noValue?: string;
}

/** One row for each set of labels, with the values of all queries. */
export function table(options: TableOptions): PlacedPanel {
  const { columns, sortedBy, noValue = '-' } = options;
  const panel = withCommon(new Table(), options, tableQuery)
    .noValue(noValue)
    .filterable(true)
    .transformations(rowsOf(options.queries.length, columns));
  for (const { title, unit, width, mappings, isColoured = false } of columns) {
    const properties = [
      ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
      ...(width === undefined ? [] : [{ id: 'custom.width', value: width }]),
      ...(mappings === undefined ? [] : [{ id: 'mappings', value: mappings }]),
      ...(isColoured ? [{ id: 'custom.cellOptions', value: { type: 'color-text' } }] : []),
    ];
    if (properties.length > 0) panel.overrideByName(title, properties);
  }
  const built = panel.build();
  const sortBy = sortedBy === undefined ? [] : [{ displayName: sortedBy, desc: true }];
  return { panel: { ...built, options: { ...optionsOf(built), sortBy } }, size: options.size };
}

export interface Bars extends Common {
  /** The label whose values are the rows. */
  readonly rows: Column;
  /** The segments of a row, from left to right: one for each query. */
  readonly segments: readonly {
    readonly title: string /** null: a gap. */;
    readonly colour: string | null;
  }[];
}

/** A bar of segments for each value of a label; the one with the smallest first segment on top. */
export function stackedBars(options: Bars): PlacedPanel {
  const { rows, segments, queries } = options;
  const letters = queries.map((_, index) => refIdOf(index));
  const columns = [
    rows,
    ...segments.map(({ title }, index) => ({ field: `Value #${letters[index]}`, title })),
  ];
  const panel = withCommon(new BarChart(), options, tableQuery)
    .orientation(VizOrientation.Horizontal)
    .stacking(StackingMode.Normal)
    .xField(rows.title)
    .showValue(VisibilityMode.Never)
    .barWidth(0.8)
    .fillOpacity(90)
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom),
    )
    .transformations([
      ...rowsOf(queries.length, columns),
      { id: 'sortBy', options: { fields: {}, sort: [{ field: segments[0]?.title, desc: false }] } },
    ]);
  for (const { title, colour } of segments) {
    panel.overrideByName(title, colour === null ? INVISIBLE : [coloured(colour)]);
  }
  if (rows.mappings) panel.overrideByName(rows.title, [{ id: 'mappings', value: rows.mappings }]);
  return { panel: panel.build(), size: options.size };
}

/** What all panels have in common; `TimeSeries` stands for the builder of any kind. */
type AnyPanel = TimeSeries | Stat | Heatmap | Table | BarChart;
type MakeQuery = (query: Query, refId: string) => DataqueryBuilder;

function withCommon<Builder extends AnyPanel>(builder: Builder, options: Common, make: MakeQuery): Builder {
  const { title, description, unit, queries, decimals, limits, colours = {}, mappings } = options;
  builder
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .unit(unit)
    .targets(queries.map((query, index) => make(query, refIdOf(index))));
  if (decimals !== undefined) builder.decimals(decimals);
  if (mappings !== undefined) builder.mappings([...mappings]);
  if (limits !== undefined) {
    builder.thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([...limits]));
    if (builder instanceof Stat)
      builder.colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds));
  }
  for (const [name, colour] of Object.entries(colours)) builder.overrideByName(name, [coloured(colour)]);
  return builder;
}

function rangeQuery({ expr, legend = '' }: Query, refId: string): DataqueryBuilder {
  return new DataqueryBuilder().refId(refId).datasource(DATASOURCE).expr(expr).legendFormat(legend).range();
}

function instantQuery({ expr, legend = '' }: Query, refId: string): DataqueryBuilder {
  return new DataqueryBuilder().refId(refId).datasource(DATASOURCE).expr(expr).legendFormat(legend).instant();
}

function tableQuery(query: Query, refId: string): DataqueryBuilder {
  return instantQuery(query, refId).format(PromQueryFormat.Table);
}

function refIdOf(index: number): string {
  return String.fromCodePoint('A'.charCodeAt(0) + index);
}

/** The answers of all queries side by side: rows by their labels, columns in order and with their titles. */
function rowsOf(queries: number, columns: readonly Column[]): DataTransformerConfig[] {
  const names = columns.map(({ field }) => (queries === 1 ? field.replace(/ #A$/, '') : field));
  return [
    ...(queries === 1 ? [] : [{ id: 'merge', options: {} }]),
    { id: 'filterFieldsByName', options: { include: { names } } },
    {
      id: 'organize',
      options: {
        indexByName: Object.fromEntries(names.map((name, index) => [name, index])),
        renameByName: Object.fromEntries(names.map((name, index) => [name, columns[index]?.title])),
      },
    },
  ];
}

/** Takes its room, and is not seen. */
const INVISIBLE = [
  { id: 'custom.fillOpacity', value: 0 },
  { id: 'custom.lineWidth', value: 0 },
  { id: 'custom.hideFrom', value: { legend: true, tooltip: false, viz: false } },
];

function coloured(colour: string): { id: string; value: unknown } {
  return { id: 'color', value: fixed(colour).build() };
}

function fixed(colour: string): FieldColorBuilder {
  return new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor(colour);
}

/** A panel's options are `any` in the types of the SDK. */
function optionsOf(panel: Panel): object {
  const options: unknown = panel.options;
  return typeof options === 'object' && options !== null ? options : {};
}
