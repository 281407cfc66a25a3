/**
 * The server's side of one CAPF session, as `capfd` of usecallmanager.nz leads it. The stream is secured by others.
 *
 *   state       event                                      what happens                                  next
 *   ----------  -----------------------------------------  --------------------------------------------  ----------
 *   idle        start                                      AuthReq 3, type none                          greeting
 *   greeting    AuthRes 3 of a device without order        EndSession 9; unknown-device                  ended
 *   greeting    AuthRes 3 that does not prove the device   EndSession 7; not-authentic                   ended
 *   greeting    AuthRes 3, operation none                  EndSession 0; nothing-pending                 ended
 *   greeting    AuthRes 3, install, fetch, delete          KeyGenReq, FetchCertReq, DeleteCertReq        asking
 *   asking      RequestInProgress, after KeyGenReq         wait for keyTimeoutMs                         asking
 *   asking      KeyGenRes with a key as ordered            StoreCertReq with its certificate             asking
 *   asking      StoreCertRes 1                             EndSession 1; installed                       ended
 *   asking      FetchCertRes 1 with a certificate          EndSession 0; fetched                         ended
 *   asking      DeleteCertRes 1                            EndSession 1; deleted                         ended
 *   asking      the answer, with any other reason          EndSession as above, 7 for a key; declined    ended
 *   gre./ask.   AbortReq                                   AbortRes 0 (inference); aborted               ended
 *   gre./ask.   any other message or session id, no CAPF   EndSession 7; malformed                       ended
 *   gre./ask.   no whole message within answerTimeoutMs    no-answer                                     ended
 *   gre./ask.   the connection ended                       gone                                          ended
 *   any         stop                                       stopped                                       ended
 *
 * Every ending closes the connection.
 */
import { createPublicKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { DecodeError } from '../../wire/decode-error.ts';
import { StreamFramer } from '../../wire/stream-framer.ts';
import type { Effects, MachineEvent } from '../effects.ts';
import { unlessRefused } from '../openssl-refusal.ts';
import type { CapfKeyKind } from './client-contract.ts';
import {
  CAPF_AUTH_TYPES,
  CAPF_CERTIFICATE_TYPES,
  CAPF_COMMANDS,
  CAPF_CURVE_BITS,
  CAPF_FRAME_RULE,
  CAPF_KEY_TYPES,
  CAPF_REASONS,
  CAPF_VERSION,
  type CapfCommandName,
  type CapfElements,
  type CapfMessage,
  decodeCapf,
  encodeCapf,
} from './message.ts';
import { provenCertificate, provenSudi } from './proof.ts';

/** What the cluster wants of one device (CUCM: Certificate Operation and Authentication Mode of the phone). */
export interface CapfOrder {
  /** CUCM says Install/Upgrade: an LSC that is there is replaced. */
  readonly operation: 'none' | 'install' | 'delete' | 'fetch';
  readonly authentication:
    | { readonly type: 'none' | 'null-string' | 'certificate' }
    | { readonly type: 'password'; readonly password: string };
  /** Of the key to be made. */
  readonly key: { readonly kind: CapfKeyKind; readonly bits: number };
}

export interface CapfServerConfig {
  readonly sessionId: number;
  /** Null: no such device. */
  readonly order: (deviceName: string) => CapfOrder | null;
  /** Whether a certificate whose key has signed is good for this device: its issuer, its name. */
  readonly trusts: (certificate: X509Certificate, deviceName: string) => boolean;
  /** An LSC, DER. */
  readonly issue: (deviceName: string, publicKey: KeyObject) => Uint8Array;
  readonly answerTimeoutMs: number;
  /** Wait for a phone that has said that it makes a key. */
  readonly keyTimeoutMs: number;
}

export type CapfServerOutcome =
  | 'installed'
  | 'fetched'
  | 'deleted'
  | 'nothing-pending'
  | 'unknown-device'
  | 'not-authentic'
  /** The phone said that it cannot, or has no such certificate. */
  | 'declined'
  | 'aborted'
  | 'malformed'
  | 'no-answer'
  | 'gone'
  | 'stopped';

export interface CapfServerResult {
  readonly outcome: CapfServerOutcome;
  /** Null before AuthRes. */
  readonly deviceName: string | null;
  /** What was installed or fetched, DER. */
  readonly certificate: Uint8Array | null;
}

/** The machine's record. Read it freely; only `stepCapfServer` writes it. */
export interface CapfServerSession {
  state: 'idle' | 'greeting' | 'asking' | 'ended';
  readonly config: CapfServerConfig;
  readonly framer: StreamFramer;
  /** The answer that is waited for while asking. */
  awaited: CapfCommandName;
  deviceName: string | null;
  order: CapfOrder | null;
  /** What has been issued, or fetched. */
  certificate: Uint8Array | null;
}

/** On a stream that is there already. */
export type CapfServerEffects = Pick<
  Effects<'answer', never, CapfServerResult>,
  'send' | 'close' | 'setTimer' | 'clearTimer' | 'done'
>;

export function createCapfServer(config: CapfServerConfig): CapfServerSession {
  return {
    state: 'idle',
    config,
    framer: new StreamFramer(CAPF_FRAME_RULE),
    awaited: 'AuthRes',
    deviceName: null,
    order: null,
    certificate: null,
  };
}

export function stepCapfServer(
  machine: CapfServerSession,
  event: MachineEvent<'answer'>,
  out: CapfServerEffects,
): void {
  switch (machine.state) {
    case 'idle':
      if (event.type === 'stop') return end(machine, 'stopped', out);
      if (event.type !== 'start') return;
      machine.state = 'greeting';
      return ask(machine, 'AuthReq', 'AuthRes', GREETING, out);
    case 'greeting':
    case 'asking':
      return inSession(machine, event, out);
    case 'ended':
      return;
    default:
      machine.state satisfies never;
  }
}

const GREETING: CapfElements = { version: CAPF_VERSION, authType: CAPF_AUTH_TYPES.none };

function inSession(machine: CapfServerSession, event: MachineEvent<'answer'>, out: CapfServerEffects): void {
  switch (event.type) {
    case 'data':
      return onData(machine, event.bytes, out);
    case 'timer':
      return end(machine, 'no-answer', out);
    case 'closed':
      return end(machine, 'gone', out);
    case 'stop':
      return end(machine, 'stopped', out);
    default: // the other events do not happen on an accepted stream
      return;
  }
}

function onData(machine: CapfServerSession, bytes: Uint8Array, out: CapfServerEffects): void {
  try {
    machine.framer.push(bytes);
    for (let frame = machine.framer.next(); frame !== null; frame = machine.framer.next()) {
      onMessage(machine, decodeCapf(frame), out);
      if (machine.state === 'ended') return;
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    dismiss(machine, CAPF_REASONS.invalidElement, 'malformed', out);
  }
}

function onMessage(
  machine: CapfServerSession,
  { command, sessionId, elements }: CapfMessage,
  out: CapfServerEffects,
): void {
  const { config, awaited } = machine;
  if (sessionId !== config.sessionId) return dismiss(machine, CAPF_REASONS.invalidElement, 'malformed', out);
  if (command === CAPF_COMMANDS.AbortReq) {
    send(machine, 'AbortRes', { reason: CAPF_REASONS.none }, out);
    return end(machine, 'aborted', out);
  }
  if (command === CAPF_COMMANDS.RequestInProgress && awaited === 'KeyGenRes') {
    return out.setTimer('answer', config.keyTimeoutMs);
  }
  if (command !== CAPF_COMMANDS[awaited]) {
    return dismiss(machine, CAPF_REASONS.invalidElement, 'malformed', out);
  }
  onAnswer(machine, elements, out);
}

function onAnswer(machine: CapfServerSession, elements: CapfElements, out: CapfServerEffects): void {
  const isDone = elements.reason === CAPF_REASONS.updated;
  switch (machine.awaited) {
    case 'AuthRes':
      return onAuthRes(machine, elements, out);
    case 'KeyGenRes':
      return onKeyGenRes(machine, elements, out);
    case 'StoreCertRes':
      return dismiss(machine, CAPF_REASONS.updated, isDone ? 'installed' : 'declined', out);
    case 'DeleteCertRes':
      return dismiss(machine, CAPF_REASONS.updated, isDone ? 'deleted' : 'declined', out);
    case 'FetchCertRes':
      if (isDone) machine.certificate = Uint8Array.from(elements.certificate?.der ?? []);
      if (isDone && elements.certificate === undefined) {
        return dismiss(machine, CAPF_REASONS.invalidElement, 'malformed', out);
      }
      return dismiss(machine, CAPF_REASONS.none, isDone ? 'fetched' : 'declined', out);
    default: // nothing else is ever waited for
      return;
  }
}

function onAuthRes(machine: CapfServerSession, elements: CapfElements, out: CapfServerEffects): void {
  const { version, deviceName } = elements;
  if (version !== CAPF_VERSION || deviceName === undefined) {
    return dismiss(machine, CAPF_REASONS.invalidElement, 'malformed', out);
  }
  const order = machine.config.order(deviceName);
  machine.deviceName = deviceName;
  machine.order = order;
  if (order === null) return dismiss(machine, CAPF_REASONS.unknownDevice, 'unknown-device', out);
  if (!isAuthentic(machine.config, order, deviceName, elements)) {
    return dismiss(machine, CAPF_REASONS.invalidElement, 'not-authentic', out);
  }
  machine.state = 'asking';
  const { operation, key } = order;
  switch (operation) {
    case 'none':
      return dismiss(machine, CAPF_REASONS.none, 'nothing-pending', out);
    case 'install':
      return ask(machine, 'KeyGenReq', 'KeyGenRes', keyElements(key), out);
    case 'fetch':
      return ask(machine, 'FetchCertReq', 'FetchCertRes', {}, out);
    case 'delete':
      return ask(machine, 'DeleteCertReq', 'DeleteCertRes', {}, out);
    default:
      operation satisfies never;
  }
}

function isAuthentic(
  { sessionId, trusts }: CapfServerConfig,
  { authentication }: CapfOrder,
  deviceName: string,
  elements: CapfElements,
): boolean {
  const { password = '', sudi } = elements;
  switch (authentication.type) {
    case 'none':
      return true;
    case 'null-string':
      return password === '';
    case 'password':
      return password === authentication.password;
    case 'certificate': {
      const shown = provenCertificate(elements);
      if (shown === null || !trusts(shown, deviceName)) return false;
      if (sudi === undefined) return true;
      const factory = provenSudi(sessionId, sudi);
      return factory !== null && trusts(factory, deviceName);
    }
    default:
      return authentication satisfies never;
  }
}

function keyElements({ kind, bits }: CapfOrder['key']): CapfElements {
  if (kind === 'rsa') return { keyType: CAPF_KEY_TYPES.rsa, keySize: bits };
  return { keyType: CAPF_KEY_TYPES.ec, curve: CAPF_CURVE_BITS.indexOf(bits) };
}

function onKeyGenRes(machine: CapfServerSession, { publicKey }: CapfElements, out: CapfServerEffects): void {
  const { config, order, deviceName } = machine;
  if (order === null || deviceName === null) return;
  if (publicKey === undefined) return dismiss(machine, CAPF_REASONS.invalidElement, 'declined', out);
  const der = Buffer.from(publicKey);
  const key = unlessRefused(() => createPublicKey({ key: der, format: 'der', type: 'spki' }));
  if (key === null || !isAsOrdered(key, order.key)) {
    return dismiss(machine, CAPF_REASONS.invalidElement, 'malformed', out);
  }
  const certificate = config.issue(deviceName, key);
  const type = CAPF_CERTIFICATE_TYPES.lsc;
  machine.certificate = certificate;
  const elements = { certificateType: type, certificate: { type, der: certificate } };
  ask(machine, 'StoreCertReq', 'StoreCertRes', elements, out);
}

const CURVE_NAMES: Readonly<Record<number, string>> = {
  256: 'prime256v1',
  384: 'secp384r1',
  521: 'secp521r1',
};

function isAsOrdered(
  { asymmetricKeyType, asymmetricKeyDetails }: KeyObject,
  { kind, bits }: CapfOrder['key'],
): boolean {
  if (asymmetricKeyType !== kind) return false;
  if (kind === 'rsa') return asymmetricKeyDetails?.modulusLength === bits;
  return asymmetricKeyDetails?.namedCurve === CURVE_NAMES[bits];
}

function ask(
  machine: CapfServerSession,
  command: CapfCommandName,
  awaited: CapfCommandName,
  elements: CapfElements,
  out: CapfServerEffects,
): void {
  machine.awaited = awaited;
  send(machine, command, elements, out);
  out.setTimer('answer', machine.config.answerTimeoutMs);
}

function send(
  { config }: CapfServerSession,
  command: CapfCommandName,
  elements: CapfElements,
  out: CapfServerEffects,
): void {
  out.send(encodeCapf({ command: CAPF_COMMANDS[command], sessionId: config.sessionId, elements }));
}

function dismiss(
  machine: CapfServerSession,
  reason: number,
  outcome: CapfServerOutcome,
  out: CapfServerEffects,
): void {
  send(machine, 'EndSession', { reason }, out);
  end(machine, outcome, out);
}

function end(machine: CapfServerSession, outcome: CapfServerOutcome, out: CapfServerEffects): void {
  const begun = machine.state !== 'idle';
  machine.state = 'ended';
  if (begun) {
    out.clearTimer('answer');
    out.close();
  }
  const isKept = outcome === 'installed' || outcome === 'fetched';
  out.done({ outcome, deviceName: machine.deviceName, certificate: isKept ? machine.certificate : null });
}
