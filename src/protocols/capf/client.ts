/**
 * A phone's session with the Certificate Authority Proxy Function: the server asks, the phone does. Exchange: `capfd`
 * and `capfc` of usecallmanager.nz. The stream is secured by others: `connected` means that it can be used.
 *
 *   state       event                                 what happens                                     next
 *   ----------  ------------------------------------  -----------------------------------------------  ----------
 *   idle        start                                 connect                                          connecting
 *   connecting  connected                             nothing: the server speaks first                 greeting
 *   connecting  not within timeoutMs                  failed: timeout                                  ended
 *   greeting    AuthReq                               AuthRes with what the configuration says,        serving
 *                                                     whatever the server's type is (as `capfc`)
 *   serving     KeyGenReq, mayChange                  RequestInProgress, then the time of a key        generating
 *   serving     KeyGenReq, no such key                KeyGenRes 7; failed: no-key                      ended
 *   generating  the key's time is over                KeyGenRes with the public key                    storing
 *   storing     StoreCertReq, certificate of that key StoreCertRes 1                                   serving *
 *   storing     StoreCertReq, anything else           StoreCertRes 7; failed: malformed                ended
 *   serving     FetchCertReq                          FetchCertRes 1 with the certificate, or 7        serving *
 *   serving     DeleteCertReq, mayChange              DeleteCertRes 1, or 7 where there is none        serving *
 *   serving     KeyGenReq or DeleteCertReq, and not   AbortReq 0; failed: change-forbidden (I)         ended
 *               mayChange
 *   serving     EncryptReq, DecryptReq, SignCertReq   the answer with reason 7: nobody knows them (I)  serving
 *   in session  EndSession, and * has happened        what has been achieved, whatever the reason (I)  ended
 *   gre./serv.  EndSession 0 or 1                     nothing-pending                                  ended
 *   in session  EndSession 9; any other               failed: unknown-device; rejected                ended
 *   in session  RetryLater                            retry-later, with the delay where it is there    ended
 *   in session  AbortReq                              AbortRes 0 (I); achieved, or failed: aborted     ended
 *   in session  StatusReq                             StatusRes 0 (I)                                  the same
 *   in session  RequestInProgress                     wait on (I)                                      the same
 *   in session  any other message, another session    achieved, or failed: malformed                   ended
 *               id, not CAPF, too many messages
 *   in session  no whole message within timeoutMs,    achieved, or failed: no-answer                   ended
 *               except while generating
 *   any other   the connection ended or never was     achieved, or failed with its cause               ended
 *   any         stop                                  stopped                                          ended
 *
 * "In session" are greeting, serving, generating and storing; (I) is inference. Every ending closes the connection.
 */
import { DecodeError } from '../../wire/decode-error.ts';
import { StreamFramer } from '../../wire/stream-framer.ts';
import type { Credential } from '../credential.ts';
import type { MachineEvent } from '../effects.ts';
import { answer, conclude, DONE, end, fail, REFUSED } from './client-answers.ts';
import type { CapfClient, CapfClientConfig, CapfEffects, CapfTimer } from './client-contract.ts';
import {
  onDeleteCertReq,
  onFetchCertReq,
  onKeyGenReq,
  onKeyTime,
  onStoreCertReq,
} from './client-operations.ts';
import {
  CAPF_COMMANDS,
  CAPF_FRAME_RULE,
  CAPF_REASONS,
  CAPF_VERSION,
  capfCommandName,
  type CapfElements,
  type CapfMessage,
  decodeCapf,
  MAX_CAPF_BYTES,
} from './message.ts';
import { certificateProof, sudiProof } from './proof.ts';

type CapfEvent = MachineEvent<CapfTimer>;

/** Messages of one session. A limit of ours, far above the three of an installation: bounds a server that never ends. */
export const MAX_CAPF_REQUESTS = 64;

export function createCapfClient(config: CapfClientConfig): CapfClient {
  return {
    state: 'idle',
    config,
    framer: new StreamFramer(CAPF_FRAME_RULE),
    sessionId: null,
    requests: 0,
    lsc: showable(config.lsc),
    mic: showable(config.mic),
    newKey: null,
    achieved: null,
  };
}

/** A certificate that no server would take is none; two of the others and their proofs fit into any message. */
function showable(credential: Credential | null): Credential | null {
  return credential !== null && credential.certificate.length <= MAX_CAPF_BYTES ? credential : null;
}

export function stepCapfClient(machine: CapfClient, event: CapfEvent, out: CapfEffects): void {
  switch (machine.state) {
    case 'idle':
      if (event.type === 'start') return begin(machine, out);
      if (event.type === 'stop') return end(machine, { outcome: 'stopped' }, out);
      return;
    case 'connecting':
    case 'greeting':
    case 'serving':
    case 'generating':
    case 'storing':
      return inSession(machine, event, out);
    case 'ended':
      return;
    default:
      machine.state satisfies never;
  }
}

function begin(machine: CapfClient, out: CapfEffects): void {
  const { host, port, timeoutMs } = machine.config;
  machine.state = 'connecting';
  out.connect(host, port);
  out.setTimer('answer', timeoutMs);
}

