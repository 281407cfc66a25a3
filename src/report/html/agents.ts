import { formatCount, formatSeconds } from '../figures.ts';
import type { RunSummary } from '../summary-schema.ts';
import { left, right } from '../table.ts';
import { paragraph } from './elements.ts';
import { html, type Markup, NOTHING } from './markup.ts';
import { type TableData, tableMarkup } from './table-data.ts';

/** The processes that booted the phones, what became of them, and how far apart they started. */
export function agentsBody({ agents, startSkew }: RunSummary): Markup {
  if (agents.length === 0) return NOTHING;
  const { betweenAgentsMs, clockErrorMs } = startSkew;
  const clocks =
    clockErrorMs === 0 ? 'on one clock' : `on clocks that are known to ${formatMs(clockErrorMs)}`;
  return html`${tableMarkup(agentTable(agents))}${paragraph(
    betweenAgentsMs === null
      ? 'Skew of the first start between agents: none has started.'
      : `Skew of the first start between agents: ${formatMs(betweenAgentsMs)}, ${clocks}.`,
  )}`;
}

export function agentTable(agents: RunSummary['agents']): TableData {
  const columns = ['shards', 'phones', 'first start late', 'clock within', 'drift since'];
  return {
    name: 'Processes that booted phones',
    columns: [left('agent'), left('host'), left('state'), ...columns.map(right), left('what happened')],
    rows: agents.map((agent) => [
      agent.name,
      agent.host,
      agent.state,
      formatCount(agent.shards.length),
      formatCount(agent.phones),
      ...[agent.firstStartLateMs, agent.clockErrorMs, agent.clockDriftMs].map(formatMs),
      agent.trouble ?? '-',
    ]),
  };
}

function formatMs(ms: number | null): string {
  if (ms === null) return '-';
  return ms < 0 ? `-${formatSeconds(-ms / 1000)}` : formatSeconds(ms / 1000);
}
