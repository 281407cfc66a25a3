import { DecodeError } from '../../wire/decode-error.ts';
import { frameId, HEADER_BYTES } from './header.ts';
import {
  DEFAULT_STANDBY_KEEP_ALIVE_MS,
  type KeepAlive,
  keepAliveAnswered,
  keepAliveDelayMs,
  keepAliveEvery,
  keepAliveMs,
} from './keep-alive.ts';
import { beginLineSetup, receiveAnswer } from './line-setup.ts';
import { minPayloadBytes } from './message-table.ts';
import { capabilitiesReq } from './messages/capabilities.ts';
import { keepAliveAck, keepAliveReq } from './messages/keep-alive.ts';
import { registerAck, registerReject } from './messages/register.ts';
import { RESET_TYPE, reset, unregisterAck } from './messages/session-end.ts';
import { phoneFrames } from './phone-frames.ts';
import type { RegistrationEffects, ResetType } from './registration-contract.ts';
import { end, endLeaving, fail, leave, receiveUnregisterAck } from './registration-ending.ts';
import { PHASE_OF_STATE, type Registration } from './registration-record.ts';

/* What a server's messages do to a registration. */

/** Cuts the bytes into frames; bytes that are not SCCP end the session. */
export function receive(
  machine: Registration,
  bytes: Uint8Array,
  now: number,
  out: RegistrationEffects,
): void {
  const { framer } = machine;
  try {
    framer.push(bytes);
    for (let frame = framer.next(); frame !== null; frame = framer.next()) {
      receiveFrame(machine, frame, now, out);
      if (machine.state === 'ended') return;
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    if (machine.state === 'unregistering') return endLeaving(machine, false, out);
    fail(machine, 'malformed', out, { detail: error.message });
  }
}

/** The messages that mean something to a phone, whatever it is doing; all others are read over. */
function receiveFrame(machine: Registration, frame: Uint8Array, now: number, out: RegistrationEffects): void {
  const id = frameId(frame);
  const needed = minPayloadBytes(id);
  if (frame.length - HEADER_BYTES < needed) {
    const name = `sccp/0x${id.toString(16).padStart(4, '0')}`;
    throw new DecodeError(name, HEADER_BYTES, `need ${needed} bytes, have ${frame.length - HEADER_BYTES}`);
  }
  switch (id) {
    case keepAliveReq.id:
      out.send(machine.frames.keepAliveAck);
      return;
    case keepAliveAck.id:
      return receiveKeepAliveAck(machine, now, out);
    case registerAck.id:
      return receiveRegisterAck(machine, frame, out);
    case registerReject.id:
      if (machine.state === 'unregistering') return endLeaving(machine, false, out);
      return fail(machine, 'rejected', out, { detail: registerReject.decodeFrame(frame).text });
    case capabilitiesReq.id:
      return receiveCapabilitiesReq(machine, out);
    case reset.id:
      return receiveReset(machine, reset.decodeFrame(frame).resetType, out);
    case unregisterAck.id:
      return receiveUnregisterAck(machine, unregisterAck.decodeFrame(frame).status, out);
    default:
      if (machine.state === 'settingUp') continueSetup(machine, id, frame, out);
  }
}

function receiveRegisterAck(machine: Registration, frame: Uint8Array, out: RegistrationEffects): void {
  if (machine.state !== 'registering') return;
  const { settings } = machine.config;
  const ack = registerAck.decodeFrame(frame);
  // chan_skinny writes 0x30: the server's word counts only where it is the lower one. CallManager 2.x has none.
  const version = Math.min(settings.protocolVersion, ack.maxProtocolVer ?? VERSION_OF_SHORT_ACK);
  machine.frames = phoneFrames(version);
  machine.keepAlive = keepAliveEvery(ack.keepAliveInterval, settings.keepAliveLoss);
  machine.state = 'registered';
  out.clearTimer('register');
  out.notice({
    type: 'registered',
    keepAliveMs: machine.keepAlive.intervalMs,
    standbyKeepAliveMs: keepAliveMs(ack.secondaryKeepAliveInterval ?? 0, DEFAULT_STANDBY_KEEP_ALIVE_MS),
    version,
  });
  armKeepAlive(machine, machine.keepAlive, out);
  if (machine.capabilitiesAsked) return beginSetup(machine, true, out);
  out.setTimer('answer', settings.answerTimeoutMs / CAPABILITIES_WAIT_PART);
}

/** RegisterAck of 12 bytes comes from CallManager 2.x, which speaks version 3 at most. */
const VERSION_OF_SHORT_ACK = 3;

/** CapabilitiesReq follows RegisterAck at once; after this part of `answerTimeoutMs` the phone goes on. Our inference. */
const CAPABILITIES_WAIT_PART = 4;

function receiveCapabilitiesReq(machine: Registration, out: RegistrationEffects): void {
  switch (machine.state) {
    case 'registering':
      machine.capabilitiesAsked = true;
      return;
    case 'registered':
      return beginSetup(machine, true, out);
    case 'settingUp':
    case 'inService':
      out.send(machine.frames.capabilities);
      return;
    default:
  }
}

export function beginSetup(
  machine: Registration,
  capabilitiesAsked: boolean,
  out: RegistrationEffects,
): void {
  machine.state = 'settingUp';
  machine.setup = beginLineSetup(machine.frames, capabilitiesAsked, out);
  out.setTimer('answer', machine.config.settings.answerTimeoutMs);
}

function continueSetup(machine: Registration, id: number, frame: Uint8Array, out: RegistrationEffects): void {
  if (machine.setup === null) return;
  const progress = receiveAnswer(machine.setup, id, frame, machine.frames, out);
  if (progress === 'asked') out.setTimer('answer', machine.config.settings.answerTimeoutMs);
  if (progress !== 'ready') return;
  machine.setup = null;
  machine.state = 'inService';
  out.clearTimer('answer');
  out.notice({ type: 'ready' });
}

export function armKeepAlive(machine: Registration, keepAlive: KeepAlive, out: RegistrationEffects): void {
  const { settings, phoneIndex } = machine.config;
  out.setTimer('keepAlive', keepAliveDelayMs(keepAlive, settings.seed, phoneIndex));
}

function receiveKeepAliveAck(machine: Registration, now: number, out: RegistrationEffects): void {
  if (machine.keepAlive === null) return;
  const roundTripMs = keepAliveAnswered(machine.keepAlive, now);
  if (roundTripMs !== null) out.notice({ type: 'keepAliveAnswered', roundTripMs });
}

function receiveReset(machine: Registration, resetType: number, out: RegistrationEffects): void {
  if (machine.state === 'unregistering') return endLeaving(machine, true, out);
  const type = knownResetType(resetType);
  const phase = PHASE_OF_STATE[machine.state];
  if (machine.state === 'registering') return end(machine, { outcome: 'reset', type, phase }, out);
  if (machine.state === 'inService' && type === RESET_TYPE.applyConfig)
    return out.notice({ type: 'applyConfig' });
  leave(machine, { type, phase }, out);
}

/** A type that nobody knows is taken as the most thorough one. Our inference. */
function knownResetType(resetType: number): ResetType {
  const { reset: whole, restart, applyConfig } = RESET_TYPE;
  return resetType === restart || resetType === applyConfig ? resetType : whole;
}
