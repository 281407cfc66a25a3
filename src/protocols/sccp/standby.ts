import { DecodeError } from '../../wire/decode-error.ts';
import { StreamFramer } from '../../wire/stream-framer.ts';
import { frameId, HEADER_BYTES, SCCP_FRAME_RULE } from './header.ts';
import {
  isSilent,
  type KeepAlive,
  keepAliveAnswered,
  keepAliveDelayMs,
  keepAliveTick,
  MAX_KEEP_ALIVE_MS,
  standbyKeepAliveEvery,
} from './keep-alive.ts';
import { minPayloadBytes } from './message-table.ts';
import { keepAliveAck, keepAliveReq } from './messages/keep-alive.ts';
import { registerTokenAck, registerTokenReject, registerTokenReq } from './messages/register-token.ts';
import { phoneFrames } from './phone-frames.ts';
import type { SccpFailureCause } from './registration-contract.ts';
import type {
  OpenConnection,
  StandbyConfig,
  StandbyEffects,
  StandbyEvent,
  StandbyResult,
  StandbyTimer,
} from './standby-contract.ts';
import { asIpv4, NO_IPV6 } from './station-address.ts';

export type * from './standby-contract.ts';

/*
 * A connection to a CallManager at which the phone is not registered: the reserve that it fails over to, or the one
 * of higher priority that it wants to fall back to. Sources: RegisterAck has an interval for it; the token messages
 * of the skinny dissector and of chan-sccp; connectionMonitorDuration of the configuration file.
 *
 *   state       event                       next        what is done
 *   ----------  --------------------------  ----------  ------------------------------------------------------------
 *   idle        start                       connecting  connect
 *   connecting  connected                   up          notice up; KeepAliveReq at once (inference)
 *               closed, connect timer       ended       failed
 *   up          KeepAliveAck                up          when it is wanted back: the monitor time begins, unless it runs
 *               keepAlive timer, unanswered up          the monitor time ends: it begins again with the next answer
 *               monitor timer               asking      RegisterTokenReq
 *   asking      RegisterTokenAck            granted     notice tokenAnswered: the phone may come
 *               RegisterTokenReject         waiting     notice tokenAnswered; the token timer runs as long as it says
 *               token timer                 waiting     the same with `tokenRetryMs`
 *   waiting     token timer                 asking      RegisterTokenReq
 *   up, asking, keepAlive timer             same        keep-alive.ts: KeepAliveReq, nothing, or ended: keepalive-timeout
 *   waiting,    KeepAliveReq                same        KeepAliveAck
 *   granted     closed, not SCCP            ended       failed
 *               any other message           same        nothing
 *   any         stop                        ended       stopped
 */

export const STANDBY_STATES = ['idle', 'connecting', 'up', 'asking', 'waiting', 'granted', 'ended'] as const;
export type StandbyState = (typeof STANDBY_STATES)[number];

export interface Standby {
  state: StandbyState;
  readonly config: StandbyConfig;
  readonly framer: StreamFramer;
  readonly keepAlive: KeepAlive;
  localAddress: string;
  /** The monitor time is running. */
  monitoring: boolean;
  /** When RegisterTokenReq was sent, milliseconds. */
  askedAt: number;
}

/** The timers that can run in a state. */
const TIMERS_OF_STATE: Readonly<Record<StandbyState, readonly StandbyTimer[]>> = {
  idle: [],
  connecting: ['connect'],
  up: ['keepAlive', 'monitor'],
  asking: ['keepAlive', 'token'],
  waiting: ['keepAlive', 'token'],
  granted: ['keepAlive'],
  ended: [],
};

export function createStandby(config: StandbyConfig): Standby {
  return {
    state: 'idle',
    config,
    framer: new StreamFramer(SCCP_FRAME_RULE),
    keepAlive: standbyKeepAliveEvery(config.keepAliveMs, config.settings.keepAliveLoss),
    localAddress: '',
    monitoring: false,
    askedAt: 0,
  };
}

