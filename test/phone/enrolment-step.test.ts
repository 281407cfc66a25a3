import { describe, expect, it } from 'vitest';
import type { PhoneSecrets } from '../../src/phone/phone-environment.ts';
import { buildShortConfig } from '../../src/protocols/device-config/build.ts';
import type { CapfOrder } from '../../src/protocols/capf/server-session.ts';
import { certificateHash } from '../../src/protocols/trust/short-config.ts';
import { holder } from '../protocols/trust/openssl.ts';
import { BOOT_SETTINGS } from '../support/boot-settings.ts';
import { failures, MINUTE, NAME, type World } from '../support/phone-world.ts';
import { dhcpServer, dnsServer } from '../support/virtual-servers.ts';
import { credentialOf, encrypted, HOLDERS, signed, trustList } from '../support/secure-files.ts';
import { bootSecure, CTL, ENC, secureConfig, securityOf, SGN } from '../support/secure-world.ts';
import { type CapfWorld, capfServer } from '../support/security-servers.ts';

const MIC = holder('/O=Cisco Systems Inc./CN=CP-7961G-SEP020000000001', '0a1b');
const LSC = holder(`/CN=${NAME}`, '0c1d');
const AT = { host: '127.0.0.3', port: 3804 };

const order = (operation: CapfOrder['operation'], more: Partial<CapfOrder> = {}): CapfOrder => ({
  operation,
  authentication: { type: 'null-string' },
  key: { kind: 'rsa', bits: 1024 },
  ...more,
});

const filesOf = (capfAuthMode: number, capf = AT) => ({
  [CTL]: trustList(),
  [SGN]: signed(SGN, secureConfig({ capfAuthMode, capf })),
});

interface Options {
  readonly capf?: Partial<CapfWorld>;
  readonly files?: Readonly<Record<string, Uint8Array>>;
  readonly secrets?: Partial<PhoneSecrets>;
  readonly settings?: Partial<typeof BOOT_SETTINGS.security.capf>;
  readonly lsc?: boolean;
  readonly security?: Partial<typeof BOOT_SETTINGS.security>;
  readonly world?: Pick<World, 'dhcp' | 'udp'>;
}

function bootWith({
  capf = {},
  files,
  secrets,
  settings,
  lsc = false,
  world: network = {},
  security = {},
}: Options = {}) {
  const server = capfServer({ order: order('install'), lsc: LSC, ...capf });
  const world = bootSecure({
    ...network,
    files: files ?? filesOf(2),
    tcp: { '127.0.0.3:3804': server.connect },
    flash: lsc ? { lsc: credentialOf(LSC, 'lsc') } : {},
    secrets: {
      credentialOf: (_, origin) => (origin === 'mic' ? credentialOf(MIC, 'mic') : null),
      spareKey: () => LSC.privateKey,
      ...secrets,
    },
    settings: securityOf({
      ...security,
      capf: { ...BOOT_SETTINGS.security.capf, allowCertificateChange: true, ...settings },
    }),
  });
  world.cluster.run(4 * MINUTE);
  const operations = world.cluster.of('enrolled').map(({ operation }) => operation);
  return { ...world, server, operations };
}

type Booted = ReturnType<typeof bootWith>;

/** With which certificate the phone connects to CallManager. */
const shown = ({ cluster }: Booted): string | undefined =>
  /callManager1 connect \S+ 79xx encrypted, ([^,]+)/.exec(cluster.log.join('\n'))?.[1];

