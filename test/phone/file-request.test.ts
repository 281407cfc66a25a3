import { describe, expect, it } from 'vitest';
import type { BootSettings } from '../../src/phone/boot-settings.ts';
import { buildDefaultConfig } from '../../src/protocols/device-config/build.ts';
import { BOOT_SETTINGS } from '../support/boot-settings.ts';
import { boot, failures, FILES, MINUTE, NAME, type World } from '../support/phone-world.ts';
import { callManager, httpServer, tftpServer } from '../support/virtual-servers.ts';

const HTTP: Partial<BootSettings> = {
  files: { ...BOOT_SETTINGS.files, transport: 'http-then-tftp' },
};
const TRUST_LISTS = [`CTL${NAME}.tlv`, `ITL${NAME}.tlv`, 'ITLFile.tlv'];
const CONFIG = `${NAME}.cnf.xml`;
const ALL = [...TRUST_LISTS, CONFIG];
const STATUS = (status: string): string => `HTTP/1.1 ${status}\r\nContent-length: 0\r\n\r\n`;

/** A phone that asks over HTTP first, and this HTTP server at the address of the TFTP server. */
function bootOverHttp(http: ReturnType<typeof httpServer>, world: World = {}) {
  const manager = callManager();
  const tcp = { '127.0.0.10:2000': manager.connect, '127.0.0.1:6970': http.connect, ...world.tcp };
  return boot({ ...world, settings: { ...HTTP, ...world.settings }, tcp });
}

type Cluster = ReturnType<typeof boot>['cluster'];
const transfers = (cluster: Cluster): string[] =>
  cluster.of('fileTransferred').map(({ protocol, name, outcome }) => `${protocol} ${name} ${outcome}`);

