/**
 * What the page of a run shows, once a second: plain JSON, whose size does not depend on the number of phones nor on how
 * long the run lasts. Figures are those of the report, as it would be now.
 */
import type { RunPhase } from '../metrics/run-progress.ts';
import { formatBytes, formatClock, formatCount, formatSeconds } from '../report/figures.ts';
import { agentTable } from '../report/html/agents.ts';
import type { CurveData } from '../report/html/curve-figure.ts';
import { curveData } from '../report/html/curve-figure.ts';
import { type FailedCause, failedCauses } from '../report/html/failures.ts';
import { healthTable } from '../report/html/generator.ts';
import { groupTable } from '../report/html/group.ts';
import { thresholdTable } from '../report/html/head.ts';
import { marksOf, modelledMeasured } from '../report/html/recovery.ts';
import { serverTable } from '../report/html/servers.ts';
import { waterfall } from '../report/html/stages.ts';
import type { TableCell, TableData } from '../report/html/table-data.ts';
import { usedGroup } from '../report/sections/group.ts';
import type { RunSummary } from '../report/summary-schema.ts';
import { type LiveAnswer, liveAnswer } from './live-answer.ts';
import { type LetteredMark, letteredMarks } from './lettered-marks.ts';
import type { PageMoment } from './page-moment.ts';
import { type StepCount, stepCounts } from './step-counts.ts';

export interface PageState {
  readonly run: Pick<RunSummary['run'], 'id' | 'name' | 'seed' | 'version' | 'started'> & {
    /** Null: the servers are not the lab. */
    readonly lab: string | null;
  };
  readonly phase: RunPhase;
  /** Nothing more will come. */
  readonly isOver: boolean;
  readonly clock: string;
  readonly slope: number;
  readonly answer: LiveAnswer;
  readonly tiles: readonly (readonly [name: string, value: string])[];
  /** What holds now and is out of the ordinary. */
  readonly troubles: readonly string[];
  readonly curve: CurveData;
  readonly marks: readonly LetteredMark[];
  readonly steps: readonly StepCount[];
  readonly modelled: TableData | null;
  readonly waterfall: TableData | null;
  readonly failures: Shown<FailedCause>;
  readonly servers: ShownTable;
  /** Null: no phone had to do with a CallManager that was not its first. */
  readonly group: ShownTable | null;
  readonly generator: ShownTable & {
    readonly facts: readonly (readonly [name: string, value: string])[];
    /** Beyond its limits: the run will be INVALID. */
    readonly isBad: boolean;
  };
  readonly thresholds: ShownTable;
  readonly agents: ShownTable;
  readonly warnings: Shown<string>;
  /** Newest first. */
  readonly log: Shown<{ readonly at: string; readonly what: string }>;
  readonly verdict: {
    readonly result: RunSummary['verdict']['result'];
    readonly reasons: readonly string[];
    readonly report: string | null;
  } | null;
}

/** The first of many. */
export interface Shown<Item> {
  readonly items: readonly Item[];
  /** Those that are not among them. */
  readonly more: number;
}

export type ShownTable = TableData & { readonly more: number };

const MOST = {
  failures: 10,
  places: 4,
  servers: 24,
  agents: 24,
  thresholds: 24,
  warnings: 8,
  log: 80,
} as const;
/** Of one text. */
const MOST_CHARACTERS = 300;

export function pageStateOf(moment: PageMoment): PageState {
  const { progress, summary, report } = moment;
  const { run, verdict } = summary;
  const isJudged = progress.verdict !== null;
  const callManagers = summary.servers.filter(({ role }) => role === 'callManager');
  return {
    run: {
      id: run.id,
      name: clipped(run.name),
      seed: run.seed,
      version: run.version,
      started: run.started,
      lab: summary.lab?.title ?? null,
    },
    phase: progress.phase,
    isOver: isJudged,
    clock: formatClock(isJudged ? run.duration : progress.elapsedSeconds),
    slope: progress.slope,
    answer: liveAnswer(moment),
    tiles: tilesOf(moment),
    troubles: progress.troubles.map(clipped),
    ...curveOf(moment),
    steps: stepCounts(moment),
    modelled: modelledMeasured(summary),
    waterfall: waterfall(summary),
    failures: shown(failedCauses(summary).map(shortened), MOST.failures),
    servers: shownTable(serverTable(summary.servers), MOST.servers),
    group: usedGroup(summary) ? shownTable(groupTable(callManagers), MOST.servers) : null,
    generator: generatorOf(moment),
    thresholds: shownTable(asTheyStand(thresholdTable(summary.thresholds), isJudged), MOST.thresholds),
    agents: shownTable(agentTable(troubledFirst(summary.agents)), MOST.agents),
    warnings: shown(summary.warnings.map(clipped), MOST.warnings),
    log: logOf(summary),
    verdict: isJudged ? { result: verdict.result, reasons: verdict.reasons.map(clipped), report } : null,
  };
}

