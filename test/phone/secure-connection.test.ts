import { describe, expect, it } from 'vitest';
import { causeOfSecureClose } from '../../src/phone/tls-causes.ts';
import { encodeMessage } from '../../src/protocols/sccp/message-table.ts';
import { TRUST_ROLES, type TrustRecord } from '../../src/protocols/trust/trust-record.ts';
import { failures, MINUTE } from '../support/phone-world.ts';
import {
  type Holder,
  HOLDERS,
  recordOf,
  SERVER_RECORDS,
  signed,
  trustList,
} from '../support/secure-files.ts';
import {
  behindTls,
  bootSecure,
  CTL,
  secureConfig,
  secured,
  type SecureWorld,
  securityOf,
  SGN,
  withMic,
} from '../support/secure-world.ts';
import type { Handshake, StreamServer, VirtualCluster } from '../support/virtual-cluster.ts';
import { moodyCallManager } from '../support/virtual-servers.ts';

const FILES = { [CTL]: trustList(), [SGN]: signed(SGN, secureConfig()) };

const alert = (number: number, from: 'server' | 'client' = 'server'): Handshake => ({
  type: 'closed',
  cause: 'tls-alert',
  alert: { number, name: 'x', from },
});

const connects = ({ log }: VirtualCluster): string[] => log.filter((line) => line.includes(' connect '));

/** A boot that was in service at the first CallManager, or went on to the second. */
function bootWith(world: Partial<SecureWorld>) {
  const made = bootSecure({ files: FILES, ...world });
  made.cluster.run(2 * MINUTE);
  return made;
}

describe('a handshake', () => {
  it('is a stage of its own between connection and registration, and is reported', () => {
    const { cluster } = bootWith({ secrets: withMic(HOLDERS.other) });
    const stages = cluster.of('stagePassed').slice(-4);
    expect(stages.map(({ stage, server }) => `${stage} ${server}`)).toEqual([
      'connect 127.0.0.10:2443',
      'handshake 127.0.0.10:2443',
      'register 127.0.0.10:2443',
      'ready 127.0.0.10:2443',
    ]);
    expect(cluster.of('secured')[0]).toEqual({
      type: 'secured',
      now: stages[1]?.now,
      startedAt: stages[1]?.startedAt,
      server: '127.0.0.10:2443',
      version: 'TLSv1',
      suite: 'TLS_RSA_WITH_AES_128_CBC_SHA',
      resumed: false,
    });
    expect(connects(cluster)).toEqual([
      'callManager1 connect 127.0.0.10:2443 79xx encrypted, mic, resume',
      'callManager2 connect 127.0.0.11:2443 79xx encrypted, mic, resume',
    ]);
    expect(cluster.of('standbyUp')).toMatchObject([{ server: '127.0.0.11:2443' }]);
  });

  it.each([
    ['authenticated mode', 2, {}, '79xx authenticated, no certificate, resume'],
    ['encrypted mode', 3, {}, '79xx encrypted, no certificate, resume'],
    ['another family', 3, { tlsProfile: '78xx' }, '78xx encrypted, no certificate, resume'],
    ['no resumption', 3, { resumption: 'never' }, '79xx encrypted, no certificate'],
  ] as const)('offers what mode and settings say: %s', (_, deviceSecurityMode, security, demand) => {
    const { cluster } = bootWith({
      files: { ...FILES, [SGN]: signed(SGN, secureConfig({ deviceSecurityMode })) },
      settings: securityOf(security),
    });
    expect(connects(cluster)[0]).toBe(`callManager1 connect 127.0.0.10:2443 ${demand}`);
  });

  const CLOSED: readonly (readonly [Handshake, string])[] = [
    [alert(70), 'tls-version-refused'],
    [alert(70, 'client'), 'tls-version-refused'],
    [{ type: 'closed', cause: 'tls-failed', detail: 'unsupported protocol' }, 'tls-version-refused'],
    [{ type: 'closed', cause: 'tls-failed', detail: 'wrong version number' }, 'tls-failed'],
    [{ type: 'closed', cause: 'tls-failed' }, 'tls-failed'],
    [alert(40), 'tls-no-shared-suite'],
    [alert(40, 'client'), 'tls-failed'],
    ...[42, 43, 44, 45, 46, 48, 49, 116].map((each) => [alert(each), 'tls-certificate-refused'] as const),
    ...[10, 20, 47, 50, 51, 80, 90, 112].map((each) => [alert(each), 'tls-alert'] as const),
    [{ type: 'closed', cause: 'tls-alert' }, 'tls-alert'],
    [{ type: 'closed', cause: 'fin' }, 'tls-closed'],
    [{ type: 'closed', cause: 'reset' }, 'tls-closed'],
    [{ type: 'closed', cause: 'timeout' }, 'tcp-timeout'],
    [{ type: 'closed', cause: 'exhausted' }, 'generator-exhausted'],
  ];

  it.each(CLOSED)('that ends with %j is %s, and the next CallManager is asked', (handshake, cause) => {
    const { cluster } = bootWith({ handshake: () => handshake });
    expect(failures(cluster)[0]).toBe(`handshake ${cause} 127.0.0.10:2443`);
    expect(cluster.of('ready')).toMatchObject([{ server: '127.0.0.11:2443', security: 'encrypted' }]);
  });

  it('that does not end is a time-out of its own, and nothing of it is left', () => {
    const { cluster } = bootWith({ handshake: () => 'silent' });
    const [failed] = cluster.of('stageFailed');
    expect(failed?.failure).toEqual({
      stage: 'handshake',
      cause: 'tls-timeout',
      server: '127.0.0.10:2443',
    });
    expect((failed?.now ?? 0) - (failed?.startedAt ?? 0)).toBe(20_000);
    expect(cluster.of('ready')).toMatchObject([{ server: '127.0.0.11:2443' }]);
    cluster.step({ type: 'stop', now: cluster.now });
    cluster.run(3 * MINUTE);
    expect([cluster.pendingTimers, cluster.openEndpoints]).toEqual([[], []]);
  });

  it('takes modelled time of the phone, which is no time of the network', () => {
    const { cluster } = bootWith({
      settings: securityOf({ handshakeTime: { type: 'constant', seconds: 4 } }),
    });
    const [ready] = cluster.of('ready');
    const [handshake] = cluster.of('stagePassed').filter(({ stage }) => stage === 'handshake');
    const [register] = cluster.of('stagePassed').filter(({ stage }) => stage === 'register');
    expect((handshake?.now ?? 0) - (handshake?.startedAt ?? 0)).toBeLessThan(10);
    expect((register?.startedAt ?? 0) - (handshake?.now ?? 0)).toBe(4000);
    expect(ready?.pausedMs).toBe(4000);
  });

  it('whose connection is lost while the phone computes is counted', () => {
    const { cluster } = bootSecure({
      files: FILES,
      settings: securityOf({ handshakeTime: { type: 'constant', seconds: 4 } }),
    });
    while (cluster.of('secured').length === 0) cluster.run(cluster.now + 1);
    cluster.cut('callManager1', 'reset');
    cluster.run(2 * MINUTE);
    expect(failures(cluster)).toEqual(['handshake tcp-reset 127.0.0.10:2443']);
    expect(cluster.of('ready')).toMatchObject([{ server: '127.0.0.11:2443' }]);
  });

  it('that the server ends with an alert only after it was complete is attributed all the same', () => {
    expect(
      causeOfSecureClose({ ...(alert(116) as Extract<Handshake, { type: 'closed' }>), now: 0 }, false),
    ).toEqual({ cause: 'tls-certificate-refused', detail: 'alert 116 (x) from the server' });
    expect(causeOfSecureClose({ type: 'closed', cause: 'fin', now: 0 }, false)).toBeNull();
  });
});