describe('http-then-tftp', () => {
  it('reads every file over HTTP, each on a connection of its own; 404 is an answer', () => {
    const http = httpServer(FILES);
    const { cluster, tftp } = bootOverHttp(http);
    cluster.run(2 * MINUTE);
    expect(http.asked).toEqual(ALL);
    expect(tftp.asked).toEqual([]);
    expect(cluster.log.filter((line) => line === 'http connect 127.0.0.1:6970')).toHaveLength(ALL.length);
    expect(transfers(cluster)).toEqual([
      ...TRUST_LISTS.map((name) => `http ${name} not-found`),
      `http ${CONFIG} received`,
    ]);
    expect(cluster.of('fileTransferred').every(({ server }) => server === '127.0.0.1:6970')).toBe(true);
    expect(failures(cluster)).toEqual([]);
    expect(cluster.of('ready')).toHaveLength(1);
  });

  it('asks for XMLDefault.cnf.xml over HTTP as well', () => {
    const config = buildDefaultConfig({ callManagers: [{ host: '127.0.0.10' }], loads: new Map() });
    const http = httpServer({ 'XMLDefault.cnf.xml': config });
    const { cluster, tftp } = bootOverHttp(http);
    cluster.run(2 * MINUTE);
    expect(http.asked.slice(-2)).toEqual([CONFIG, 'XMLDefault.cnf.xml']);
    expect(tftp.asked).toEqual([]);
    expect(cluster.of('ready')).toHaveLength(1);
  });

  it.each([
    ['503', httpServer(FILES, () => [STATUS('503 Service Unavailable')]), 'http-busy'],
    ['500', httpServer(FILES, () => [STATUS('500 Oops')]), 'http-error'],
    ['a refused connection', httpServer(FILES, undefined, 'refused'), 'http-refused'],
    ['a SYN without answer', httpServer(FILES, undefined, 'silent'), 'http-timeout'],
    ['silence', httpServer(FILES, () => []), 'http-no-answer'],
    ['FIN', httpServer(FILES, () => ['fin']), 'http-closed'],
    ['RST in the file', httpServer(FILES, () => ['HTTP/1.1 200 OK\r\n\r\n<dev', 'reset']), 'http-closed'],
    ['another protocol', httpServer(FILES, () => ['220 ready\r\n']), 'http-malformed'],
  ])('after %s each file comes over TFTP, and the failure is counted', (_name, http, cause) => {
    const { cluster, tftp } = bootOverHttp(http);
    cluster.run(3 * MINUTE);
    expect(tftp.asked).toEqual(ALL);
    expect(transfers(cluster)).toEqual([
      ...TRUST_LISTS.flatMap((name) => [`http ${name} failed`, `tftp ${name} not-found`]),
      `http ${CONFIG} failed`,
      `tftp ${CONFIG} received`,
    ]);
    expect(failures(cluster)).toEqual(
      ['ctl', 'ctl', 'ctl', 'config'].map((stage) => `${stage} ${cause} 127.0.0.1:6970`),
    );
    expect(cluster.of('ready')).toHaveLength(1);
  });

  it('goes back to HTTP for the next file, and waits fallbackMs before TFTP', () => {
    const http = httpServer(FILES, (name) => (name === TRUST_LISTS[1] ? [STATUS('503')] : null));
    const { cluster, tftp } = bootOverHttp(http);
    cluster.run(2 * MINUTE);
    expect(http.asked).toEqual(ALL);
    expect(tftp.asked).toEqual([TRUST_LISTS[1]]);
    const [failed, fallback] = cluster.of('fileTransferred').filter(({ name }) => name === TRUST_LISTS[1]);
    expect(fallback?.startedAt).toBe((failed?.now ?? Number.NaN) + BOOT_SETTINGS.files.fallbackMs);
  });

  it('does not fetch again over TFTP what is too large', () => {
    const http = httpServer(FILES, (name) =>
      name === CONFIG ? ['HTTP/1.1 200 OK\r\nContent-length: 50000000\r\n\r\n'] : null,
    );
    const { cluster, tftp } = bootOverHttp(http);
    cluster.run(2 * MINUTE);
    expect(tftp.asked).toEqual([]);
    expect(failures(cluster)[0]).toBe('config config-too-large 127.0.0.1:6970');
  });

  it('tries both ways at the first server, then both at the second', () => {
    const second = httpServer(FILES);
    const { cluster } = bootOverHttp(httpServer(FILES, undefined, 'refused'), {
      tftp: { ...tftpServer(FILES), server: () => [] },
      tcp: { '127.0.0.2:6970': second.connect },
      settings: {
        tftpServers: [
          { host: '127.0.0.1', port: 69 },
          { host: '127.0.0.2', port: 69 },
        ],
      },
    });
    cluster.run(3 * MINUTE);
    expect(failures(cluster)).toEqual(['ctl http-refused 127.0.0.1:6970', 'ctl tftp-timeout 127.0.0.1:69']);
    expect(second.asked).toEqual(ALL);
    expect(cluster.of('ready')).toHaveLength(1);
  });

  it.each([
    ['the connection', httpServer(FILES, undefined, 'silent'), 49_000],
    ['the answer', httpServer(FILES, () => []), 49_000],
    ['TFTP', httpServer(FILES, () => [STATUS('503')]), 48_300],
  ])('stops while it waits for %s, and leaves nothing behind', (_name, http, at) => {
    const { cluster, phone } = bootOverHttp(http);
    cluster.run(at);
    expect(phone.state).toBe('ctl');
    expect(cluster.of('fileTransferred').every(({ outcome }) => outcome === 'failed')).toBe(true);
    cluster.step({ type: 'stop', now: cluster.now });
    cluster.run(2 * MINUTE);
    expect(phone.state).toBe('stopped');
    expect(cluster.pendingTimers).toEqual([]);
    expect(cluster.openEndpoints).toEqual([]);
  });

  it('tells of an address that it must not reach, and of its own lack of ports, what they are', () => {
    const { cluster } = bootOverHttp(httpServer(FILES, undefined, 'silent'));
    cluster.run(48_500);
    cluster.step({
      type: 'endpoint',
      endpoint: 'http',
      event: { type: 'closed', cause: 'exhausted', now: cluster.now },
    });
    const [{ failure } = {}] = cluster.of('stageFailed');
    expect(failure).toEqual({
      stage: 'ctl',
      cause: 'generator-exhausted',
      server: null,
      detail: 'HTTP 127.0.0.1:6970',
    });
  });
});

it('tftp: HTTP is never asked', () => {
  const http = httpServer(FILES);
  const { cluster, tftp } = bootOverHttp(http, { settings: { files: BOOT_SETTINGS.files } });
  cluster.run(2 * MINUTE);
  expect(tftp.asked).toEqual(ALL);
  expect(http.asked).toEqual([]);
});
