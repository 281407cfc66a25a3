import type { ProgramOptions } from './foreground-process.ts';
import { type InteropServer, startOnFreePort } from './server.ts';

export interface DnsServerOptions extends ProgramOptions {
  /** A or AAAA records: name to address. */
  readonly hosts: Readonly<Record<string, string>>;
  /** CNAME records: alias to a name of `hosts`. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** A domain of its own: names in it that are not in `hosts` do not exist. */
  readonly domain?: string;
}

/** dnsmasq as an authority for `hosts`. It has nobody to ask about other names, and refuses them. */
export function startDnsmasqDns({
  hosts,
  aliases = {},
  domain,
  ...options
}: DnsServerOptions): Promise<InteropServer> {
  const records = [
    ...Object.entries(hosts).map(([name, address]) => `--host-record=${name},${address}`),
    ...Object.entries(aliases).map(([alias, name]) => `--cname=${alias},${name}`),
    ...(domain === undefined ? [] : [`--local=/${domain}/`]),
  ];
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
