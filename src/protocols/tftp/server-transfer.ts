/**
 * The server's side of one file that is read (RFC 1350; options RFC 2347 to 2349). The RRQ has already arrived on the
 * server's port; this machine answers it from a port of its own.
 *
 *   state        event                        what happens                                    next
 *   -----------  ---------------------------  ----------------------------------------------  -----------
 *   idle         start, mode is not octet     ERROR 0, failed: error                          ended
 *   idle         start, options agreed on     bind a fresh port, OACK                         negotiating
 *   idle         start, no options            bind a fresh port, DATA 1                       sending
 *   negotiating  ACK 0                        DATA 1                                          sending
 *   sending      ACK of the block under way   next DATA; after the last one: sent             sending, ended
 *   sending      any other ACK                nothing: never a second DATA for a second ACK   sending
 *                                             (RFC 1123 section 4.2.3.1)
 *   either       no answer for timeoutMs      last packet again, blockAttempts in all         same
 *   either       attempts used up             failed: timeout                                 ended
 *   either       ERROR                        failed: error                                   ended
 *   either       anything else from the peer  ERROR 4, failed: malformed                      ended
 *   either       from another port            ERROR 5 to that port (not to an ERROR)          same
 *   either       from another address         nothing (counted)                               same
 *   either       stop                         ERROR 0, stopped                                ended
 *
 * A file whose size is a multiple of the block size ends with an empty block. Block numbers go from 65535 to 0.
 */
import type { CloseCause, DatagramEvent, Effects, MachineEvent } from '../effects.ts';
import { DecodeError } from '../../wire/decode-error.ts';
import { agreeOnOptions, type AgreedOptions } from './options.ts';
import {
  blockOf,
  decodePacket,
  encodeData,
  encodeError,
  encodePacket,
  OPCODES,
  opcodeOf,
  TFTP_ERROR,
  type RequestPacket,
} from './packet.ts';

export interface ServerTransferConfig {
  readonly content: Uint8Array;
  /** The RRQ that is answered. */
  readonly request: RequestPacket;
  /** Where the RRQ came from: the phone's address and TID. */
  readonly host: string;
  readonly port: number;
  readonly settings: ServerTransferSettings;
}

export interface ServerTransferSettings {
  /** Wait for an acknowledgement, unless the request has a `timeout` option. tftpd-hpa begins with 1000. */
  readonly timeoutMs: number;
  /** Times that one block is sent, the first included. */
  readonly blockAttempts: number;
}

export type ServerTransferTimer = 'answer';

export type ServerTransferNotice =
  | { readonly type: 'retransmitted' }
  | { readonly type: 'ignored'; readonly reason: 'foreign-address' | 'wrong-tid' | 'old-ack' };

export type ServerTransferResult =
  | { readonly outcome: 'sent'; readonly bytes: number }
  | {
      readonly outcome: 'failed';
      readonly cause: 'timeout' | 'error' | 'malformed' | CloseCause;
      /** The code and text of the peer's ERROR packet, or what was wrong. */
      readonly code?: number;
      readonly message?: string;
    }
  | { readonly outcome: 'stopped' };

/** The machine's record. Read it freely; only `stepServerTransfer` writes it. */
export interface ServerTransfer {
  state: 'idle' | 'negotiating' | 'sending' | 'ended';
  readonly config: ServerTransferConfig;
  readonly options: AgreedOptions;
  /** Which block is under way, counted from 1 without wrapping; 0 while the OACK is. */
  block: number;
  /** Times that the last packet has been sent. */
  attempts: number;
  lastSentAt: number;
}

export type ServerTransferEffects = Effects<ServerTransferTimer, ServerTransferNotice, ServerTransferResult>;

const STOPPED_FRAME = encodeError(TFTP_ERROR.notDefined, 'server is stopping');
const MODE_FRAME = encodeError(TFTP_ERROR.notDefined, 'only mode octet is served');
const ILLEGAL_FRAME = encodeError(TFTP_ERROR.illegalOperation, 'illegal TFTP operation');
const WRONG_TID_FRAME = encodeError(TFTP_ERROR.unknownTransferId, 'unknown transfer ID');

export function createServerTransfer(config: ServerTransferConfig): ServerTransfer {
  const options = agreeOnOptions(config.request.options, config.content.length);
  return { state: 'idle', config, options, block: 0, attempts: 0, lastSentAt: 0 };
}

export function stepServerTransfer(
  machine: ServerTransfer,
  event: MachineEvent<ServerTransferTimer>,
  out: ServerTransferEffects,
): void {
  switch (machine.state) {
    case 'idle':
      if (event.type === 'start') return begin(machine, event.now, out);
      if (event.type === 'stop') return end(machine, { outcome: 'stopped' }, out);
      return;
    case 'negotiating':
    case 'sending':
      return underWay(machine, event, out);
    case 'ended':
      return;
    default:
      machine.state satisfies never;
  }
}

