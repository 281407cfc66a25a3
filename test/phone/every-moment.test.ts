/**
 * A boot with everything in it (an upgrade, locale files, names to resolve, a standby connection, a lost CallManager,
 * a fallback) and after it an order to read the configuration again: cut short between any two of its events.
 */
import { describe, expect, it } from 'vitest';
import type { PhoneEvent } from '../../src/phone/phone-effects.ts';
import { buildDeviceConfig } from '../../src/protocols/device-config/build.ts';
import { buildLoadsFile } from '../../src/protocols/firmware/loads-file.ts';
import { encodeMessage } from '../../src/protocols/sccp/message-table.ts';
import { BOOT_SETTINGS } from '../support/boot-settings.ts';
import { boot, LEASED, MINUTE, NAME } from '../support/phone-world.ts';
import {
  dhcpServer,
  dnsServer,
  httpServer,
  moodyCallManager,
  tftpServer,
} from '../support/virtual-servers.ts';

const LOAD = 'SCCP41.9-4-2SR3-1S';
const PARTS = { 'jar.sbn': Buffer.alloc(1500), 'cnu.sbn': Buffer.alloc(512) };
const LOCALES = {
  'German_Germany/mk-sccp.jar': Buffer.alloc(1400),
  'Germany/g3-tones.xml': Buffer.alloc(900),
};
const NAMES = { 'cucm1.lab': '127.0.0.11', 'cucm2.lab': '127.0.0.12' };
const FILES: Readonly<Record<string, Uint8Array>> = {
  [`${NAME}.cnf.xml`]: buildDeviceConfig({
    deviceName: NAME,
    callManagers: Object.keys(NAMES).map((host) => ({ host })),
    loadInformation: LOAD,
    userLocale: { name: 'German_Germany', version: '9.1.1' },
    networkLocale: { name: 'Germany', version: '9.1.1' },
    connectionMonitorSeconds: 10,
  }),
  [`${LOAD}.loads`]: buildLoadsFile(`${LOAD}.loads`, Object.keys(PARTS)),
  ...PARTS,
  ...LOCALES,
};

/** HTTP comes first for every file, and has only the locale files: the others come over TFTP. */
function start() {
  const [first, second] = [moodyCallManager(), moodyCallManager()];
  first.set('keepsTokens');
  const { cluster, phone } = boot({
    dhcp: dhcpServer(LEASED, { domainNameServers: ['127.0.0.53'] }),
    tftp: tftpServer(FILES),
    udp: new Map([['127.0.0.53:53', dnsServer({ ...NAMES, 'tftp.lab': '127.0.0.1' })]]),
    tcp: {
      '127.0.0.11:2000': first.connect,
      '127.0.0.12:2000': second.connect,
      '127.0.0.1:6970': httpServer(LOCALES, (name) =>
        name in LOCALES ? null : ['HTTP/1.1 503 Busy\r\n\r\n'],
      ).connect,
    },
    settings: {
      flash: 'factory',
      tftpServers: [{ host: 'tftp.lab', port: 69 }],
      firmware: { ...BOOT_SETTINGS.firmware, download: true },
      files: { ...BOOT_SETTINGS.files, transport: 'http-then-tftp' },
    },
  });
  const script: readonly (readonly [atMs: number, act: () => void])[] = [
    [4 * MINUTE, () => cluster.cutAll('127.0.0.11:2000', 'fin')],
    [4 * MINUTE + 30_000, () => first.set('healthy')],
    [6 * MINUTE, () => cluster.push('callManager1', encodeMessage({ type: 'Reset', resetType: 3 }, 0))],
    [
      6 * MINUTE + 10_000,
      () => cluster.push('callManager1', encodeMessage({ type: 'Reset', resetType: 1 }, 0)),
    ],
  ];
  let next = 0;
  /** The script is carried out up to a moment. */
  function runTo(untilMs: number): void {
    for (let act = script[next]; act !== undefined && act[0] < untilMs; act = script[++next]) {
      cluster.run(act[0]);
      act[1]();
    }
    cluster.run(untilMs);
  }
  return { cluster, phone, runTo };
}

/** Just after each of its events. */
function moments(): number[] {
  const { cluster, phone, runTo } = start();
  const times: number[] = [];
  const states = new Set<string>();
  cluster.onEvent = ({ type }: PhoneEvent) => {
    if (type !== 'powerOn') times.push(cluster.now + 0.001);
    states.add(phone.state);
  };
  runTo(9 * MINUTE);
  expect([phone.state, cluster.of('fellBack').length, cluster.of('tokenAnswered').length]).toEqual([
    'inService',
    1,
    2,
  ]);
  expect([...states].sort()).toEqual(
    [
      ...['callManager', 'config', 'ctl', 'dhcp', 'firmware', 'image', 'inService', 'locale', 'pausing'],
      ...['power', 'tftpServer', 'vlan'],
    ].sort(),
  );
  return [...new Set(times)];
}

describe('between any two events', () => {
  const all = moments();

  it('a phone that loses its power has nothing left, and boots again when power is back', () => {
    for (const at of all) {
      const { cluster, phone, runTo } = start();
      runTo(at);
      cluster.step({ type: 'powerOff', now: cluster.now });
      expect([at, phone.state, cluster.pendingTimers, cluster.openEndpoints]).toEqual([at, 'off', [], []]);
      runTo(12 * MINUTE);
      expect([at, phone.state]).toEqual([at, 'off']);
      cluster.step({ type: 'powerOn', intendedAt: cluster.now, wave: 1, now: cluster.now });
      runTo(16 * MINUTE);
      expect([at, phone.state, phone.server]).toEqual([at, 'inService', '127.0.0.11:2000']);
    }
  });

  it('a phone that is stopped takes its leave, and has nothing left', () => {
    for (const at of all) {
      const { cluster, phone, runTo } = start();
      runTo(at);
      cluster.step({ type: 'stop', now: cluster.now });
      runTo(at + MINUTE);
      expect([at, phone.state, cluster.ended, cluster.pendingTimers, cluster.openEndpoints]).toEqual([
        at,
        'stopped',
        true,
        [],
        [],
      ]);
    }
  });
});
