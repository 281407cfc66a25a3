import type { MachineEvent } from '../protocols/effects.ts';
import type { TlsAlert } from '../protocols/tls.ts';
import { causeOfClose } from './close-causes.ts';
import type { FailureCause } from './failure-causes.ts';

/** Why a secured connection ended, for the table of causes. */
export interface SecureFailure {
  readonly cause: FailureCause;
  readonly detail: string | undefined;
}

type Closed = Extract<MachineEvent, { type: 'closed' }>;

/**
 * What it means that a connection ended which was to be secured. Alert numbers: RFC 5246, section 7.2, and RFC 8446,
 * section 6.
 *
 *   cause         during the handshake        after it
 *   ------------  --------------------------  ---------------------------------------------------------------
 *   tls-alert     by its number, see below    the same: a TLS 1.3 server refuses a certificate only then
 *   tls-failed    by OpenSSL's reason         tls-failed
 *   fin, reset    tls-closed                  null: the end of the connection under the protocol
 *   any other     as for any connection       null
 */
export function causeOfSecureClose(closed: Closed, inHandshake: boolean): SecureFailure | null {
  const { cause, alert, detail } = closed;
  if (cause === 'tls-alert') return causeOfAlert(alert, detail);
  if (cause === 'tls-failed') {
    return { cause: isVersionTrouble(detail) ? 'tls-version-refused' : 'tls-failed', detail };
  }
  if (!inHandshake) return null;
  if (cause === 'fin' || cause === 'reset') return { cause: 'tls-closed', detail: cause };
  return { cause: causeOfClose(cause), detail };
}

const PROTOCOL_VERSION = 70;
const HANDSHAKE_FAILURE = 40;
/**
 * bad_certificate, unsupported_certificate, certificate_revoked, certificate_expired, certificate_unknown,
 * unknown_ca, access_denied, certificate_required.
 */
const CERTIFICATE_ALERTS: readonly number[] = [42, 43, 44, 45, 46, 48, 49, 116];

function causeOfAlert(alert: TlsAlert | undefined, detail: string | undefined): SecureFailure {
  if (alert === undefined) return { cause: 'tls-alert', detail };
  const { number, name, from } = alert;
  const text = `alert ${number} (${name}) from the ${from}`;
  if (number === PROTOCOL_VERSION) return { cause: 'tls-version-refused', detail: text };
  // What our own side complains about is no word of the server's.
  if (from === 'client') return { cause: 'tls-failed', detail: text };
  if (number === HANDSHAKE_FAILURE) return { cause: 'tls-no-shared-suite', detail: text };
  if (CERTIFICATE_ALERTS.includes(number)) return { cause: 'tls-certificate-refused', detail: text };
  return { cause: 'tls-alert', detail: text };
}

/** OpenSSL's reasons where the server answers with a version that was not offered. */
const VERSION_TROUBLE = /unsupported[ _]protocol|no[ _]protocols[ _]available|protocol[ _]version/i;

function isVersionTrouble(detail: string | undefined): boolean {
  return detail !== undefined && VERSION_TROUBLE.test(detail);
}
