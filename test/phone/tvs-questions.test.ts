import { describe, expect, it } from 'vitest';
import { TRUST_ROLES } from '../../src/protocols/trust/trust-record.ts';
import { BOOT_SETTINGS } from '../support/boot-settings.ts';
import { failures, MINUTE, NAME } from '../support/phone-world.ts';
import { HOLDERS, recordOf, SERVER_RECORDS, signed, trustList } from '../support/secure-files.ts';
import {
  bootSecure,
  CTL,
  secureConfig,
  secured,
  type SecureWorld,
  securityOf,
  SGN,
} from '../support/secure-world.ts';
import { type TvsWorld, tvsServer } from '../support/security-servers.ts';
import { dhcpServer, dnsServer } from '../support/virtual-servers.ts';

const ITL = `ITL${NAME}.tlv`;
const CCM = TRUST_ROLES.callManagerAndTftp;
const FILES = { [CTL]: trustList(), [SGN]: signed(SGN, secureConfig()) };

function bootWith(tvs: TvsWorld, world: Partial<SecureWorld> = {}) {
  const server = tvsServer(tvs);
  const made = bootSecure({
    ...world,
    files: { ...FILES, ...world.files },
    tcp: { '127.0.0.1:2445': server.connect, ...world.tcp },
  });
  made.cluster.run(3 * MINUTE);
  const answers = made.cluster.of('tvsAnswered').map(({ outcome, server: from }) => `${outcome} ${from}`);
  return { ...made, asked: server.asked, answers };
}

/** What TVS is like, and what it says of a certificate that the trust lists do not name. */
const MOODS: readonly (readonly [
  string,
  (known: TvsWorld['known']) => TvsWorld,
  'valid' | 'invalid' | 'unreachable',
])[] = [
  ['knows it', (known = []) => ({ known }), 'valid'],
  ['does not know it', () => ({}), 'invalid'],
  ['refuses connections', () => ({ behaviour: 'refuses' }), 'unreachable'],
  ['does not answer', () => ({ behaviour: 'hangs' }), 'unreachable'],
  ['closes', () => ({ behaviour: 'closes' }), 'unreachable'],
  ['is no TVS', () => ({ behaviour: 'babbles' }), 'unreachable'],
  ['does not end the handshake', () => ({ behaviour: 'does not end the handshake' }), 'unreachable'],
  ['is not the one of the trust list', (known = []) => ({ known, identity: HOLDERS.other }), 'unreachable'],
];

describe('a trust list of an unknown signer', () => {
  const judged = {
    valid: ['tvs', null],
    invalid: ['refused', 'signer-unknown'],
    unreachable: ['refused', 'tvs-unreachable'],
  };

  it.each(MOODS)('where TVS %s', (_, world, outcome) => {
    const { cluster, answers, asked } = bootWith(world([[HOLDERS.newSast, [TRUST_ROLES.sast]]]), {
      files: { [ITL]: trustList(HOLDERS.newSast) },
    });
    const [first, second] = cluster.of('trustListJudged');
    expect(first).toMatchObject({ list: 'CTL', verdict: 'first-use' });
    expect([second?.verdict, second?.cause]).toEqual(judged[outcome]);
    expect(answers).toEqual([`${outcome} 127.0.0.1:2445`]);
    if (outcome !== 'unreachable') expect(asked).toEqual([`CP-7961-${NAME}`]);
    expect(cluster.of('ready')).toMatchObject([{ security: 'encrypted' }]);
  });

  it('may be a CTL: its signer was replaced, and TVS knows the new one', () => {
    const newList = trustList(HOLDERS.newSast);
    const { cluster, answers, phone, served } = bootWith({ known: [[HOLDERS.newSast, [TRUST_ROLES.sast]]] });
    served[CTL] = newList;
    cluster.step({ type: 'powerOff', now: cluster.now });
    cluster.step({ type: 'powerOn', intendedAt: cluster.now, wave: 1, now: cluster.now });
    cluster.run(cluster.now + 3 * MINUTE);
    expect(answers).toEqual([]);
    expect(cluster.of('trustListJudged').map(({ list, verdict }) => `${list} ${verdict}`)).toEqual([
      'CTL first-use',
      'CTL tvs',
    ]);
    expect(phone.flash.trust.ctl).toEqual(phone.environment.trust.read(newList));
  });
});

