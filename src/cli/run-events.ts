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
      return `${entry.phones} phones lost with their agent`;
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
