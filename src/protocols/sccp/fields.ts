import { bytes, type Codec, readMany, struct, u16le, u32le, writeSlots } from '../../wire/codec.ts';
import type { ByteReader } from '../../wire/byte-reader.ts';

/** Field layouts that several SCCP messages share (Wireshark packet-skinny.c). */

/**
 * IP address with its family, 20 bytes, in most messages since protocol version 17: u32 type (0 IPv4, 1 IPv6), then
 * 16 bytes of which IPv4 uses the first four. IPv6 is given as eight groups of hex; other types read as IPv4.
 */
export const typedAddress: Codec<string> = (path) => ({
  size: 20,
  read: (reader) => {
    const family = reader.u32le(`${path}.type`);
    if (family === ADDRESS_FAMILY.ipv6) return readIpv6(reader, path);
    const address = reader.ipv4(path);
    reader.skip(12, path);
    return address;
  },
  write: (writer, value) => {
    if (!value.includes(':')) {
      writer.u32le(ADDRESS_FAMILY.ipv4).ipv4(value).zeros(12);
      return;
    }
    const groups = value.split(':');
    if (groups.length !== 8) throw new RangeError(`${path}: "${value}" does not have eight groups`);
    writer.u32le(ADDRESS_FAMILY.ipv6);
    for (const group of groups) writer.u16be(Number.parseInt(group, 16));
  },
});

const ADDRESS_FAMILY = { ipv4: 0, ipv6: 1 } as const;

function readIpv6(reader: ByteReader, path: string): string {
  const groups: string[] = [];
  for (let i = 0; i < 8; i++) groups.push(reader.u16be(path).toString(16));
  return groups.join(':');
}

/** A part of a list that can come in several messages. */
export interface ListPart<T> {
  /** Position of the first entry in the whole list. */
  readonly offset: number;
  /** Entries of the whole list. */
  readonly total: number;
  readonly entries: readonly T[];
}

/**
 * u32 offset, u32 count, u32 total, then slots of which the first `count` mean something. Senders differ in the number of
 * slots (42 or 56 buttons, 32 or 64 soft keys): all of them are read over.
 */
export function listPart<T>(
  element: Codec<T>,
  unused: { readonly slots: number; readonly filler: T },
): Codec<ListPart<T>> {
  return (path) => {
    const field = element(path === '' ? 'entries' : `${path}.entries`);
    return {
      size: 12,
      read: (reader) => {
        const offset = reader.u32le('offset');
        const count = reader.u32le('count');
        const total = reader.u32le('total');
        return { offset, total, entries: readMany(reader, field, count, 'entries') };
      },
      write: (writer, { offset, total, entries }) => {
        writer.u32le(offset).u32le(entries.length).u32le(total);
        writeSlots(writer, field, entries, unused);
      },
    };
  };
}

/** Media encryption key of a channel, 48 bytes; `algorithm` 0 is none. */
export const mediaEncryption = struct({
  algorithm: u32le,
  keyLength: u16le,
  saltLength: u16le,
  key: bytes(16),
  salt: bytes(16),
  isMkiPresent: u32le,
  keyDerivationRate: u32le,
});
