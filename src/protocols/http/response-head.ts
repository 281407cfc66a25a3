/**
 * The head of an HTTP/1 answer: status line, fields, empty line.
 *
 *     status-line = "HTTP/1." DIGIT SP 3DIGIT [ SP reason-phrase ] CRLF      RFC 9112 section 4
 *     field-line  = token ":" OWS value OWS CRLF                             RFC 9112 section 5
 *     obs-fold    = CRLF 1*( SP / HTAB ): replaced by one SP                 RFC 9112 section 5.2
 *
 * A line may end with LF alone (RFC 9112 section 2.2).
 */
import { DecodeError } from '../../wire/decode-error.ts';

/** How the end of a body is found: RFC 9112 section 6.3. */
export type BodyFraming =
  | { readonly type: 'length'; readonly bytes: number }
  | { readonly type: 'chunked' }
  | { readonly type: 'until-close' };

export interface ResponseHead {
  /** 100 to 599. */
  readonly status: number;
  readonly reason: string;
  readonly framing: BodyFraming;
}

const LF = 0x0a;
const CR = 0x0d;
const PREFIX = Buffer.from('HTTP/1.');
const STATUS_LINE = /^HTTP\/1\.(\d) ([1-5]\d\d)(?: (.*))?$/s;
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
const DIGITS = /^\d{1,15}$/;

/** Whether the first bytes of an answer can be the beginning of a status line. */
export function beginsLikeHttp(bytes: Uint8Array): boolean {
  const length = Math.min(bytes.length, PREFIX.length);
  return PREFIX.subarray(0, length).equals(bytes.subarray(0, length));
}

/**
 * Bytes of the head with its empty line, or -1 while that has not come.
 * @param from where to begin looking: what lies before it holds no end of a head
 */
export function headLength(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return at + 2;
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
  }
  return -1;
}

/**
 * @param head all of it, as `headLength` measures it
 * @throws DecodeError
 */
export function decodeResponseHead(head: Uint8Array): ResponseHead {
  const text = Buffer.from(head.buffer, head.byteOffset, head.length).toString('latin1');
  const [statusLine = '', ...lines] = text.replace(/\r?\n\r?\n$/, '').split(/\r?\n/);
  const match = STATUS_LINE.exec(statusLine);
  if (match === null) throw new DecodeError('http/status-line', 0, 'not a status line of HTTP/1');
  const [, , status = '', reason = ''] = match;
  const framing = framingOf(decodeFields(lines));
  return { status: Number(status), reason, framing };
}

/** The fields that frame a body, each with all its values. */
interface FramingFields {
  readonly lengths: readonly string[];
  readonly codings: readonly string[];
}

function decodeFields(lines: readonly string[]): FramingFields {
  const lengths: string[] = [];
  const codings: string[] = [];
  for (const line of unfold(lines)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0));
    if (!TOKEN.test(name)) throw new DecodeError('http/field', 0, 'a line without a field name');
    const values = line.slice(colon + 1).split(',');
    const target = { 'content-length': lengths, 'transfer-encoding': codings }[name.toLowerCase()];
    target?.push(...values.map((value) => value.trim().toLowerCase()));
  }
  return { lengths, codings };
}

function unfold(lines: readonly string[]): string[] {
  const unfolded: string[] = [];
  for (const line of lines) {
    const last = unfolded.length - 1;
    if (last >= 0 && /^[ \t]/.test(line)) unfolded[last] = `${unfolded[last]} ${line.trim()}`;
    else unfolded.push(line);
  }
  return unfolded;
}

function framingOf({ lengths, codings }: FramingFields): BodyFraming {
  if (codings.length > 0) {
    if (codings.every((coding) => coding === 'identity')) return { type: 'until-close' };
    if (codings.length === 1 && codings[0] === 'chunked') return { type: 'chunked' };
    throw new DecodeError('http/Transfer-Encoding', 0, 'a coding that was not asked for');
  }
  const [length] = lengths;
  if (length === undefined) return { type: 'until-close' };
  if (!DIGITS.test(length) || lengths.some((other) => other !== length)) {
    throw new DecodeError('http/Content-Length', 0, 'not one decimal number');
  }
  return { type: 'length', bytes: Number(length) };
}
