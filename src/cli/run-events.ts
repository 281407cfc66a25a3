import type { LoggedEntry, RunLogEntry } from '../coordinator/run-log.ts';
import type { RunSummary } from '../report/summary-schema.ts';

/** What a run log tells of things that happened to the phones from outside; the lab's own events are the lab's. */
export function runEvents(entries: readonly LoggedEntry[]): RunSummary['events'] {
  return entries.flatMap(({ second, entry }) => {
    const what = textOf(entry);
    return what === null || second === null ? [] : [{ second: Math.max(0, second), what }];
  });
}

function textOf(entry: RunLogEntry): string | null {
  switch (entry.type) {
    case 'agentLost':
      return `${entry.phones} phones lost with ${entry.agent}${entry.restarted ? ', begun anew' : ''}`;
    case 'agentFenced':
      return `${entry.agent} was back too late and has closed its connections`;
    case 'agentDrained':
      return `${entry.agent} was told to end`;
    case 'steered':
      return `schedule at ${entry.slope} times real time from ${entry.fromSecond.toFixed(1)} s on`;
    case 'redisLost':
      return `Redis does not answer: ${entry.message}`;
    case 'redisBack':
      return `Redis is back after ${entry.seconds.toFixed(1)} s${entry.restored ? ', without its data' : ''}`;
    case 'attached':
      return 'another coordinator took over';
    case 'labFailed':
      return entry.message;
    case 'powerCut':
      return `${entry.name}: ${entry.phones} phones lose power`;
    case 'wave':
      return `${entry.name}: ${entry.phones} phones get power`;
    case 'prepared':
    case 'armed':
    case 'holding':
    case 'stopping':
    case 'ledgerClosed':
    case 'labEvent':
    case 'ended':
      return null;
    default:
      return entry satisfies never;
  }
}
