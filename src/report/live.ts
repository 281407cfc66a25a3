import type { AgentState } from '../metrics/agent-facts.ts';
import type { RunFacts } from '../metrics/run-facts.ts';
import type { RunProgress } from '../metrics/run-progress.ts';
import type { RunState } from '../metrics/run-state.ts';
import { valueAt } from '../metrics/step-curve.ts';
import type { FailureCause } from '../phone/failure-causes.ts';
import { STAGE_NAMES, STAGES } from '../phone/stages.ts';
import { formatBytes, formatClock, formatCount, formatSeconds, formatShare } from './figures.ts';
import { LAB_TITLE } from './summary.ts';
import { wrap } from '../scenario/plain-text.ts';
import { fit } from './table.ts';

/** What the view needs to know of the instant that it shows. */
type LiveMoment = Pick<RunProgress, 'elapsedSeconds' | 'phase'> & Partial<Pick<RunProgress, 'troubles'>>;

/** The rate is a mean over this many seconds. */
const RATE_WINDOW_SECONDS = 5;
const CAUSES_SHOWN = 4;
/** States of an agent that the reader has to know of. */
const ASTRAY: readonly AgentState[] = ['lost', 'fenced', 'drained'];
const BAR_COLUMNS = 40;
/** From here on there is room for the titles of the stages. */
const WIDE_COLUMNS = 80;

/** The live view: lines without line ends, none longer than `width` columns. */
export function renderLive(state: RunState, facts: RunFacts, moment: LiveMoment, width: number): string {
  const lab = facts.labLimits === null ? '' : `, ${LAB_TITLE}`;
  const head = `${formatClock(moment.elapsedSeconds)} ${moment.phase}: ${facts.name}${lab}`;
  return [
    ...wrap(head, width, '  '),
    ...inServiceLines(state, moment, width),
    '',
    ...stageLines(state, width),
    '',
    ...happenings(state, facts, moment).flatMap((line) => wrap(line, width, '  ')),
    ...wrap(`failed attempts: ${causeList(state)}`, width, '  '),
    ...wrap(`generator: ${generatorLine(state)}`, width, '  '),
  ]
    .map((line) => fit(line, width))
    .join('\n');
}

/** One line for where there is no terminal: a log, a pipe. */
export function renderPlainLine(state: RunState, facts: RunFacts, moment: LiveMoment): string {
  const busy = STAGE_NAMES.filter((stage) => state.inStage[stage] > 0);
  const stages = busy.map((stage) => `${stage} ${formatCount(state.inStage[stage])}`);
  const parts = [
    `${formatCount(inService(state))} of ${formatCount(state.asked)} in service`,
    `${ratePerSecond(state, moment)}/s`,
    ...(stages.length === 0 ? [] : [`under way: ${stages.join(' ')}`]),
    ...happenings(state, facts, moment),
    `failed attempts: ${causeList(state)}`,
    `lateness p99 ${formatSeconds(p99Seconds(state))}`,
  ];
  return `${formatClock(moment.elapsedSeconds)} ${moment.phase}: ${parts.join(', ')}`;
}

/** Troubles, waves where there are several, and the group of CallManagers where phones use more than one. */
function happenings(
  { recovery, group, servers, tokens, security }: RunState,
  { waves, agents }: RunFacts,
  { troubles = [] }: LiveMoment,
): string[] {
  const begun = waves.flatMap(({ name }, number) => {
    const wave = recovery.waves[number];
    if (wave === undefined || wave.phones === 0) return [];
    return [`${name} ${formatCount(wave.toService.count)} of ${formatCount(wave.phones)}`];
  });
  const standby = servers.reduce((sum, { standbyNow }) => sum + standbyNow, 0);
  const { granted, rejected, unanswered } = tokens.outcomes;
  const counts = (named: readonly (readonly [number, string])[]): string[] =>
    named.filter(([count]) => count > 0).map(([count, name]) => `${name} ${formatCount(count)}`);
  const ofGroup = counts([
    [standby, 'standby'],
    [group.phonesFailedOver, 'failed over'],
    [group.phonesFellBack, 'fell back'],
  ]);
  const ofTokens = counts([
    [granted, 'granted'],
    [rejected, 'rejected'],
    [unanswered, 'unanswered'],
  ]);
  const { inService: level, handshakes } = security;
  const ofTls = counts([
    [level.authenticated, 'authenticated'],
    [level.encrypted, 'encrypted'],
    [handshakes.full.count, 'full handshakes'],
    [handshakes.resumed.count, 'resumed'],
  ]);
  const astray = counts(
    ASTRAY.map((state) => [agents.filter((agent) => agent.state === state).length, state]),
  );
  return [
    ...troubles,
    ...(astray.length > 0 ? [`agents: ${formatCount(agents.length)}, of them ${astray.join(', ')}`] : []),
    ...(begun.length > 1 ? [`back: ${begun.join(', ')}`] : []),
    ...(ofGroup.length > 0 ? [`CallManagers: ${ofGroup.join(', ')}`] : []),
    ...(ofTokens.length > 0 ? [`tokens: ${ofTokens.join(', ')}`] : []),
    ...(ofTls.length > 0 ? [`TLS: ${ofTls.join(', ')}`] : []),
  ];
}

