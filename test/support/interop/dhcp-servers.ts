/**
 * Debian's DHCP servers, asked through a relay: on loopback nobody hears a broadcast. Both want `giaddr` and `hops`
 * set (RFC 2131 section 4.1), and answer to `giaddr`.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProgramOptions } from './foreground-process.ts';
import { freeUdpPort } from './loopback.ts';
import { type InteropServer, startOnFreePort } from './server.ts';

export interface DhcpServerOptions extends ProgramOptions {
  /** Option 150, in order; left out, the lease has none. */
  readonly tftpServers?: readonly string[];
  /** Option 66. */
  readonly tftpServerName?: string;
  /** Option 6. */
  readonly dnsServers?: readonly string[];
  /** First and last address that is given out, within 127.0.0.0/8. */
  readonly range?: readonly [string, string];
  /** At least 120: dnsmasq gives no shorter lease. */
  readonly leaseSeconds?: number;
}

export interface DhcpServer extends InteropServer {
  /** The port of the relay's address to which the server answers. */
  readonly replyPort: number;
}

const RANGE = ['127.1.0.1', '127.1.255.254'] as const;
const LEASE_SECONDS = 600;

/** dnsmasq binds all addresses: a relay must bind its own with SO_REUSEADDR, since answers go to the same port. */
export async function startDnsmasqDhcp(options: DhcpServerOptions): Promise<DhcpServer> {
  const folder = mkdtempSync(join(tmpdir(), 'bootstorm-dnsmasq-'));
  const [first, last] = options.range ?? RANGE;
  const clientPort = await freeUdpPort();
  const server = await startOnFreePort(
    'dnsmasq',
    (port) => [
      ...['--keep-in-foreground', '--conf-file=/dev/null', '--port=0', '--pid-file', '--log-facility=-'],
      ...['--user=root', '--bind-dynamic', '--interface=lo', `--dhcp-alternate-port=${port},${clientPort}`],
      ...['--dhcp-authoritative', '--no-ping', `--dhcp-leasefile=${folder}/leases`, '--log-dhcp'],
      `--dhcp-range=${first},${last},255.0.0.0,${options.leaseSeconds ?? LEASE_SECONDS}`,
      ...dnsmasqOptions(options),
    ],
    options,
  );
  return { ...server, replyPort: server.port, stop: () => stopAndRemove(server, folder) };
}

function dnsmasqOptions({ tftpServers, tftpServerName, dnsServers }: DhcpServerOptions): string[] {
  const option = (code: number, values: readonly string[]): string =>
    `--dhcp-option-force=${[code, ...values].join(',')}`;
  return [
    ...(tftpServers === undefined ? [] : [option(150, tftpServers)]),
    ...(tftpServerName === undefined ? [] : [option(66, [tftpServerName])]),
    ...(dnsServers === undefined ? [] : [option(6, dnsServers)]),
  ];
}

/** Kea takes a datagram only on an address of the interface, and lo has one: 127.0.0.1. */
export async function startKea(options: DhcpServerOptions): Promise<DhcpServer> {
  const folder = mkdtempSync(join(tmpdir(), 'bootstorm-kea-'));
  const file = join(folder, 'kea-dhcp4.json');
  writeFileSync(file, JSON.stringify(keaConfiguration(options)));
  const replyPort = await freeUdpPort();
  const server = await startOnFreePort(
    'kea-dhcp4',
    (port) => ['-c', file, '-p', String(port), '-P', String(replyPort)],
    { ...options, env: { KEA_PIDFILE_DIR: folder, KEA_LOCKFILE_DIR: 'none', ...options.env } },
  );
  return { ...server, replyPort, stop: () => stopAndRemove(server, folder) };
}

function keaConfiguration(options: DhcpServerOptions): unknown {
  const { tftpServers, tftpServerName, dnsServers } = options;
  const data = (name: string, values: readonly string[]): unknown => ({
    name,
    data: values.join(', '),
    'always-send': true,
  });
  return {
    Dhcp4: {
      'interfaces-config': { interfaces: ['lo/127.0.0.1'], 'dhcp-socket-type': 'udp' },
      'lease-database': { type: 'memfile', persist: false },
      'valid-lifetime': options.leaseSeconds ?? LEASE_SECONDS,
      'option-def': [
        { name: 'tftp-server-addresses', code: 150, space: 'dhcp4', type: 'ipv4-address', array: true },
      ],
      'option-data': [
        ...(tftpServers === undefined ? [] : [data('tftp-server-addresses', tftpServers)]),
        ...(tftpServerName === undefined ? [] : [data('tftp-server-name', [tftpServerName])]),
        ...(dnsServers === undefined ? [] : [data('domain-name-servers', dnsServers)]),
      ],
      // All of 127.0.0.0/8, so that every relay address on loopback selects it.
      subnet4: [{ id: 1, subnet: '127.0.0.0/8', pools: [{ pool: (options.range ?? RANGE).join(' - ') }] }],
      loggers: [{ name: 'kea-dhcp4', severity: 'INFO', output_options: [{ output: 'stdout' }] }],
    },
  };
}

async function stopAndRemove(server: InteropServer, folder: string): Promise<void> {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
