/**
 * Whatever the servers of a secure cluster do, a phone neither throws nor hangs: it ends in service or in a counted
 * outcome, comes into service when the servers are as they should be, and leaves nothing behind.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAILURE_CAUSES } from '../../src/phone/failure-causes.ts';
import { buildShortConfig } from '../../src/protocols/device-config/build.ts';
import { certificateHash } from '../../src/protocols/trust/short-config.ts';
import { TRUST_ROLES } from '../../src/protocols/trust/trust-record.ts';
import { BOOT_SETTINGS } from '../support/boot-settings.ts';
import { boot, MINUTE, NAME, type World } from '../support/phone-world.ts';
import { encrypted, HOLDERS, plainList, SERVER_RECORDS, signed, trustList } from '../support/secure-files.ts';
import {
  behindTls,
  CTL,
  ENC,
  PLAIN,
  secureConfig,
  secured,
  securityOf,
  SGN,
  withMic,
} from '../support/secure-world.ts';
import { capfServer, tvsServer, type TvsWorld, type CapfWorld } from '../support/security-servers.ts';
import type { Handshake, StreamServer, VirtualCluster } from '../support/virtual-cluster.ts';
import { callManager, dhcpServer, tftpServer } from '../support/virtual-servers.ts';

const ITL = `ITL${NAME}.tlv`;
const PHONE = HOLDERS.other;
const CAPF_AT = { host: '127.0.0.3', port: 3804 };

const list = trustList();
const config = (capfAuthMode: number) => secureConfig({ capfAuthMode, capf: CAPF_AT });
const short = (certHash: string, capfAuthMode: number) =>
  buildShortConfig({ callManagers: [], certHash, capfAuthMode, capf: CAPF_AT, loadInformation: '' });

const GARBAGE = Buffer.from('<html>not here</html>');
const cut = (file: Uint8Array): Uint8Array => file.subarray(0, file.length >> 1);

const CTLS: readonly (Uint8Array | null)[] = [
  null,
  list,
  trustList(HOLDERS.newSast),
  plainList(),
  cut(list),
  GARBAGE,
  new Uint8Array(0),
  trustList(HOLDERS.sast, SERVER_RECORDS, HOLDERS.other.privateKey),
  trustList(HOLDERS.sast, SERVER_RECORDS.slice(1)),
];

const configs = [0, 1, 2, 3, 4].map(config);
const SIGNED: readonly (Uint8Array | null)[] = [
  null,
  ...configs.map((each) => signed(SGN, each)),
  GARBAGE,
  signed(SGN, GARBAGE),
  signed(SGN, configs[0] ?? GARBAGE, HOLDERS.newSast),
  signed(SGN, signed(SGN, GARBAGE)),
  ...[0, 2, 3].flatMap((mode) =>
    ['', certificateHash(PHONE.certificate.raw), 'beef'].map((hash) => signed(SGN, short(hash, mode))),
  ),
];
const ENCRYPTED: readonly (Uint8Array | null)[] = [
  null,
  GARBAGE,
  encrypted(ENC, configs[0] ?? GARBAGE, PHONE),
  encrypted(ENC, configs[2] ?? GARBAGE, PHONE),
  encrypted(ENC, configs[2] ?? GARBAGE, HOLDERS.capf),
  encrypted(ENC, short('', 2), PHONE),
  encrypted(ENC, GARBAGE, PHONE),
];

const HANDSHAKES: readonly (Handshake | 'silent')[] = [
  secured(HOLDERS.callManager),
  secured(HOLDERS.callManager, true),
  secured(HOLDERS.otherCallManager),
  'silent',
  { ...(secured(HOLDERS.callManager) as Extract<Handshake, { type: 'secured' }>), peerCertificate: null },
  { ...(secured(HOLDERS.callManager) as Extract<Handshake, { type: 'secured' }>), peerCertificate: GARBAGE },
  { type: 'closed', cause: 'fin' },
  { type: 'closed', cause: 'reset' },
  { type: 'closed', cause: 'tls-failed' },
  ...[40, 46, 48, 70, 80].map(
    (number): Handshake => ({
      type: 'closed',
      cause: 'tls-alert',
      alert: { number, name: 'x', from: 'server' },
    }),
  ),
];

const TVS: readonly TvsWorld['behaviour'][] = [
  'answers',
  'refuses',
  'hangs',
  'babbles',
  'closes',
  'does not end the handshake',
];
const CAPF: readonly NonNullable<CapfWorld['behaviour']>[] = [
  'serves',
  'refuses',
  'hangs',
  'babbles',
  'closes',
];
const OPERATIONS = ['none', 'install', 'fetch', 'delete'] as const;

const phases = fc.record({
  ctl: fc.constantFrom(...CTLS),
  itl: fc.constantFrom(...CTLS),
  sgn: fc.constantFrom(...SIGNED),
  enc: fc.constantFrom(...ENCRYPTED),
  plain: fc.constantFrom(null, ...configs),
  handshake: fc.constantFrom(...HANDSHAKES),
  standby: fc.constantFrom(...HANDSHAKES),
  tvs: fc.constantFrom(...TVS),
  tvsKnows: fc.boolean(),
  capf: fc.constantFrom(...CAPF),
  operation: fc.constantFrom(...OPERATIONS),
});
type Phase = typeof phases extends fc.Arbitrary<infer Value> ? Value : never;

const GOOD: Phase = {
  ctl: list,
  itl: null,
  sgn: signed(SGN, config(0)),
  enc: null,
  plain: config(0),
  handshake: secured(HOLDERS.callManager),
  standby: secured(HOLDERS.callManager),
  tvs: 'answers',
  tvsKnows: true,
  capf: 'serves',
  operation: 'none',
};

const traits = fc.record({
  mic: fc.boolean(),
  model: fc.constantFrom('7961G' as const, '7975G' as const),
  allowCertificateChange: fc.boolean(),
  handshakeSeconds: fc.constantFrom(0, 3),
  encryptedFirst: fc.boolean(),
});

/** A cluster whose servers are as the phase says that is current when they are asked. */
function start(its: {
  mic: boolean;
  model: '7961G' | '7975G';
  allowCertificateChange: boolean;
  handshakeSeconds: number;
  encryptedFirst: boolean;
}) {
  let now: Phase = GOOD;
  const files: Record<string, Uint8Array> = {};
  const manager = callManager();
  const delegate = (make: () => () => StreamServer) => () => make()();
  const world: World = {
    dhcp: dhcpServer('127.1.2.3'),
    tftp: tftpServer(files),
    identity: { model: its.model },
    tcp: {
      '127.0.0.10:2000': manager.connect,
      '127.0.0.11:2000': manager.connect,
      '127.0.0.10:2443': delegate(() => behindTls(manager.connect, () => now.handshake)),
      '127.0.0.11:2443': delegate(() => behindTls(manager.connect, () => now.standby)),
      '127.0.0.1:2445': delegate(() => {
        const known = [HOLDERS.newSast, HOLDERS.otherCallManager].map(
          (holder) => [holder, [TRUST_ROLES.sast, TRUST_ROLES.callManagerAndTftp]] as const,
        );
        return tvsServer({
          known: now.tvsKnows ? known : [],
          ttlSeconds: 60,
          ...(now.tvs ? { behaviour: now.tvs } : {}),
        }).connect;
      }),
      '127.0.0.3:3804': delegate(
        () =>
          capfServer({
            lsc: PHONE,
            behaviour: now.capf,
            order: {
              operation: now.operation,
              authentication: { type: 'none' },
              key: { kind: 'rsa', bits: 1024 },
            },
          }).connect,
      ),
    },
    secrets: {
      ...(its.mic ? withMic(PHONE) : {}),
      spareKey: () => PHONE.privateKey,
      capfPassword: 'secret',
    },
    settings: {
      timing: { ...BOOT_SETTINGS.timing, compression: 50 },
      ...securityOf({
        encryptedFirst: its.encryptedFirst,
        handshakeTime: { type: 'constant', seconds: its.handshakeSeconds },
        capf: { ...BOOT_SETTINGS.security.capf, allowCertificateChange: its.allowCertificateChange },
      }),
    },
  };
  const made = boot(world);
  function set(phase: Phase): void {
    now = phase;
    for (const name of Object.keys(files)) delete files[name];
    const served = {
      [CTL]: phase.ctl,
      [ITL]: phase.itl,
      [SGN]: phase.sgn,
      [ENC]: phase.enc,
      [PLAIN]: phase.plain,
    };
    for (const [name, file] of Object.entries(served)) if (file !== null) files[name] = file;
  }
  return { ...made, set };
}

