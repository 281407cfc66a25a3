/**
 * A phone's side of one question to the Trust Verification Service: may this certificate be trusted, and as what?
 * Exchange: `tvsd` and `tvsc` of usecallmanager.nz; one question on a connection, as there. The stream is secured by
 * others: `connected` means that it can be used.
 *
 *   state       event                                       what happens                               next
 *   ----------  ------------------------------------------  -----------------------------------------  ----------
 *   idle        start                                       connect                                    connecting
 *   idle        start, and the certificate is too long      failed: malformed                          ended
 *   connecting  connected                                   send VerifyReq                             asking
 *   connecting  not within timeoutMs                        failed: timeout                            ended
 *   asking      part of a message                           keep it                                    asking
 *   asking      VerifyRes with status 0 or 1                answered                                   ended
 *   asking      anything else, or with another session id   failed: malformed                          ended
 *   asking      no whole message within timeoutMs           failed: no-answer                          ended
 *   con./ask.   the connection ended, or never was          failed with its cause                      ended
 *   any         stop                                        stopped                                    ended
 *
 * Every ending closes the connection. Bytes after the answer are not looked at.
 */
import { DecodeError } from '../../wire/decode-error.ts';
import { StreamFramer } from '../../wire/stream-framer.ts';
import type { CloseCause, Effects, MachineEvent } from '../effects.ts';
import {
  decodeTvs,
  encodeTvs,
  MAX_TVS_CERTIFICATE_BYTES,
  TVS_COMMANDS,
  TVS_FRAME_RULE,
  TVS_STATUS,
  type TvsElements,
} from './message.ts';

export interface TvsClientConfig {
  /** Address, not a name. */
  readonly host: string;
  readonly port: number;
  /** `CP-<four digits of the model>-SEP<MAC>`: `tvsd` takes nothing else. */
  readonly deviceName: string;
  /** What is asked about: X.509, DER. */
  readonly certificate: Uint8Array;
  /** 32 bits; no source says how phones choose it. */
  readonly sessionId: number;
  /** Wait for the connection, and then for the answer. */
  readonly timeoutMs: number;
}

export type TvsTimer = 'answer';

/** `timeout`: of the connection. */
export type TvsFailureCause = 'no-answer' | 'malformed' | CloseCause;

export type TvsResult =
  | {
      readonly outcome: 'answered';
      readonly status: 'valid' | 'invalid';
      /** As in the records of a trust list; none where the certificate is invalid. */
      readonly roles: readonly number[];
      /** 0: the answer is not to be remembered, or TVS did not say (it never does for an invalid certificate). */
      readonly ttlSeconds: number;
    }
  | { readonly outcome: 'failed'; readonly cause: TvsFailureCause; readonly detail?: string }
  | { readonly outcome: 'stopped' };

/** The machine's record. Read it freely; only `stepTvsClient` writes it. */
export interface TvsClient {
  state: 'idle' | 'connecting' | 'asking' | 'ended';
  readonly config: TvsClientConfig;
  readonly framer: StreamFramer;
}

export type TvsEffects = Effects<TvsTimer, never, TvsResult>;
type TvsEvent = MachineEvent<TvsTimer>;

export function createTvsClient(config: TvsClientConfig): TvsClient {
  return { state: 'idle', config, framer: new StreamFramer(TVS_FRAME_RULE) };
}

export function stepTvsClient(machine: TvsClient, event: TvsEvent, out: TvsEffects): void {
  switch (machine.state) {
    case 'idle':
      if (event.type === 'start') return begin(machine, out);
      if (event.type === 'stop') return end(machine, { outcome: 'stopped' }, out);
      return;
    case 'connecting':
    case 'asking':
      return inExchange(machine, machine.state, event, out);
    case 'ended':
      return;
    default:
      machine.state satisfies never;
  }
}

function begin(machine: TvsClient, out: TvsEffects): void {
  const { host, port, certificate, timeoutMs } = machine.config;
  if (certificate.length > MAX_TVS_CERTIFICATE_BYTES) {
    return fail(machine, 'malformed', `${certificate.length} bytes are no certificate`, out);
  }
  machine.state = 'connecting';
  out.connect(host, port);
  out.setTimer('answer', timeoutMs);
}

function inExchange(
  machine: TvsClient,
  state: 'connecting' | 'asking',
  event: TvsEvent,
  out: TvsEffects,
): void {
  switch (event.type) {
    case 'connected':
      if (state === 'connecting') ask(machine, out);
      return;
    case 'data':
      if (state === 'asking') onData(machine, event.bytes, out);
      return;
    case 'timer':
      return fail(machine, state === 'connecting' ? 'timeout' : 'no-answer', undefined, out);
    case 'closed':
      return fail(machine, event.cause, event.detail ?? event.alert?.name, out);
    case 'stop':
      return end(machine, { outcome: 'stopped' }, out);
    default: // datagrams do not happen on a stream, and how it was secured is looked at by others
      return;
  }
}

function ask(machine: TvsClient, out: TvsEffects): void {
  const { deviceName, certificate, sessionId, timeoutMs } = machine.config;
  machine.state = 'asking';
  out.send(encodeTvs({ command: TVS_COMMANDS.VerifyReq, sessionId, elements: { deviceName, certificate } }));
  out.setTimer('answer', timeoutMs);
}

function onData(machine: TvsClient, bytes: Uint8Array, out: TvsEffects): void {
  try {
    machine.framer.push(bytes);
    const frame = machine.framer.next();
    if (frame !== null) onAnswer(machine, frame, out);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    fail(machine, 'malformed', error.message, out);
  }
}

function onAnswer(machine: TvsClient, frame: Uint8Array, out: TvsEffects): void {
  const { command, sessionId, elements } = decodeTvs(frame);
  if (command !== TVS_COMMANDS.VerifyRes) {
    return fail(machine, 'malformed', `command ${command} is no answer to VerifyReq`, out);
  }
  if (sessionId !== machine.config.sessionId >>> 0) {
    return fail(machine, 'malformed', 'the answer is of another session', out);
  }
  onVerifyRes(machine, elements, out);
}

function onVerifyRes(machine: TvsClient, { status, roles, ttlSeconds }: TvsElements, out: TvsEffects): void {
  switch (status) {
    case TVS_STATUS.valid:
      return end(
        machine,
        {
          outcome: 'answered',
          status: 'valid',
          roles: [...(roles ?? [])],
          ttlSeconds: ttlSeconds ?? 0,
        },
        out,
      );
    case TVS_STATUS.invalid:
      return end(
        machine,
        { outcome: 'answered', status: 'invalid', roles: [], ttlSeconds: ttlSeconds ?? 0 },
        out,
      );
    default:
      return fail(machine, 'malformed', `VerifyRes with status ${status ?? 'missing'}`, out);
  }
}

function fail(machine: TvsClient, cause: TvsFailureCause, detail: string | undefined, out: TvsEffects): void {
  end(machine, { outcome: 'failed', cause, ...(detail === undefined ? {} : { detail }) }, out);
}

function end(machine: TvsClient, result: TvsResult, out: TvsEffects): void {
  const begun = machine.state !== 'idle';
  machine.state = 'ended';
  if (begun) {
    out.clearTimer('answer');
    out.close();
  }
  out.done(result);
}
