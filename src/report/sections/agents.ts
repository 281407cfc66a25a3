import type { AgentState } from '../../metrics/agent-facts.ts';
import { wrap } from '../../scenario/plain-text.ts';
import { formatCount, formatSeconds } from '../figures.ts';
import type { RunSummary } from '../summary-schema.ts';
import { left, right, table } from '../table.ts';
import { type Paint, section, WIDTH } from './section.ts';

/** Agents that are shown one by one; the summary has all. */
const AGENTS_SHOWN = 8;

/** What is worst comes first. */
const STATE_RANK: Readonly<Record<AgentState, number>> = {
  lost: 0,
  fenced: 1,
  joined: 2,
  preparing: 2,
  ready: 2,
  running: 2,
  drained: 3,
  finished: 4,
};

/** The processes that booted the phones, what became of them, and how far apart they started. */
export function agentSection({ agents, startSkew }: RunSummary, paint: Paint): string[] {
  if (agents.length === 0) return [];
  const shown = agents.length <= AGENTS_SHOWN ? agents : [...agents].sort(compare).slice(0, AGENTS_SHOWN);
  const rest = agents.filter((agent) => !shown.includes(agent));
  const troubled = shown.filter(({ trouble }) => trouble !== null);
  return section(paint, 'Agents', [
    ...rows(shown),
    ...(rest.length === 0 ? [] : [restLine(rest)]),
    ...troubled.flatMap(({ name, trouble }) => wrap(named(name, trouble ?? ''), WIDTH - 2, '  ')),
    skewLine(startSkew),
  ]);
}

function rows(agents: readonly Agent[]): string[] {
  const columns = [left('agent'), left('host'), left('state'), right('shards'), right('phones')];
  const clocks = agents.some(({ clockErrorMs }) => clockErrorMs > 0);
  return table(
    [...columns, right('first start late'), ...(clocks ? [right('clock within'), right('drift since')] : [])],
    agents.map((agent) => [
      agent.name,
      agent.host,
      agent.state,
      formatCount(agent.shards.length),
      formatCount(agent.phones),
      formatMs(agent.firstStartLateMs),
      ...(clocks ? [formatMs(agent.clockErrorMs), formatMs(agent.clockDriftMs)] : []),
    ]),
  );
}

/** Messages of lost agents begin with their names, others do not. */
function named(name: string, trouble: string): string {
  const isNamed = trouble.startsWith(`${name} `) || trouble.startsWith(`agent ${name} `);
  return isNamed ? trouble : `${name}: ${trouble}`;
}

/** `and 92 more: 91 finished, 1 lost; 92,000 phones, first start late by 4.20 ms at most` */
function restLine(agents: readonly Agent[]): string {
  const states = new Map<AgentState, number>();
  for (const { state } of agents) states.set(state, (states.get(state) ?? 0) + 1);
  const phones = agents.reduce((sum, agent) => sum + agent.phones, 0);
  const late = agents.flatMap(({ firstStartLateMs }) => firstStartLateMs ?? []);
  const latest = late.length === 0 ? '' : `, first start late by ${formatMs(Math.max(...late))} at most`;
  const counts = [...states].map(([state, count]) => `${count} ${state}`).join(', ');
  return `and ${agents.length} more: ${counts}; ${formatCount(phones)} phones${latest}`;
}

function skewLine({ betweenAgentsMs, clockErrorMs }: RunSummary['startSkew']): string {
  if (betweenAgentsMs === null) return 'skew of the first start between agents: none has started';
  const clocks =
    clockErrorMs === 0 ? 'on one clock' : `on clocks that are known to ${formatMs(clockErrorMs)}`;
  return `skew of the first start between agents: ${formatMs(betweenAgentsMs)}, ${clocks}`;
}

function compare(a: Agent, b: Agent): number {
  const state = STATE_RANK[a.state] - STATE_RANK[b.state];
  return state !== 0 ? state : (b.firstStartLateMs ?? 0) - (a.firstStartLateMs ?? 0);
}

function formatMs(ms: number | null): string {
  if (ms === null) return '-';
  return ms < 0 ? `-${formatSeconds(-ms / 1000)}` : formatSeconds(ms / 1000);
}

type Agent = RunSummary['agents'][number];
