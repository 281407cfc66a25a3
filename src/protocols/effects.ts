/**
 * The seam between decisions and I/O. A machine is a record and a function
 *
 *     step(machine, event, out): void
 *
 * that mutates the record and reports what is to be done on `out`. It reads no clock (time is in the event), makes
 * no randomness (`src/random` is a pure function of its arguments) and knows no socket. `out` may do the work at
 * once or record it, and never calls back into the machine before `step` has returned.
 */

import type { TlsAlert, TlsDemand, TlsVersion } from './tls.ts';

/** Why a stream ended, or never began, without our asking. */
export const CLOSE_CAUSES = [
  'fin', // the peer closed in order
  'reset', // RST on an open connection
  'refused', // RST in answer to our SYN
  'timeout', // no answer to our SYN, or the kernel gave up
  'unreachable', // no route, or ICMP said so
  'denied', // the target guard: the address may not be reached
  'tls-alert', // an alert of TLS ended the handshake or the connection
  'tls-failed', // the handshake broke off without an alert: the peer's bytes are no TLS, or OpenSSL refuses them
  'exhausted', // the generator has no descriptor, port or memory left: its own fault, never the server's
] as const;
export type CloseCause = (typeof CLOSE_CAUSES)[number];

/** What a machine is told. `now` is milliseconds on the run's monotonic clock. */
export type MachineEvent<Timer extends string = string> =
  | { readonly type: 'start'; readonly now: number }
  | { readonly type: 'timer'; readonly timer: Timer; readonly now: number }
  | DatagramEvent
  | { readonly type: 'unsendable'; readonly cause: CloseCause; readonly now: number }
  | {
      readonly type: 'connected';
      readonly localAddress: string;
      readonly localPort: number;
      readonly now: number;
    }
  /** The handshake is complete, after `connected` of a stream that was to be secured. */
  | {
      readonly type: 'secured';
      readonly version: TlsVersion;
      /** IANA name, e.g. TLS_RSA_WITH_AES_128_CBC_SHA. */
      readonly suite: string;
      readonly resumed: boolean;
      /** DER; that of the session where it was resumed. Null: the server has shown none. */
      readonly peerCertificate: Uint8Array | null;
      readonly now: number;
    }
  | { readonly type: 'data'; readonly bytes: Uint8Array; readonly now: number }
  | {
      readonly type: 'closed';
      readonly cause: CloseCause;
      /** With `tls-alert`. */
      readonly alert?: TlsAlert;
      /** With `tls-failed`: OpenSSL's reason. */
      readonly detail?: string;
      readonly now: number;
    }
  /** End in order: say goodbye where the protocol has a word for it, then `done`. */
  | { readonly type: 'stop'; readonly now: number };

/** A datagram came in. `bytes` belong to the driver: they are valid until `step` returns. */
export interface DatagramEvent {
  readonly type: 'datagram';
  readonly address: string;
  readonly port: number;
  readonly bytes: Uint8Array;
  readonly now: number;
}

/**
 * What a protocol machine can have done for it. It owns at most one endpoint, a UDP port or a TCP stream, and does
 * not name it. Bytes handed over are never touched again by the machine: they are fresh or immutable.
 */
export interface Effects<Timer extends string, Notice, Result> {
  /** A fresh local UDP port for the datagrams that follow; an earlier one is closed. */
  bind(): void;
  sendTo(address: string, port: number, bytes: Uint8Array): void;
  connect(address: string, port: number): void;
  /** On the stream. Several calls within one step leave in one write. */
  send(bytes: Uint8Array): void;
  /** Close the port or stream; a stream closes in order. No `closed` event follows. */
  close(): void;
  /** One timer per name; setting it again moves it. */
  setTimer(timer: Timer, delayMs: number): void;
  clearTimer(timer: Timer): void;
  /** Something that an observer wants to count or the parent wants to know, while the machine goes on. */
  notice(notice: Notice): void;
  /** The machine has ended; it takes no more events. Its endpoint and timers are already released by it. */
  done(result: Result): void;
}

/** What a whole phone can have done for it: the same effects, on endpoints with names. Drivers implement this. */
export interface EndpointEffects<Endpoint extends string, Timer extends string> {
  bind(endpoint: Endpoint): void;
  sendTo(endpoint: Endpoint, address: string, port: number, bytes: Uint8Array): void;
  /** With `tls`: `connected` when TCP is up, then `secured` or `closed`. Nothing is sent in clear. */
  connect(endpoint: Endpoint, address: string, port: number, tls?: TlsDemand): void;
  send(endpoint: Endpoint, bytes: Uint8Array): void;
  close(endpoint: Endpoint): void;
  setTimer(timer: Timer, delayMs: number): void;
  clearTimer(timer: Timer): void;
}
