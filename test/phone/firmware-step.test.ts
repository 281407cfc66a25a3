import { describe, expect, it } from 'vitest';
import { buildDefaultConfig, buildDeviceConfig } from '../../src/protocols/device-config/build.ts';
import { buildLoadsFile } from '../../src/protocols/firmware/loads-file.ts';
import { encodeError } from '../../src/protocols/tftp/packet.ts';
import { BOOT_SETTINGS } from '../support/boot-settings.ts';
import { boot, failures, MINUTE, NAME, passed, type World } from '../support/phone-world.ts';
import { dhcpServer, tftpServer } from '../support/virtual-servers.ts';

const LOAD = 'SCCP41.9-4-2SR3-1S';
const PARTS = { 'jar.sbn': Buffer.alloc(1500), 'cnu.sbn': Buffer.alloc(512), 'apps.sbn': Buffer.alloc(700) };
const CONFIG = buildDeviceConfig({
  deviceName: NAME,
  callManagers: [{ host: '127.0.0.10' }],
  loadInformation: LOAD,
});
const FILES: Readonly<Record<string, Uint8Array>> = {
  [`${NAME}.cnf.xml`]: CONFIG,
  [`${LOAD}.loads`]: buildLoadsFile(`${LOAD}.loads`, Object.keys(PARTS)),
  ...PARTS,
};
const UPGRADE = { ...BOOT_SETTINGS.firmware, download: true };

function upgrade(files = FILES, world: World = {}, firmware: Partial<typeof UPGRADE> = {}) {
  const tftp = tftpServer(files);
  const seen = boot({
    tftp,
    ...world,
    settings: { firmware: { ...UPGRADE, ...firmware }, ...world.settings },
  });
  return { ...seen, tftp };
}

/** Files that were asked for, without the trust lists. */
const files = (asked: readonly string[]): string[] => asked.filter((name) => !name.endsWith('.tlv'));
/** `firmwareLoadName` of each RegisterReq. */
const registeredWith = ({ manager }: Pick<ReturnType<typeof boot>, 'manager'>): (string | undefined)[] =>
  manager.messages.flatMap((message) => (message.type === 'RegisterReq' ? [message.firmwareLoadName] : []));

