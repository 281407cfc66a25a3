/** The picture of curves over time: drawn here for paper and for windows without scripts, taken over by the page's script. */
import { formatClock } from '../figures.ts';
import { percent } from './bars.ts';
import { downsample, type Points } from './downsample.ts';
import { html, jsonMarkup, type Markup, NOTHING } from './markup.ts';

export interface CurveFigure {
  /** What it shows, in a sentence that says what a reader sees in it. */
  readonly description: string;
  readonly series: readonly { readonly name: string; readonly points: Points }[];
  /** The value at the top edge. */
  readonly top: number;
  /** What a value counts: `phones`, `% of phones`. */
  readonly unit: string;
  readonly marks?: readonly CurveMark[];
  readonly events?: readonly CurveEvent[];
}

/** A time to be read off: T50, T90. */
export interface CurveMark {
  readonly label: string;
  readonly second: number;
}

/** Something that happened, with the letter that its line in the legend begins with. */
export interface CurveEvent {
  readonly letter: string;
  readonly second: number;
}

/** Stretches of time that a curve is drawn in: more than a wide window has pixels for, so nothing is lost. */
const STRETCHES = 500;
const MARK_ROW = 17;
const MARK_ROWS = 4;
/** Of the picture, px: rows for the marks, the plot, the axis and the events below it. */
const PLOT_TOP = MARK_ROW * MARK_ROWS + 8;
const PLOT_HEIGHT = 240;
const HEIGHT = PLOT_TOP + PLOT_HEIGHT + 50;
/** From this share of the width on the text of a mark stands on its left. */
const RIGHT_FROM = 0.6;
const GRID = [0, 0.25, 0.5, 0.75, 1] as const;

/** What a script draws of it. */
export interface CurveData extends Pick<CurveFigure, 'series' | 'top' | 'unit'> {
  readonly marks: readonly PlacedMark[];
  readonly events: readonly CurveEvent[];
  /** Of the picture, and of the rows above its plot, px. */
  readonly height: number;
  readonly plotTop: number;
  /** The last second. */
  readonly end: number;
}

export function curveData({ series: all, top, unit, marks = [], events = [] }: CurveFigure): CurveData {
  const series = all.map(({ name, points }) => ({ name, points: downsample(points, STRETCHES) }));
  const end = Math.max(1, ...series.map(({ points }) => points.at(-1)?.[0] ?? 0));
  return { series, top, unit, marks: placeMarks(marks, end), events, height: HEIGHT, plotTop: PLOT_TOP, end };
}

export function curveFigure(figure: CurveFigure): Markup {
  const data = curveData(figure);
  const { series, top, unit, end, marks, events } = data;
  const { description } = figure;
  const names = series.map(({ name }, i) => html`<li class="key-${i}">${name}</li>`);
  return html`<figure class="curve">
${series.length > 1 ? html`<ul class="keys">${names}<li>in ${unit}</li></ul>` : NOTHING}<div class="plot">
<svg class="still" role="img" aria-label="${description}" width="100%" height="${HEIGHT}">
${gridLines(top, unit)}${timeAxis(end)}${series.map(({ points }, i) => curveLine(points, i, { end, top, filled: series.length === 1 }))}
${marks.map((mark) => markLine(mark, end))}${events.map((event) => eventMark(event, end))}
</svg>
</div>
<script type="application/json">${jsonMarkup(data)}</script>
<p class="readout" aria-hidden="true"></p>
</figure>
`;
}

function gridLines(top: number, unit: string): Markup {
  return html`${GRID.map((share) => {
    const y = PLOT_TOP + PLOT_HEIGHT * (1 - share);
    const label = share === 0 ? '' : `${formatValue(top * share)}${share === 1 ? ` ${unit}` : ''}`;
    return html`<line class="grid" x1="0" x2="100%" y1="${y}" y2="${y}"/><text class="tick" x="0" y="${y - 4}">${label}</text>`;
  })}`;
}

function timeAxis(end: number): Markup {
  const step = stepOf(end);
  const ticks = Array.from({ length: Math.floor(end / step) + 1 }, (_, i) => i * step);
  const y = PLOT_TOP + PLOT_HEIGHT + 16;
  return html`${ticks.map((second) => {
    const share = second / end;
    const anchor = share < 0.04 ? 'start' : share > 0.96 ? 'end' : 'middle';
    return html`<text class="tick" x="${percent(share)}" y="${y}" text-anchor="${anchor}">${formatClock(second)}</text>`;
  })}`;
}

const STEPS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400,
] as const;

/** Between two labels of the time axis: at most six fit into a narrow window. */
function stepOf(end: number): number {
  return STEPS.find((step) => end / step <= 6) ?? Math.ceil(end / 6);
}

function curveLine(
  points: Points,
  index: number,
  { end, top, filled }: { end: number; top: number; filled: boolean },
): Markup {
  const at = ([second, value]: readonly [number, number]): string =>
    `${round((second / end) * 1000)} ${round(1000 - (value / Math.max(1, top)) * 1000)}`;
  const line = points.map(at).join('L');
  const last = points.at(-1)?.[0] ?? 0;
  const area = `M0 1000L${line}L${round((last / end) * 1000)} 1000Z`;
  return html`<svg y="${PLOT_TOP}" width="100%" height="${PLOT_HEIGHT}" viewBox="0 0 1000 1000" preserveAspectRatio="none">${
    filled ? html`<path class="area" d="${area}"/>` : NOTHING
  }<path class="line line-${index}" vector-effect="non-scaling-stroke" d="M${line}"/></svg>`;
}

interface PlacedMark extends CurveMark {
  /** Where its text stands, px from the top. */
  readonly y: number;
  /** Its text ends at its line, for want of room. */
  readonly isRight: boolean;
}

/**
 * Each mark has a row for itself above the plot, because T90, T99 and T100 are often close together: in such an order
 * that no line goes through the text of another.
 */
function placeMarks(marks: readonly CurveMark[], end: number): PlacedMark[] {
  const shown = marks.filter(({ second }) => second <= end).slice(0, MARK_ROWS);
  const lefts = shown.filter(({ second }) => second / end <= RIGHT_FROM).length;
  return shown.map((mark, i) => {
    const isRight = i >= lefts;
    const row = isRight ? lefts + shown.length - 1 - i : i;
    return { ...mark, isRight, y: row * MARK_ROW + 13 };
  });
}

function markLine({ label, second, y, isRight }: PlacedMark, end: number): Markup {
  const x = percent(second / end);
  return html`<line class="mark" x1="${x}" x2="${x}" y1="${y - 10}" y2="${PLOT_TOP + PLOT_HEIGHT}"/><text class="mark-label" x="${x}" y="${y}" dx="${isRight ? -5 : 5}" text-anchor="${isRight ? 'end' : 'start'}">${label}</text>`;
}

function eventMark({ letter, second }: CurveEvent, end: number): Markup {
  const x = percent(second / end);
  const y = PLOT_TOP + PLOT_HEIGHT;
  return html`<line class="event" x1="${x}" x2="${x}" y1="${PLOT_TOP}" y2="${y + 22}"/><circle class="event" cx="${x}" cy="${y + 33}" r="10"/><text class="event-letter" x="${x}" y="${y + 37}" text-anchor="middle">${letter}</text>`;
}

function formatValue(value: number): string {
  return String(Math.round(value * 10) / 10).replace(/\B(?=(\d{3})+$)/g, ',');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
