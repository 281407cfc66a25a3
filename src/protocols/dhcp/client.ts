/**
 * A DHCP client that speaks through a relay: RFC 2131, section 4.4, figure 5. Everything goes to one server, with
 * giaddr set (see relay.ts); where the figure broadcasts, the relay passes on.
 *
 *    --------                               -------
 *   |        | +-------------------------->|       |<-------------------+
 *   | INIT-  | |     +-------------------->| INIT  |                    |
 *   | REBOOT |DHCPNAK/         +---------->|       |<---+               |
 *   |        |Restart|         |            -------     |               |
 *    --------  |  DHCPNAK/     |               |                        |
 *       |      Discard offer   |      -/Send DHCPDISCOVER               |
 *   -/Send DHCPREQUEST         |               |                        |
 *       |      |     |      DHCPACK            v        |               |
 *    -----------     |   (not accept.)/   -----------   |               |
 *   |           |    |  Send DHCPDECLINE |           |                  |
 *   | REBOOTING |    |         |         | SELECTING |<----+            |
 *   |           |    |        /          |           |     |DHCPOFFER/  |
 *    -----------     |       /            -----------   |  |Collect     |
 *       |            |      /                  |   |       |  replies   |
 *   DHCPACK/         |     /  +----------------+   +-------+            |
 *   Record lease, set|    |   v   Select offer/                         |
 *   timers T1, T2   ------------  send DHCPREQUEST      |               |
 *       |   +----->|            |             DHCPNAK, Lease expired/   |
 *       |   |      | REQUESTING |                  Halt network         |
 *   DHCPOFFER/     |            |                       |               |
 *   Discard         ------------                        |               |
 *       |   |        |        |                   -----------           |
 *       |   +--------+     DHCPACK/              |           |          |
 *       |              Record lease, set    -----| REBINDING |          |
 *       |                timers T1, T2     /     |           |          |
 *       |                     |        DHCPACK/   -----------           |
 *       |                     v     Record lease, set   ^               |
 *       +----------------> -------      /timers T1,T2   |               |
 *                  +----->|       |<---+                |               |
 *                  |      | BOUND |<---+                |               |
 *     DHCPOFFER, DHCPACK, |       |    |            T2 expires/   DHCPNAK/
 *     DHCPNAK/Discard      -------     |             Broadcast  Halt network
 *                  |       | |         |            DHCPREQUEST         |
 *                  +-------+ |        DHCPACK/          |               |
 *                       T1 expires/   Record lease, set |               |
 *                    Send DHCPREQUEST timers T1, T2     |               |
 *                    to leasing server |                |               |
 *                            |   ----------             |               |
 *                            |  |          |------------+               |
 *                            +->| RENEWING |                            |
 *                               |          |----------------------------+
 *                                ----------
 *
 * Beyond the figure:
 *
 * - The first OFFER is taken; there is no probe for the address, hence no DHCPDECLINE.
 * - No answer: the same message again after 4, 8, 16, 32 s, each +-1 s (section 4.1), same xid. After the last wait
 *   (64 s) the phone shows "DHCP timeout" (`timedOut`) and begins again with DISCOVER: a phone never gives up.
 * - REBOOTING without an answer after two tries: DISCOVER (section 3.2 leaves it to the client).
 * - RENEWING and REBINDING ask again after half of the time that is left, at least 60 s (section 4.4.5). A REQUEST
 *   that could not be sent is one without an answer; without a lease it ends the client.
 * - After a second DHCPNAK in a row the next DISCOVER waits as a retransmission would, so that a broken server does
 *   not make a phone spin. The RFC has no figure; this is our inference.
 * - `stop` in BOUND, RENEWING, REBINDING: DHCPRELEASE if the settings ask for it.
 */
import type { DatagramEvent, MachineEvent } from '../effects.ts';
import type { DhcpClient, DhcpEffects, DhcpNotice, DhcpResult, DhcpTimer } from './client-record.ts';
import { beginTransaction, ignore, replyIn, secsAt, send, sendAgain, waitForAnswer } from './exchange.ts';
import { INFINITE_LEASE, type Lease, leaseFrom } from './lease.ts';
import { type DhcpMessage, MESSAGE_TYPES, NO_ADDRESS } from './message.ts';
import { discoverFrame, rebootFrame, releaseFrame, renewFrame, selectingFrame } from './phone-frames.ts';

export * from './client-record.ts';

type DhcpEvent = MachineEvent<DhcpTimer>;

const REBOOT_TRIES = 2;
const MIN_RENEW_WAIT_MS = 60_000;
/** The longest delay of a timer in Node: a longer wait is made of several. */
const MAX_WAIT_MS = 0x7fff_ffff;
const MAX_NAK_TEXT = 200;

const RETRANSMITTED: DhcpNotice = { type: 'retransmitted' };
const TIMED_OUT: DhcpNotice = { type: 'timedOut' };
const LEASE_LOST: DhcpNotice = { type: 'leaseLost' };

