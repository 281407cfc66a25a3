import { type DhcpMessage, NO_ADDRESS } from './message.ts';

/** What a phone takes from a DHCPACK. Lists are empty and texts null where the server said nothing. */
export interface Lease {
  readonly address: string;
  readonly mask: string | null;
  readonly routers: readonly string[];
  readonly dnsServers: readonly string[];
  readonly domain: string | null;
  /** `INFINITE_LEASE` is for ever. */
  readonly leaseSeconds: number;
  /** T1 of RFC 2131, section 4.4.5: when to ask the same server again. */
  readonly renewSeconds: number;
  /** T2: when to ask any server. */
  readonly rebindSeconds: number;
  readonly serverId: string;
  /** Option 150, TFTP servers by address; phones use the first two. */
  readonly tftp150: readonly string[];
  /** Option 66, one TFTP server by name or dotted address. */
  readonly tftp66: string | null;
  readonly siaddr: string | null;
  readonly sname: string | null;
}

/** RFC 2131, section 3.3. */
export const INFINITE_LEASE = 0xffff_ffff;

/**
 * The lease in a DHCPACK, or null when there is none in it: no address, no lease time, or no server identifier (all
 * three are musts of RFC 2131, section 4.3.1, table 3; a missing identifier is taken from `knownServerId`).
 */
export function leaseFrom(ack: DhcpMessage, knownServerId: string | null): Lease | null {
  const { options } = ack;
  const serverId = options.serverIdentifier ?? knownServerId;
  const leaseSeconds = options.leaseTime ?? 0;
  if (ack.yiaddr === NO_ADDRESS || leaseSeconds === 0 || serverId === null) return null;
  return {
    address: ack.yiaddr,
    mask: options.subnetMask ?? null,
    routers: options.routers ?? [],
    dnsServers: options.domainNameServers ?? [],
    domain: options.domainName ?? null,
    leaseSeconds,
    ...timesOf(leaseSeconds, options.renewalTime, options.rebindingTime),
    serverId,
    tftp150: options.tftpServers ?? [],
    tftp66: options.tftpServerName ?? null,
    siaddr: ack.siaddr === NO_ADDRESS ? null : ack.siaddr,
    sname: ack.sname === '' ? null : ack.sname,
  };
}

/**
 * T1 and T2: the server's where T1 < T2 < lease, otherwise a half and seven eighths of the lease (RFC 2131, section
 * 4.4.5). The fuzz that the RFC suggests is left to the server.
 */
function timesOf(lease: number, t1: number | undefined, t2: number | undefined) {
  const rebindSeconds = t2 !== undefined && t2 > 0 && t2 < lease ? t2 : lease * 0.875;
  const renewSeconds =
    t1 !== undefined && t1 > 0 && t1 < rebindSeconds ? t1 : Math.min(lease * 0.5, rebindSeconds);
  return { renewSeconds, rebindSeconds };
}