const isAlive = ({ phone, cluster }: { phone: { state: string }; cluster: VirtualCluster }): boolean =>
  phone.state === 'inService' || cluster.pendingTimers.length > 0;

describe('a phone of a secure cluster', () => {
  it('ends in service or with a cause of the table, and is in service when the cluster is as it should be', () => {
    fc.assert(
      fc.property(fc.array(phases, { minLength: 1, maxLength: 4 }), traits, (all, its) => {
        const world = start(its);
        const { cluster, phone } = world;
        let until = 0;
        for (const phase of all) {
          world.set(phase);
          until += 5 * MINUTE;
          cluster.run(until);
          expect(isAlive(world)).toBe(true);
        }
        for (const { failure } of cluster.of('stageFailed'))
          expect(FAILURE_CAUSES).toHaveProperty(failure.cause);
        for (const { verdict, cause } of cluster.of('trustListJudged'))
          expect(cause !== null).toBe(verdict === 'refused');

        // Whoever holds the list of another signer would refuse this cluster's files for ever: that memory goes.
        phone.flash.trust = start(its).phone.flash.trust;
        world.set(GOOD);
        cluster.step({ type: 'powerOff', now: cluster.now });
        expect([phone.state, cluster.pendingTimers, cluster.openEndpoints]).toEqual(['off', [], []]);
        cluster.step({ type: 'powerOn', intendedAt: cluster.now, wave: 1, now: cluster.now });
        cluster.run(cluster.now + 10 * MINUTE);
        expect([phone.state, cluster.of('ready').at(-1)?.security]).toEqual(['inService', 'encrypted']);

        cluster.step({ type: 'stop', now: cluster.now });
        cluster.run(cluster.now + MINUTE);
        expect([phone.state, cluster.pendingTimers, cluster.openEndpoints]).toEqual(['stopped', [], []]);
      }),
      { numRuns: 150 },
    );
  });

  it('can be stopped at any moment', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 150_000 }), phases, traits, (stopAt, phase, its) => {
        const world = start(its);
        world.set(phase);
        world.cluster.run(stopAt);
        world.cluster.step({ type: 'stop', now: world.cluster.now });
        world.cluster.run(stopAt + MINUTE);
        expect([world.phone.state, world.cluster.pendingTimers, world.cluster.openEndpoints]).toEqual([
          'stopped',
          [],
          [],
        ]);
      }),
      { numRuns: 200 },
    );
  });

  it('takes any bytes under any of these names', () => {
    const mutated = (file: Uint8Array) =>
      fc
        .array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 6 })
        .map((changes) => {
          const copy = Uint8Array.from(file);
          for (const [at, value] of changes) copy[at % copy.length] = value;
          return copy;
        });
    const any = fc.uint8Array({ maxLength: 600 });
    const files = fc.record({
      ctl: fc.oneof(fc.constant(list), mutated(list), any),
      itl: fc.oneof(fc.constant(list), mutated(list), any),
      sgn: fc.oneof(fc.constant(GOOD.sgn), mutated(GOOD.sgn ?? GARBAGE), any),
      enc: fc.oneof(mutated(ENCRYPTED[2] ?? GARBAGE), any),
    });
    fc.assert(
      fc.property(files, (hostile) => {
        const world = start({
          mic: true,
          model: '7975G',
          allowCertificateChange: true,
          handshakeSeconds: 0,
          encryptedFirst: true,
        });
        world.set({ ...GOOD, ...hostile });
        world.cluster.run(6 * MINUTE);
        expect(isAlive(world)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it.each([[CTL], [ITL], [SGN], [ENC]])('does not read a file of 100 MB to its end: %s', (name) => {
    const endless = Buffer.alloc(100 * 1024 * 1024, 1);
    const world = boot({
      tftp: tftpServer({ [CTL]: list, [SGN]: GOOD.sgn ?? GARBAGE, [name]: endless }),
      tcp: { '127.0.0.10:2443': behindTls(callManager().connect) },
      flash: { encrypted: true },
      secrets: withMic(PHONE),
    });
    world.cluster.run(3 * MINUTE);
    const moved = world.cluster.of('fileTransferred').filter((event) => event.name === name);
    expect(moved[0]?.outcome).toBe('failed');
    expect(world.cluster.log.length).toBeLessThan(30_000);
    expect(isAlive(world)).toBe(true);
  });
});
