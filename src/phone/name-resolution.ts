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

/** Two questions at a time: one of the boot or of a standby connection, and one on behalf of TVS. */
export type Resolver = 'dns' | 'tvsDns';

/** Asks the DNS servers of the scenario or of the lease. The answer comes through `onResolverEvent`. */
export function askResolver(
  phone: Phone,
  name: string,
  now: number,
  out: PhoneOutput,
  resolver: Resolver = 'dns',
): Resolution | null {
  const { dns, seed } = phone.environment.settings;
  const servers = dns.servers ?? leasedServers(phone, dns.port);
  if (servers.length === 0) {
    return { cause: 'dns-timeout', server: null, detail: `no DNS server is known for the name ${name}` };
  }
  phone[resolver] = createDnsClient({
    name,
    servers,
    timeoutMs: dns.timeoutMs,
    attempts: dns.attempts,
    seed,
    phoneIndex: phone.identity.index,
    queryNumber: phone.dnsQueries++,
  });
  return onResolverEvent(phone, { type: 'start', now }, out, resolver);
}

/** Feeds the query under way; null while it goes on. */
export function onResolverEvent(
  phone: Phone,
  event: MachineEvent,
  out: PhoneOutput,
  resolver: Resolver = 'dns',
): Resolution | null {
  const client = phone[resolver];
  const scope = out[resolver];
  if (!client) return null;
  stepDnsClient(client, scope.own(event), scope);
  noteSent(phone, scope.takeSent(), event.now, out);
  for (const notice of scope.takeNotices()) {
    if (notice.type === 'retransmitted') {
      out.effects.emit({ type: 'retransmitted', protocol: 'dns', now: event.now });
    }
  }
  const result = scope.takeResult();
  if (result === null) return null;
  phone[resolver] = null;
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