describe('the server of a secured connection', () => {
  const record = (changes: Partial<TrustRecord>): TrustRecord => ({
    ...recordOf(HOLDERS.callManager, TRUST_ROLES.callManager),
    ...changes,
  });
  const sha1 = Buffer.from(HOLDERS.callManager.certificate.fingerprint.replaceAll(':', ''), 'hex');
  const sha256 = Buffer.from(HOLDERS.callManager.certificate.fingerprint256.replaceAll(':', ''), 'hex');
  const slim = { certificate: null, publicKey: null };

  it.each([
    ['by its certificate', true, record({})],
    ['by its public key, in a record without certificate', true, record({ certificate: null })],
    ['by its hash', true, record({ ...slim, certificateHash: sha256, hashAlgorithm: 2 })],
    ['by a hash without algorithm', true, record({ ...slim, certificateHash: sha1 })],
    ['by another hash', false, record({ ...slim, certificateHash: Buffer.alloc(32), hashAlgorithm: 2 })],
    ['as something else', false, record({ role: TRUST_ROLES.capf })],
    ['under the name of another certificate', false, record({ certificate: HOLDERS.other.certificate.raw })],
  ])('is known %s: %s', (_, isTrusted, its) => {
    // Another CallManager stands in the list all the time: there is something to be secure with.
    const other = recordOf(HOLDERS.otherCallManager, TRUST_ROLES.callManagerAndTftp);
    const { cluster } = bootWith({
      files: {
        [CTL]: trustList(HOLDERS.sast, [its, other]),
        [SGN]: signed(SGN, secureConfig(), HOLDERS.otherCallManager),
      },
      tcp: {
        '127.0.0.11:2443': behindTls(moodyCallManager().connect, () => secured(HOLDERS.otherCallManager)),
      },
    });
    expect(cluster.of('ready')).toMatchObject([{ server: `127.0.0.1${isTrusted ? 0 : 1}:2443` }]);
    expect(failures(cluster)).toEqual(isTrusted ? [] : ['handshake tls-server-untrusted 127.0.0.10:2443']);
  });

  it('that shows no certificate is nobody', () => {
    const { cluster } = bootWith({
      handshake: () => ({ ...secured(HOLDERS.callManager), peerCertificate: null }) as Handshake,
    });
    expect(failures(cluster)[0]).toBe('handshake tls-server-untrusted 127.0.0.10:2443');
  });
});

