/**
 * The TLS of a worker's connections: contexts, one per profile and certificate, and the sessions that phones keep.
 * Both are bounded. Whether a server is the right one is nobody's business here: no authority is loaded, every
 * certificate is taken, and the phone decides when it sees it. No SNI and no ALPN, as phones have none.
 */
import { constants, type KeyObject } from 'node:crypto';
import type { Socket } from 'node:net';
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import { BootstormError } from '../errors.ts';
import type { Credential } from '../protocols/credential.ts';
import type { TlsDemand, TlsProfile } from '../protocols/tls.ts';

export interface TlsCounters {
  /** Handshakes that came to their end, with a new session and with an earlier one. */
  fullHandshakes: number;
  resumedHandshakes: number;
  /** Connections that ended between TCP and the end of the handshake, without our asking. */
  failedHandshakes: number;
  contextsBuilt: number;
  /** Connections that found their context built. */
  contextsReused: number;
  /** Contexts that made room for others; connections that use one keep it. */
  contextsEvicted: number;
}

interface KeptSession {
  readonly context: string;
  readonly bytes: Buffer;
  /** Node does not say whose a resumed session is. */
  readonly peerCertificate: Uint8Array | null;
}

interface Handshake {
  readonly socket: TLSSocket;
  /** Of the session that is offered. */
  readonly peerCertificate: Uint8Array | null;
}

/** Servers whose last session a phone keeps. A phone has at most three CallManagers, CAPF and TVS. */
const SESSIONS_PER_OWNER = 8;

export class TlsClient<Owner extends object> {
  readonly counters: TlsCounters = {
    fullHandshakes: 0,
    resumedHandshakes: 0,
    failedHandshakes: 0,
    contextsBuilt: 0,
    contextsReused: 0,
    contextsEvicted: 0,
  };
  readonly #mostContexts: number;
  readonly #keyLog: ((line: Buffer) => void) | null;
  /** In the order of their last use. */
  readonly #contexts = new Map<string, SecureContext>();
  readonly #certificates = new Map<string, Buffer>();
  readonly #sessions = new WeakMap<Owner, Map<string, KeptSession>>();

  /**
   * @param mostContexts how many are kept; the one whose last use is longest ago goes first
   * @param keyLog takes the secrets of every connection, see key-log.ts
   */
  constructor(mostContexts: number, keyLog: ((line: Buffer) => void) | null = null) {
    this.#mostContexts = mostContexts;
    this.#keyLog = keyLog;
  }

  /**
   * Builds what connections with this credential need, ahead of the first.
   * Throws `invalid-scenario` where the key is not that of the certificate, or the profile is not possible.
   */
  prepare(profile: TlsProfile, credential: Credential | null): void {
    try {
      this.#context(contextName(profile, credential), profile, credential);
    } catch (cause) {
      throw new BootstormError(
        'invalid-scenario',
        `no TLS as "${profile.name}" is possible with Node ${process.version}: ${(cause as Error).message}`,
        {
          cause,
          hint: 'take another phones.security.tlsProfile, other certificates, or another version of Node',
        },
      );
    }
  }

  /** Begins the handshake on a connected socket, which is the stream's from now on. Throws OpenSSL's error. */
  secure(
    socket: Socket,
    owner: Owner,
    { profile, credential, resume }: TlsDemand,
    server: string,
  ): Handshake {
    const name = contextName(profile, credential);
    const kept = this.#contexts.has(name);
    const secureContext = this.#context(name, profile, credential);
    if (kept) this.counters.contextsReused++;
    const session = resume ? this.#session(owner, server, name) : null;
    const secured = connect({
      socket,
      secureContext,
      rejectUnauthorized: false,
      // Weak parameters are the server's affair: what phones do about them is not known.
      minDHSize: 1,
      ...(session ? { session: session.bytes } : {}),
    });
    if (this.#keyLog) secured.on('keylog', this.#keyLog);
    return { socket: secured, peerCertificate: session?.peerCertificate ?? null };
  }

  /** A session that a server has given to a phone; the earlier one of that server is forgotten. */
  keep(
    owner: Owner,
    { profile, credential }: TlsDemand,
    server: string,
    session: Omit<KeptSession, 'context'>,
  ): void {
    const sessions = this.#sessions.get(owner) ?? new Map<string, KeptSession>();
    this.#sessions.set(owner, sessions);
    sessions.delete(server);
    sessions.set(server, { ...session, context: contextName(profile, credential) });
    for (const oldest of sessions.keys()) {
      if (sessions.size <= SESSIONS_PER_OWNER) break;
      sessions.delete(oldest);
    }
  }

  /** One object for all phones that a server has shown this certificate to, as long as it shows no other. */
  shared(server: string, certificate: Buffer): Buffer {
    const known = this.#certificates.get(server);
    if (known?.equals(certificate)) return known;
    this.#certificates.set(server, certificate);
    return certificate;
  }

  completed(resumed: boolean): void {
    if (resumed) this.counters.resumedHandshakes++;
    else this.counters.fullHandshakes++;
  }

  /** The session that was offered may be why: it is not offered again. */
  failed(owner: Owner, server: string): void {
    this.counters.failedHandshakes++;
    this.#sessions.get(owner)?.delete(server);
  }

  /** A phone without power remembers no session. */
  forget(owner: Owner): void {
    this.#sessions.delete(owner);
  }

  /** A session is offered with the certificate that it was made with, and no other. */
  #session(owner: Owner, server: string, context: string): KeptSession | null {
    const kept = this.#sessions.get(owner)?.get(server);
    return kept?.context === context ? kept : null;
  }

  #context(name: string, profile: TlsProfile, credential: Credential | null): SecureContext {
    const known = this.#contexts.get(name);
    this.#contexts.delete(name);
    const context = known ?? buildContext(profile, credential);
    this.#contexts.set(name, context);
    if (known) return known;
    this.counters.contextsBuilt++;
    for (const oldest of this.#contexts.keys()) {
      if (this.#contexts.size <= this.#mostContexts) break;
      this.#contexts.delete(oldest);
      this.counters.contextsEvicted++;
    }
    return context;
  }
}

function contextName(profile: TlsProfile, credential: Credential | null): string {
  return `${profile.name} ${credential?.digest ?? ''}`;
}

/** PEM of keys that contexts were built from: a worker's phones share a pool of keys. */
const PRIVATE_KEYS = new WeakMap<KeyObject, string>();

function privateKeyPem(key: KeyObject): string {
  let pem = PRIVATE_KEYS.get(key);
  if (pem === undefined) {
    pem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
    PRIVATE_KEYS.set(key, pem);
  }
  return pem;
}

/** OpenSSL reads a line of any length (crypto/pem/pem_lib.c). */
function certificatePem(der: Uint8Array): string {
  const base64 = Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
}

function buildContext(profile: TlsProfile, credential: Credential | null): SecureContext {
  return createSecureContext({
    minVersion: profile.minVersion,
    maxVersion: profile.maxVersion,
    // Level 0 is where OpenSSL 3 still has TLS 1.0, SHA-1 and suites without encryption.
    ciphers: [...profile.suites, '@SECLEVEL=0'].join(':'),
    // Phones are older than RFC 5746, and so may their servers be.
    secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
    ca: [],
    ...(credential
      ? {
          cert: certificatePem(credential.certificate),
          key: privateKeyPem(credential.privateKey),
        }
      : {}),
  });
}
