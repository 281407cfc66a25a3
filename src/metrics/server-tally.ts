import type { Failure, FailureCause } from '../phone/failure-causes.ts';
import type { BootEvent } from '../phone/boot-event.ts';
import type { ServerRole } from '../phone/stages.ts';
import { blamedRole } from './blamed-role.ts';
import { Histogram, type SparseHistogram } from './histogram.ts';
import type { HandshakeOutcome } from './security-tally.ts';
import { type CurvePoints, StepCurve } from './step-curve.ts';

type TlsVersion = Extract<BootEvent, { readonly type: 'secured' }>['version'];

/** The server said no. */
const REFUSALS: ReadonlySet<FailureCause> = new Set([
  'tcp-refused',
  'sccp-rejected',
  'dhcp-nak',
  'dns-name-error',
  'dns-server-failure',
  'tftp-access-violation',
  'http-busy',
  'http-refused',
  'tls-version-refused',
  'tls-no-shared-suite',
  'tls-certificate-refused',
  'tls-alert',
  'capf-rejected',
]);

/** The server ended what it had begun: RST, FIN, or Reset of SCCP. */
const RESETS: ReadonlySet<FailureCause> = new Set([
  'tcp-reset',
  'tcp-closed',
  'http-closed',
  'sccp-reset',
  'tls-closed',
]);

/** One server as the phones of a shard saw it, plain data. */
export interface ServerSnapshot {
  readonly role: ServerRole;
  /** `address:port`. */
  readonly address: string;
  /**
   * Tries that have ended, of what the server is for: a lease, a file (HTTP, TFTP), a name, a connection (CallManager).
   */
  readonly attempts: number;
  readonly refused: number;
  readonly resets: number;
  readonly registeredNow: number;
  readonly registered: CurvePoints;
  /** Connections that stand by, beside a registration elsewhere. */
  readonly standbyNow: number;
  /** Those that it ended, and those that did not come up. */
  readonly standbyLost: number;
  readonly standbyFailed: number;
  /** Phones that registered here after another CallManager was lost, and those that went elsewhere after this one was. */
  readonly failedOverTo: number;
  readonly failedOverFrom: number;
  /** Phones that came back here, by priority. */
  readonly fellBackTo: number;
  /** Registrations that were lost, by cause. */
  readonly lost: readonly LossRow[];
  readonly tokens: TokenSnapshot;
  readonly handshakes: Readonly<Record<HandshakeOutcome, number>>;
  readonly suites: readonly TlsSuiteRow[];
  /** Duration of a try that succeeded, ms: lease, file, name; for a CallManager SYN to RegisterAck. */
  readonly latency: SparseHistogram;
}

export interface LossRow {
  readonly cause: FailureCause;
  readonly count: number;
}

/** TLS as it was agreed on. */
export interface TlsSuiteRow {
  readonly version: TlsVersion;
  /** IANA name. */
  readonly suite: string;
  readonly count: number;
}

export const TOKEN_OUTCOMES = ['granted', 'rejected', 'unanswered'] as const;
export type TokenOutcome = (typeof TOKEN_OUTCOMES)[number];

/** What became of the requests for a token (RegisterTokenReq). */
export interface TokenSnapshot {
  readonly outcomes: Readonly<Record<TokenOutcome, number>>;
  /** From the request to the answer, ms. */
  readonly roundTrip: SparseHistogram;
  /** The waits that rejections ordered, ms. */
  readonly wait: SparseHistogram;
}

class ServerTally {
  attempts = 0;
  refused = 0;
  resets = 0;
  registeredNow = 0;
  standbyNow = 0;
  standbyLost = 0;
  standbyFailed = 0;
  failedOverTo = 0;
  failedOverFrom = 0;
  fellBackTo = 0;
  readonly lost = new Map<FailureCause, number>();
  readonly tokens: Record<TokenOutcome, number> = { granted: 0, rejected: 0, unanswered: 0 };
  readonly handshakes: Record<HandshakeOutcome, number> = { full: 0, resumed: 0 };
  /** By version and suite. */
  readonly suites = new Map<string, { version: TlsVersion; suite: string; count: number }>();
  readonly tokenRoundTrip = new Histogram();
  readonly tokenWait = new Histogram();
  readonly registered = new StepCurve();
  readonly latency = new Histogram();
  readonly role: ServerRole;
  readonly address: string;

  constructor(role: ServerRole, address: string) {
    this.role = role;
    this.address = address;
  }
}

/** The servers that the phones of one shard met, and which of them each phone is registered with: 2 bytes for each. */
export class ServerTallies {
  readonly #all: ServerTally[] = [];
  readonly #byKey = new Map<string, ServerTally>();
  /** Position in `#all` of the server that the phone is registered with, plus 1. */
  readonly #registeredWith: Uint16Array;

  constructor(phones: number) {
    this.#registeredWith = new Uint16Array(phones);
  }

  /** A try ended well. */
  answered(role: ServerRole, address: string, durationMs: number): void {
    const server = this.#of(role, address);
    server.attempts += 1;
    server.latency.record(durationMs);
  }