function tilesOf({ figures, summary }: PageMoment): [string, string][] {
  const failed = figures.failedAttempts.reduce((sum, [, count]) => sum + count, 0);
  const { perSecond } = figures;
  const { t50Seconds, t90Seconds } = summary.recovery.fromPower;
  return [
    ['in service', `${formatCount(figures.inService)} of ${formatCount(figures.asked)}`],
    ['now coming back', `${Math.abs(perSecond) < 10 ? perSecond : formatCount(Math.round(perSecond))} / s`],
    ['half are back after', formatSeconds(t50Seconds)],
    ['90 % are back after', formatSeconds(t90Seconds)],
    ['register, p99', formatSeconds(summary.stages.register.p99Seconds)],
    ['failed attempts', formatCount(failed)],
  ];
}

function curveOf({ state, progress, summary }: PageMoment): Pick<PageState, 'curve' | 'marks'> {
  const { curve: points } = summary.recovery.fromPower;
  const end = Math.max(1, points.at(-1)?.[0] ?? 0);
  const marks = letteredMarks(progress.marks, end);
  const curve = curveData({
    description: '',
    series: [{ name: 'in service', points }],
    top: state.asked,
    unit: 'phones',
    marks: marksOf(summary),
    events: marks,
  });
  return { curve, marks };
}

function generatorOf({ state, summary }: PageMoment): PageState['generator'] {
  const table = healthTable(summary);
  const { cpuSeconds, rssBytes, openSockets } = state.generator;
  const isBad = table.rows.some((cells) =>
    cells.some((cell) => typeof cell !== 'string' && 'bars' in cell && cell.bars.flat().some(isBeyond)),
  );
  return {
    ...table,
    more: 0,
    isBad,
    facts: [
      ['CPU time', formatSeconds(cpuSeconds)],
      ['memory', formatBytes(rssBytes)],
      ['open sockets', formatCount(openSockets)],
      ['processes', formatCount(summary.agents.length)],
    ],
  };
}

function isBeyond({ kind }: { readonly kind: string }): boolean {
  return kind === 'bad';
}

/** Nothing is missed before the end. */
function asTheyStand(table: TableData, isJudged: boolean): TableData {
  if (isJudged) return table;
  const isMissed = (cell: TableCell): boolean =>
    typeof cell !== 'string' && 'word' in cell && cell.tone === 'missed';
  const rows = table.rows.map((cells) =>
    cells.map((cell): TableCell => (isMissed(cell) ? { word: 'not met', tone: 'open' } : cell)),
  );
  return { ...table, rows };
}

function troubledFirst(agents: RunSummary['agents']): RunSummary['agents'] {
  return agents.toSorted((a, b) => Number(b.trouble !== null) - Number(a.trouble !== null));
}

function logOf({ runLog }: RunSummary): PageState['log'] {
  const newest = runLog.slice(-MOST.log).toReversed();
  const items = newest.map(({ utc, second, what }) => ({
    at: second === null ? utc.slice(11, 19) : formatClock(second),
    what: clipped(what),
  }));
  return { items, more: runLog.length - items.length };
}

function shortened(cause: FailedCause): FailedCause {
  return { ...cause, places: firstOf(cause.places), said: firstOf(cause.said).map(clipped) };
}

function firstOf(lines: readonly string[]): string[] {
  const rest = lines.length - MOST.places;
  return [...lines.slice(0, MOST.places), ...(rest > 0 ? [`and ${rest} more`] : [])];
}

function shown<Item>(all: readonly Item[], most: number): Shown<Item> {
  return { items: all.slice(0, most), more: Math.max(0, all.length - most) };
}

function shownTable(table: TableData, most: number): ShownTable {
  const rows = table.rows
    .slice(0, most)
    .map((cells) => cells.map((cell) => (typeof cell === 'string' ? clipped(cell) : cell)));
  return { ...table, rows, more: Math.max(0, table.rows.length - most) };
}

function clipped(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS - 1)}…`;
}