describe('a CallManager that no trust list names', () => {
  it.each(MOODS)('where TVS %s', (_, world, outcome) => {
    const { cluster, answers } = bootWith(world([[HOLDERS.otherCallManager, [CCM]]]), {
      handshake: () => secured(HOLDERS.otherCallManager),
    });
    expect(answers[0]).toBe(`${outcome} 127.0.0.1:2445`);
    const isTaken = outcome === 'valid';
    expect(cluster.of('ready')).toMatchObject([{ server: `127.0.0.1${isTaken ? 0 : 1}:2443` }]);
    expect(failures(cluster)).toEqual(isTaken ? [] : ['handshake tls-server-untrusted 127.0.0.10:2443']);
  });

  it('while TVS does not end its handshake: a phone that is stopped has nothing left', () => {
    const { cluster, phone } = bootWith(
      { behaviour: 'does not end the handshake' },
      {
        handshake: () => secured(HOLDERS.otherCallManager),
        settings: securityOf({ handshakeTimeoutMs: 60 * MINUTE }),
      },
    );
    expect(cluster.pendingTimers).toContain('tvs.handshake');
    cluster.step({ type: 'stop', now: cluster.now });
    cluster.run(cluster.now + MINUTE);
    expect([phone.state, cluster.pendingTimers, cluster.openEndpoints]).toEqual(['stopped', [], []]);
  });

  it('and whose connection is lost meanwhile: the answer is for nobody, least of all for the next on its endpoint', () => {
    const { cluster, phone } = bootWith(
      { behaviour: 'does not end the handshake' },
      {
        handshake: () => secured(HOLDERS.otherCallManager),
        settings: securityOf({ handshakeTimeoutMs: 60 * MINUTE }),
      },
    );
    const askers = (): unknown[] =>
      [phone.tvs?.current, ...(phone.tvs?.waiting ?? [])].map((question) => question?.asker);
    expect(askers()).toContain('callManager1');
    const { now } = cluster;
    cluster.step({
      type: 'endpoint',
      endpoint: 'callManager1',
      event: { type: 'closed', cause: 'reset', now },
    });
    expect(failures(cluster)).toEqual(['handshake tcp-reset 127.0.0.10:2443']);
    expect(askers()).not.toContain('callManager1');
  });

  it('and that TVS knows as something else is not taken', () => {
    const { cluster } = bootWith(
      { known: [[HOLDERS.otherCallManager, [TRUST_ROLES.capf]]] },
      { handshake: () => secured(HOLDERS.otherCallManager) },
    );
    expect(failures(cluster)).toEqual(['handshake tls-server-untrusted 127.0.0.10:2443']);
  });

  it('is asked about once while the answer holds, and again when it does not', () => {
    const known = [[HOLDERS.otherCallManager, [CCM]]] as const;
    const world = bootWith(
      { known, ttlSeconds: 300 },
      { handshake: () => secured(HOLDERS.otherCallManager) },
    );
    const { cluster } = world;
    for (let times = 0; times < 3; times++) {
      cluster.cutAll('127.0.0.10:2443', 'fin');
      cluster.run(cluster.now + 4 * MINUTE);
    }
    const outcomes = cluster.of('tvsAnswered').map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === 'valid').length).toBe(world.asked.length);
    expect(outcomes[0]).toBe('valid');
    expect(outcomes[1]).toBe('cached');
    expect(world.asked.length).toBeGreaterThan(1);
    expect(world.asked.length).toBeLessThan(outcomes.length);
  });
});

