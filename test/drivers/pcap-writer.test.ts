import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { internetChecksum, PcapWriter, tcpPacket, udpPacket } from '../../src/drivers/pcap-writer.ts';
import type { TappedPacket } from '../../src/drivers/tap.ts';
import { dissect } from '../support/interop/dissect.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ENDS = { from: '127.0.0.1', fromPort: 1234, to: '127.9.8.7', toPort: 69 };

function packet(direction: 'sent' | 'received', text: string, now: number): TappedPacket {
  return {
    direction,
    localAddress: '127.16.0.1',
    localPort: 40_000,
    remoteAddress: '127.0.0.10',
    remotePort: 2000,
    bytes: Buffer.from(text),
    now,
  };
}

it('makes IPv4 headers and TCP segments whose checksums come out even, whatever the payload', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (payload) => {
      expect(internetChecksum([udpPacket(ENDS, payload).subarray(0, 20)])).toBe(0);
      const bytes = tcpPacket(ENDS, { sequence: 1, acknowledgement: 2, flags: 0x10 }, payload);
      const segment = bytes.subarray(20);
      const pseudoHeader = Buffer.concat([
        bytes.subarray(12, 20),
        Buffer.of(0, 6, segment.length >> 8, segment.length & 255),
      ]);
      expect(internetChecksum([pseudoHeader, segment])).toBe(0);
    }),
  );
});

it('writes a file in which tshark finds whole conversations and nothing to complain of', async () => {
  const file = join(temporaryFolder({}), 'phone.pcap');
  const pcap = new PcapWriter<null, 'tcp' | 'udp'>(file, Date.UTC(2026, 0, 1));
  pcap.datagram(null, 'udp', { ...packet('sent', 'question', 1), remotePort: 9 });
  pcap.datagram(null, 'udp', { ...packet('received', 'answer', 2), remotePort: 9 });
  pcap.stream(null, 'tcp', 'open', packet('sent', '', 3));
  pcap.stream(null, 'tcp', 'data', packet('sent', 'hello ', 4));
  pcap.stream(null, 'tcp', 'data', packet('received', 'x'.repeat(100_000), 5));
  pcap.stream(null, 'tcp', 'data', packet('sent', 'bye', 6));
  pcap.stream(null, 'tcp', 'close', packet('sent', '', 7));
  const rows = await dissect(
    file,
    ['ip.src', 'udp.length', 'tcp.len', 'tcp.analysis.flags', '_ws.expert.message'],
    {
      preferences: ['tcp.check_checksum:TRUE', 'ip.check_checksum:TRUE'],
    },
  );
  expect(rows.map((row) => row['udp.length'][0] ?? row['tcp.len'][0])).toEqual([
    '16',
    '14',
    '0',
    '0',
    '0',
    '6',
    '65000',
    '35000',
    '3',
    '0',
  ]);
  expect(rows.flatMap((row) => row['tcp.analysis.flags'])).toEqual([]);
});
