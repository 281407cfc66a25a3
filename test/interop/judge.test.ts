/** The capture is complete, and the judge finds fault with what is wrong, and with nothing else. */
import { createSocket } from 'node:dgram';
import { rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCapture } from '../support/interop/capture.ts';
import { assertNoMalformed, type CapturedPorts, dissect } from '../support/interop/dissect.ts';
import { freeUdpPort, ownLoopbackAddress } from '../support/interop/loopback.ts';
import { createServedFolder, startDnsmasqTftp } from '../support/interop/tftp-servers.ts';
import { ask, dhcpDiscover, dnsQuestion, tftpReadRequest } from './datagrams.ts';

/** An SCCP frame: length of what follows the version, version, message id, body; all little-endian. */
function sccpFrame(messageId: number, body: Buffer): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt32LE(body.length + 4, 0);
  header.writeUInt32LE(messageId, 8);
  return Buffer.concat([header, body]);
}

const KEEP_ALIVE = sccpFrame(0x0000, Buffer.alloc(0));
const IP_PORT = sccpFrame(0x0002, Buffer.from([0x10, 0x27, 0, 0]));
const DISCOVER = dhcpDiscover('001122334455', '127.0.0.2');
const QUESTION = dnsQuestion('cucm.example.test');
const MANY = Array.from({ length: 500 }, (_, index) => Buffer.from(`datagram ${index}`));

/** What is said in the capture: datagrams that nobody answers, or segments of a stream. */
const TALKS = {
  'many datagrams': { over: 'udp', key: 'tftp', pieces: MANY },
  'a DISCOVER': { over: 'udp', key: 'dhcp', pieces: [DISCOVER] },
  'a question': { over: 'udp', key: 'dns', pieces: [QUESTION] },
  'messages over two segments, and two in one': {
    over: 'tcp',
    key: 'sccp',
    pieces: [KEEP_ALIVE, IP_PORT.subarray(0, 14), Buffer.concat([IP_PORT.subarray(14), KEEP_ALIVE, IP_PORT])],
  },
  'an operation that TFTP does not have': {
    over: 'udp',
    key: 'tftp',
    pieces: [Buffer.from('000900', 'hex')],
  },
  'a request without an end': { over: 'udp', key: 'tftp', pieces: [Buffer.from('\0\u0001SEP', 'latin1')] },
  'an option that is cut off': { over: 'udp', key: 'dhcp', pieces: [DISCOVER.subarray(0, -5)] },
  'a question that is cut off': { over: 'udp', key: 'dns', pieces: [QUESTION.subarray(0, -6)] },
  'a message that never ends': { over: 'tcp', key: 'sccp', pieces: [KEEP_ALIVE, IP_PORT.subarray(0, -2)] },
  'a message shorter than its fields': {
    over: 'tcp',
    key: 'sccp',
    pieces: [KEEP_ALIVE, sccpFrame(0x0002, Buffer.alloc(1))],
  },
} as const satisfies Record<
  string,
  { over: 'udp' | 'tcp'; key: keyof CapturedPorts; pieces: readonly Buffer[] }
>;

type Talk = keyof typeof TALKS;

const folder = createServedFolder({ 'SEP001122334455.cnf.xml': '<device/>' });
const file = join(folder, 'talks.pcapng');
const portOf = new Map<Talk, number>();

beforeAll(async () => {
  // Other tests talk on loopback too: an address of our own tells what is ours.
  const address = ownLoopbackAddress();
  const capture = await startCapture({ filter: `host ${address} and (udp or tcp)`, file });
  for (const [name, { over, pieces }] of Object.entries(TALKS)) {
    const port = over === 'udp' ? await sendDatagrams(address, pieces) : await sendSegments(address, pieces);
    portOf.set(name as Talk, port);
  }
  await capture.stop();
});

afterAll(() => rmSync(folder, { recursive: true }));

async function sendDatagrams(address: string, datagrams: readonly Buffer[]): Promise<number> {
  const port = await freeUdpPort(address);
  const socket = createSocket('udp4');
  for (const bytes of datagrams) {
    await new Promise((resolve) => socket.send(bytes, port, address, resolve));
  }
  socket.close();
  return port;
}

/** Each piece in a segment of its own, to a side that only listens. */
async function sendSegments(address: string, pieces: readonly Buffer[]): Promise<number> {
  const server = createServer((socket) => socket.resume());
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: address, noDelay: true });
  for (const bytes of pieces) await new Promise((resolve) => socket.write(bytes, resolve));
  await new Promise<void>((resolve) => socket.end(resolve));
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function judge(talk: Talk): Promise<void> {
  const { over, key } = TALKS[talk];
  const port = portOf.get(talk) ?? 0;
  return assertNoMalformed(file, { ports: { [key]: [port] }, only: `${over}.port == ${port}` });
}

describe('a capture', () => {
  test('holds every packet from its start to its stop', async () => {
    const rows = await dissect(file, ['udp.payload'], {
      filter: `udp.dstport == ${portOf.get('many datagrams')}`,
    });
    const said = rows.map((row) => Buffer.from(row['udp.payload'][0] ?? '', 'hex').toString());
    expect(said).toEqual(MANY.map(String));
  });
});

describe('the judge', () => {
  test.each(['a DISCOVER', 'a question', 'messages over two segments, and two in one'] as const)(
    'finds no fault with %s',
    async (talk) => {
      await expect(judge(talk)).resolves.toBeUndefined();
    },
  );

  test.each([
    'an operation that TFTP does not have',
    'a request without an end',
    'an option that is cut off',
    'a question that is cut off',
    'a message that never ends',
    'a message shorter than its fields',
  ] as const)('reports %s', async (talk) => {
    await expect(judge(talk)).rejects.toThrow(/^1 packets of/);
  });

  test('names the messages of a stream in their order, however they were cut', async () => {
    const port = portOf.get('messages over two segments, and two in one') ?? 0;
    const rows = await dissect(file, ['skinny.messageId'], { ports: { sccp: [port] }, filter: 'skinny' });
    expect(rows.flatMap((row) => row['skinny.messageId']).map(Number)).toEqual([0, 2, 0, 2]);
  });

  test('finds no fault with a real server that has a file, and has another one not', async () => {
    const server = await startDnsmasqTftp({ folder });
    const served = join(folder, 'served.pcapng');
    const capture = await startCapture({ filter: `host ${server.address} and udp`, file: served });
    await ask(tftpReadRequest('SEP001122334455.cnf.xml'), server);
    await ask(tftpReadRequest('CTLSEP001122334455.tlv'), server);
    await capture.stop();
    await server.stop();
    const ports = { tftp: [server.port] };
    await assertNoMalformed(served, { ports });
    const rows = await dissect(served, ['tftp.opcode', 'tftp.source_file'], { ports, filter: 'tftp' });
    expect(new Set(rows.map((row) => Number(row['tftp.opcode'][0])))).toEqual(new Set([1, 3, 5]));
    expect(rows[0]?.['tftp.source_file']).toEqual(['SEP001122334455.cnf.xml']);
  });
});