function begin(machine: ServerTransfer, now: number, out: ServerTransferEffects): void {
  const { host, port, request } = machine.config;
  const negotiates = machine.options.acknowledged.length > 0;
  machine.state = negotiates ? 'negotiating' : 'sending';
  machine.block = negotiates ? 0 : 1;
  out.bind();
  if (request.mode !== 'octet') {
    out.sendTo(host, port, MODE_FRAME);
    return end(machine, { outcome: 'failed', cause: 'error', message: `mode ${request.mode}` }, out);
  }
  sendLastPacket(machine, now, out);
  out.setTimer('answer', timeoutMs(machine));
}

function underWay(
  machine: ServerTransfer,
  event: MachineEvent<ServerTransferTimer>,
  out: ServerTransferEffects,
): void {
  switch (event.type) {
    case 'datagram':
      return onDatagram(machine, event, out);
    case 'timer':
      return onTimer(machine, event.now, out);
    case 'unsendable':
      return end(machine, { outcome: 'failed', cause: event.cause }, out);
    case 'stop':
      out.sendTo(machine.config.host, machine.config.port, STOPPED_FRAME);
      return end(machine, { outcome: 'stopped' }, out);
    default: // the events of streams do not happen on a UDP port
      return;
  }
}

function onDatagram(machine: ServerTransfer, event: DatagramEvent, out: ServerTransferEffects): void {
  const { host, port } = machine.config;
  const opcode = opcodeOf(event.bytes);
  if (event.address !== host) return out.notice({ type: 'ignored', reason: 'foreign-address' });
  if (event.port !== port) {
    if (opcode !== OPCODES.ERROR) out.sendTo(event.address, event.port, WRONG_TID_FRAME);
    return out.notice({ type: 'ignored', reason: 'wrong-tid' });
  }
  const block = opcode === OPCODES.ACK ? blockOf(event.bytes) : -1;
  if (block >= 0) return onAck(machine, block, event.now, out);
  onOtherPacket(machine, event, out);
}

function onAck(machine: ServerTransfer, block: number, now: number, out: ServerTransferEffects): void {
  if (block !== (machine.block & 0xffff)) return out.notice({ type: 'ignored', reason: 'old-ack' });
  const { content } = machine.config;
  if (machine.state === 'sending' && machine.block * machine.options.blockSize > content.length) {
    return end(machine, { outcome: 'sent', bytes: content.length }, out);
  }
  machine.state = 'sending';
  machine.block++;
  machine.attempts = 0;
  sendLastPacket(machine, now, out);
}

function onOtherPacket(machine: ServerTransfer, event: DatagramEvent, out: ServerTransferEffects): void {
  let message: string;
  try {
    const packet = decodePacket(event.bytes);
    if (packet.type === 'ERROR') {
      return end(
        machine,
        { outcome: 'failed', cause: 'error', code: packet.code, message: packet.message },
        out,
      );
    }
    message = `${packet.type} from the reader`;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    message = error.message;
  }
  out.sendTo(event.address, event.port, ILLEGAL_FRAME);
  end(machine, { outcome: 'failed', cause: 'malformed', message }, out);
}

/** As in the read transfer, the timer is not moved by each block but set again for the rest when it fires. */
function onTimer(machine: ServerTransfer, now: number, out: ServerTransferEffects): void {
  const rest = machine.lastSentAt + timeoutMs(machine) - now;
  if (rest >= 1) return out.setTimer('answer', rest);
  if (machine.attempts >= machine.config.settings.blockAttempts) {
    return end(machine, { outcome: 'failed', cause: 'timeout' }, out);
  }
  sendLastPacket(machine, now, out);
  out.setTimer('answer', timeoutMs(machine));
  out.notice({ type: 'retransmitted' });
}

/** The OACK while it is under way, afterwards the newest block. */
function sendLastPacket(machine: ServerTransfer, now: number, out: ServerTransferEffects): void {
  const { host, port, content } = machine.config;
  const { blockSize, acknowledged } = machine.options;
  machine.attempts++;
  machine.lastSentAt = now;
  if (machine.state === 'negotiating') {
    return out.sendTo(host, port, encodePacket({ type: 'OACK', options: acknowledged }));
  }
  const start = (machine.block - 1) * blockSize;
  out.sendTo(host, port, encodeData(machine.block, content.subarray(start, start + blockSize)));
}

function timeoutMs(machine: ServerTransfer): number {
  return machine.options.timeoutMs ?? machine.config.settings.timeoutMs;
}

function end(machine: ServerTransfer, result: ServerTransferResult, out: ServerTransferEffects): void {
  const begun = machine.state !== 'idle';
  machine.state = 'ended';
  if (begun) {
    out.clearTimer('answer');
    out.close();
  }
  out.done(result);
}