describe('the SRST reference of a secured group', () => {
  const srst = { name: 'branch', host: '127.0.0.14' };
  const inClear = secureConfig({ srst });
  const secure = Buffer.from(
    inClear.toString('latin1').replace('<isSecure>false', '<isSecure>true'),
    'latin1',
  );
  const known = [
    ...SERVER_RECORDS,
    recordOf(HOLDERS.other, TRUST_ROLES.srst),
    recordOf(HOLDERS.otherCallManager, TRUST_ROLES.callManager),
  ];
  const down = (): StreamServer => ({ accept: () => 'refused', data: () => [] });

  function bootAlone(config: Uint8Array, router: Holder) {
    const made = bootSecure({
      files: { [CTL]: trustList(HOLDERS.sast, known), [SGN]: signed(SGN, config) },
      tcp: {
        '127.0.0.10:2443': down,
        '127.0.0.11:2443': down,
        '127.0.0.14:2000': moodyCallManager().connect,
        '127.0.0.14:2443': behindTls(moodyCallManager().connect, () => secured(router)),
      },
    });
    made.cluster.run(2 * MINUTE);
    return made;
  }

  it('is reached over TLS where the configuration says that it is secure', () => {
    const { cluster } = bootAlone(secure, HOLDERS.other);
    expect(cluster.of('ready')).toMatchObject([{ server: '127.0.0.14:2443', security: 'encrypted' }]);
  });

  it('must stand in the trust list as what it is', () => {
    const { cluster } = bootAlone(secure, HOLDERS.otherCallManager);
    expect(failures(cluster)).toContain('handshake tls-server-untrusted 127.0.0.14:2443');
    expect(cluster.of('ready')).toEqual([]);
  });

  it('is reached in clear where it does not, and that is what is reported', () => {
    const { cluster } = bootAlone(inClear, HOLDERS.other);
    expect(cluster.of('ready')).toMatchObject([{ server: '127.0.0.14:2000', security: 'none' }]);
  });
});

describe('a secured group', () => {
  function group() {
    const nodes = [moodyCallManager(), moodyCallManager()];
    const made = bootSecure({
      files: { ...FILES, [SGN]: signed(SGN, secureConfig({ connectionMonitorSeconds: 10 })) },
      tcp: {
        '127.0.0.10:2443': behindTls(
          nodes[0]?.connect ?? (() => ({ accept: () => 'refused', data: () => [] })),
        ),
        '127.0.0.11:2443': behindTls(
          nodes[1]?.connect ?? (() => ({ accept: () => 'refused', data: () => [] })),
        ),
      },
    });
    made.cluster.run(2 * MINUTE);
    return { ...made, nodes };
  }

  it('fails over to its secured standby at once, and falls back', () => {
    const { cluster, nodes } = group();
    nodes[0]?.set('refuses');
    cluster.cutAll('127.0.0.10:2443', 'fin');
    cluster.run(4 * MINUTE);
    expect(cluster.of('failedOver')).toMatchObject([{ from: '127.0.0.10:2443', to: '127.0.0.11:2443' }]);
    nodes[0]?.set('healthy');
    cluster.run(8 * MINUTE);
    expect(cluster.of('fellBack')).toMatchObject([{ from: '127.0.0.11:2443', to: '127.0.0.10:2443' }]);
    expect(new Set(cluster.of('ready').map(({ security }) => security))).toEqual(new Set(['encrypted']));
    expect(connects(cluster).every((line) => line.includes(':2443 79xx encrypted'))).toBe(true);
  });

  it('has a standby whose failure says why', () => {
    const { cluster } = bootSecure({
      files: FILES,
      tcp: { '127.0.0.11:2443': behindTls(moodyCallManager().connect, () => alert(48)) },
    });
    cluster.run(2 * MINUTE);
    expect(cluster.of('standbyFailed')[0]).toMatchObject({
      server: '127.0.0.11:2443',
      cause: 'tls-certificate-refused',
    });
    expect(cluster.of('serviceLost')).toEqual([]);
  });

  it('connects again after Reset 1, with its session, and leaves nothing behind at the end', () => {
    const { cluster, phone } = group();
    cluster.push('callManager1', encodeMessage({ type: 'Reset', resetType: 1 }, 0));
    cluster.run(5 * MINUTE);
    expect(cluster.of('ready')).toHaveLength(2);
    cluster.step({ type: 'stop', now: cluster.now });
    cluster.run(6 * MINUTE);
    expect([phone.state, cluster.pendingTimers, cluster.openEndpoints]).toEqual(['stopped', [], []]);
  });
});
