import { formatCount, formatSeconds } from '../figures.ts';
import type { RunSummary } from '../summary-schema.ts';
import { left, right, table } from '../table.ts';
import { type Paint, section } from './section.ts';

export function serverSection({ servers }: RunSummary, paint: Paint): string[] {
  if (servers.length === 0) return [];
  const rows = servers.map((server) => [server.role, server.address, ...serverFigures(server)]);
  const columns = [
    left('role'),
    left('address'),
    right('attempts'),
    right('registered'),
    right('peak'),
    right('refused'),
    right('resets'),
    right('p50'),
    right('p99'),
  ];
  return section(paint, 'Servers', table(columns, rows));
}

/** What a server was asked, what it refused or broke off, and how long it took. */
export function serverFigures(server: RunSummary['servers'][number]): string[] {
  return [
    formatCount(server.attempts),
    ...(server.role === 'callManager'
      ? [formatCount(server.registeredNow), formatCount(server.registeredPeak)]
      : ['-', '-']),
    formatCount(server.refused),
    formatCount(server.resets),
    formatSeconds(server.p50Seconds),
    formatSeconds(server.p99Seconds),
  ];
}