describe('CAPF', () => {
  it.each([
    ['install', 'install', false, 'lsc'],
    ['install over an older one', 'install', true, 'lsc'],
    ['delete', 'delete', true, 'mic'],
    ['fetch', 'fetch', true, 'lsc'],
    ['nothing', 'none', true, 'lsc'],
  ] as const)('does what is pending: %s', (_, operation, lsc, after) => {
    const world = bootWith({ capf: { order: order(operation) }, lsc });
    expect(world.operations).toEqual([operation]);
    expect(failures(world.cluster)).toEqual([]);
    expect(shown(world)).toBe(after);
    expect(world.phone.flash.lsc?.origin ?? 'mic').toBe(after);
    expect(world.cluster.of('ready')).toMatchObject([{ security: 'encrypted' }]);
    expect(world.cluster.of('stagePassed').filter(({ stage }) => stage === 'capf')).toMatchObject([
      { server: '127.0.0.3:3804' },
    ]);
  });

  it('is not asked where the configuration, or the scenario, does not want it', () => {
    for (const options of [{ files: filesOf(0) }, { settings: { enrol: false } }]) {
      const world = bootWith(options);
      expect([world.server.seen.connections, world.operations, shown(world)]).toEqual([0, [], 'mic']);
    }
  });

  it('gives a certificate that survives a power loss', () => {
    const world = bootWith();
    world.served[SGN] = signed(SGN, secureConfig());
    world.cluster.step({ type: 'powerOff', now: world.cluster.now });
    world.cluster.step({ type: 'powerOn', intendedAt: world.cluster.now, wave: 1, now: world.cluster.now });
    world.cluster.log.length = 0;
    world.cluster.run(world.cluster.now + 3 * MINUTE);
    expect(shown(world)).toBe('lsc');
  });

  const password = { type: 'password', password: 'secret' } as const;
  const byCertificate = { authentication: { type: 'certificate' } } as const;

  it.each<[string, number, Partial<CapfOrder>, Options, string]>([
    [
      'the right string',
      1,
      { authentication: password },
      { secrets: { capfPassword: 'secret' } },
      'installed',
    ],
    [
      'a wrong string',
      1,
      { authentication: password },
      { secrets: { capfPassword: 'wrong' } },
      'capf-rejected',
    ],
    ['no string', 1, { authentication: password }, {}, 'capf-rejected'],
    ['the null string', 2, {}, {}, 'installed'],
    ['its LSC', 3, byCertificate, { lsc: true }, 'installed'],
    ['its MIC for want of an LSC', 3, byCertificate, {}, 'installed'],
    ['its MIC', 4, byCertificate, { lsc: true }, 'installed'],
    ['no certificate', 4, byCertificate, { secrets: { credentialOf: () => null } }, 'no-certificate'],
  ])('is convinced by %s: capfAuthMode %i', (_, mode, more, options, outcome) => {
    const world = bootWith({ ...options, files: filesOf(mode), capf: { order: order('install', more) } });
    const failed = failures(world.cluster);
    if (outcome === 'installed') expect([world.operations, failed]).toEqual([['install'], []]);
    else expect(failed.map((text) => text.split(' ')[1])).toEqual([outcome]);
    expect(world.cluster.of('ready')).toHaveLength(1);
    expect(JSON.stringify(world.cluster.events)).not.toContain('secret');
  });

  it.each<[string, Options, string]>([
    [
      'wants a change that is forbidden',
      { settings: { allowCertificateChange: false } },
      'certificate-change-forbidden',
    ],
    ['does not know the phone', { capf: { order: null } }, 'capf-rejected'],
    ['wants a key that is not to be had', { secrets: { spareKey: () => null } }, 'no-certificate'],
    [
      'wants a longer key',
      { capf: { order: order('install', { key: { kind: 'rsa', bits: 2048 } }) } },
      'no-certificate',
    ],
    ['is not the one of the trust list', { capf: { identity: HOLDERS.other } }, 'capf-untrusted'],
  ])('that %s is left at once, and the phone goes on with what it has', (_, options, cause) => {
    const world = bootWith(options);
    expect(failures(world.cluster)).toEqual([`capf ${cause} 127.0.0.3:3804`]);
    expect(shown(world)).toBe('mic');
    expect(world.cluster.of('ready')).toHaveLength(1);
  });

  it.each<[CapfWorld['behaviour'], string]>([
    ['refuses', 'capf-unreachable'],
    ['hangs', 'capf-unreachable'],
    ['closes', 'capf-unreachable'],
    ['babbles', 'capf-malformed'],
  ])('that %s is asked three times, 30 s apart', (behaviour, cause) => {
    const world = bootWith({ capf: { ...(behaviour ? { behaviour } : {}) } });
    const tries = world.cluster.of('stageFailed');
    expect(tries.map(({ failure }) => failure.cause)).toEqual([cause, cause, cause]);
    const starts = world.cluster.of('stageStarted').filter(({ stage }) => stage === 'capf');
    expect(starts.slice(1).map(({ now }, at) => now - (tries[at]?.now ?? 0))).toEqual([30_000, 30_000]);
    expect(world.server.seen.connections).toBe(3);
    expect(world.cluster.of('ready')).toMatchObject([{ security: 'encrypted', pausedMs: 60_000 }]);
  });

  it('takes modelled time where a key is made', () => {
    const quick = bootWith().cluster.of('ready')[0]?.now ?? 0;
    const slow =
      bootWith({ settings: { keyTime: { type: 'constant', seconds: 40 } } }).cluster.of('ready')[0]?.now ?? 0;
    expect(slow - quick).toBe(40_000);
  });

  const byName = { files: filesOf(2, { host: 'capf.example', port: 3804 }) };
  const dns = (names: Readonly<Record<string, string>>): NonNullable<Options['world']> => ({
    dhcp: dhcpServer('127.1.2.3', { domainNameServers: ['127.0.0.53'] }),
    udp: new Map([['127.0.0.53:53', dnsServer(names)]]),
  });

  it('may be named: DNS says where it is', () => {
    const world = bootWith({ ...byName, world: dns({ 'capf.example': '127.0.0.3' }) });
    expect([world.operations, failures(world.cluster)]).toEqual([['install'], []]);
  });

  it.each([
    ['that DNS does not know', dns({}), 'capf dns-name-error null'],
    ['without a DNS server', {}, 'capf dns-timeout null'],
  ] as const)('by a name %s is not reached, three times', (_, world, failure) => {
    const { cluster } = bootWith({ ...byName, world });
    expect(failures(cluster)).toEqual([failure, failure, failure]);
    expect(cluster.of('stageFailed')[0]?.failure.detail).toContain('capf.example');
    expect(cluster.of('ready')).toHaveLength(1);
  });

  it.each(['hangs', 'does not end the handshake'] as const)(
    'that %s: stop and power loss leave nothing',
    (behaviour) => {
      for (const type of ['stop', 'powerOff'] as const) {
        const world = bootWith({
          capf: { behaviour },
          settings: { timeoutMs: 3_600_000 },
          security: { handshakeTimeoutMs: 3_600_000 },
        });
        expect(world.phone.state).toBe('capf');
        world.cluster.step({ type, now: world.cluster.now });
        world.cluster.run(world.cluster.now + MINUTE);
        expect([type, world.cluster.pendingTimers, world.cluster.openEndpoints]).toEqual([type, [], []]);
      }
    },
  );
});

