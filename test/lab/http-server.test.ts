import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigFiles } from '../../src/lab/config-files.ts';
import { HttpServer } from '../../src/lab/http-server.ts';
import { LabClock } from '../../src/lab/lab-clock.ts';
import { encodeGetRequest } from '../../src/protocols/http/get-request.ts';
import { count, deviceOf, directoryOf, fault, labSettings, LOCALHOST, sum } from './lab-parts.ts';

const NAME = `${deviceOf(1)}.cnf.xml`;
const CLUSTER = [{ name: 'cucm1.lab', host: LOCALHOST, port: 2000 }];
const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

async function http(input: Parameters<typeof labSettings>[0] = {}) {
  const settings = labSettings(input);
  const files = new ConfigFiles(settings, directoryOf(10_000, settings), {
    callManagers: CLUSTER,
    srst: null,
    secure: null,
  });
  const server = new HttpServer(settings, files, new LabClock(() => 0));
  await server.start(0);
  open.push(server);
  const get = (name: string): Promise<Heard> => ask(server, request(server, name));
  return { server, files, get };
}

interface Heard {
  readonly bytes: Buffer;
  /** `complete`: all that was announced has come, and the connection was still open. */
  readonly end: 'complete' | 'fin' | 'reset';
}

function request({ endpoint }: HttpServer, name: string): Buffer {
  return encodeGetRequest(endpoint.host, endpoint.port, name);
}

/** Sends bytes, and listens until the answer is complete or the connection has ended. */
function ask({ endpoint }: HttpServer, bytes: Uint8Array): Promise<Heard> {
  return new Promise((resolve) => {
    let heard = Buffer.alloc(0);
    const socket = connect({ ...endpoint, noDelay: true });
    open.push({ close: () => socket.destroy() });
    socket.write(bytes);
    socket.on('data', (piece) => {
      heard = Buffer.concat([heard, piece]);
      if (!isComplete(heard)) return;
      resolve({ bytes: heard, end: 'complete' });
      socket.destroy();
    });
    socket.once('end', () => resolve({ bytes: heard, end: 'fin' }));
    socket.once('error', () => resolve({ bytes: heard, end: 'reset' }));
  });
}

function isComplete(answer: Buffer): boolean {
  const head = /^.*?\r\n\r\n/s.exec(answer.toString('latin1'))?.[0] ?? '';
  const length = /content-length: (\d+)/i.exec(head)?.[1];
  return length !== undefined && answer.length === head.length + Number(length);
}

function addUp(server: HttpServer): void {
  const stats = server.stats();
  expect(sum(stats, ['malformed', 'requests'])).toBe(stats['received']);
  const outcomes = [
    'filesSent',
    'failedTransfers',
    'notFound',
    'refused',
    'busy',
    'unanswered',
    'inServiceNow',
  ];
  expect(sum(stats, outcomes)).toBe(stats['requests']);
}

/** Until the server has seen the end of what it had in service. */
async function settled(server: HttpServer): Promise<void> {
  while (count(server, 'inServiceNow') !== 0) await new Promise(setImmediate);
}

const NOT_FOUND = 'HTTP/1.1 404 Not Found\r\nContent-length: 0\r\n\r\n';
const BUSY = 'HTTP/1.1 503 Service Unavailable\r\nContent-length: 0\r\n\r\n';

