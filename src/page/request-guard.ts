/**
 * Who may ask what. A browser on this machine shows other pages as well: none of them may read the run (a name of theirs
 * that resolves to this machine: DNS rebinding) or steer it (a request across sites: CSRF).
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** Header of an order. A page of another origin cannot send it without being allowed to first, and never is. */
export const TOKEN_HEADER = 'x-bootstorm-token';

const TOKEN_BYTES = 18;

/** For one run: known to who reads the terminal. */
export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** Whether the request was meant for an address of a machine: whoever rebinds a name has to send that name. */
export function isForAddress(host: string | undefined): boolean {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::\d{1,5})?$/i.exec(host ?? '');
  if (match === null) return false;
  const [, bracketed, plain = ''] = match;
  return bracketed !== undefined
    ? isIP(bracketed) === 6
    : isIP(plain) === 4 || plain.toLowerCase() === 'localhost';
}

/** Whether nothing says that another page sent it. A browser names the origin of whatever changes something. */
export function isOfThisPage(headers: IncomingHttpHeaders): boolean {
  const { host, origin } = headers;
  const site = headers['sec-fetch-site'];
  const isOwnOrigin = origin === undefined || origin === `http://${host}`;
  return isOwnOrigin && (site === undefined || site === 'same-origin' || site === 'none');
}

/** In a time that does not tell how much of it was right. */
export function isToken(given: string | string[] | undefined, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return typeof given === 'string' && timingSafeEqual(digest(given), digest(token));
}
