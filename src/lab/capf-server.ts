/**
 * The lab's Certificate Authority Proxy Function (CUCM: TCP 3804): one session for each connection, led as `capfd` of
 * usecallmanager.nz does. A device's operation is done once: when it has succeeded, nothing is pending any more.
 */
import type { KeyObject, X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { MachineEvent } from '../protocols/effects.ts';
import { CAPF_COMMANDS, type CapfElements, encodeCapf } from '../protocols/capf/message.ts';
import {
  type CapfOrder,
  type CapfServerEffects,
  type CapfServerOutcome,
  type CapfServerResult,
  createCapfServer,
  stepCapfServer,
} from '../protocols/capf/server-session.ts';
import type { FaultKind, LabFault } from '../scenario/lab-faults.ts';
import type { LabSettings } from '../scenario/lab-settings.ts';
import { after, type FaultTable } from './fault-table.ts';
import type { HostPort, LabService, ServiceStats } from './lab-contract.ts';
import { type SecuredConnection, type ServerIdentity, TlsService } from './tls-service.ts';

export interface CapfServerOptions {
  readonly identity: ServerIdentity;
  /** What the cluster wants of a device, before anything was done; null: there is no such device. */
  readonly order: (deviceName: string) => CapfOrder | null;
  /** Whether the certificate that a device proves itself with is good: its issuer, its name. */
  readonly trusts: (certificate: X509Certificate, deviceName: string) => boolean;
  /** An LSC, DER. */
  readonly issue: (deviceName: string, publicKey: KeyObject) => Uint8Array;
  /** Told of every certificate that a phone has installed, shown, or (null) deleted. */
  readonly onCertificate?: (deviceName: string, certificate: Uint8Array | null) => void;
  /** Sessions at a time; null: no limit. */
  readonly sessionLimit: number | null;
  /** What becomes of a session above it: it is closed at once, as `capfd` does, or told to come back. */
  readonly overload: 'close' | { readonly retryLaterSeconds: number };
}

/** `capfd` waits so long for every message, by default. */
const ANSWER_TIMEOUT_MS = 10_000;
/** For a phone that makes a key: minutes on hardware (general knowledge, no source). */
const KEY_TIMEOUT_MS = 600_000;
/** Looked up by the address of the phone, when its connection is secured. */
const SESSION_FAULTS: readonly FaultKind[] = ['silence', 'close', 'abort', 'delay', 'malformed'];
const HTTP_ANSWER = Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n', 'latin1');

const OUTCOME_COUNTS = {
  installed: 'installed',
  fetched: 'fetched',
  deleted: 'deleted',
  'nothing-pending': 'nothingPending',
  'unknown-device': 'unknownDevice',
  'not-authentic': 'notAuthentic',
  declined: 'declined',
  aborted: 'aborted',
  malformed: 'malformed',
  'no-answer': 'noAnswer',
  gone: 'gone',
  stopped: 'stopped',
} as const satisfies Record<CapfServerOutcome, string>;

export class CapfServer implements LabService {
  readonly name = 'capf';
  readonly #options: CapfServerOptions;
  readonly #faults: FaultTable;
  readonly #port: TlsService;
  readonly #done = new Set<string>();
  /** Of the last session: they are numbered, as `capfd` does. */
  #sessionId = 0;
  #inSession = 0;
  /** sessions = all that follow + inSessionNow. */
  readonly #counts = {
    sessions: 0,
    installed: 0,
    fetched: 0,
    deleted: 0,
    nothingPending: 0,
    unknownDevice: 0,
    notAuthentic: 0,
    declined: 0,
    aborted: 0,
    malformed: 0,
    noAnswer: 0,
    gone: 0,
    stopped: 0,
    busy: 0,
    spoilt: 0,
  };

  /** @param faults of this service; `refuse` and those of sessions are matched by address, `reject` by device name */
  constructor(settings: LabSettings, options: CapfServerOptions, faults: FaultTable) {
    this.#options = options;
    this.#faults = faults;
    this.#port = new TlsService('CAPF server', settings, options.identity, faults, (connection, address) =>
      this.#accept(connection, address),
    );
  }

  async start(port: number): Promise<void> {
    await this.#port.start(port);
  }

  get endpoint(): HostPort {
    return this.#port.endpoint;
  }

  stats(): ServiceStats {
    return {
      ...this.#port.counts,
      ...this.#counts,
      inSessionNow: this.#inSession,
      faults: this.#faults.met,
    };
  }

  setFaults(faults: readonly LabFault[]): void {
    this.#faults.set(faults);
  }

  close(): void {
    this.#port.close();
  }

  #accept(connection: SecuredConnection, address: string): void {
    const { stream } = connection;
    this.#counts.sessions++;
    this.#sessionId = (this.#sessionId + 1) >>> 0;
    const sessionId = this.#sessionId;
    const fault = this.#faults.pick(address, SESSION_FAULTS);
    if (fault !== null && fault.kind !== 'delay') return this.#spoil(connection, fault);
    const { sessionLimit } = this.#options;
    if (sessionLimit !== null && this.#inSession >= sessionLimit) return this.#turnAway(stream, sessionId);
    this.#inSession++;
    after(fault?.delayMs ?? 0, () => this.#lead(stream, sessionId));
  }

  #spoil({ stream, abort }: SecuredConnection, { kind }: LabFault): void {
    this.#counts.spoilt++;
    stream.resume();
    if (kind === 'close') stream.end();
    if (kind === 'abort') abort();
    if (kind === 'malformed') stream.end(HTTP_ANSWER);
  }

  #turnAway(socket: TLSSocket, sessionId: number): void {
    const { overload } = this.#options;
    this.#counts.busy++;
    socket.resume();
    if (overload === 'close') return void socket.end();
    const elements: CapfElements = { retryDelaySeconds: overload.retryLaterSeconds };
    socket.end(encodeCapf({ command: CAPF_COMMANDS.RetryLater, sessionId, elements }));
  }

  #lead(socket: TLSSocket, sessionId: number): void {
    const { trusts, issue } = this.#options;
    const machine = createCapfServer({
      sessionId,
      order: (deviceName) => this.#orderOf(deviceName),
      trusts,
      issue,
      answerTimeoutMs: ANSWER_TIMEOUT_MS,
      keyTimeoutMs: KEY_TIMEOUT_MS,
    });
    const step = (event: MachineEvent<'answer'>): void => stepCapfServer(machine, event, out);
    const out = new SessionEffects(socket, step, (result) => this.#end(result));
    socket.on('data', (bytes: Buffer) => step({ type: 'data', bytes, now: 0 }));
    socket.once('end', () => step({ type: 'closed', cause: 'fin', now: 0 }));
    socket.once('close', () => step({ type: 'closed', cause: 'reset', now: 0 }));
    if (socket.destroyed) return this.#end({ outcome: 'gone', deviceName: null, certificate: null });
    step({ type: 'start', now: 0 });
  }

  #orderOf(deviceName: string): CapfOrder | null {
    if (this.#faults.pick(deviceName, ['reject']) !== null) return null;
    const order = this.#options.order(deviceName);
    return order !== null && this.#done.has(deviceName) ? { ...order, operation: 'none' } : order;
  }

  #end({ outcome, deviceName, certificate }: CapfServerResult): void {
    this.#inSession--;
    this.#counts[OUTCOME_COUNTS[outcome]]++;
    const isDone = outcome === 'installed' || outcome === 'fetched' || outcome === 'deleted';
    if (!isDone || deviceName === null) return;
    this.#done.add(deviceName);
    this.#options.onCertificate?.(deviceName, certificate);
  }
}

/** What a session has done for it on its connection. */
class SessionEffects implements CapfServerEffects {
  readonly #socket: TLSSocket;
  readonly #step: (event: MachineEvent<'answer'>) => void;
  readonly done: CapfServerEffects['done'];
  #timer: NodeJS.Timeout | undefined;

  constructor(
    socket: TLSSocket,
    step: (event: MachineEvent<'answer'>) => void,
    done: CapfServerEffects['done'],
  ) {
    this.#socket = socket;
    this.#step = step;
    this.done = done;
  }

  send(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  close(): void {
    this.#socket.end();
  }

  setTimer(timer: 'answer', delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#step({ type: 'timer', timer, now: 0 }), delayMs).unref();
  }

  clearTimer(): void {
    clearTimeout(this.#timer);
  }
}