export function stepStandby(machine: Standby, event: StandbyEvent, out: StandbyEffects): void {
  if (event.type === 'stop' && machine.state !== 'ended') return stop(machine, out);
  switch (machine.state) {
    case 'idle':
      if (event.type === 'start') begin(machine, out);
      return;
    case 'connecting':
      return stepConnecting(machine, event, out);
    case 'up':
    case 'asking':
    case 'waiting':
    case 'granted':
      return stepConnected(machine, event, out);
    case 'ended':
      return;
    default:
      machine.state satisfies never;
  }
}

/** Whether a registration can take the connection over. */
export function isUp({ state }: Standby): boolean {
  return state === 'up' || state === 'asking' || state === 'waiting' || state === 'granted';
}

/** It is up, and its last KeepAliveReq was answered or is not old. */
export function isSound(machine: Standby): boolean {
  return isUp(machine) && !isSilent(machine.keepAlive);
}

/** Ends the machine and leaves the connection to a registration. */
export function handOver(machine: Standby, out: StandbyEffects): OpenConnection {
  releaseTimers(machine, out);
  machine.state = 'ended';
  return { framer: machine.framer, localAddress: machine.localAddress };
}

function begin(machine: Standby, out: StandbyEffects): void {
  const { host, port, settings } = machine.config;
  machine.state = 'connecting';
  out.connect(host, port);
  out.setTimer('connect', settings.connectTimeoutMs);
}

function stop(machine: Standby, out: StandbyEffects): void {
  end(machine, { outcome: 'stopped' }, machine.state !== 'idle', out);
}

function stepConnecting(machine: Standby, event: StandbyEvent, out: StandbyEffects): void {
  switch (event.type) {
    case 'connected':
      machine.state = 'up';
      machine.localAddress = event.localAddress;
      out.clearTimer('connect');
      out.notice({ type: 'up' });
      return keepAliveDue(machine, event.now, out);
    case 'timer':
      return fail(machine, 'timeout', true, out);
    case 'closed':
      return fail(machine, event.cause, false, out);
    default:
  }
}

function stepConnected(machine: Standby, event: StandbyEvent, out: StandbyEffects): void {
  switch (event.type) {
    case 'data':
      return receive(machine, event.bytes, event.now, out);
    case 'closed':
      return fail(machine, event.cause, false, out);
    case 'timer':
      return onTimer(machine, event.timer, event.now, out);
    default:
  }
}

function onTimer(machine: Standby, timer: StandbyTimer, now: number, out: StandbyEffects): void {
  switch (timer) {
    case 'keepAlive':
      return keepAliveDue(machine, now, out);
    case 'monitor':
      return askForToken(machine, now, out);
    case 'token':
      if (machine.state === 'waiting') return askForToken(machine, now, out);
      return tokenDenied(machine, 'unanswered', machine.config.settings.tokenRetryMs, now, out);
    case 'connect':
      return;
    default:
      timer satisfies never;
  }
}

function keepAliveDue(machine: Standby, now: number, out: StandbyEffects): void {
  const { keepAlive, config } = machine;
  const action = keepAliveTick(keepAlive, now);
  if (action === 'give-up') return fail(machine, 'keepalive-timeout', true, out);
  if (action === 'send') out.send(phoneFrames(0).keepAlive);
  if (isSilent(keepAlive) && machine.monitoring) {
    machine.monitoring = false;
    out.clearTimer('monitor');
  }
  out.setTimer('keepAlive', keepAliveDelayMs(keepAlive, config.settings.seed, config.phoneIndex));
}

