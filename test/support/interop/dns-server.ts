import type { ProgramOptions } from './foreground-process.ts';
import { type InteropServer, startOnFreePort } from './server.ts';

export interface DnsServerOptions extends ProgramOptions {
  /** A records: name to IPv4 address. */
  readonly hosts: Readonly<Record<string, string>>;
}

/** dnsmasq as an authority for `hosts`. It has nobody to ask about other names, and refuses them. */
export function startDnsmasqDns({ hosts, ...options }: DnsServerOptions): Promise<InteropServer> {
  const records = Object.entries(hosts).map(([name, address]) => `--host-record=${name},${address}`);
  const fixed = [
    '--keep-in-foreground',
    '--conf-file=/dev/null',
    '--pid-file',
    '--log-facility=-',
    '--user=root',
  ];
  return startOnFreePort(
    'dnsmasq',
    (port) => [
      ...fixed,
      ...['--no-resolv', '--no-hosts', '--bind-interfaces', '--listen-address=127.0.0.1'],
      ...[`--port=${port}`, '--log-queries', ...records],
    ],
    options,
  );
}
