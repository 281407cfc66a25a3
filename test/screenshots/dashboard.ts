/** As much of Grafana's dashboard model (schema 42) as our dashboards use. */
import * as z from 'zod';

const colour = z.looseObject({ mode: z.string(), fixedColor: z.string().optional() });

const valueMapping = z.looseObject({
  type: z.literal('value'),
  options: z.record(z.string(), z.looseObject({ text: z.string(), color: z.string().optional() })),
});

const properties = z.array(z.looseObject({ id: z.string(), value: z.unknown() }));

const target = z.looseObject({
  expr: z.string(),
  refId: z.string(),
  legendFormat: z.string().default(''),
  instant: z.boolean().default(false),
  format: z.enum(['table', 'heatmap', 'time_series']).default('time_series'),
});

const panel = z.looseObject({
  type: z.enum(['row', 'stat', 'timeseries', 'table', 'heatmap', 'barchart']),
  title: z.string(),
  gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
  options: z
    .looseObject({
      textMode: z.string().optional(),
      colorMode: z.string().optional(),
      xField: z.string().optional(),
      /** Of the buckets of a heat map. */
      yAxis: z.looseObject({ unit: z.string().default('none') }).prefault({}),
      sortBy: z.array(z.object({ displayName: z.string(), desc: z.boolean().default(false) })).default([]),
    })
    .prefault({}),
  fieldConfig: z
    .looseObject({
      defaults: z
        .looseObject({
          unit: z.string().default('none'),
          decimals: z.number().optional(),
          min: z.number().optional(),
          max: z.number().optional(),
          noValue: z.string().default('-'),
          color: colour.optional(),
          mappings: z.array(valueMapping).default([]),
          thresholds: z
            .looseObject({
              steps: z.array(z.looseObject({ value: z.number().nullable(), color: z.string() })),
            })
            .optional(),
          custom: z
            .looseObject({
              drawStyle: z.string().optional(),
              stacking: z.looseObject({ mode: z.string() }).optional(),
              thresholdsStyle: z.looseObject({ mode: z.string() }).optional(),
            })
            .prefault({}),
        })
        .prefault({}),
      overrides: z
        .array(z.object({ matcher: z.object({ id: z.literal('byName'), options: z.string() }), properties }))
        .default([]),
    })
    .prefault({}),
  targets: z.array(target).default([]),
  transformations: z.array(z.object({ id: z.string(), options: z.unknown() })).default([]),
});

const variable = z.looseObject({
  name: z.string(),
  type: z.string(),
  definition: z.string().optional(),
  allValue: z.string().optional(),
});

const dashboard = z.looseObject({
  title: z.string(),
  templating: z.object({ list: z.array(variable) }),
  annotations: z.object({
    list: z.array(z.looseObject({ expr: z.string().optional(), iconColor: z.string() })),
  }),
  panels: z.array(panel),
});

export type Dashboard = z.output<typeof dashboard>;
export type Panel = z.output<typeof panel>;
export type Target = z.output<typeof target>;
export type ValueMapping = z.output<typeof valueMapping>;

/** @throws ZodError where it uses what this renderer does not know: then what is drawn would not be what Grafana draws */
export function parseDashboard(json: string): Dashboard {
  return dashboard.parse(JSON.parse(json));
}

/** What an override says of the field with this name; undefined: nothing. */
export function override<Value>(
  { fieldConfig }: Panel,
  name: string,
  id: string,
  shape: z.ZodType<Value>,
): Value | undefined {
  const found = fieldConfig.overrides
    .filter(({ matcher }) => matcher.options === name)
    .flatMap(({ properties: all }) => all)
    .find((property) => property.id === id);
  return found === undefined ? undefined : shape.parse(found.value);
}

/** Of a field: its own, or that of all fields. */
export function unitOf(panel_: Panel, name: string): string {
  return override(panel_, name, 'unit', z.string()) ?? panel_.fieldConfig.defaults.unit;
}

export function mappingsOf(panel_: Panel, name: string): readonly ValueMapping[] {
  return override(panel_, name, 'mappings', z.array(valueMapping)) ?? panel_.fieldConfig.defaults.mappings;
}

/** Grafana's name of a colour; null: none is fixed. */
export function colourOf(panel_: Panel, name: string): string | null {
  const fixed = override(panel_, name, 'color', colour) ?? panel_.fieldConfig.defaults.color;
  return fixed?.fixedColor ?? null;
}
