/**
 * Step 4 of Table 2-4: obtain an IP address, from DHCP (RFC 2131) or set on the phone. The DHCP client lives on
 * after the lease is bound, to renew it and to give it back.
 */
import { createDhcpClient, type DhcpNotice, stepDhcpClient } from '../protocols/dhcp/client.ts';
import type { MachineEvent } from '../protocols/effects.ts';
import { LAST_OUT_OF_SERVICE } from '../protocols/sccp/greeting.ts';
import { PHONE_MODELS } from './models.ts';
import {
  beginStage,
  failStage,
  hostPortText,
  noteSent,
  type Phone,
  type PhoneOutput,
  passStage,
} from './phone.ts';
import type { StepOutcome } from './step-outcome.ts';
import { causeOfUnsendable } from './close-causes.ts';

export function beginAddress(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  const { settings, relayAddress } = phone.environment;
  phone.lease = null;
  if (settings.dhcp === null || relayAddress === null) return 'passed';
  beginStage(phone, 'dhcp', now, out);
  phone.dhcp = createDhcpClient({
    mac: phone.identity.mac,
    hostName: phone.name,
    vendorClass: PHONE_MODELS[phone.identity.model].vendorClass,
    phoneIndex: phone.identity.index,
    seed: settings.seed,
    settings: settings.dhcp,
    relayAddress,
    remembered: phone.flash.lease,
    firstTransaction: phone.dhcp?.transactions ?? phone.transactions,
  });
  return onDhcpEvent(phone, { type: 'start', now }, out);
}

/** `passed` when the lease is bound, `lost` when it ran out, `failed` when nothing can be sent. */
export function onDhcpEvent(phone: Phone, event: MachineEvent, out: PhoneOutput): StepOutcome {
  if (!phone.dhcp) return 'pending';
  stepDhcpClient(phone.dhcp, out.dhcp.own(event), out.dhcp);
  noteSent(phone, out.dhcp.takeSent(), event.now, out);
  let outcome: StepOutcome = 'pending';
  for (const notice of out.dhcp.takeNotices()) {
    const next = onNotice(phone, notice, event.now, out);
    if (next !== 'pending') outcome = next;
  }
  const result = out.dhcp.takeResult();
  if (result === null) return outcome;
  phone.transactions = phone.dhcp.transactions;
  phone.dhcp = null;
  if (result.outcome !== 'failed') return 'left';
  failStage(phone, causeOfUnsendable(result.cause), dhcpServer(phone), undefined, event.now, out);
  return 'failed';
}

function onNotice(phone: Phone, notice: DhcpNotice, now: number, out: PhoneOutput): StepOutcome {
  switch (notice.type) {
    case 'bound':
      phone.lease = notice.lease;
      phone.flash.lease = notice.lease;
      passStage(phone, dhcpServer(phone), now, out);
      return phone.state === 'dhcp' ? 'passed' : 'pending';
    case 'retransmitted':
      out.effects.emit({ type: 'retransmitted', protocol: 'dhcp', now });
      return 'pending';
    case 'timedOut':
      return retry(phone, 'dhcp-timeout', undefined, now, out);
    case 'nak':
      return retry(phone, 'dhcp-nak', notice.message ?? undefined, now, out);
    case 'leaseLost':
      return leaseLost(phone, now, out);
    case 'renewed':
      phone.lease = notice.lease;
      phone.flash.lease = notice.lease;
      return 'pending';
    case 'ignored':
      return 'pending';
    default:
      return notice satisfies never;
  }
}

/** The client goes on by itself with a new DISCOVER: one try of the stage failed, the next begins. */
function retry(
  phone: Phone,
  cause: 'dhcp-timeout' | 'dhcp-nak',
  detail: string | undefined,
  now: number,
  out: PhoneOutput,
): StepOutcome {
  if (phone.state !== 'dhcp') return 'pending';
  failStage(phone, cause, dhcpServer(phone), detail, now, out);
  const { maxBootAttempts } = phone.environment.settings;
  if (maxBootAttempts !== null && phone.boots >= maxBootAttempts) return 'failed';
  phone.boots++;
  beginStage(phone, 'dhcp', now, out);
  return 'pending';
}

function leaseLost(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  phone.lease = null;
  phone.flash.lease = null;
  // A phone that is taking its leave goes on with that: it wants no other address.
  if (phone.state === 'stopping') return 'pending';
  phone.reason = LAST_OUT_OF_SERVICE.addressLost;
  const failure = { stage: 'dhcp', cause: 'lease-lost', server: dhcpServer(phone) } as const;
  phone.lastFailure = failure;
  if (phone.registered) {
    out.effects.emit({ type: 'serviceLost', now, failure, wasReady: phone.state === 'inService' });
  } else if (phone.stage !== null) {
    failStage(phone, 'lease-lost', failure.server, undefined, now, out);
  }
  return 'lost';
}

/** Gives the lease back; `left` when there is none or when the client has nothing more to say. */
export function releaseAddress(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  if (!phone.dhcp) return 'left';
  return onDhcpEvent(phone, { type: 'stop', now }, out);
}

function dhcpServer(phone: Phone): string | null {
  const { dhcp } = phone.environment.settings;
  return dhcp ? hostPortText(dhcp.server) : null;
}