describe('a configuration', () => {
  // The signer stands in the list, as a CallManager alone.
  const list = trustList(HOLDERS.sast, [
    ...SERVER_RECORDS,
    recordOf(HOLDERS.otherCallManager, TRUST_ROLES.callManager),
  ]);
  const files = { [CTL]: list, [SGN]: signed(SGN, secureConfig(), HOLDERS.otherCallManager) };

  it.each(MOODS)('of a signer who is not the TFTP server, where TVS %s', (_, world, outcome) => {
    const { cluster } = bootWith(world([[HOLDERS.otherCallManager, [CCM]]]), { files });
    const cause = { valid: null, invalid: 'signer-unknown', unreachable: 'tvs-unreachable' }[outcome];
    expect(failures(cluster)[0]).toBe(cause === null ? undefined : `config ${cause} 127.0.0.1:69`);
    expect(cluster.of('ready').length).toBe(cause === null ? 1 : 0);
  });

  it('of a signer that TVS knows as something else is not taken', () => {
    const { cluster, answers } = bootWith(
      { known: [[HOLDERS.otherCallManager, [TRUST_ROLES.callManager]]] },
      { files },
    );
    expect([answers[0], failures(cluster)[0]]).toEqual([
      'valid 127.0.0.1:2445',
      'config signer-unknown 127.0.0.1:69',
    ]);
  });

  it('with a bad signature of such a signer is no question', () => {
    const { asked, cluster } = bootWith(
      {},
      {
        files: {
          ...files,
          [SGN]: signed(SGN, secureConfig(), HOLDERS.otherCallManager, HOLDERS.other.privateKey),
        },
      },
    );
    expect([asked, failures(cluster)[0]]).toEqual([[], 'config signature-invalid 127.0.0.1:69']);
  });
});

describe('the servers', () => {
  it('are those of the configuration by priority, then that of the trust list', () => {
    const [first, second] = [tvsServer({ behaviour: 'closes' }), tvsServer({ behaviour: 'refuses' })];
    const config = secureConfig({
      tvs: [
        { host: '127.0.0.20', port: 2446 },
        { host: 'a-name-that-nobody-knows', port: 2445 },
        { host: 'tvs.lab', port: 2447 },
        { host: '127.0.0.21', port: 2445 },
      ],
    });
    const { cluster, answers } = bootWith(
      { known: [[HOLDERS.otherCallManager, [CCM]]] },
      {
        files: { [SGN]: signed(SGN, config) },
        handshake: () => secured(HOLDERS.otherCallManager),
        dhcp: dhcpServer('127.1.2.3', { domainNameServers: ['127.0.0.53'] }),
        udp: new Map([['127.0.0.53:53', dnsServer({ 'tvs.lab': '127.0.0.22' })]]),
        tcp: { '127.0.0.20:2446': first.connect, '127.0.0.21:2445': second.connect },
      },
    );
    expect(cluster.log.filter((line) => line.startsWith('tvs connect'))).toEqual([
      'tvs connect 127.0.0.20:2446 79xx encrypted, no certificate, resume',
      'tvs connect 127.0.0.22:2447 79xx encrypted, no certificate, resume',
      'tvs connect 127.0.0.21:2445 79xx encrypted, no certificate, resume',
      'tvs connect 127.0.0.1:2445 79xx encrypted, no certificate, resume',
    ]);
    expect(answers).toEqual(['valid 127.0.0.1:2445']);
  });

  it.each([
    ['its name first', ['pub.lab', '127.0.0.1']],
    ['its address first', ['127.0.0.1', 'pub.lab']],
  ])('are asked once each, by name and by address: %s', (_, hosts) => {
    const { cluster } = bootWith(
      { behaviour: 'closes' },
      {
        files: {
          [SGN]: signed(SGN, secureConfig({ tvs: hosts.map((host) => ({ host, port: 2445 })) })),
        },
        handshake: () => secured(HOLDERS.otherCallManager),
        dhcp: dhcpServer('127.1.2.3', { domainNameServers: ['127.0.0.53'] }),
        udp: new Map([['127.0.0.53:53', dnsServer({ 'pub.lab': '127.0.0.1' })]]),
        settings: { sccp: { ...BOOT_SETTINGS.sccp, standby: false } },
      },
    );
    expect(cluster.of('tvsAnswered').length).toBeGreaterThan(0);
    expect(cluster.log.filter((line) => line.startsWith('tvs connect'))).toHaveLength(
      cluster.of('tvsAnswered').length,
    );
  });

  it('are not there at all: the answer is known at once', () => {
    const list = trustList(HOLDERS.sast, SERVER_RECORDS.slice(0, 1));
    const { answers, cluster } = bootWith(
      {},
      { files: { [CTL]: list }, handshake: () => secured(HOLDERS.otherCallManager) },
    );
    expect(answers[0]).toBe('unreachable ');
    expect(cluster.of('ready')).toMatchObject([{ server: '127.0.0.11:2443' }]);
  });
});
