/** Phones that ask over HTTP first, at a file server that is soon busy; every packet of it read by tshark. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { type FinishedStorm, ledgerSum, runStorm } from '../support/bootstorm-command.ts';
import { startCapture } from '../support/interop/capture.ts';
import { readConversations } from '../support/interop/conversations.ts';
import { assertNoMalformed, dissect } from '../support/interop/dissect.ts';
import { ownLoopbackAddress } from '../support/interop/loopback.ts';

const PHONES = 40;
const PORTS = { http: [6970], tftp: [6969], sccp: [2000, 2001] };

const folder = mkdtempSync(join(tmpdir(), 'bootstorm-http-'));
const file = join(folder, 'http.pcapng');
const lab = ownLoopbackAddress();
let storm: FinishedStorm;
/** `127.16.0.1 /SEP020000000000.cnf.xml`, by the answer's status. */
const asked = new Map<string, string[]>();

beforeAll(async () => {
  const capture = await startCapture({ filter: `host ${lab}`, file });
  storm = await runStorm(
    JSON.stringify({
      name: 'busy HTTP file server',
      phones: { generate: { count: PHONES } },
      skip: ['power', 'image', 'vlan'],
      target: {
        tftp: { requestAttempts: 10, blockAttempts: 10 },
        files: {
          transport: 'http-then-tftp',
          connectTimeoutSeconds: '60s',
          answerTimeoutSeconds: '60s',
          fallbackSeconds: '0.1s',
        },
      },
      hold: '0.2s',
      maxDuration: '2m',
      drain: { perSecond: 1000 },
      lab: {
        address: lab,
        ports: { http: 6970, tftp: 6969, sccp: 2000 },
        limits: { httpConcurrency: 2 },
        serviceTimes: { tftpMs: 300 },
      },
      output: { quiet: true },
    }),
  );
  await capture.stop();
  const uris = await dissect(file, ['ip.src', 'tcp.stream', 'http.request.uri'], {
    ports: PORTS,
    filter: 'http.request.method == "GET"',
  });
  const answers = await dissect(file, ['tcp.stream', 'http.response.code'], {
    ports: PORTS,
    filter: 'http.response',
  });
  const statusOf = new Map(answers.map((row) => [row['tcp.stream'][0], row['http.response.code'][0]]));
  for (const row of uris) {
    const status = statusOf.get(row['tcp.stream'][0] ?? '') ?? 'none';
    const request = `${row['ip.src'][0]} ${row['http.request.uri'][0]}`;
    asked.set(status, [...(asked.get(status) ?? []), request]);
  }
});

afterAll(() => rmSync(folder, { recursive: true }));

function requests(status: string): readonly string[] {
  return asked.get(status) ?? [];
}

test('every phone is in service in the end', () => {
  const { phones } = storm.summary;
  expect(phones).toMatchObject({ asked: PHONES, registered: PHONES, ready: PHONES });
  expect(ledgerSum(storm.summary)).toBe(PHONES);
  expect(storm.code).toBe(EXIT_CODES.ok.code);
});

test('no packet is malformed: tshark', async () => {
  await assertNoMalformed(file, { ports: PORTS });
});

test('a request has a line and Host, on a connection of its own that the phone closes', async () => {
  const fields = ['tcp.stream', 'http.request.line', 'http.host', 'tcp.len', 'http.request.uri'] as const;
  const rows = await dissect(file, fields, { ports: PORTS, filter: 'http.request' });
  expect(rows).toHaveLength(PHONES * 4);
  expect(new Set(rows.map((row) => row['tcp.stream'][0])).size).toBe(rows.length);
  for (const row of rows) {
    expect(row['http.request.line']).toHaveLength(1);
    expect(row['http.host']).toEqual([`${lab}:6970`]);
    const [uri = ''] = row['http.request.uri'];
    expect(Number(row['tcp.len'][0])).toBe(`GET ${uri} HTTP/1.1\r\nHost:${lab}:6970\r\n\r\n`.length);
  }
  const filter = `tcp.port == 6970 && tcp.flags.fin == 1 && ip.src == ${lab}`;
  const closedByServer = await dissect(file, ['frame.number', 'tcp.stream'], { filter });
  const closedByPhone = await dissect(file, ['frame.number', 'tcp.stream'], {
    filter: `tcp.port == 6970 && tcp.flags.fin == 1 && ip.dst == ${lab}`,
  });
  expect(closedByPhone).toHaveLength(rows.length);
  const first = new Map(closedByPhone.map((row) => [row['tcp.stream'][0], Number(row['frame.number'][0])]));
  for (const row of closedByServer)
    expect(Number(row['frame.number'][0])).toBeGreaterThan(first.get(row['tcp.stream'][0]) ?? Infinity);
});

test('over the serving count it is 503, counted as such, and TFTP brings the file', async () => {
  const busy = requests('503');
  const busyConfigs = busy.filter((request) => request.endsWith('.cnf.xml')).length;
  const busyTrustLists = busy.length - busyConfigs;
  expect(busyConfigs).toBeGreaterThan(0);
  expect(requests('404')).toHaveLength(PHONES * 3 - busyTrustLists);
  expect(requests('200')).toHaveLength(PHONES - busyConfigs);
  const { failures, servers, retransmissions } = storm.summary;
  const address = `${lab}:6970`;
  const counted = failures.map(({ stage, cause, server, count }) => ({ stage, cause, server, count }));
  const expected = [
    { stage: 'ctl', cause: 'http-busy', server: address, count: busyTrustLists },
    { stage: 'config', cause: 'http-busy', server: address, count: busyConfigs },
  ].filter(({ count }) => count > 0);
  expect(counted).toHaveLength(expected.length);
  expect(counted).toEqual(expect.arrayContaining(expected));
  expect(servers.find(({ role }) => role === 'http')).toMatchObject({
    address,
    attempts: PHONES * 4,
    refused: busy.length,
  });
  expect(servers.find(({ role }) => role === 'tftp')).toMatchObject({ attempts: busy.length });
  const { files: read } = await readConversations(file, PORTS);
  const fallbacks = [...read].flatMap(([phone, files]) =>
    files.map(({ fileName }) => `${phone} /${fileName}`),
  );
  expect([...new Set(fallbacks)].toSorted()).toEqual(busy.toSorted());
  expect(fallbacks.length - busy.length).toBeLessThanOrEqual(retransmissions.tftp);
});