describe('a short configuration for a certificate that the phone has not', () => {
  const short = (certHash: string, capfAuthMode = 2) =>
    signed(
      SGN,
      buildShortConfig({ callManagers: [], certHash, capfAuthMode, capf: AT, loadInformation: '' }),
    );
  const forLsc = encrypted(ENC, secureConfig(), LSC);

  it.each([
    ['none', ''],
    ['another', certificateHash(HOLDERS.other.certificate.raw)],
  ])('leads to CAPF, and then the encrypted one can be read: %s', (_, certHash) => {
    const world = bootWith({ files: { [CTL]: trustList(), [SGN]: short(certHash), [ENC]: forLsc } });
    expect([world.operations, failures(world.cluster)]).toEqual([['install'], []]);
    expect(world.tftp.asked.slice(-2)).toEqual([SGN, ENC]);
    expect(world.cluster.of('ready')).toMatchObject([{ security: 'encrypted' }]);
    expect(world.server.seen.connections).toBe(1);
  });

  it('cannot be read where CAPF may not change it: a counted failure, tried again', () => {
    const world = bootWith({
      files: { [CTL]: trustList(), [SGN]: short(''), [ENC]: forLsc },
      settings: { allowCertificateChange: false },
    });
    expect(failures(world.cluster).slice(0, 2)).toEqual([
      'capf certificate-change-forbidden 127.0.0.3:3804',
      'config decrypt-failed 127.0.0.1:69',
    ]);
    expect(world.cluster.of('restarting').length).toBeGreaterThan(0);
  });

  it('that is right, with an encrypted file that is not: CAPF once, and it is read', () => {
    const world = bootWith({
      files: { [CTL]: trustList(), [SGN]: short(certificateHash(MIC.certificate.raw)), [ENC]: forLsc },
    });
    expect(failures(world.cluster)).toEqual(['config decrypt-failed 127.0.0.1:69']);
    expect(world.tftp.asked.slice(-3)).toEqual([SGN, ENC, ENC]);
    expect(world.operations).toEqual(['install']);
    expect(world.cluster.of('ready')).toHaveLength(1);
  });
});