describe('HttpServer', () => {
  it('sends a file with the headers of CUCM, letter for letter', async () => {
    const { server, files, get } = await http();
    const file = files.read(NAME, null) ?? Buffer.alloc(0);
    const { bytes } = await get(NAME);
    const head = `HTTP/1.1 200 OK\r\nContent-length: ${file.length}\r\nCache-Control: no-store\r\nContent-type: */*\r\n\r\n`;
    expect(bytes.toString('latin1')).toBe(head + file.toString('latin1'));
    await settled(server);
    expect(server.stats()).toMatchObject({ connections: 1, filesSent: 1, bytesSent: file.length });
    addUp(server);
  });

  it('has no trust lists, takes no files, and looks names up without regard to case and escapes', async () => {
    const { server, get } = await http();
    expect((await get('ITLFile.tlv')).bytes.toString()).toBe(NOT_FOUND);
    expect((await get('%')).bytes.toString()).toBe(NOT_FOUND);
    expect((await get(NAME.toLowerCase())).bytes.toString()).toContain(' 200 OK');
    const escaped = `GET /%53${NAME.slice(1)} HTTP/1.1\r\nHost:x\r\n\r\n`;
    expect((await ask(server, Buffer.from(escaped))).bytes.toString()).toContain(' 200 OK');
    const put = Buffer.from(`PUT /${NAME} HTTP/1.1\r\nHost:x\r\nContent-Length: 0\r\n\r\n`);
    expect((await ask(server, put)).bytes.toString()).toContain('405 Method Not Allowed');
    await settled(server);
    expect(server.stats()).toMatchObject({ notFound: 2, filesSent: 2, refused: 1 });
    addUp(server);
  });

  it('answers 400 to what is not HTTP, and survives it', async () => {
    const { server, get } = await http();
    for (const nonsense of ['\x16\x03\x01\x02\x00', 'GET\r\n\r\n', 'GET / HTTP/9\r\n\r\n']) {
      const { bytes } = await ask(server, Buffer.from(nonsense, 'latin1'));
      expect(bytes.toString()).toBe('HTTP/1.1 400 Bad Request\r\n\r\n');
    }
    expect((await get(NAME)).bytes.toString()).toContain(' 200 OK');
    await settled(server);
    expect(server.stats()).toMatchObject({ malformed: 3, filesSent: 1 });
    addUp(server);
  });

  it('says 503 above the serving count, and serves again below it', async () => {
    const { server, get } = await http({
      limits: { httpConcurrency: 2 },
      serviceTimes: { tftpMs: 2500 },
    });
    const asked = Array.from({ length: 5 }, () => get(NAME));
    const answers = (await Promise.all(asked)).map(({ bytes }) => bytes.toString('latin1', 9, 12));
    expect(answers.toSorted()).toEqual(['200', '200', '503', '503', '503']);
    await settled(server);
    expect((await get(NAME)).bytes.toString()).toContain(' 200 OK');
    await settled(server);
    expect(server.stats()).toMatchObject({ filesSent: 3, busy: 3 });
    addUp(server);
  });

  it('counts a transfer whose phone has gone as failed, and goes on', async () => {
    const { server, get } = await http({ faults: [{ on: 'http', kind: 'oversize', match: NAME }] });
    const socket = connect(server.endpoint);
    socket.write(request(server, NAME));
    await new Promise((resolve) => {
      socket.once('data', resolve);
    });
    socket.resetAndDestroy();
    await settled(server);
    expect(server.stats()).toMatchObject({ filesSent: 0, failedTransfers: 1 });
    expect((await get('nothing')).bytes.toString()).toBe(NOT_FOUND);
    addUp(server);
  });
});

describe('faults of HttpServer', () => {
  it.each([
    ['busy', BUSY, 'complete', 'busy'],
    ['not-found', NOT_FOUND, 'complete', 'notFound'],
    ['close', '', 'fin', 'unanswered'],
    ['abort', '', 'reset', 'unanswered'],
    ['malformed', '220 not the service you wanted\r\n', 'fin', 'failedTransfers'],
  ] as const)('%s', async (kind, text, end, counted) => {
    const { server, get } = await http({ faults: [{ on: 'http', kind, match: NAME }] });
    const heard = await get(NAME);
    expect([heard.bytes.toString(), heard.end]).toEqual([text, end]);
    await settled(server);
    expect(server.stats()).toMatchObject({ [counted]: 1, faults: 1 });
    addUp(server);
  });

  it('truncate: half of what was announced, then FIN', async () => {
    const { server, files, get } = await http({ faults: [{ on: 'http', kind: 'truncate' }] });
    const size = files.read(NAME, null)?.length ?? 0;
    const { bytes, end } = await get(NAME);
    expect(bytes.toString()).toContain(`Content-length: ${size}\r\n`);
    expect(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4)).toHaveLength(size >> 1);
    expect(end).toBe('fin');
    await settled(server);
    expect(server.stats()).toMatchObject({ failedTransfers: 1, filesSent: 0 });
    addUp(server);
  });

  it('silence: nothing is heard, and the others are served', async () => {
    const { server, get } = await http({ faults: [{ on: 'http', kind: 'silence', match: NAME }] });
    let heard = false;
    void get(NAME).then(() => {
      heard = true;
    });
    await get(`${deviceOf(2)}.cnf.xml`);
    await settled(server);
    expect(heard).toBe(false);
    expect(server.stats()).toMatchObject({ unanswered: 1, filesSent: 1 });
    addUp(server);
  });

  it('delay: the file comes, and later ones overtake it', async () => {
    const { server, get } = await http({
      faults: [{ on: 'http', kind: 'delay', delayMs: 1000, match: NAME }],
    });
    const order: string[] = [];
    const late = get(NAME).then(() => order.push('late'));
    await get(`${deviceOf(2)}.cnf.xml`).then(() => order.push('prompt'));
    await late;
    expect(order).toEqual(['prompt', 'late']);
    expect(server.stats()).toMatchObject({ filesSent: 2, faults: 1 });
  });

  it('sends the wrong files that TFTP sends, and changes with setFaults', async () => {
    const { server, files, get } = await http();
    const wrong = fault({ on: 'http', kind: 'no-callmanager' });
    server.setFaults([wrong]);
    const { bytes } = await get(NAME);
    expect(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4)).toEqual(files.read(NAME, wrong));
    server.setFaults([fault({ on: 'tftp', kind: 'silence' })]);
    expect((await get(NAME)).bytes.toString()).toContain(' 200 OK');
  });
});
