/**
 * One exchange with the server: begin it, send, send again, wait, and recognise the answer. Which message is sent
 * and what an answer means is decided in client.ts.
 */
import { uniform01 } from '../../random/counter-random.ts';
import { DecodeError } from '../../wire/decode-error.ts';
import type { DatagramEvent } from '../effects.ts';
import type { DhcpClient, DhcpEffects, DhcpIgnoredReason, DhcpNotice } from './client-record.ts';
import { BOOTREPLY, decodeDhcp, type DhcpMessage } from './message.ts';
import { withSecs } from './phone-frames.ts';
import { transactionId } from './transaction-id.ts';

/** A jitter larger than the wait must not make a client spin. */
const MIN_WAIT_MS = 10;

const IGNORED: Readonly<Record<DhcpIgnoredReason, DhcpNotice>> = {
  malformed: { type: 'ignored', reason: 'malformed' },
  'not-a-reply': { type: 'ignored', reason: 'not-a-reply' },
  'wrong-xid': { type: 'ignored', reason: 'wrong-xid' },
  'wrong-chaddr': { type: 'ignored', reason: 'wrong-chaddr' },
  unexpected: { type: 'ignored', reason: 'unexpected' },
  'wrong-address': { type: 'ignored', reason: 'wrong-address' },
  incomplete: { type: 'ignored', reason: 'incomplete' },
};

/** Set the timer for the answer to what was just sent, from the table of waits. */
export function waitForAnswer(machine: DhcpClient, out: DhcpEffects): void {
  const { seed, phoneIndex, settings } = machine.config;
  const { backoffSeconds, jitterSeconds } = settings;
  const seconds = backoffSeconds[Math.min(machine.retries, backoffSeconds.length - 1)] ?? 0;
  const spread = 2 * uniform01(seed, phoneIndex, 'dhcp-jitter', machine.waits++) - 1;
  out.setTimer('wait', Math.max(MIN_WAIT_MS, (seconds + spread * jitterSeconds) * 1000));
}

/** A new xid; `secs` counts from now. */
export function beginTransaction(machine: DhcpClient, now: number): void {
  const { seed, phoneIndex } = machine.config;
  machine.xid = transactionId(seed, phoneIndex, machine.transactions);
  machine.transactions++;
  machine.startedAt = now;
  machine.retries = 0;
}

export function send(machine: DhcpClient, frame: Buffer, now: number, out: DhcpEffects): void {
  const { host, port } = machine.config.settings.server;
  machine.frame = frame;
  machine.sentAt = now;
  out.sendTo(host, port, frame);
}

/** `secs` advances, except in a REQUEST that takes an offer: there it stays that of the DISCOVER. */
export function sendAgain(machine: DhcpClient, now: number, out: DhcpEffects): void {
  const { frame } = machine;
  if (frame === null) return;
  send(machine, machine.state === 'requesting' ? frame : withSecs(frame, secsAt(machine, now)), now, out);
}

export function secsAt(machine: DhcpClient, now: number): number {
  return Math.min(0xffff, Math.floor((now - machine.startedAt) / 1000));
}

/** The message in a datagram that answers our transaction, or null: then the reason is noticed. */
export function replyIn(machine: DhcpClient, event: DatagramEvent, out: DhcpEffects): DhcpMessage | null {
  let message: DhcpMessage;
  try {
    message = decodeDhcp(event.bytes);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    ignore('malformed', out);
    return null;
  }
  const reason = strangerReason(machine, message);
  if (reason === null) return message;
  ignore(reason, out);
  return null;
}

function strangerReason(machine: DhcpClient, message: DhcpMessage): DhcpIgnoredReason | null {
  if (message.op !== BOOTREPLY) return 'not-a-reply';
  if (message.xid !== machine.xid) return 'wrong-xid';
  if (message.chaddr !== machine.config.mac) return 'wrong-chaddr';
  return null;
}

export function ignore(reason: DhcpIgnoredReason, out: DhcpEffects): void {
  out.notice(IGNORED[reason]);
}
