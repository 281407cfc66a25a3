import type { ServerRole } from '../../phone/stages.ts';
import { serverFigures } from '../sections/servers.ts';
import type { RunSummary } from '../summary-schema.ts';
import { left, right } from '../table.ts';
import { type Markup, NOTHING } from './markup.ts';
import { type TableData, tableMarkup } from './table-data.ts';

const ROLE_TITLES: Readonly<Record<ServerRole, string>> = {
  dhcp: 'DHCP',
  http: 'HTTP',
  tftp: 'TFTP',
  capf: 'CAPF',
  tvs: 'TVS',
  dns: 'DNS',
  callManager: 'CallManager',
};

export function serversBody({ servers }: RunSummary): Markup {
  return servers.length === 0 ? NOTHING : tableMarkup(serverTable(servers));
}

export function serverTable(servers: RunSummary['servers']): TableData {
  return {
    name: 'What each server was asked, what it refused or broke off, and how long it took',
    columns: [
      left('server'),
      left('role'),
      right('attempts'),
      right('registered'),
      right('peak'),
      right('refused'),
      right('resets'),
      right('p50'),
      right('p99'),
    ],
    rows: servers.map((server) => [server.address, ROLE_TITLES[server.role], ...serverFigures(server)]),
  };
}