export function stepDhcpClient(machine: DhcpClient, event: DhcpEvent, out: DhcpEffects): void {
  switch (machine.state) {
    case 'init':
      return inInit(machine, event, out);
    case 'selecting':
      return inSelecting(machine, event, out);
    case 'rebooting':
    case 'requesting':
      return inRequesting(machine, event, out);
    case 'bound':
      return inBound(machine, event, out);
    case 'renewing':
    case 'rebinding':
      return inRenewing(machine, event, out);
    case 'ended':
      return;
    default:
      machine.state satisfies never;
  }
}

/** Before the start, or in the pause after a second DHCPNAK. */
function inInit(machine: DhcpClient, event: DhcpEvent, out: DhcpEffects): void {
  const { remembered, settings } = machine.config;
  switch (event.type) {
    case 'start':
      if (settings.initReboot && remembered !== null) return reboot(machine, remembered, event.now, out);
      return discover(machine, event.now, out);
    case 'timer':
      return discover(machine, event.now, out);
    default:
      return inAnyState(machine, event, out);
  }
}

function inSelecting(machine: DhcpClient, event: DhcpEvent, out: DhcpEffects): void {
  switch (event.type) {
    case 'timer':
      return tryAgain(machine, event.now, out);
    case 'datagram': {
      const reply = replyIn(machine, event, out);
      if (reply === null) return;
      if (reply.options.messageType !== MESSAGE_TYPES.DHCPOFFER) return ignore('unexpected', out);
      return select(machine, reply, event.now, out);
    }
    default:
      return inAnyState(machine, event, out);
  }
}

/** REQUESTING and REBOOTING differ in how long they try. */
function inRequesting(machine: DhcpClient, event: DhcpEvent, out: DhcpEffects): void {
  switch (event.type) {
    case 'timer':
      if (machine.state === 'rebooting' && machine.retries + 1 >= REBOOT_TRIES) {
        return discover(machine, event.now, out);
      }
      return tryAgain(machine, event.now, out);
    case 'datagram':
      return onAnswer(machine, event, out);
    default:
      return inAnyState(machine, event, out);
  }
}

function inBound(machine: DhcpClient, event: DhcpEvent, out: DhcpEffects): void {
  if (event.type !== 'timer') return inAnyState(machine, event, out);
  const { lease } = machine;
  if (lease === null) return;
  if (msUntil(machine, lease.renewSeconds, event.now) >= 1) return waitForT1(machine, lease, event.now, out);
  beginTransaction(machine, event.now);
  send(machine, renewFrame(machine.config, machine.xid, lease.address), event.now, out);
  machine.state = 'renewing';
  waitForRenewal(machine, lease.rebindSeconds, event.now, out);
}

/** RENEWING up to T2, then REBINDING up to the end of the lease: through a relay both send the same REQUEST. */
function inRenewing(machine: DhcpClient, event: DhcpEvent, out: DhcpEffects): void {
  switch (event.type) {
    case 'timer':
      return onRenewalTimer(machine, event.now, out);
    case 'datagram':
      return onAnswer(machine, event, out);
    default:
      return inAnyState(machine, event, out);
  }
}

function onRenewalTimer(machine: DhcpClient, now: number, out: DhcpEffects): void {
  const { lease } = machine;
  if (lease === null) return;
  if (msUntil(machine, lease.leaseSeconds, now) < 1) {
    loseLease(machine, out);
    return discover(machine, now, out);
  }
  const reachedT2 = machine.state === 'renewing' && msUntil(machine, lease.rebindSeconds, now) < 1;
  if (reachedT2) machine.state = 'rebinding';
  sendAgain(machine, now, out);
  if (!reachedT2) out.notice(RETRANSMITTED);
  waitForRenewal(machine, machine.state === 'renewing' ? lease.rebindSeconds : lease.leaseSeconds, now, out);
}

/** Half of the time to the deadline, at least 60 s, but not beyond it. */
function waitForRenewal(machine: DhcpClient, deadlineSeconds: number, now: number, out: DhcpEffects): void {
  const left = msUntil(machine, deadlineSeconds, now);
  out.setTimer('wait', Math.min(left, Math.max(left / 2, MIN_RENEW_WAIT_MS), MAX_WAIT_MS));
}

function waitForT1(machine: DhcpClient, lease: Lease, now: number, out: DhcpEffects): void {
  if (lease.leaseSeconds === INFINITE_LEASE) return out.clearTimer('wait');
  out.setTimer('wait', Math.min(msUntil(machine, lease.renewSeconds, now), MAX_WAIT_MS));
}

/** Time to a point that the lease counts in seconds from its REQUEST; 0 when it is past. */
function msUntil(machine: DhcpClient, leaseSeconds: number, now: number): number {
  return Math.max(0, machine.leasedAt + leaseSeconds * 1000 - now);
}

