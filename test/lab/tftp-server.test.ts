import { afterEach, describe, expect, it } from 'vitest';
import { LabClock } from '../../src/lab/lab-clock.ts';
import { ConfigFiles } from '../../src/lab/config-files.ts';
import type { HostPort } from '../../src/lab/lab-contract.ts';
import { TftpServer } from '../../src/lab/tftp-server.ts';
import {
  decodePacket,
  encodeAck,
  encodeError,
  encodePacket,
  TFTP_ERROR,
  type TftpPacket,
} from '../../src/protocols/tftp/packet.ts';
import {
  deviceOf,
  directoryOf,
  fault,
  labSettings,
  LOCALHOST,
  sum,
  udpClient,
  type UdpClient,
} from './lab-parts.ts';

const NAME = `${deviceOf(1)}.cnf.xml`;
const CLUSTER = [{ name: 'cucm1.lab', host: LOCALHOST, port: 2000 }];
const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

async function tftp(input: Parameters<typeof labSettings>[0] = {}) {
  // Nothing is sent again, however slow the reader is.
  const settings = labSettings({ tftpRepeatSeconds: 60, ...input });
  const directory = directoryOf(10_000, settings);
  const files = new ConfigFiles(settings, directory, {
    callManagers: CLUSTER,
    srst: null,
    secure: null,
  });
  const server = new TftpServer(settings, files, new LabClock(() => 0));
  await server.start(0);
  open.push(server);
  return { server, files, reader: await newReader(server) };
}

function rrq(fileName: string, type: 'RRQ' | 'WRQ' = 'RRQ'): Buffer {
  return encodePacket({ type, fileName, mode: 'octet', options: [] });
}

/** A reader that does what it is told, and no more. */
async function newReader(server: TftpServer) {
  const socket = await udpClient();
  open.push(socket);
  const next = async (): Promise<{ packet: TftpPacket; from: HostPort }> => {
    const { bytes, from } = await socket.next();
    return { packet: decodePacket(bytes), from };
  };
  const request = (name: string): void => socket.send(rrq(name), server.endpoint);
  return { socket, next, request, read: (name: string) => read(socket, server.endpoint, name) };
}

/** A whole file, or the ERROR. Blocks that are not the next one are acknowledged again, as the RFC wants. */
async function read(socket: UdpClient, server: HostPort, name: string) {
  const blocks: Buffer[] = [];
  const ports = new Set<number>();
  socket.send(rrq(name), server);
  for (;;) {
    const { bytes, from } = await socket.next();
    const packet = decodePacket(bytes);
    if (packet.type === 'ERROR') return { error: packet.code, port: from.port };
    if (packet.type !== 'DATA') throw new Error(`${packet.type} while reading`);
    ports.add(from.port);
    if (packet.block === ((blocks.length + 1) & 0xffff)) blocks.push(Buffer.from(packet.data));
    socket.send(encodeAck(packet.block), from);
    if (packet.data.length < 512) return { content: Buffer.concat(blocks), ports };
  }
}

/** An empty last one included. */
function blocksOf(content: Buffer | undefined): number {
  return Math.floor((content?.length ?? 0) / 512) + 1;
}

async function settled(server: TftpServer): Promise<void> {
  while (server.stats()['inServiceNow'] !== 0) await new Promise(setImmediate);
}

function addUp(server: TftpServer): void {
  const stats = server.stats();
  expect(sum(stats, ['malformed', 'ignored', 'requests'])).toBe(stats['received']);
  const outcomes = [
    'filesSent',
    'failedTransfers',
    'notFound',
    'refused',
    'overLimit',
    'unanswered',
    'queuedNow',
    'inServiceNow',
  ];
  expect(sum(stats, outcomes)).toBe(stats['requests']);
}