describe('firmware', () => {
  it('that the configuration names is downloaded part by part, flashed, and runs after one more boot', () => {
    const seen = upgrade();
    seen.cluster.run(10 * MINUTE);
    expect(files(seen.tftp.asked)).toEqual([
      `${NAME}.cnf.xml`,
      `${LOAD}.loads`,
      ...Object.keys(PARTS),
      `${NAME}.cnf.xml`,
    ]);
    const parts = seen.cluster.of('fileTransferred').filter(({ name }) => name in PARTS);
    expect(parts.map(({ bytes }) => bytes)).toEqual([1500, 512, 700]);
    expect(failures(seen.cluster)).toEqual([]);
    expect(passed(seen.cluster).filter((stage) => stage === 'image')).toHaveLength(2);
    expect(passed(seen.cluster).filter((stage) => stage === 'firmware')).toHaveLength(1);
    expect(seen.cluster.of('restarting')).toHaveLength(1);
    expect(registeredWith(seen)).toEqual([LOAD]);
    expect(seen.phone.flash.load).toBe(LOAD);
  });

  it('leaves a gap of the modelled time, which counts as paused and not as network', () => {
    const { cluster } = upgrade();
    cluster.run(10 * MINUTE);
    const [download] = cluster.of('stagePassed').filter(({ stage }) => stage === 'firmware');
    const [restart] = cluster.of('restarting');
    expect((restart?.now ?? 0) - (download?.now ?? 0)).toBe(60_000);
    // Flash, image and VLAN: what is left is the two boots' time on the network.
    expect(cluster.of('ready')[0]?.pausedMs).toBe(60_000 + 45_000 + 2000);
  });

  it('is not downloaded by default: the phone runs what its configuration names', () => {
    const seen = upgrade(FILES, {}, { download: false });
    seen.cluster.run(2 * MINUTE);
    expect(files(seen.tftp.asked)).toEqual([`${NAME}.cnf.xml`]);
    expect(registeredWith(seen)).toEqual([LOAD]);
  });

  it.each([
    ['the load that runs', { [`${NAME}.cnf.xml`]: CONFIG }, LOAD],
    [
      'none',
      {
        [`${NAME}.cnf.xml`]: buildDeviceConfig({ deviceName: NAME, callManagers: [{ host: '127.0.0.10' }] }),
      },
      'SCCP41.9-2-1S',
    ],
  ])('is not downloaded where the configuration names %s', (_, served, load) => {
    const seen = upgrade(served, { flash: { load } });
    seen.cluster.run(2 * MINUTE);
    expect(files(seen.tftp.asked)).toEqual([`${NAME}.cnf.xml`]);
    expect(registeredWith(seen)).toEqual([load]);
  });

  it('of an unknown phone is what XMLDefault names for its model', () => {
    const { [`${NAME}.cnf.xml`]: _, ...others } = FILES;
    const loads = new Map([
      [115, 'SCCP41.wrong'],
      [30_018, LOAD],
    ]);
    const seen = upgrade({
      ...others,
      'XMLDefault.cnf.xml': buildDefaultConfig({ callManagers: [{ host: '127.0.0.10' }], loads }),
    });
    seen.cluster.run(10 * MINUTE);
    expect(seen.tftp.asked).toContain(`${LOAD}.loads`);
    expect(registeredWith(seen)).toEqual([LOAD]);
  });

  it.each([
    ['without its .loads', `${LOAD}.loads`, undefined, 'firmware tftp-file-not-found 127.0.0.1:69'],
    ['without its second part', 'cnu.sbn', undefined, 'firmware tftp-file-not-found 127.0.0.1:69'],
    [
      'with a .loads of nothing',
      `${LOAD}.loads`,
      Buffer.from('# none'),
      'firmware load-malformed 127.0.0.1:69',
    ],
    [
      'with a .loads without end',
      `${LOAD}.loads`,
      Buffer.alloc(70_000),
      'firmware file-too-large 127.0.0.1:69',
    ],
  ])('%s leaves the phone with the load that it runs', (_, name, content, failure) => {
    const { [name]: __, ...others } = FILES;
    const seen = upgrade(content === undefined ? others : { ...others, [name]: content });
    seen.cluster.run(10 * MINUTE);
    expect(failures(seen.cluster)).toEqual([failure]);
    expect(seen.cluster.of('restarting')).toEqual([]);
    expect(registeredWith(seen)).toEqual(['SCCP41.9-2-1S']);
  });

  it('that the server is too busy for is left for the next boot, with a cause of its own', () => {
    const busy = tftpServer(FILES);
    const seen = boot({
      tftp: {
        ...busy,
        server: (bytes, from) =>
          Buffer.from(bytes).includes('apps.sbn')
            ? [encodeError(0, 'Server busy')]
            : busy.server(bytes, from),
      },
      settings: { firmware: UPGRADE },
    });
    seen.cluster.run(10 * MINUTE);
    expect(failures(seen.cluster)).toEqual(['firmware tftp-server-busy 127.0.0.1:69']);
    expect(registeredWith(seen)).toEqual(['SCCP41.9-2-1S']);
  });

  it('that falls silent sends the phone to the second server, and then back to DHCP', () => {
    const silentAt = (name: string) => {
      const server = tftpServer(FILES);
      return {
        ...server,
        server: (bytes: Uint8Array, from: number) => {
          const answers = server.server(bytes, from);
          return server.nameOf(from) === name ? [] : answers;
        },
      };
    };
    const tftp = silentAt('cnu.sbn');
    const second = silentAt('apps.sbn');
    const seen = boot({
      tftp,
      dhcp: dhcpServer('127.1.2.3', { tftpServers: ['127.0.0.1', '127.0.0.2'] }),
      udp: new Map([['127.0.0.2:69', second.server]]),
      settings: { firmware: UPGRADE },
    });
    seen.cluster.run(95_000);
    expect(second.asked).toEqual(['cnu.sbn', 'apps.sbn', 'apps.sbn', 'apps.sbn']);
    expect(failures(seen.cluster)).toEqual([
      'firmware tftp-timeout 127.0.0.1:69',
      'firmware tftp-timeout 127.0.0.2:69',
    ]);
    expect(seen.phone.flash.load).toBe('SCCP41.9-2-1S');
    seen.cluster.run(2 * MINUTE);
    expect(seen.dhcp.requests.length).toBeGreaterThan(2);
  });

  it('is broken off where the scenario has enough of a part, and the server is told', () => {
    const seen = upgrade(FILES, {}, { maxBytes: 600 });
    seen.cluster.run(10 * MINUTE);
    const parts = seen.cluster.of('fileTransferred').filter(({ name }) => name in PARTS);
    expect(parts.map(({ name, outcome, bytes }) => [name, outcome, bytes])).toEqual([
      ['jar.sbn', 'received', 1024],
      ['cnu.sbn', 'received', 512],
      ['apps.sbn', 'received', 700],
    ]);
    expect(seen.tftp.errors).toBe(1);
    expect(registeredWith(seen)).toEqual([LOAD]);
  });

  it('of a peer comes without TFTP, after its modelled time', () => {
    const seen = upgrade(FILES, { identity: { firmwareFromPeer: true } });
    seen.cluster.run(10 * MINUTE);
    expect(files(seen.tftp.asked)).toEqual([`${NAME}.cnf.xml`, `${NAME}.cnf.xml`]);
    const [first] = seen.cluster.of('stagePassed').filter(({ stage }) => stage === 'config');
    expect((seen.cluster.of('restarting')[0]?.now ?? 0) - (first?.now ?? 0)).toBe(100_000 + 60_000);
    expect(registeredWith(seen)).toEqual([LOAD]);
  });

  it('can be stopped while it is downloaded and while it is flashed', () => {
    for (const after of [0, 1000]) {
      const { cluster, phone } = upgrade();
      while (phone.state !== 'firmware') cluster.run(cluster.now + 1);
      cluster.run(cluster.now + after);
      expect([phone.state, phone.tftp === null]).toEqual(['firmware', after > 0]);
      cluster.step({ type: 'stop', now: cluster.now });
      cluster.run(cluster.now + MINUTE);
      expect([phone.state, cluster.pendingTimers, cluster.openEndpoints]).toEqual(['stopped', [], []]);
      expect(phone.flash.load).toBe('SCCP41.9-2-1S');
    }
  });
});