function inAnyState(machine: DhcpClient, event: DhcpEvent, out: DhcpEffects): void {
  switch (event.type) {
    case 'datagram':
      if (replyIn(machine, event, out) !== null) ignore('unexpected', out);
      return;
    case 'unsendable':
      // A lease is good without the network until it runs out: the next REQUEST is due already.
      if (machine.lease !== null) return;
      return end(machine, { outcome: 'failed', cause: event.cause }, out);
    case 'stop':
      return leave(machine, event.now, out);
    default: // the events of streams do not happen on a UDP port
      return;
  }
}

function discover(machine: DhcpClient, now: number, out: DhcpEffects): void {
  beginTransaction(machine, now);
  machine.state = 'selecting';
  send(machine, discoverFrame(machine.config, machine.xid), now, out);
  waitForAnswer(machine, out);
}

function reboot(
  machine: DhcpClient,
  remembered: { readonly address: string; readonly serverId: string },
  now: number,
  out: DhcpEffects,
): void {
  beginTransaction(machine, now);
  machine.state = 'rebooting';
  machine.address = remembered.address;
  machine.serverId = remembered.serverId;
  send(machine, rebootFrame(machine.config, machine.xid, remembered.address), now, out);
  waitForAnswer(machine, out);
}

/** The REQUEST goes on with the xid and secs of the DISCOVER (RFC 2131, sections 3.1 and 4.4.1). */
function select(machine: DhcpClient, offer: DhcpMessage, now: number, out: DhcpEffects): void {
  const { serverIdentifier } = offer.options;
  if (offer.yiaddr === NO_ADDRESS || serverIdentifier === undefined) return ignore('incomplete', out);
  const secs = secsAt(machine, machine.sentAt);
  machine.state = 'requesting';
  machine.retries = 0;
  machine.address = offer.yiaddr;
  machine.serverId = serverIdentifier;
  send(machine, selectingFrame(machine.config, machine.xid, secs, offer.yiaddr, serverIdentifier), now, out);
  waitForAnswer(machine, out);
}

/** ACK or NAK to a REQUEST of any kind. */
function onAnswer(machine: DhcpClient, event: DatagramEvent, out: DhcpEffects): void {
  const reply = replyIn(machine, event, out);
  if (reply === null) return;
  if (reply.options.messageType === MESSAGE_TYPES.DHCPACK) return onAck(machine, reply, event.now, out);
  if (reply.options.messageType === MESSAGE_TYPES.DHCPNAK) return onNak(machine, reply, event.now, out);
  ignore('unexpected', out);
}

function onAck(machine: DhcpClient, ack: DhcpMessage, now: number, out: DhcpEffects): void {
  const lease = leaseFrom(ack, machine.serverId);
  if (lease === null) return ignore('incomplete', out);
  if (lease.address !== machine.address) return ignore('wrong-address', out);
  const isRenewal = machine.lease !== null;
  machine.state = 'bound';
  machine.frame = null;
  machine.naks = 0;
  machine.serverId = lease.serverId;
  machine.lease = lease;
  machine.leasedAt = machine.sentAt;
  waitForT1(machine, lease, now, out);
  out.notice({ type: isRenewal ? 'renewed' : 'bound', lease });
}

function onNak(machine: DhcpClient, nak: DhcpMessage, now: number, out: DhcpEffects): void {
  out.notice({ type: 'nak', message: nak.options.message?.slice(0, MAX_NAK_TEXT) ?? null });
  if (machine.lease !== null) loseLease(machine, out);
  machine.naks++;
  if (machine.naks === 1) return discover(machine, now, out);
  machine.state = 'init';
  machine.frame = null;
  machine.retries = machine.naks - 2;
  waitForAnswer(machine, out);
}

function loseLease(machine: DhcpClient, out: DhcpEffects): void {
  machine.lease = null;
  out.notice(LEASE_LOST);
}

/** No answer: the same message again, or from the beginning when the table of waits is used up. */
function tryAgain(machine: DhcpClient, now: number, out: DhcpEffects): void {
  if (machine.retries + 1 >= machine.config.settings.backoffSeconds.length) {
    out.notice(TIMED_OUT);
    return discover(machine, now, out);
  }
  machine.retries++;
  sendAgain(machine, now, out);
  out.notice(RETRANSMITTED);
  waitForAnswer(machine, out);
}

/** Power is not lost but the run ends: give the lease back if that is wanted. */
function leave(machine: DhcpClient, now: number, out: DhcpEffects): void {
  const { config, lease } = machine;
  if (lease === null || !config.settings.release) return end(machine, { outcome: 'stopped' }, out);
  beginTransaction(machine, now);
  send(machine, releaseFrame(config, machine.xid, lease.address, lease.serverId), now, out);
  end(machine, { outcome: 'released' }, out);
}

/** The relay endpoint is everybody's: closing it gives up this phone's share of it. */
function end(machine: DhcpClient, result: DhcpResult, out: DhcpEffects): void {
  machine.state = 'ended';
  machine.frame = null;
  out.clearTimer('wait');
  out.close();
  out.done(result);
}