describe('TftpServer', () => {
  it('serves a file from a port of its own, another one for each transfer', async () => {
    const { server, files, reader } = await tftp();
    const first = await reader.read(NAME);
    expect(first.content).toEqual(files.read(NAME, null));
    const second = await reader.read(NAME.toLowerCase());
    expect(second.content).toEqual(first.content);
    await settled(server);
    const ports = [...(first.ports ?? []), ...(second.ports ?? [])];
    expect(ports).toHaveLength(2);
    expect(ports).not.toContain(server.endpoint.port);
    expect(server.stats()).toMatchObject({ filesSent: 2, bytesSent: 2 * (first.content?.length ?? 0) });
    addUp(server);
  });

  it('has no trust lists: ERROR 1 from the request’s port; and takes no files: ERROR 2', async () => {
    const { server, reader } = await tftp();
    const port = server.endpoint.port;
    expect(await reader.read('ITLFile.tlv')).toEqual({ error: TFTP_ERROR.fileNotFound, port });
    reader.socket.send(rrq(NAME, 'WRQ'), server.endpoint);
    expect((await reader.next()).packet).toMatchObject({ type: 'ERROR', code: TFTP_ERROR.accessViolation });
    expect(server.stats()).toMatchObject({ notFound: 1, refused: 1 });
    addUp(server);
  });

  it('serves a thousand readers at once', async () => {
    const { server, files } = await tftp({ limits: { tftpConcurrency: 2000 } });
    const readers = await Promise.all(Array.from({ length: 1000 }, () => newReader(server)));
    const contents = await Promise.all(
      readers.map(async (reader, at) => (await reader.read(`${deviceOf(at)}.cnf.xml`)).content),
    );
    expect(
      contents.every((content, at) =>
        files.read(`${deviceOf(at)}.cnf.xml`, null)?.equals(content ?? Buffer.alloc(0)),
      ),
    ).toBe(true);
    await settled(server);
    expect(server.stats()).toMatchObject({
      filesSent: 1000,
      failedTransfers: 0,
      overLimit: 0,
      kernelDrops: 0,
    });
    addUp(server);
  });

  it('drops requests above its serving count, those that it is building included', async () => {
    const { server, reader } = await tftp({ limits: { tftpConcurrency: 2 }, serviceTimes: { tftpMs: 30 } });
    const hold = setInterval(() => {}, 1000);
    for (let i = 0; i < 5; i++) reader.request(`${deviceOf(i)}.cnf.xml`);
    while (server.stats()['received'] !== 5) await new Promise(setImmediate);
    expect(server.stats()).toMatchObject({ overLimit: 3, inServiceNow: 2 });
    const answers = [await reader.next(), await reader.next()];
    for (const { from } of answers) reader.socket.send(encodeError(0, 'enough'), from);
    await settled(server);
    expect(server.stats()).toMatchObject({ failedTransfers: 2 });
    expect((await reader.read('nothing')).error).toBe(TFTP_ERROR.fileNotFound);
    clearInterval(hold);
    addUp(server);
  });

  it('queues requests above its serving count, and serves them when their turn comes', async () => {
    const { server, files } = await tftp({ limits: { tftpConcurrency: 2, tftpOverload: 'queue' } });
    const readers = await Promise.all(Array.from({ length: 20 }, () => newReader(server)));
    const contents = await Promise.all(readers.map((reader) => reader.read(NAME)));
    expect(contents.every(({ content }) => files.read(NAME, null)?.equals(content ?? Buffer.alloc(0)))).toBe(
      true,
    );
    await settled(server);
    expect(server.stats()).toMatchObject({ filesSent: 20, overLimit: 0, queuedNow: 0 });
    addUp(server);
  });

  it('says that it is busy: ERROR 0 above its serving count or its requests a second', async () => {
    const limits = { tftpConcurrency: 1, tftpOverload: 'error' } as const;
    const { server, reader } = await tftp({ limits, serviceTimes: { tftpMs: 1000 } });
    reader.request(NAME);
    reader.request(NAME);
    expect((await reader.next()).packet).toMatchObject({ type: 'ERROR', code: 0, message: 'Server busy' });
    expect(server.stats()).toMatchObject({ overLimit: 1, inServiceNow: 1 });
    const slow = await tftp({ limits: { tftpPerSecond: 1, tftpOverload: 'error' } });
    expect((await slow.reader.read('nothing')).error).toBe(TFTP_ERROR.fileNotFound);
    expect((await slow.reader.read('nothing')).error).toBe(TFTP_ERROR.notDefined);
    addUp(slow.server);
  });

  it('ignores packets of no transfer and nonsense', async () => {
    const { server, reader } = await tftp();
    for (const bytes of [
      encodeAck(1),
      encodeError(0, ''),
      Buffer.from('x'),
      Buffer.alloc(0),
      rrq(NAME).subarray(0, 5),
    ]) {
      reader.socket.send(bytes, server.endpoint);
    }
    await reader.read('nothing');
    expect(server.stats()).toMatchObject({ ignored: 2, malformed: 3, notFound: 1 });
    addUp(server);
  });

  it('is not disturbed by what comes late for an earlier transfer', async () => {
    const { server, files, reader } = await tftp();
    const first = await reader.read(NAME);
    const [port = 0] = first.ports ?? [];
    await settled(server);
    reader.socket.send(encodeAck(1), { host: LOCALHOST, port });
    expect((await reader.read(NAME)).content).toEqual(files.read(NAME, null));
    addUp(server);
  });
});

