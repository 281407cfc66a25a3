/**
 * Step 5 of Table 2-4: which TFTP servers to ask. Set on the phone they win over DHCP; of a lease, option 150
 * (RFC 5859, Cisco's list of addresses) wins over option 66 (RFC 2132 section 9.4, a name or an address), which
 * wins over the next server (siaddr). Cisco phones use two servers at most.
 */
import type { MachineEvent } from '../protocols/effects.ts';
import { askResolver, knownAddress, onResolverEvent, type Resolution } from './name-resolution.ts';
import { beginStage, failStage, type Phone, type PhoneOutput, passStage } from './phone.ts';
import type { StepOutcome } from './step-outcome.ts';

const MOST_SERVERS = 2;

export function beginTftpServer(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  const { skip, tftpServers, tftpPort } = phone.environment.settings;
  phone.tftpServer = 0;
  if (skip.ctl && skip.config) return 'passed';
  beginStage(phone, 'tftpServer', now, out);
  if (tftpServers) {
    phone.tftpServers = tftpServers.slice(0, MOST_SERVERS);
    return resolveFirst(phone, now, out);
  }
  const { lease } = phone;
  const option150 = lease?.tftp150 ?? [];
  const named = option150.length > 0 ? option150 : [lease?.tftp66 ?? lease?.siaddr].filter(isPresent);
  phone.tftpServers = named.slice(0, MOST_SERVERS).map((host) => ({ host, port: tftpPort }));
  return resolveFirst(phone, now, out);
}

export function onTftpServerDns(phone: Phone, event: MachineEvent, out: PhoneOutput): StepOutcome {
  const resolution = onResolverEvent(phone, event, out);
  return resolution === null ? 'pending' : onResolution(phone, resolution, event.now, out);
}

/** Turns the first server that is still a name into an address; passes when none is left. */
function resolveFirst(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  for (const { host } of phone.tftpServers) {
    const known = knownAddress(phone, host);
    if (known === host) continue;
    const resolution = known === null ? askResolver(phone, host, now, out) : { address: known, server: null };
    return resolution === null ? 'pending' : onResolution(phone, resolution, now, out);
  }
  if (phone.tftpServers.length === 0) {
    failStage(phone, 'no-tftp-server', null, undefined, now, out);
    return 'failed';
  }
  passStage(phone, null, now, out);
  return 'passed';
}

function onResolution(phone: Phone, resolution: Resolution, now: number, out: PhoneOutput): StepOutcome {
  const at = phone.tftpServers.findIndex(({ host }) => knownAddress(phone, host) !== host);
  if ('address' in resolution) {
    phone.tftpServers = phone.tftpServers.map((server, index) =>
      index === at ? { ...server, host: resolution.address } : server,
    );
    return resolveFirst(phone, now, out);
  }
  phone.tftpServers = phone.tftpServers.filter((_, index) => index !== at);
  if (phone.tftpServers.length > 0) return resolveFirst(phone, now, out);
  failStage(phone, resolution.cause, resolution.server, resolution.detail, now, out);
  return 'failed';
}

function isPresent(text: string | null | undefined): text is string {
  return text !== null && text !== undefined && text !== '' && text !== '0.0.0.0';
}