function inSession(machine: CapfClient, event: CapfEvent, out: CapfEffects): void {
  switch (event.type) {
    case 'connected':
      if (machine.state !== 'connecting') return;
      machine.state = 'greeting';
      return out.setTimer('answer', machine.config.timeoutMs);
    case 'data':
      if (machine.state !== 'connecting') onData(machine, event.bytes, out);
      return;
    case 'timer':
      if (event.timer === 'key') return onKeyTime(machine, out);
      return conclude(machine, machine.state === 'connecting' ? 'timeout' : 'no-answer', {}, out);
    case 'closed': {
      const detail = event.detail ?? event.alert?.name;
      return conclude(machine, event.cause, detail === undefined ? {} : { detail }, out);
    }
    case 'stop':
      return end(machine, { outcome: 'stopped' }, out);
    default: // datagrams do not happen on a stream, and how it was secured is looked at by others
      return;
  }
}

function onData(machine: CapfClient, bytes: Uint8Array, out: CapfEffects): void {
  try {
    machine.framer.push(bytes);
    for (let frame = machine.framer.next(); frame !== null; frame = machine.framer.next()) {
      onMessage(machine, decodeCapf(frame), out);
      if (machine.state === 'ended') return;
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    conclude(machine, 'malformed', { detail: error.message }, out);
  }
}

function onMessage(machine: CapfClient, message: CapfMessage, out: CapfEffects): void {
  machine.sessionId ??= message.sessionId;
  if (message.sessionId !== machine.sessionId) {
    return conclude(machine, 'malformed', { detail: 'a message of another session' }, out);
  }
  if (++machine.requests > MAX_CAPF_REQUESTS) {
    return conclude(machine, 'malformed', { detail: `more than ${MAX_CAPF_REQUESTS} messages` }, out);
  }
  if (machine.state !== 'generating') out.setTimer('answer', machine.config.timeoutMs);
  const { command, elements } = message;
  const { reason } = elements;
  switch (command) {
    case CAPF_COMMANDS.EndSession:
      return onEndSession(machine, reason, out);
    case CAPF_COMMANDS.RetryLater:
      return end(machine, { outcome: 'retry-later', seconds: elements.retryDelaySeconds ?? null }, out);
    case CAPF_COMMANDS.AbortReq:
      answer(machine, 'AbortRes', { reason: CAPF_REASONS.none }, out);
      return conclude(machine, 'aborted', reason === undefined ? {} : { reason }, out);
    case CAPF_COMMANDS.StatusReq:
      return answer(machine, 'StatusRes', { reason: CAPF_REASONS.none }, out);
    case CAPF_COMMANDS.RequestInProgress:
      return;
    default:
      return onRequest(machine, message, out);
  }
}

/** The messages that only one state waits for. */
function onRequest(machine: CapfClient, { command, elements }: CapfMessage, out: CapfEffects): void {
  const { state } = machine;
  if (state === 'greeting' && command === CAPF_COMMANDS.AuthReq) return onAuthReq(machine, elements, out);
  if (state === 'storing' && command === CAPF_COMMANDS.StoreCertReq) {
    return onStoreCertReq(machine, elements, out);
  }
  if (state === 'serving') {
    switch (command) {
      case CAPF_COMMANDS.KeyGenReq:
        return onKeyGenReq(machine, elements, out);
      case CAPF_COMMANDS.FetchCertReq:
        return onFetchCertReq(machine, elements, out);
      case CAPF_COMMANDS.DeleteCertReq:
        return onDeleteCertReq(machine, out);
      case CAPF_COMMANDS.EncryptReq:
        return answer(machine, 'EncryptRes', REFUSED, out);
      case CAPF_COMMANDS.DecryptReq:
        return answer(machine, 'DecryptRes', REFUSED, out);
      case CAPF_COMMANDS.SignCertReq:
        return answer(machine, 'SignCertRes', REFUSED, out);
      default:
        break;
    }
  }
  conclude(machine, 'malformed', { detail: `${capfCommandName(command)} while ${state}` }, out);
}

function onAuthReq(machine: CapfClient, { version }: CapfElements, out: CapfEffects): void {
  const { authentication, deviceName } = machine.config;
  if (version !== CAPF_VERSION) {
    return fail(machine, 'malformed', { detail: `protocol version ${version ?? 'missing'}` }, out);
  }
  const password = authentication.type === 'password' ? authentication.password : '';
  const proof = proofOf(machine);
  if (proof === null) {
    const detail = `no ${authentication.type.toUpperCase()} that can prove who the phone is`;
    return fail(machine, 'no-certificate', { detail }, out);
  }
  machine.state = 'serving';
  answer(machine, 'AuthRes', { ...DONE, version: CAPF_VERSION, deviceName, password, ...proof }, out);
}

/** Nothing where none is asked for; null where it cannot be made. */
function proofOf(machine: CapfClient): CapfElements | null {
  const { config, sessionId, mic } = machine;
  const { authentication, deviceName } = config;
  if (authentication.type !== 'lsc' && authentication.type !== 'mic') return {};
  const credential = machine[authentication.type];
  const proof = credential === null ? null : certificateProof(deviceName, credential);
  if (credential === null || proof === null) return null;
  const sudi = sudiProof(sessionId ?? 0, mic ?? credential);
  return sudi === null ? proof : { ...proof, sudi };
}

function onEndSession(machine: CapfClient, reason: number | undefined, out: CapfEffects): void {
  if (machine.achieved !== null) return end(machine, machine.achieved, out);
  const isQuiet = reason === CAPF_REASONS.none || reason === CAPF_REASONS.updated;
  if (isQuiet && (machine.state === 'greeting' || machine.state === 'serving')) {
    return end(machine, { outcome: 'nothing-pending' }, out);
  }
  const cause = reason === CAPF_REASONS.unknownDevice ? 'unknown-device' : 'rejected';
  fail(machine, cause, reason === undefined ? {} : { reason }, out);
}
