/**
 * A secure boot with everything in it (the short configuration, CAPF and TVS by name, a new certificate, the encrypted
 * configuration, a CallManager and a standby that TVS vouches for), cut short between any two of its events.
 */
import { describe, expect, it } from 'vitest';
import { buildShortConfig } from '../../src/protocols/device-config/build.ts';
import { TRUST_ROLES } from '../../src/protocols/trust/trust-record.ts';
import { BOOT_SETTINGS } from '../support/boot-settings.ts';
import { LEASED, MINUTE } from '../support/phone-world.ts';
import { encrypted, HOLDERS, signed, trustList } from '../support/secure-files.ts';
import {
  bootSecure,
  CTL,
  ENC,
  secureConfig,
  secured,
  securityOf,
  SGN,
  withMic,
} from '../support/secure-world.ts';
import { capfServer, tvsServer } from '../support/security-servers.ts';
import { dhcpServer, dnsServer } from '../support/virtual-servers.ts';

const [MIC, LSC] = [HOLDERS.newSast, HOLDERS.other];
const CAPF = { host: 'capf.lab', port: 3804 };
const TVS = [{ host: 'tvs.lab', port: 2445 }];
const SHORT = { callManagers: [], certHash: '', capfAuthMode: 2, capf: CAPF, loadInformation: '' };
const ORDER = {
  operation: 'install',
  authentication: { type: 'null-string' },
  key: { kind: 'rsa', bits: LSC.privateKey.asymmetricKeyDetails?.modulusLength ?? 0 },
} as const;

function start() {
  return bootSecure({
    files: {
      [CTL]: trustList(),
      [SGN]: signed(SGN, buildShortConfig(SHORT)),
      [ENC]: encrypted(ENC, secureConfig({ tvs: TVS }), LSC),
    },
    handshake: () => secured(HOLDERS.otherCallManager),
    tcp: {
      '127.0.0.3:3804': capfServer({ order: ORDER, lsc: LSC }).connect,
      '127.0.0.4:2445': tvsServer({ known: [[HOLDERS.otherCallManager, [TRUST_ROLES.callManager]]] }).connect,
    },
    dhcp: dhcpServer(LEASED, { domainNameServers: ['127.0.0.53'] }),
    udp: new Map([['127.0.0.53:53', dnsServer({ 'capf.lab': '127.0.0.3', 'tvs.lab': '127.0.0.4' })]]),
    secrets: { ...withMic(MIC), spareKey: () => LSC.privateKey },
    settings: securityOf({
      capf: {
        ...BOOT_SETTINGS.security.capf,
        allowCertificateChange: true,
        keyTime: { type: 'constant', seconds: 30 },
      },
      handshakeTime: { type: 'constant', seconds: 2 },
    }),
  });
}

const END = 4 * MINUTE;

/** Just after each event of the boot. */
function moments(): number[] {
  const { cluster } = start();
  const times = new Set<number>();
  cluster.onEvent = ({ type }) => {
    if (type !== 'powerOn') times.add(cluster.now + 0.001);
  };
  cluster.run(END);
  expect(cluster.of('enrolled')).toMatchObject([{ operation: 'install' }]);
  expect(cluster.of('tvsAnswered')).toMatchObject([{ outcome: 'valid', server: '127.0.0.4:2445' }]);
  expect(cluster.of('ready')).toMatchObject([{ security: 'encrypted', server: '127.0.0.10:2443' }]);
  return [...times];
}

describe('between any two events of a secure boot', () => {
  const all = moments();

  it('power loss leaves nothing but flash, and the phone boots again with what it holds', () => {
    for (const at of all) {
      const { cluster, phone } = start();
      cluster.run(at);
      const { trust, lsc } = phone.flash;
      cluster.step({ type: 'powerOff', now: cluster.now });
      const left = [phone.links, phone.tvs, phone.capf, phone.enrolment, phone.tvsDns, phone.heldBack];
      expect([at, cluster.pendingTimers, cluster.openEndpoints, left]).toEqual([
        at,
        [],
        [],
        left.map(() => null),
      ]);
      expect([phone.flash.trust === trust, phone.flash.lsc === lsc]).toEqual([true, true]);
      cluster.step({ type: 'powerOn', intendedAt: cluster.now, wave: 1, now: cluster.now });
      cluster.run(cluster.now + END);
      expect([at, phone.state, cluster.of('ready').at(-1)?.security, phone.flash.lsc?.origin]).toEqual([
        at,
        'inService',
        'encrypted',
        'lsc',
      ]);
    }
  });

  it('a phone that is stopped has nothing left', () => {
    for (const at of all) {
      const { cluster, phone } = start();
      cluster.run(at);
      cluster.step({ type: 'stop', now: cluster.now });
      // Long before any timer of a handshake would have run out by itself.
      cluster.run(at + 1000);
      expect([at, phone.state, cluster.pendingTimers, cluster.openEndpoints]).toEqual([
        at,
        'stopped',
        [],
        [],
      ]);
    }
  });
});