function receive(machine: Standby, bytes: Uint8Array, now: number, out: StandbyEffects): void {
  const { framer } = machine;
  try {
    framer.push(bytes);
    for (let frame = framer.next(); frame !== null; frame = framer.next()) {
      receiveFrame(machine, frame, now, out);
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    fail(machine, 'malformed', true, out);
  }
}

function receiveFrame(machine: Standby, frame: Uint8Array, now: number, out: StandbyEffects): void {
  const id = frameId(frame);
  const needed = minPayloadBytes(id);
  if (frame.length - HEADER_BYTES < needed) {
    const name = `sccp/0x${id.toString(16).padStart(4, '0')}`;
    throw new DecodeError(name, HEADER_BYTES, `need ${needed} bytes, have ${frame.length - HEADER_BYTES}`);
  }
  switch (id) {
    case keepAliveReq.id:
      return out.send(phoneFrames(0).keepAliveAck);
    case keepAliveAck.id:
      return receiveKeepAliveAck(machine, now, out);
    case registerTokenAck.id:
      if (machine.state === 'asking') tokenGranted(machine, now, out);
      return;
    case registerTokenReject.id: {
      if (machine.state !== 'asking') return;
      const seconds = registerTokenReject.decodeFrame(frame).waitTimeBeforeNextReq;
      return tokenDenied(machine, 'rejected', waitMs(machine, seconds), now, out);
    }
    default:
  }
}

function receiveKeepAliveAck(machine: Standby, now: number, out: StandbyEffects): void {
  const roundTripMs = keepAliveAnswered(machine.keepAlive, now);
  if (roundTripMs === null) return;
  out.notice({ type: 'keepAliveAnswered', roundTripMs });
  const { monitorMs } = machine.config;
  if (machine.state !== 'up' || monitorMs === null || machine.monitoring) return;
  machine.monitoring = true;
  out.setTimer('monitor', monitorMs);
}

/** RegisterTokenReq with the IPv6 field, as phones of version 17 and later are taken to send it. */
function askForToken(machine: Standby, now: number, out: StandbyEffects): void {
  const { deviceName, settings, leasedAddress } = machine.config;
  machine.state = 'asking';
  machine.monitoring = false;
  machine.askedAt = now;
  const facts = {
    deviceName,
    userId: 0,
    instance: settings.instance,
    stationIpAddr: asIpv4(leasedAddress ?? machine.localAddress),
    deviceType: settings.deviceType,
    stationIpV6Addr: NO_IPV6,
  };
  out.send(registerTokenReq.encode(facts, 0));
  out.setTimer('token', settings.tokenTimeoutMs);
}

function tokenGranted(machine: Standby, now: number, out: StandbyEffects): void {
  machine.state = 'granted';
  out.clearTimer('token');
  const roundTripMs = now - machine.askedAt;
  out.notice({ type: 'tokenAnswered', outcome: 'granted', roundTripMs, waitMs: 0 });
}

function tokenDenied(
  machine: Standby,
  outcome: 'rejected' | 'unanswered',
  wait: number,
  now: number,
  out: StandbyEffects,
): void {
  machine.state = 'waiting';
  out.notice({ type: 'tokenAnswered', outcome, roundTripMs: now - machine.askedAt, waitMs: wait });
  out.setTimer('token', wait);
}

/** 0 names no time: the phone's own is taken (inference). A longer one is cut to what a timer can hold. */
function waitMs(machine: Standby, seconds: number): number {
  return seconds === 0 ? machine.config.settings.tokenRetryMs : Math.min(seconds * 1000, MAX_KEEP_ALIVE_MS);
}

function fail(machine: Standby, cause: SccpFailureCause, isOpen: boolean, out: StandbyEffects): void {
  end(machine, { outcome: 'failed', wasUp: isUp(machine), cause }, isOpen, out);
}

function end(machine: Standby, result: StandbyResult, isOpen: boolean, out: StandbyEffects): void {
  releaseTimers(machine, out);
  machine.state = 'ended';
  if (isOpen) out.close();
  out.done(result);
}

function releaseTimers(machine: Standby, out: StandbyEffects): void {
  for (const timer of TIMERS_OF_STATE[machine.state]) out.clearTimer(timer);
}
