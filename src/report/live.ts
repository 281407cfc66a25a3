import type { RunFacts } from '../metrics/run-facts.ts';
import type { RunState } from '../metrics/run-state.ts';
import { STAGE_NAMES } from '../phone/stages.ts';
import { formatClock, formatCount, formatSeconds } from './figures.ts';
import { type LiveFigures, type LiveMoment, liveFigures } from './live-figures.ts';

const CAUSES_SHOWN = 4;

/** One line for where there is no terminal: a log, a pipe. */
export function renderPlainLine(state: RunState, facts: RunFacts, moment: LiveMoment): string {
  const figures = liveFigures(state, facts, moment);
  const busy = STAGE_NAMES.filter((stage) => figures.inStage[stage] > 0);
  const stages = busy.map((stage) => `${stage} ${formatCount(figures.inStage[stage])}`);
  const parts = [
    `${formatCount(figures.inService)} of ${formatCount(figures.asked)} in service`,
    `${formatRate(figures)}/s`,
    ...(stages.length === 0 ? [] : [`under way: ${stages.join(' ')}`]),
    ...troublesOf(figures, facts, moment),
    ...happenings(state, facts),
    `failed attempts: ${causeList(figures)}`,
    `lateness p99 ${formatSeconds(figures.latenessP99Seconds)}`,
  ];
  return `${formatClock(moment.elapsedSeconds)} ${moment.phase}: ${parts.join(', ')}`;
}

/** What is out of the ordinary now, and agents that are not with us any more. */
export function troublesOf(
  { agentsAstray }: LiveFigures,
  { agents }: RunFacts,
  { troubles = [] }: LiveMoment,
): string[] {
  const astray = agentsAstray.map(([state, count]) => `${state} ${formatCount(count)}`);
  return [
    ...troubles,
    ...(astray.length > 0 ? [`agents: ${formatCount(agents.length)}, of them ${astray.join(', ')}`] : []),
  ];
}

/** Waves where there are several, the group of CallManagers where phones use more than one, tokens and TLS. */
export function happenings(
  { recovery, group, servers, tokens, security }: RunState,
  { waves }: RunFacts,
): string[] {
  const begun = waves.flatMap(({ name }, number) => {
    const wave = recovery.waves[number];
    if (wave === undefined || wave.phones === 0) return [];
    return [`${name} ${formatCount(wave.toService.count)} of ${formatCount(wave.phones)}`];
  });
  const standby = servers.reduce((sum, { standbyNow }) => sum + standbyNow, 0);
  const { granted, rejected, unanswered } = tokens.outcomes;
  const { inService: level, handshakes } = security;
  const counts = (named: readonly (readonly [number, string])[]): string =>
    named
      .filter(([count]) => count > 0)
      .map(([count, name]) => `${name} ${formatCount(count)}`)
      .join(', ');
  const lines: readonly (readonly [string, string])[] = [
    ['back', begun.length > 1 ? begun.join(', ') : ''],
    [
      'CallManagers',
      counts([
        [standby, 'standby'],
        [group.phonesFailedOver, 'failed over'],
        [group.phonesFellBack, 'fell back'],
      ]),
    ],
    [
      'tokens',
      counts([
        [granted, 'granted'],
        [rejected, 'rejected'],
        [unanswered, 'unanswered'],
      ]),
    ],
    [
      'TLS',
      counts([
        [level.authenticated, 'authenticated'],
        [level.encrypted, 'encrypted'],
        [handshakes.full.count, 'full handshakes'],
        [handshakes.resumed.count, 'resumed'],
      ]),
    ],
  ];
  return lines.filter(([, text]) => text !== '').map(([title, text]) => `${title}: ${text}`);
}

export function formatRate({ perSecond }: LiveFigures): string {
  const isSmall = Math.abs(perSecond) < 10 && !Number.isInteger(perSecond);
  return isSmall ? perSecond.toFixed(1) : formatCount(Math.round(perSecond));
}

export function causeList({ failedAttempts }: LiveFigures): string {
  if (failedAttempts.length === 0) return 'none';
  const shown = failedAttempts
    .slice(0, CAUSES_SHOWN)
    .map(([cause, count]) => `${cause} ${formatCount(count)}`);
  const rest = failedAttempts.slice(CAUSES_SHOWN).reduce((sum, [, count]) => sum + count, 0);
  return [...shown, ...(rest === 0 ? [] : [`others ${formatCount(rest)}`])].join(', ');
}
