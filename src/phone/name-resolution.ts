import { createDnsClient, stepDnsClient } from '../protocols/dns/client.ts';
import type { MachineEvent } from '../protocols/effects.ts';
import type { HostPort } from './boot-settings.ts';
import { causeOfUnsendable } from './close-causes.ts';
import type { FailureCause } from './failure-causes.ts';
import { noteSent, type Phone, type PhoneOutput } from './phone.ts';

/** How a name was resolved, or why not. */
export type Resolution =
  | { readonly address: string; readonly server: string | null }
  | { readonly cause: FailureCause; readonly server: string | null; readonly detail: string | undefined };

const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/** The address of a host that needs no question: an address already, or in the scenario's host table. */
export function knownAddress(phone: Phone, host: string): string | null {
  if (IPV4.test(host) || host.includes(':')) return host;
  const { hosts } = phone.environment.settings.dns;
  return Object.hasOwn(hosts, host) ? (hosts[host] ?? null) : null;
}

/** Asks the DNS servers of the scenario or of the lease. The answer comes through `onResolverEvent`. */
export function askResolver(phone: Phone, name: string, now: number, out: PhoneOutput): Resolution | null {
  const { dns, seed } = phone.environment.settings;
  const servers = dns.servers ?? leasedServers(phone, dns.port);
  if (servers.length === 0) {
    return { cause: 'dns-timeout', server: null, detail: `no DNS server is known for the name ${name}` };
  }
  phone.dns = createDnsClient({
    name,
    servers,
    timeoutMs: dns.timeoutMs,
    attempts: dns.attempts,
    seed,
    phoneIndex: phone.identity.index,
    queryNumber: phone.dnsQueries++,
  });
  return onResolverEvent(phone, { type: 'start', now }, out);
}

/** Feeds the query under way; null while it goes on. */
export function onResolverEvent(phone: Phone, event: MachineEvent, out: PhoneOutput): Resolution | null {
  if (!phone.dns) return null;
  stepDnsClient(phone.dns, out.dns.own(event), out.dns);
  noteSent(phone, out.dns.takeSent(), event.now, out);
  for (const notice of out.dns.takeNotices()) {
    if (notice.type === 'retransmitted') {
      out.effects.emit({ type: 'retransmitted', protocol: 'dns', now: event.now });
    }
  }
  const result = out.dns.takeResult();
  if (result === null) return null;
  phone.dns = null;
  switch (result.outcome) {
    case 'resolved': {
      const [address] = result.addresses;
      return address === undefined
        ? { cause: 'dns-name-error', server: result.server, detail: undefined }
        : { address, server: result.server };
    }
    case 'failed':
      return { cause: causeOf(result.cause), server: result.server, detail: result.detail ?? undefined };
    case 'stopped':
      return null;
    default:
      return result satisfies never;
  }
}

type DnsFailure = Extract<
  NonNullable<ReturnType<PhoneOutput['dns']['takeResult']>>,
  { outcome: 'failed' }
>['cause'];

function causeOf(cause: DnsFailure): FailureCause {
  switch (cause) {
    case 'timeout':
      return 'dns-timeout';
    case 'name-error':
      return 'dns-name-error';
    case 'server-failure':
      return 'dns-server-failure';
    default:
      return causeOfUnsendable(cause);
  }
}

function leasedServers(phone: Phone, port: number): HostPort[] {
  return (phone.lease?.dnsServers ?? []).map((host) => ({ host, port }));
}
