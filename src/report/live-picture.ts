/** The live view of a terminal. It measures characters, and what does that takes long to load: the others go without. */
import type { RunFacts } from '../metrics/run-facts.ts';
import type { RunState } from '../metrics/run-state.ts';
import { STAGE_NAMES, STAGES } from '../phone/stages.ts';
import { wrap } from '../scenario/plain-text.ts';
import { formatBytes, formatClock, formatCount, formatSeconds, formatShare } from './figures.ts';
import { fit } from './fit.ts';
import { causeList, formatRate, happenings, troublesOf } from './live.ts';
import { type LiveFigures, type LiveMoment, liveFigures } from './live-figures.ts';
import { LAB_TITLE } from './summary.ts';
import { painter, type Style } from './table.ts';

/** What a picture has to fit into, and how it may look. */
export interface LiveWindow {
  readonly columns: number;
  /** Lines that there are for the picture. */
  readonly rows: number;
  readonly color: boolean;
}

interface Line {
  readonly text: string;
  readonly style?: Style;
}

const BAR_COLUMNS = 40;
/** From here on there is room for the titles of the stages. */
const WIDE_COLUMNS = 80;

/**
 * The live view: lines without line ends, none longer than the window has columns, and no more than it has rows. What
 * there is no room for is left out: first the stages without a phone, then what is least needed at the bottom.
 */
export function renderLive(
  state: RunState,
  facts: RunFacts,
  moment: LiveMoment,
  { columns, rows, color }: LiveWindow,
): string {
  const figures = liveFigures(state, facts, moment);
  const lab = facts.labLimits === null ? '' : `, ${LAB_TITLE}`;
  const broken = (text: string, style?: Style): Line[] =>
    wrap(text, columns, '  ').map((line) => (style === undefined ? { text: line } : { text: line, style }));
  const head = broken(`${formatClock(moment.elapsedSeconds)} ${moment.phase}: ${facts.name}${lab}`, 'bold');
  const ready = inServiceLines(figures, columns);
  const stages = stageLines(figures, columns);
  const troubles = troublesOf(figures, facts, moment).flatMap((line) => broken(line, 'yellow'));
  const failed = broken(
    `failed attempts: ${causeList(figures)}`,
    figures.failedAttempts.length > 0 ? 'red' : undefined,
  );
  const rest = [
    ...happenings(state, facts).flatMap((line) => broken(line)),
    ...broken(`generator: ${generatorLine(state, figures)}`),
  ];
  const whole = [...head, ...ready, BLANK, ...stages.all, BLANK, ...troubles, ...failed, ...rest];
  const dense = [...head, ...ready, ...troubles, ...stages.busy, ...failed, ...rest];
  const shown = whole.length <= rows ? whole : dense.slice(0, Math.max(1, rows));
  const paint = painter(color);
  return shown
    .map(({ text, style }) => {
      const line = fit(text, columns);
      return style === undefined ? line : paint(style, line);
    })
    .join('\n');
}

const BLANK: Line = { text: '' };

function inServiceLines(figures: LiveFigures, columns: number): Line[] {
  const { inService, asked } = figures;
  const text =
    `in service ${formatCount(inService)} of ${formatCount(asked)} ` +
    `(${formatShare(inService, asked)}), ${formatRate(figures)}/s`;
  const style = 'green';
  const room = columns - text.length - 1;
  if (room >= 10)
    return [{ text: `${text} ${bar(inService, asked, Math.min(room, BAR_COLUMNS), '░')}`, style }];
  const lines = [...wrap(text, columns, '  '), bar(inService, asked, Math.min(columns, BAR_COLUMNS), '░')];
  return lines.map((line) => ({ text: line, style }));
}

/** One line for each stage, the eight steps of Table 2-4, and one for phones that wait for their next attempt. */
function stageLines(
  { inStage, waiting, asked }: LiveFigures,
  columns: number,
): { readonly all: Line[]; readonly busy: Line[] } {
  const wide = columns >= WIDE_COLUMNS;
  const rows = STAGE_NAMES.map((stage) => {
    const { step, title, time } = STAGES[stage];
    const name = wide ? `${title}${time === 'modelled' ? ' (modelled)' : ''}` : stage;
    return { name: `${step} ${name}`, phones: inStage[stage] };
  });
  rows.push({ name: wide ? '  waiting to try again' : '  waiting', phones: waiting });
  const nameWidth = Math.max(...rows.map(({ name }) => name.length));
  const countWidth = formatCount(asked).length;
  const room = Math.min(BAR_COLUMNS, columns - nameWidth - countWidth - 4);
  const lines = rows.map(({ name, phones }) => {
    const count = formatCount(phones).padStart(countWidth);
    return { phones, text: `${name.padEnd(nameWidth)}  ${count}  ${bar(phones, asked, room, '')}`.trimEnd() };
  });
  return { all: lines, busy: lines.filter(({ phones }) => phones > 0) };
}

/** At least one block where there is at least one phone, and full only when all are there. */
function bar(part: number, whole: number, columns: number, empty: string): string {
  if (columns <= 0 || whole === 0) return '';
  const filled = part === 0 ? 0 : Math.max(1, Math.floor((part / whole) * columns));
  return '█'.repeat(filled) + empty.repeat(columns - filled);
}

function generatorLine({ generator }: RunState, figures: LiveFigures): string {
  return [
    `lateness p99 ${formatSeconds(figures.latenessP99Seconds)}`,
    `loop lag p99 ${formatSeconds(figures.loopLagP99Seconds)}`,
    `CPU ${formatSeconds(generator.cpuSeconds)}`,
    formatBytes(generator.rssBytes),
  ].join(', ');
}
