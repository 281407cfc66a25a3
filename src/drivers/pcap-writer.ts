/**
 * What passed the drivers as a capture file that Wireshark and tshark open: classic pcap, link type RAW (packets
 * begin with their IP header). Addresses, ports and payloads are the real ones; IP and TCP headers are made here:
 * sequence numbers count the bytes that passed, every segment is acknowledged by the next one of the other side.
 *
 *   file header   a1b2c3d4, 2, 4, 0, 0, 65535, 101 (LINKTYPE_RAW)
 *   each packet   seconds, microseconds, captured length, length, then IPv4 and UDP or TCP
 *
 * Format: draft-ietf-opsawg-pcap. IPv4 only: the simulated phones speak nothing else.
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { ByteWriter } from '../wire/byte-writer.ts';
import type { Tap, TappedPacket } from './tap.ts';

const LINKTYPE_RAW = 101;
const PROTOCOL_TCP = 6;
const PROTOCOL_UDP = 17;
const TCP_FIN = 0x01;
const TCP_SYN = 0x02;
const TCP_PUSH = 0x08;
const TCP_ACK = 0x10;
/** What an IPv4 packet can carry besides its headers. */
const MOST_TCP_PAYLOAD = 65_000;

export function pcapFileHeader(): Buffer {
  return new ByteWriter(24)
    .u32le(0xa1b2c3d4)
    .u16le(2)
    .u16le(4)
    .u32le(0)
    .u32le(0)
    .u32le(65_535)
    .u32le(LINKTYPE_RAW)
    .finish();
}

/** One record of the file. `timeMs` is milliseconds since 1970. */
export function pcapRecord(timeMs: number, packet: Uint8Array): Buffer {
  return new ByteWriter(16 + packet.length)
    .u32le(Math.floor(timeMs / 1000))
    .u32le(Math.floor((timeMs % 1000) * 1000))
    .u32le(packet.length)
    .u32le(packet.length)
    .bytes(packet)
    .finish();
}

interface Ends {
  readonly from: string;
  readonly fromPort: number;
  readonly to: string;
  readonly toPort: number;
}

/** An IPv4 packet with one datagram; checksum 0 means that none was computed (RFC 768). */
export function udpPacket({ from, fromPort, to, toPort }: Ends, payload: Uint8Array): Buffer {
  const datagram = new ByteWriter(8 + payload.length)
    .u16be(fromPort)
    .u16be(toPort)
    .u16be(8 + payload.length)
    .u16be(0)
    .bytes(payload)
    .finish();
  return ipv4Packet(from, to, PROTOCOL_UDP, datagram);
}

/** An IPv4 packet with one TCP segment (RFC 9293 section 3.1). */
export function tcpPacket(
  { from, fromPort, to, toPort }: Ends,
  segment: { readonly sequence: number; readonly acknowledgement: number; readonly flags: number },
  payload: Uint8Array,
): Buffer {
  const bytes = new ByteWriter(20 + payload.length)
    .u16be(fromPort)
    .u16be(toPort)
    .u32be(segment.sequence)
    .u32be(segment.acknowledgement)
    .u8(5 << 4)
    .u8(segment.flags)
    .u16be(65_535)
    .u16be(0)
    .u16be(0)
    .bytes(payload)
    .finish();
  const pseudoHeader = new ByteWriter(12)
    .ipv4(from)
    .ipv4(to)
    .u8(0)
    .u8(PROTOCOL_TCP)
    .u16be(bytes.length)
    .finish();
  bytes.writeUInt16BE(internetChecksum([pseudoHeader, bytes]), 16);
  return ipv4Packet(from, to, PROTOCOL_TCP, bytes);
}

function ipv4Packet(from: string, to: string, protocol: number, payload: Uint8Array): Buffer {
  const header = new ByteWriter(20)
    .u8(0x45)
    .u8(0)
    .u16be(20 + payload.length)
    .u32be(0)
    .u8(64)
    .u8(protocol)
    .u16be(0)
    .ipv4(from)
    .ipv4(to)
    .finish();
  header.writeUInt16BE(internetChecksum([header]), 10);
  return Buffer.concat([header, payload]);
}

/** RFC 1071. Every piece but the last must have an even length. */
export function internetChecksum(pieces: readonly Uint8Array[]): number {
  let sum = 0;
  for (const piece of pieces) {
    for (let i = 0; i < piece.length; i += 2) sum += ((piece[i] ?? 0) << 8) | (piece[i + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** Sequence numbers of one connection: what each side sends next. */
interface Stream {
  local: number;
  remote: number;
}

/** A tap that writes a capture file as packets pass. */
export class PcapWriter<Owner, Endpoint extends string> implements Tap<Owner, Endpoint> {
  readonly #path: string;
  readonly #epochMs: number;
  readonly #streams = new Map<string, Stream>();

  /** @param epochMs what 0 on the run's clock is, milliseconds since 1970 */
  constructor(path: string, epochMs: number) {
    this.#path = path;
    this.#epochMs = epochMs;
    writeFileSync(path, pcapFileHeader());
  }

  datagram(_owner: Owner, _endpoint: Endpoint, packet: TappedPacket): void {
    this.#write(packet, udpPacket(endsOf(packet), packet.bytes));
  }

  stream(_owner: Owner, _endpoint: Endpoint, kind: 'open' | 'data' | 'close', packet: TappedPacket): void {
    const key = `${packet.localAddress}:${packet.localPort} ${packet.remoteAddress}:${packet.remotePort}`;
    let stream = this.#streams.get(key);
    if (stream === undefined || kind === 'open') {
      stream = { local: 1000, remote: 5000 };
      this.#streams.set(key, stream);
      this.#segment(packet, 'sent', stream, TCP_SYN, NOTHING);
      this.#segment(packet, 'received', stream, TCP_SYN | TCP_ACK, NOTHING);
      this.#segment(packet, 'sent', stream, TCP_ACK, NOTHING);
    }
    if (kind === 'data') {
      for (let at = 0; at < packet.bytes.length; at += MOST_TCP_PAYLOAD) {
        const piece = packet.bytes.subarray(at, at + MOST_TCP_PAYLOAD);
        this.#segment(packet, packet.direction, stream, TCP_PUSH | TCP_ACK, piece);
      }
    }
    if (kind === 'close') this.#segment(packet, packet.direction, stream, TCP_FIN | TCP_ACK, NOTHING);
  }

  #segment(
    packet: TappedPacket,
    direction: 'sent' | 'received',
    stream: Stream,
    flags: number,
    payload: Uint8Array,
  ): void {
    const [mine, theirs] =
      direction === 'sent' ? (['local', 'remote'] as const) : (['remote', 'local'] as const);
    const acknowledgement = flags & TCP_ACK ? stream[theirs] : 0;
    const segment = { sequence: stream[mine], acknowledgement, flags };
    this.#write(packet, tcpPacket(endsOf({ ...packet, direction }), segment, payload));
    stream[mine] += payload.length + (flags & (TCP_SYN | TCP_FIN) ? 1 : 0);
  }

  #write(packet: TappedPacket, bytes: Uint8Array): void {
    appendFileSync(this.#path, pcapRecord(this.#epochMs + packet.now, bytes));
  }
}

const NOTHING = new Uint8Array(0);

function endsOf({ direction, localAddress, localPort, remoteAddress, remotePort }: TappedPacket): Ends {
  return direction === 'sent'
    ? { from: localAddress, fromPort: localPort, to: remoteAddress, toPort: remotePort }
    : { from: remoteAddress, fromPort: remotePort, to: localAddress, toPort: localPort };
}
