/** What a reader of the dashboards relies on, beside their queries. */
import { readFileSync } from 'node:fs';
import { type GridPos, type Panel, VariableType } from '@grafana/grafana-foundation-sdk/dashboard';
import { describe, expect, it } from 'vitest';
import { generatedFiles } from '../../dashboards/generated-files.ts';
import { committedDashboards, isRow, panelsOf, targetsOf } from './committed-dashboards.ts';

const COLUMNS = 24;
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
/** So that a title of a panel is not cut off, and a figure can be read, at 1440 pixels. */
const NARROWEST = 4;

const dashboards = committedDashboards();

it('the committed files are those that the code makes', () => {
  for (const { url, text } of generatedFiles()) {
    expect(readFileSync(url, 'utf8'), `${url.pathname}: run \`npm run dashboards\``).toBe(text);
  }
  expect(dashboards).toHaveLength(generatedFiles().length - 1);
});

it('each dashboard is found by its uid, and leads to the others with the chosen run and time', () => {
  const uids = dashboards.map(({ uid }) => uid);
  expect(new Set(uids)).toEqual(new Set(['bootstorm-cluster', 'bootstorm-generator', 'bootstorm-storm']));
  for (const { uid, links } of dashboards) {
    const others = uids.filter((other) => other !== uid).map((other) => `/d/${other}`);
    expect(new Set(links.map(({ url }) => url))).toEqual(new Set(others));
    expect(links.every(({ includeVars, keepTime }) => includeVars && keepTime)).toBe(true);
  }
});

it('a dashboard has the variables datasource and run, and those whose labels its metrics have', () => {
  const names = dashboards.map(({ uid, templating }) => [uid, templating.list.map(({ name }) => name)]);
  expect(Object.fromEntries(names)).toEqual({
    'bootstorm-storm': ['datasource', 'run', 'site', 'model'],
    'bootstorm-cluster': ['datasource', 'run', 'server'],
    'bootstorm-generator': ['datasource', 'run'],
  });
});

describe.each(dashboards.map((model) => ({ title: model.title, model })))('$title', ({ model }) => {
  const panels = panelsOf(model);

  it('says of each panel what it shows and what to do, and in which unit', () => {
    for (const { title, description = '', fieldConfig } of panels) {
      expect(title).toMatch(/^[A-Z].{2,59}$/);
      expect(description, title).toMatch(/^.{40,}[.]$/);
      expect(fieldConfig?.defaults.unit, title).toMatch(/\S/);
    }
    const titles = panels.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it('asks the Prometheus that was chosen, and no other', () => {
    for (const panel of panels) {
      expect(panel.datasource, panel.title).toEqual(DATASOURCE);
      for (const target of panel.targets ?? [])
        expect(target, panel.title).toMatchObject({ datasource: DATASOURCE });
      expect(targetsOf(panel).length, panel.title).toBeGreaterThan(0);
    }
    const { annotations, templating } = model;
    for (const { datasource } of annotations.list) expect(datasource).toEqual(DATASOURCE);
    for (const { type, datasource } of templating.list) {
      if (type !== VariableType.Datasource) expect(datasource).toEqual(DATASOURCE);
    }
  });

  it('gives every panel its place: within the grid, none over another, ids of their own', () => {
    expect(model.panels.map(({ id }) => id)).toEqual(model.panels.map((_, index) => index + 1));
    const places = model.panels.map(({ gridPos }) => gridPos as GridPos);
    for (const { x, w } of places) expect(x >= 0 && w >= NARROWEST && x + w <= COLUMNS).toBe(true);
    const overlaps = places.flatMap((place, index) =>
      places.slice(index + 1).filter((other) => touches(place, other)),
    );
    expect(overlaps).toEqual([]);
  });

  it('fills its lines: no gap at the right, no panel lower than its neighbours', () => {
    const places = model.panels.map(({ gridPos }) => gridPos as GridPos);
    const lines = [...new Set(places.map(({ y }) => y))].map((y) => places.filter((place) => place.y === y));
    for (const line of lines) {
      expect(line.map(({ w }) => w).reduce((a, b) => a + b)).toBe(COLUMNS);
      expect(new Set(line.map(({ h }) => h)).size).toBe(1);
    }
  });

  it('has limits from the lowest to the highest, the first without a value', () => {
    for (const panel of panels) {
      const steps = stepsOf(panel);
      if (steps.length === 0) continue;
      expect(steps[0], panel.title).toBeNull();
      expect(steps.slice(1), panel.title).toEqual(steps.slice(1).toSorted((a, b) => Number(a) - Number(b)));
    }
  });

  it('gives a thing the same colour on all of its panels', () => {
    const byName = new Map<string, Set<string>>();
    for (const { name, colour } of dashboards.flatMap((one) => panelsOf(one).flatMap(coloursOf))) {
      byName.set(name, (byName.get(name) ?? new Set()).add(colour));
    }
    const several = [...byName].filter(([, colours]) => colours.size > 1).map(([name]) => name);
    expect(several).toEqual([]);
  });

  it('marks on its time axis what the run log says, in milliseconds', () => {
    const { list } = model.annotations;
    expect(list.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Start', 'Waves and power cuts', 'Steering', 'End']),
    );
    for (const { expr, useValueForTime, textFormat } of list) {
      expect(expr).toMatch(/^bootstorm_run_mark_timestamp_seconds\{.*\} \* 1000$/);
      expect({ useValueForTime, textFormat }).toEqual({ useValueForTime: true, textFormat: '{{what}}' });
    }
  });

  it('begins with a row, and has a title for each', () => {
    const [first] = model.panels;
    expect(first !== undefined && isRow(first)).toBe(true);
    for (const row of model.panels.filter(isRow)) expect(row.title).toMatch(/\S/);
  });
});

function touches(a: GridPos, b: GridPos): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

function stepsOf({ fieldConfig }: Panel): (number | null)[] {
  return fieldConfig?.defaults.thresholds?.steps.map(({ value }) => value) ?? [];
}

function coloursOf({ fieldConfig }: Panel): { name: string; colour: string }[] {
  return (fieldConfig?.overrides ?? []).flatMap(({ matcher, properties }) =>
    properties
      .filter(({ id }) => id === 'color')
      .map(({ value }) => ({
        name: String(matcher.options),
        colour: (value as { fixedColor: string }).fixedColor,
      })),
  );
}
