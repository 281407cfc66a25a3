import type { ByteReader } from '../../wire/byte-reader.ts';
import type { ByteWriter } from '../../wire/byte-writer.ts';

/**
 * Domain names: RFC 1035, sections 2.3.4 (limits), 3.1 (labels) and 4.1.4 (compression). In memory a name is dotted
 * text without the final dot; the root is the empty text. Labels are printable ASCII, their case is kept.
 */
const MAX_LABEL_BYTES = 63;
/** The length octets and the root's are included. */
const MAX_NAME_BYTES = 255;
const POINTER_BITS = 0xc0;
const MAX_POINTER = 0x3fff;
/** Pointers in one name. Servers need one or two; a chain of thousands is an attack on the reader. */
const MAX_POINTERS = 16;

/** Whether a text can be asked for: labels of 1 to 63 printable ASCII characters, 255 octets in all. */
export function isDomainName(text: string): boolean {
  if (text.length === 0 || text.length > MAX_NAME_BYTES - 2) return false;
  return text.split('.').every((part) => /^[\x21-\x7e]{1,63}$/.test(part));
}

/** Names are compared without regard to case: RFC 1035, section 2.3.3. */
export function sameName(a: string, b: string): boolean {
  return a === b || a.toLowerCase() === b.toLowerCase();
}

/**
 * Read a name that may be compressed. A pointer must lead to before the labels that it follows, so that there are no
 * loops; DecodeError otherwise.
 */
export function readName(reader: ByteReader, message: ReaderAt, field: string): string {
  const labels: string[] = [];
  let at = reader;
  let segmentStart = reader.offset;
  let size = 1;
  let pointers = 0;
  for (;;) {
    const length = at.u8(field);
    if (length === 0) return labels.join('.');
    if ((length & POINTER_BITS) === POINTER_BITS) {
      const target = ((length & ~POINTER_BITS) << 8) | at.u8(field);
      if (++pointers > MAX_POINTERS) at.fail(field, 'too many compression pointers');
      if (target >= segmentStart) at.fail(field, `compression pointer to ${target} does not lead back`);
      at = message(target);
      segmentStart = target;
      continue;
    }
    if (length > MAX_LABEL_BYTES) at.fail(field, `label type 0x${length.toString(16)}`);
    size += 1 + length;
    if (size > MAX_NAME_BYTES) at.fail(field, 'name longer than 255 octets');
    labels.push(label(at, length, field));
  }
}

/** A reader of the whole message that starts at an offset. */
export type ReaderAt = (offset: number) => ByteReader;

/**
 * Write a name; an ending that was written before becomes a pointer to it. `written` holds lower-case endings and
 * their offsets. RangeError for a name that `isDomainName` refuses (the root is written).
 */
export function writeName(writer: ByteWriter, name: string, written: Map<string, number>): void {
  if (name !== '' && !isDomainName(name)) throw new RangeError(`not a domain name: ${name}`);
  let rest = name;
  while (rest !== '') {
    const key = rest.toLowerCase();
    const earlier = written.get(key);
    if (earlier !== undefined) {
      writer.u16be((POINTER_BITS << 8) | earlier);
      return;
    }
    if (writer.length <= MAX_POINTER) written.set(key, writer.length);
    const dot = rest.indexOf('.');
    const head = dot < 0 ? rest : rest.slice(0, dot);
    writer.u8(head.length).text(head);
    rest = dot < 0 ? '' : rest.slice(dot + 1);
  }
  writer.u8(0);
}

/** Names of hosts are printable ASCII, and a dot within a label would read as two labels: both are refused. */
function label(reader: ByteReader, length: number, field: string): string {
  const bytes = reader.bytes(length, field);
  for (const byte of bytes) {
    if (byte <= 0x20 || byte === 0x2e || byte >= 0x7f) reader.fail(field, `octet ${byte} in a label`);
  }
  return Buffer.from(bytes).toString('latin1');
}
