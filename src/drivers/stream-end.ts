import type { CloseCause } from '../protocols/effects.ts';
import type { TlsAlert } from '../protocols/tls.ts';
import { closeCauseOf } from './close-cause.ts';
import { tlsAlertName } from './tls-alert-names.ts';

/** How a stream ended without our asking: what a `closed` event says. */
export interface StreamEnd {
  readonly cause: CloseCause;
  /** With `tls-alert`. */
  readonly alert?: TlsAlert;
  /** With `tls-failed`: OpenSSL's reason. */
  readonly detail?: string;
}

/**
 * Of an alert that came from the peer; OpenSSL 3 adds it to the reason (ssl/record/rec_layer_s3.c). Of a number that
 * nobody has assigned Node says nothing: the connection ends when the peer closes it.
 */
const RECEIVED_ALERT = /SSL alert number (\d+)/;
/** error:0A000102:SSL routines:ssl_choose_client_version:unsupported protocol:file:line: */
const OPENSSL_ERROR = /error:[0-9A-F]{8}:[^:]*:[^:]*:([^:\n]+)/;

/**
 * Alerts that OpenSSL's client sends of its own accord, by its reason: the arguments of SSLfatal in
 * ssl/statem/statem_clnt.c, statem_lib.c, extensions.c and t1_lib.c.
 */
const SENT_ALERTS: Readonly<Record<string, number>> = {
  'unexpected message': 10,
  'decryption failed or bad record mac': 20,
  'data length too long': 22,
  'packet length too long': 22,
  'dh key too small': 40,
  'no suitable key share': 40,
  'unknown cipher returned': 47,
  'wrong cipher returned': 47,
  'wrong ssl session id length': 47,
  'length mismatch': 50,
  'length too short': 50,
  'bad length': 50,
  'bad signature': 51,
  'digest check failed': 51,
  'unsupported protocol': 70,
  'version too low': 70,
};

/** What an error of a plain or a secured stream means. */
export function streamEndOf(error: Error): StreamEnd {
  const reason = OPENSSL_ERROR.exec(error.message)?.[1];
  if (reason === undefined && !isTlsError(error)) return { cause: closeCauseOf(error) };
  const received = RECEIVED_ALERT.exec(error.message)?.[1];
  const number = received === undefined ? SENT_ALERTS[reason ?? ''] : Number(received);
  if (number === undefined) return { cause: 'tls-failed', detail: reason ?? error.message };
  const from = received === undefined ? 'client' : 'server';
  return { cause: 'tls-alert', alert: { number, name: tlsAlertName(number), from } };
}

/** Node's own objections to a handshake, or OpenSSL's without its usual text. */
function isTlsError(error: Error): boolean {
  return 'code' in error && typeof error.code === 'string' && /^ERR_(SSL|TLS|OSSL)_/.test(error.code);
}
