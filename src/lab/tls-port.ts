/**
 * The TLS port of a CallManager node (2443): hands connections that are secured, and whose phone has shown a good
 * certificate, on to the node. TLS 1.0 to 1.2 with the suites of the settings, a certificate demanded of every phone,
 * sessions resumed by tickets (RFC 5077) until the cluster's TLS Resumption Timer has run out: a resumed session keeps
 * the certificate with which it began. OpenSSL itself refuses versions (alert 70) and suites (alert 40) that it does
 * not take; what phones' certificates are answered with: `ClientTrust`.
 */
import { constants, randomBytes, type X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import type { FaultKind, LabFault } from '../scenario/lab-faults.ts';
import { type CallManager, callManagerService } from './call-manager.ts';
import { ClientTrust, certifiedDevice } from './client-certificates.ts';
import type { PemCredential } from './cluster-certificates.ts';
import { after, FaultTable } from './fault-table.ts';
import { GatedListener } from './gated-listener.ts';
import { GatedStream, type GateVerdict } from './gated-stream.ts';
import type { CallManagerNode, HostPort, LabService, ServiceStats } from './lab-contract.ts';
import { isAboutCertificates, TLS_ALERT } from './tls-alerts.ts';

/** What a node proves itself with, and whom it takes. */
export interface TlsPortSecrets {
  readonly server: PemCredential;
  /** No longer valid, and of an authority that nobody trusts: for faults. */
  readonly expired: PemCredential;
  readonly foreign: PemCredential;
  /** CallManager-trust: certificates of authorities, base64 of their DER. */
  readonly trust: readonly string[];
}

/** Name of a node's TLS port as a service of the lab. */
export function tlsPortName(node: CallManagerNode): string {
  return `${callManagerService(node)}Tls`;
}

type Identity = Exclude<keyof TlsPortSecrets, 'trust'>;

const HELLO_FAULTS: readonly FaultKind[] = ['silence', 'delay', 'close', 'abort', 'malformed', 'tls-alert'];
const IDENTITY_FAULTS: readonly FaultKind[] = ['expired-certificate', 'foreign-certificate'];
const HTTP_ANSWER = Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n', 'latin1');
/** A handshake that takes longer is given up. A limit of ours. */
const HANDSHAKE_LIMIT_MS = 60_000;
/** Also how exact the beginning and end of a `refuse` fault are. */
const SWEEP_MS = 100;
const TICKET_KEY_BYTES = 48;
const SESSION_CONTEXT = 'sccp';

/** By alert: how a refused phone is counted. */
const REFUSALS: Readonly<Record<number, keyof TlsPort['counts']>> = {
  [TLS_ALERT.handshakeFailure]: 'refusedNoCertificate',
  [TLS_ALERT.unknownCa]: 'refusedUnknownIssuer',
  [TLS_ALERT.certificateExpired]: 'refusedExpired',
};

/** By the code of OpenSSL's error. */
const OPENSSL_REFUSALS: Readonly<Record<string, keyof TlsPort['counts']>> = {
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'refusedVersion',
  ERR_SSL_VERSION_TOO_LOW: 'refusedVersion',
  ERR_SSL_NO_SHARED_CIPHER: 'refusedSuite',
};

/** A connection whose handshake is not over. */
interface Handshake {
  readonly socket: Socket;
  readonly startedAt: number;
}

export class TlsPort implements LabService {
  readonly name: string;
  /**
   * connections = refusedConnections + handshakesFull + handshakesResumed + the other `refused` ones + spoilt (by
   * faults) + brokenOff + inHandshakeNow.
   */
  readonly counts = {
    connections: 0,
    refusedConnections: 0,
    handshakesFull: 0,
    handshakesResumed: 0,
    refusedVersion: 0,
    refusedSuite: 0,
    refusedNoCertificate: 0,
    refusedUnknownIssuer: 0,
    refusedExpired: 0,
    refusedBadCertificate: 0,
    spoilt: 0,
    brokenOff: 0,
  };
  readonly #manager: CallManager;
  readonly #secrets: TlsPortSecrets;
  readonly #trust: ClientTrust;
  readonly #faults: FaultTable;
  readonly #listener: GatedListener;
  /** Made when they are first needed. */
  readonly #contexts = new Map<Identity, SecureContext>();
  readonly #handshakes = new Set<Handshake>();
  readonly #sockets = new Set<Socket>();
  readonly #sweep: NodeJS.Timeout;
  /** Of all contexts: a session may be resumed whichever certificate is shown. */
  readonly #ticketKeys = randomBytes(TICKET_KEY_BYTES);

  constructor(manager: CallManager, secrets: TlsPortSecrets) {
    const { node, settings, clock } = manager.facts;
    this.name = tlsPortName(node);
    this.#manager = manager;
    this.#secrets = secrets;
    this.#trust = new ClientTrust(secrets.trust.map((base64) => Buffer.from(base64, 'base64')));
    this.#faults = new FaultTable('tls', [], clock);
    this.setFaults(settings.faults);
    this.#listener = new GatedListener(`CallManager ${node} (TLS)`, settings, (socket) =>
      this.#accept(socket),
    );
    this.#sweep = setInterval(() => this.#onSweep(), SWEEP_MS).unref();
  }

  async start(port: number): Promise<void> {
    await this.#listener.open(port);
    this.#onSweep();
  }

  get endpoint(): HostPort {
    return this.#listener.endpoint;
  }

  stats(): ServiceStats {
    return { ...this.counts, inHandshakeNow: this.#handshakes.size, faults: this.#faults.met };
  }

  setFaults(faults: readonly LabFault[]): void {
    const { node } = this.#manager.facts;
    this.#faults.set(faults.filter((fault) => fault.node === undefined || fault.node === node));
  }

  close(): void {
    clearInterval(this.#sweep);
    this.#listener.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #onSweep(): void {
    this.#listener.keep(!this.#faults.hitsAll('refuse') && !this.#manager.faults.hitsAll('refuse'));
    const limit = this.#manager.facts.clock.now() - HANDSHAKE_LIMIT_MS;
    for (const { socket, startedAt } of this.#handshakes) if (startedAt < limit) socket.destroy();
  }

  #accept(socket: Socket): void {
    this.counts.connections++;
    const address = socket.remoteAddress ?? '';
    if (this.#faults.pick(address, ['refuse']) ?? this.#manager.faults.pick('', ['refuse'])) {
      this.counts.refusedConnections++;
      socket.on('error', () => {});
      socket.resetAndDestroy();
      return;
    }
    const handshake: Handshake = { socket, startedAt: this.#manager.facts.clock.now() };
    this.#handshakes.add(handshake);
    this.#sockets.add(socket);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#end(handshake, 'brokenOff');
    });
    const gate = new GatedStream(socket, {
      onHello: (decide) => this.#onHello(handshake, address, decide),
      onCertificate: (certificate) => this.#onCertificate(handshake, address, certificate),
    });
    const secured = new TLSSocket(gate, {
      isServer: true,
      secureContext: this.#context(this.#identity(address)),
      requestCert: true,
      rejectUnauthorized: false,
    });
    secured.on('error', (error: NodeJS.ErrnoException) => {
      this.#end(handshake, OPENSSL_REFUSALS[error.code ?? ''] ?? 'brokenOff');
    });
    secured.once('secure', () => this.#onSecure(handshake, gate, secured));
  }

  #onSecure(handshake: Handshake, gate: GatedStream, secured: TLSSocket): void {
    const certificate = secured.getPeerX509Certificate();
    const resumed = secured.isSessionReused();
    // A handshake in which the gate has seen no certificate is one that it could not read.
    if (certificate === undefined || (!resumed && !gate.admitted)) {
      secured.destroy();
      return;
    }
    this.#end(handshake, resumed ? 'handshakesResumed' : 'handshakesFull');
    this.#admit(gate, secured, certificate);
  }

  #admit(gate: GatedStream, secured: TLSSocket, certificate: X509Certificate): void {
    this.#manager.admit({
      stream: secured,
      security: secured.getCipher().name.includes('NULL') ? 'authenticated' : 'encrypted',
      certifiedDevice: certifiedDevice(certificate),
      abort: () => gate.abort(),
    });
  }

  #onHello(handshake: Handshake, address: string, decide: (verdict: GateVerdict) => void): void {
    const fault = this.#faults.pick(address, HELLO_FAULTS);
    if (fault === null || (fault.kind === 'tls-alert' && isAboutCertificates(fault.alert)))
      return decide('pass');
    if (fault.kind === 'delay') return after(fault.delayMs, () => decide('pass'));
    if (fault.kind !== 'silence') this.#end(handshake, 'spoilt');
    decide(verdictOf(fault));
  }

  #onCertificate(handshake: Handshake, address: string, certificate: Uint8Array | null): GateVerdict {
    const fault = this.#faults.pick(address, ['tls-alert']);
    if (fault !== null) {
      this.#end(handshake, 'spoilt');
      return { alert: fault.alert };
    }
    const alert = this.#trust.alertFor(certificate, new Date());
    if (alert === null) return 'pass';
    this.#end(handshake, REFUSALS[alert] ?? 'refusedBadCertificate');
    return { alert };
  }

  /** Each connection is counted once, by what came first. */
  #end(handshake: Handshake, outcome: keyof TlsPort['counts']): void {
    if (this.#handshakes.delete(handshake)) this.counts[outcome]++;
  }

  #identity(address: string): Identity {
    const fault = this.#faults.pick(address, IDENTITY_FAULTS);
    if (fault === null) return 'server';
    return fault.kind === 'expired-certificate' ? 'expired' : 'foreign';
  }

  #context(identity: Identity): SecureContext {
    let context = this.#contexts.get(identity);
    if (context === undefined) {
      const { certificate, privateKey } = this.#secrets[identity];
      const { minTlsVersion, suites, resumption } = this.#manager.facts.settings.security;
      context = createSecureContext({
        cert: certificate,
        key: privateKey,
        minVersion: minTlsVersion,
        maxVersion: 'TLSv1.2',
        // Level 0: TLS 1.0, SHA-1 and NULL-SHA are below OpenSSL's own limit (usecallmanager.nz, "Device security").
        ciphers: `${suites.join(':')}:@SECLEVEL=0`,
        honorCipherOrder: true,
        sessionIdContext: SESSION_CONTEXT,
        sessionTimeout: Math.max(1, Math.round(resumption)),
        ticketKeys: this.#ticketKeys,
        ...(resumption === 0 ? { secureOptions: constants.SSL_OP_NO_TICKET } : {}),
      });
      this.#contexts.set(identity, context);
    }
    return context;
  }
}

function verdictOf(fault: LabFault): Exclude<GateVerdict, 'pass'> {
  switch (fault.kind) {
    case 'tls-alert':
      return { alert: fault.alert };
    case 'malformed':
      return { say: HTTP_ANSWER };
    case 'abort':
      return 'abort';
    case 'close':
      return 'close';
    default:
      return 'ignore';
  }
}