  /** A try ended, and its duration says nothing about the server or is recorded elsewhere. */
  tried(role: ServerRole, address: string): void {
    this.#of(role, address).attempts += 1;
  }

  /** A phone failed, and there is a server to blame. */
  blamed(failure: Failure): void {
    const role = blamedRole(failure);
    if (role !== null && failure.server !== null) this.#failed(role, failure.server, failure.cause);
  }

  registered(phone: number, address: string, latencyMs: number, elapsedMs: number): void {
    this.left(phone, elapsedMs);
    const server = this.#of('callManager', address);
    if (latencyMs >= 0) server.latency.record(latencyMs);
    this.#registeredWith[phone] = this.#all.indexOf(server) + 1;
    server.registeredNow += 1;
    server.registered.set(elapsedMs, server.registeredNow);
  }

  /** The phone is not registered any more, if it was. */
  left(phone: number, elapsedMs: number): void {
    const server = this.#all[(this.#registeredWith[phone] as number) - 1];
    if (server === undefined) return;
    this.#registeredWith[phone] = 0;
    server.registeredNow -= 1;
    server.registered.set(elapsedMs, server.registeredNow);
  }

  standbyUp(address: string): void {
    const server = this.#of('callManager', address);
    server.attempts += 1;
    server.standbyNow += 1;
  }

  standbyLeft(address: string): void {
    this.#of('callManager', address).standbyNow -= 1;
  }

  standbyLost(address: string, cause: FailureCause): void {
    const server = this.#of('callManager', address);
    server.standbyNow -= 1;
    server.standbyLost += 1;
    this.#failed('callManager', address, cause);
  }

  standbyFailed(address: string, cause: FailureCause): void {
    const server = this.#of('callManager', address);
    server.attempts += 1;
    server.standbyFailed += 1;
    this.#failed('callManager', address, cause);
  }

  /** A handshake is complete. What a server can agree on is one of what phones offer: few rows. */
  secured(address: string, version: TlsVersion, suite: string, outcome: HandshakeOutcome): void {
    const server = this.#of('callManager', address);
    server.handshakes[outcome] += 1;
    const key = `${version} ${suite}`;
    const row = server.suites.get(key);
    if (row === undefined) server.suites.set(key, { version, suite, count: 1 });
    else row.count += 1;
  }

  failedOver(from: string, to: string): void {
    this.#of('callManager', from).failedOverFrom += 1;
    this.#of('callManager', to).failedOverTo += 1;
  }

  fellBack(to: string): void {
    this.#of('callManager', to).fellBackTo += 1;
  }

  /** To be called before `left`: the registration that the phone has was lost, whoever is to blame. */
  serviceLost(phone: number, cause: FailureCause): void {
    const lost = this.#all[(this.#registeredWith[phone] as number) - 1]?.lost;
    lost?.set(cause, (lost.get(cause) ?? 0) + 1);
  }

  /** `waitMs` counts where the request was rejected. */
  tokenAnswered(address: string, outcome: TokenOutcome, roundTripMs: number, waitMs: number): void {
    const server = this.#of('callManager', address);
    server.tokens[outcome] += 1;
    if (outcome !== 'unanswered') server.tokenRoundTrip.record(roundTripMs);
    if (outcome === 'rejected') server.tokenWait.record(waitMs);
  }

  snapshot(): ServerSnapshot[] {
    return this.#all.map((server) => ({
      role: server.role,
      address: server.address,
      attempts: server.attempts,
      refused: server.refused,
      resets: server.resets,
      registeredNow: server.registeredNow,
      registered: server.registered.toPoints(),
      standbyNow: server.standbyNow,
      standbyLost: server.standbyLost,
      standbyFailed: server.standbyFailed,
      failedOverTo: server.failedOverTo,
      failedOverFrom: server.failedOverFrom,
      fellBackTo: server.fellBackTo,
      lost: [...server.lost].map(([cause, count]) => ({ cause, count })),
      tokens: {
        outcomes: { ...server.tokens },
        roundTrip: server.tokenRoundTrip.toSparse(),
        wait: server.tokenWait.toSparse(),
      },
      handshakes: { ...server.handshakes },
      suites: [...server.suites.values()].map((row) => ({ ...row })),
      latency: server.latency.toSparse(),
    }));
  }

  #failed(role: ServerRole, address: string, cause: FailureCause): void {
    const server = this.#of(role, address);
    if (REFUSALS.has(cause)) server.refused += 1;
    if (RESETS.has(cause)) server.resets += 1;
  }

  #of(role: ServerRole, address: string): ServerTally {
    // An address and port serve one role, except where somebody points two roles at one port by mistake.
    const known = this.#byKey.get(address);
    if (known?.role === role) return known;
    const key = `${role} ${address}`;
    let server = this.#byKey.get(key);
    if (server === undefined) {
      server = new ServerTally(role, address);
      this.#all.push(server);
      this.#byKey.set(key, server);
      if (known === undefined) this.#byKey.set(address, server);
    }
    return server;
  }
}
