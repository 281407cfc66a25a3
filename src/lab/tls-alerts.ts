/** Content types of TLS records, RFC 5246, section 6.2.1. */
export const TLS_CONTENT = { changeCipherSpec: 20, alert: 21, handshake: 22 } as const;
export const TLS_RECORD_HEAD_BYTES = 5;

/** Alerts of a server that does not accept its client, RFC 5246, section 7.2. */
export const TLS_ALERT = {
  handshakeFailure: 40,
  badCertificate: 42,
  certificateExpired: 45,
  unknownCa: 48,
  decodeError: 50,
  decryptError: 51,
} as const;

const FATAL = 2;

/** A fatal alert in clear. `version` is that of the connection's records; 0x0301 before there is one. */
export function encodeAlert(alert: number, version: number): Uint8Array {
  return Uint8Array.of(TLS_CONTENT.alert, version >> 8, version & 0xff, 0, 2, FATAL, alert);
}

/** Whether an alert is about the client's certificate (42 to 46, 48 unknown_ca, 49 access_denied). */
export function isAboutCertificates(alert: number): boolean {
  return (alert >= 42 && alert <= 46) || alert === 48 || alert === 49;
}