function inServiceLines(state: RunState, moment: LiveMoment, width: number): string[] {
  const ready = inService(state);
  const figures =
    `in service ${formatCount(ready)} of ${formatCount(state.asked)} ` +
    `(${formatShare(ready, state.asked)}), ${ratePerSecond(state, moment)}/s`;
  const room = width - figures.length - 1;
  if (room >= 10) return [`${figures} ${bar(ready, state.asked, Math.min(room, BAR_COLUMNS), '░')}`];
  return [...wrap(figures, width, '  '), bar(ready, state.asked, Math.min(width, BAR_COLUMNS), '░')];
}

/** One line for each stage, the eight steps of Table 2-4, and one for phones that wait for their next attempt. */
function stageLines(state: RunState, width: number): string[] {
  const wide = width >= WIDE_COLUMNS;
  const rows = STAGE_NAMES.map((stage) => {
    const { step, title, time } = STAGES[stage];
    const name = wide ? `${title}${time === 'modelled' ? ' (modelled)' : ''}` : stage;
    return { name: `${step} ${name}`, phones: state.inStage[stage] };
  });
  rows.push({ name: wide ? '  waiting to try again' : '  waiting', phones: waiting(state) });
  const nameWidth = Math.max(...rows.map(({ name }) => name.length));
  const countWidth = formatCount(state.asked).length;
  const room = Math.min(BAR_COLUMNS, width - nameWidth - countWidth - 4);
  return rows.map(({ name, phones }) => {
    const count = formatCount(phones).padStart(countWidth);
    return `${name.padEnd(nameWidth)}  ${count}  ${bar(phones, state.asked, room, '')}`.trimEnd();
  });
}

/** Begun, not in service, and no stage under way: a pause before the next attempt. */
function waiting({ ledger, inStage }: RunState): number {
  const underWay = STAGE_NAMES.reduce((sum, stage) => sum + inStage[stage], 0);
  return Math.max(0, ledger.trying + ledger.dropped + ledger.registered - underWay);
}

/** At least one block where there is at least one phone, and full only when all are there. */
function bar(part: number, whole: number, columns: number, empty: string): string {
  if (columns <= 0 || whole === 0) return '';
  const filled = part === 0 ? 0 : Math.max(1, Math.floor((part / whole) * columns));
  return '█'.repeat(filled) + empty.repeat(columns - filled);
}

function inService(state: RunState): number {
  return state.ledger.ready;
}

/** Change of the phones in service, a second. */
function ratePerSecond({ recovery }: RunState, { elapsedSeconds }: LiveMoment): string {
  const now = Math.floor(elapsedSeconds);
  const window = Math.min(RATE_WINDOW_SECONDS, now);
  if (window <= 0) return '0';
  const rate = (valueAt(recovery.inService, now) - valueAt(recovery.inService, now - window)) / window;
  return Math.abs(rate) < 10 && !Number.isInteger(rate) ? rate.toFixed(1) : formatCount(Math.round(rate));
}

function causeList({ failures }: RunState): string {
  const sums = new Map<FailureCause, number>();
  for (const { cause, count } of failures) sums.set(cause, (sums.get(cause) ?? 0) + count);
  if (sums.size === 0) return 'none';
  const causes = [...sums].sort(([, a], [, b]) => b - a);
  const shown = causes.slice(0, CAUSES_SHOWN).map(([cause, count]) => `${cause} ${formatCount(count)}`);
  const rest = causes.slice(CAUSES_SHOWN).reduce((sum, [, count]) => sum + count, 0);
  return [...shown, ...(rest === 0 ? [] : [`others ${formatCount(rest)}`])].join(', ');
}

function generatorLine(state: RunState): string {
  const { eventLoopLag, cpuSeconds, rssBytes } = state.generator;
  const lag = eventLoopLag.quantile(0.99);
  return [
    `lateness p99 ${formatSeconds(p99Seconds(state))}`,
    `loop lag p99 ${formatSeconds(lag === null ? null : lag / 1000)}`,
    `CPU ${formatSeconds(cpuSeconds)}`,
    formatBytes(rssBytes),
  ].join(', ');
}

function p99Seconds(state: RunState): number | null {
  const ms = state.generator.lateness.quantile(0.99);
  return ms === null ? null : ms / 1000;
}
