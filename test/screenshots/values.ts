/** How Grafana writes values and calls colours, as far as our dashboards use them. */
import type { Panel } from './dashboard.ts';
import { mappingsOf, unitOf } from './dashboard.ts';

const COLOURS: Readonly<Record<string, string>> = {
  green: '#56a64b',
  'dark-green': '#37872d',
  'light-green': '#96d98d',
  red: '#e02f44',
  'dark-red': '#c4162a',
  'light-red': '#ff7383',
  orange: '#ff780a',
  'dark-orange': '#fa6400',
  'light-orange': '#ffb357',
  'semi-dark-yellow': '#cc9d00',
  yellow: '#f2cc0c',
  'dark-yellow': '#e0b400',
  blue: '#3274d9',
  'dark-blue': '#1f60c4',
  'light-blue': '#8ab8ff',
  purple: '#a352cc',
  'dark-purple': '#8f3bb8',
  'light-purple': '#ca95e5',
  text: 'currentColor',
  transparent: 'transparent',
};
const CLASSIC = [
  '#73bf69',
  '#f2cc0c',
  '#5794f2',
  '#ff9830',
  '#f2495c',
  '#b877d9',
  '#8ab8ff',
  '#96d98d',
  '#ffb357',
  '#ca95e5',
];

/** @param place of the series among those that have no colour of their own */
export function cssColour(name: string | null, place: number): string {
  if (name === null) return CLASSIC[place % CLASSIC.length] ?? 'currentColor';
  if (name.startsWith('#') || name.startsWith('rgb')) return name;
  const colour = COLOURS[name];
  if (colour === undefined) throw new Error(`no colour is known by the name ${name}`);
  return colour;
}

/** A value in the unit of its field, and the colour that a mapping gives it. */
export function display(
  panel: Panel,
  field: string,
  value: number | string | null,
): { readonly text: string; readonly colour: string | null } {
  const { noValue, decimals } = panel.fieldConfig.defaults;
  if (value === null) return { text: noValue, colour: null };
  for (const { options } of mappingsOf(panel, field)) {
    const mapped = options[String(value)];
    if (mapped !== undefined) return { text: mapped.text, colour: mapped.color ?? null };
  }
  return {
    text: typeof value === 'string' ? value : inUnit(value, unitOf(panel, field), decimals),
    colour: null,
  };
}

const BYTES = ['B', 'KiB', 'MiB', 'GiB'];
const BYTES_PER_SECOND = ['B/s', 'kB/s', 'MB/s', 'GB/s'];

export function inUnit(value: number, unit: string, decimals?: number): string {
  const rounded = (number: number): string =>
    decimals === undefined ? String(Number(number.toPrecision(3))) : number.toFixed(decimals);
  if (unit.startsWith('suffix:')) return `${rounded(value)}${unit.slice('suffix:'.length)}`;
  switch (unit) {
    case 'none':
    case 'short':
      return Number.isInteger(value) ? String(value) : rounded(value);
    case 's':
      if (value !== 0 && Math.abs(value) < 1) return `${rounded(value * 1000)} ms`;
      return Math.abs(value) < 120 ? `${rounded(value)} s` : `${rounded(value / 60)} min`;
    case 'percentunit':
      return `${rounded(value * 100)}%`;
    case 'bytes':
      return scaled(value, 1024, BYTES, rounded);
    case 'Bps':
      return scaled(value, 1000, BYTES_PER_SECOND, rounded);
    case 'dateTimeAsIso':
      return new Date(value).toISOString().replace('T', ' ').slice(0, 19);
    default:
      throw new Error(`no unit is known by the name ${unit}`);
  }
}

function scaled(
  value: number,
  base: number,
  names: readonly string[],
  rounded: (number: number) => string,
): string {
  const power = Math.max(
    0,
    names.findLastIndex((_, index) => value >= base ** index),
  );
  return `${rounded(value / base ** power)} ${names[power]}`;
}