describe('TftpServer: faults', () => {
  const onFile = { on: 'tftp', match: 'SEP' } as const;
  const OTHER = 'XMLDefault.cnf.xml';

  it('not-found and access-denied', async () => {
    const { server, reader } = await tftp({ faults: [{ ...onFile, kind: 'not-found' }] });
    expect((await reader.read(NAME)).error).toBe(TFTP_ERROR.fileNotFound);
    server.setFaults([fault({ ...onFile, kind: 'access-denied' })]);
    expect((await reader.read(NAME)).error).toBe(TFTP_ERROR.accessViolation);
    expect((await reader.read(OTHER)).content).toBeInstanceOf(Buffer);
  });

  it.each(['silence', 'drop'] as const)('%s', async (kind) => {
    const { server, reader } = await tftp({ faults: [{ ...onFile, kind }] });
    reader.request(NAME);
    expect((await reader.read(OTHER)).content?.toString()).toContain('<Default>');
    expect(server.stats()).toMatchObject({ unanswered: kind === 'silence' ? 1 : 0, faults: 1 });
    addUp(server);
  });

  it('duplicate: the file arrives whole, and no block is sent for the second acknowledgement', async () => {
    const { server, files, reader } = await tftp({ faults: [{ ...onFile, kind: 'duplicate' }] });
    const { content } = await reader.read(NAME);
    expect(content).toEqual(files.read(NAME, null));
    await settled(server);
    expect(server.stats()).toMatchObject({ retransmissions: 0, faults: blocksOf(content) });
  });

  it('wrong-tid: each block comes from a stranger’s port too, and only the right one counts', async () => {
    const { reader } = await tftp({ faults: [{ ...onFile, kind: 'wrong-tid' }] });
    reader.request(NAME);
    const [right, stray] = [await reader.next(), await reader.next()];
    expect(stray.packet).toEqual(right.packet);
    expect(stray.from.port).not.toBe(right.from.port);
    reader.socket.send(encodeError(TFTP_ERROR.unknownTransferId, ''), stray.from);
    reader.socket.send(encodeAck(1), right.from);
    const second = await reader.next();
    expect(second).toMatchObject({ packet: { type: 'DATA', block: 2 }, from: right.from });
  });

  it('malformed, truncate and corrupt', async () => {
    const { server, files, reader } = await tftp({ faults: [{ ...onFile, kind: 'malformed' }] });
    const first = files.read(NAME, null)?.subarray(0, 512) ?? Buffer.alloc(0);
    reader.request(NAME);
    const { bytes } = await reader.socket.next();
    expect(() => decodePacket(bytes)).toThrow(/tftp/);
    server.setFaults([fault({ ...onFile, kind: 'truncate' })]);
    reader.request(NAME);
    expect((await reader.next()).packet).toMatchObject({
      type: 'DATA',
      block: 1,
      data: first.subarray(0, 254),
    });
    server.setFaults([fault({ ...onFile, kind: 'corrupt' })]);
    reader.request(NAME);
    const { packet } = await reader.next();
    expect(packet).toMatchObject({ type: 'DATA', block: 1 ^ 0xff });
    expect(packet).not.toMatchObject({ data: first });
  });

  it('delay: a later answer passes', async () => {
    const { reader } = await tftp({ faults: [{ ...onFile, kind: 'delay', delayMs: 500 }] });
    const hold = setInterval(() => {}, 1000);
    reader.request(NAME);
    expect((await reader.read('nothing')).error).toBe(TFTP_ERROR.fileNotFound);
    expect((await reader.next()).packet).toMatchObject({ type: 'DATA', block: 1 });
    clearInterval(hold);
  });

  it.each(['not-xml', 'entity-bomb', 'no-callmanager', 'foreign-address'] as const)('%s', async (kind) => {
    const { files, reader } = await tftp({ faults: [{ ...onFile, kind }] });
    const spoilt = files.read(NAME, fault({ ...onFile, kind }));
    expect((await reader.read(NAME)).content?.equals(spoilt ?? Buffer.alloc(0))).toBe(true);
  });

  it('oversize: 50 MB begin to come', async () => {
    const { server, reader } = await tftp({ faults: [{ ...onFile, kind: 'oversize' }] });
    const request = encodePacket({
      type: 'RRQ',
      fileName: NAME,
      mode: 'octet',
      options: [{ name: 'tsize', value: '0' }],
    });
    reader.socket.send(request, server.endpoint);
    expect((await reader.next()).packet).toMatchObject({
      options: [{ name: 'tsize', value: String(50 * 1024 * 1024) }],
    });
  });
});
