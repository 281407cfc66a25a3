/** One GET on real sockets, and whole phones, at a server that nobody here wrote. */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createGetExchange,
  type HttpResult,
  type HttpTimer,
  stepGetExchange,
} from '../../src/protocols/http/get-exchange.ts';
import { clockSince, monotonicMilliseconds } from '../../src/drivers/clock.ts';
import { DriverOwner, EndpointDriver } from '../../src/drivers/endpoint-driver.ts';
import { TargetGuard } from '../../src/drivers/target-guard.ts';
import type { MachineEvent } from '../../src/protocols/effects.ts';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { buildDeviceConfig } from '../../src/protocols/device-config/build.ts';
import { runStorm } from '../support/bootstorm-command.ts';
import { generatedDevice, startCallManagers } from '../support/interop/call-managers.ts';
import { startPythonHttp } from '../support/interop/http-server.ts';
import type { InteropServer } from '../support/interop/server.ts';
import { createServedFolder } from '../support/interop/tftp-servers.ts';

const FILES = {
  'SEP001122334455.cnf.xml': randomBytes(12_952),
  'AppDialRules.xml': Buffer.from('<DialRules></DialRules>\r\n'),
  'empty.xml': Buffer.alloc(0),
  'apps41.9-4-2ES26.sbn': randomBytes(3_157_527),
} as const;
const MAX_BYTES = 4_000_000;
const CROWD = 50;

let folder: string;

beforeAll(() => {
  folder = createServedFolder(FILES);
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Runs one exchange to its end. */
function get(server: InteropServer, fileName: string, maxBytes = MAX_BYTES): Promise<HttpResult> {
  const { address: host, port } = server;
  const machine = createGetExchange({
    host,
    port,
    fileName,
    sink: { type: 'keep', maxBytes },
    settings: { connectTimeoutMs: 60_000, answerTimeoutMs: 60_000, exchangeTimeoutMs: 60_000 },
  });
  return new Promise((resolve) => {
    const clock = clockSince(monotonicMilliseconds());
    const owner = new DriverOwner<'http', HttpTimer>(undefined);
    const step = (event: MachineEvent): void => {
      driver.select(owner);
      stepGetExchange(machine, event as MachineEvent<HttpTimer>, {
        bind: () => driver.bind('http'),
        sendTo: (address, to, bytes) => driver.sendTo('http', address, to, bytes),
        connect: (address, to) => driver.connect('http', address, to),
        send: (bytes) => driver.send('http', bytes),
        close: () => driver.close('http'),
        setTimer: (timer, delayMs) => driver.setTimer(timer, delayMs),
        clearTimer: (timer) => driver.clearTimer(timer),
        notice: () => {},
        done: (result) => {
          resolve(result);
          expect(driver.counters.openTcp).toBe(0);
          driver.shutDown();
        },
      });
      driver.flush();
    };
    const driver = new EndpointDriver<DriverOwner<'http', HttpTimer>, 'http', HttpTimer>({
      clock,
      guard: new TargetGuard(),
      kinds: { http: 'tcp' },
      relay: null,
      deliver: (_owner, _endpoint, event) => step(event),
      deliverTimer: (_owner, timer, now) => step({ type: 'timer', timer, now }),
    });
    step({ type: 'start', now: clock.now() });
  });
}

describe.each(['HTTP/1.0', 'HTTP/1.1'] as const)("Python's http.server speaking %s", (protocol) => {
  let server: InteropServer;

  beforeAll(async () => {
    server = await startPythonHttp({ folder, protocol });
  });

  afterAll(() => server.stop());

  test.each(Object.entries(FILES))('gives %s, byte by byte', async (name, content) => {
    const result = await get(server, name);
    expect(result).toMatchObject({ outcome: 'received', bytes: content.length });
    expect(result.outcome === 'received' && content.equals(result.content ?? Buffer.from('none'))).toBe(true);
  });

  test('has no trust list', async () => {
    expect(await get(server, 'CTLSEP001122334455.tlv')).toEqual({
      outcome: 'not-found',
      message: '404 File not found',
    });
  });

  test('is left as soon as it announces more than the phone takes', async () => {
    expect(await get(server, 'apps41.9-4-2ES26.sbn', 1000)).toEqual({
      outcome: 'failed',
      cause: 'too-large',
    });
  });

  test('read every request as it was meant', async () => {
    const requests = (): string[][] =>
      [...server.log().matchAll(/"(GET [^"]*)" (\d+)/g)].map((match) => match.slice(1));
    // The last line of its log may still be on its way.
    await expect.poll(requests).toHaveLength(Object.keys(FILES).length + 2);
    expect(requests()).toContainEqual(['GET /SEP001122334455.cnf.xml HTTP/1.1', '200']);
    expect(requests()).toContainEqual(['GET /CTLSEP001122334455.tlv HTTP/1.1', '404']);
  });
});

test('a crowd of phones boots from it, TFTP is never asked', async () => {
  const callManagers = await startCallManagers({ count: 1, knownPhones: CROWD, autoRegistration: false });
  const group = callManagers.group.map(({ name, host, port }) => ({ name, host, sccpPort: port }));
  const configs = Array.from({ length: CROWD }, (_, index): [string, Uint8Array] => {
    const deviceName = generatedDevice(index);
    return [`${deviceName}.cnf.xml`, buildDeviceConfig({ deviceName, callManagers: group })];
  });
  const crowdFolder = createServedFolder(Object.fromEntries(configs));
  const server = await startPythonHttp({ folder: crowdFolder, protocol: 'HTTP/1.1' });
  try {
    const { summary, code } = await runStorm(
      JSON.stringify({
        name: 'strange HTTP server',
        phones: { generate: { count: CROWD } },
        target: {
          dhcp: 'static',
          tftp: { servers: [server.address] },
          files: {
            transport: 'http-then-tftp',
            httpPort: server.port,
            connectTimeoutSeconds: '60s',
            answerTimeoutSeconds: '60s',
          },
        },
        sourceAddresses: '127.40.0.0/16',
        skip: ['power', 'image', 'vlan'],
        hold: '200ms',
        maxDuration: '2m',
        drain: { perSecond: 1000 },
        output: { quiet: true },
      }),
    );
    expect(summary.phones).toMatchObject({ asked: CROWD, registered: CROWD, ready: CROWD });
    expect(summary.failures).toEqual([]);
    // CTL, ITL, ITLFile and SEP for each phone.
    expect(summary.servers.map(({ role, attempts }) => ({ role, attempts }))).toEqual([
      { role: 'http', attempts: CROWD * 4 },
      { role: 'callManager', attempts: CROWD },
    ]);
    expect(code).toBe(EXIT_CODES.ok.code);
  } finally {
    await server.stop();
    await callManagers.stop();
    rmSync(crowdFolder, { recursive: true });
  }
});

test('a port where nobody listens refuses', async () => {
  const server = await startPythonHttp({ folder, protocol: 'HTTP/1.1' });
  await server.stop();
  expect(await get(server, 'x')).toEqual({ outcome: 'failed', cause: 'refused' });
});
