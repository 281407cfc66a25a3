/**
 * The decision tree of a secure boot: every combination of device security mode, trust list, signature of the
 * configuration, and what the servers answer.
 */
import { describe, expect, it } from 'vitest';
import { failures, MINUTE, NAME, passed } from '../support/phone-world.ts';
import {
  credentialOf,
  HOLDERS,
  plainList,
  SERVER_RECORDS,
  signed,
  trustList,
} from '../support/secure-files.ts';
import {
  bootSecure,
  CTL,
  DEFAULT,
  PLAIN,
  secureConfig,
  securityOf,
  SGN,
  withMic,
} from '../support/secure-world.ts';
import { buildDefaultConfig } from '../../src/protocols/device-config/build.ts';

const LISTS = {
  none: null,
  usable: trustList(),
  'not signed by itself': trustList(HOLDERS.sast, SERVER_RECORDS, HOLDERS.other.privateKey),
  'of a cluster that is not secure': plainList(),
  'without CallManager and TFTP': trustList(HOLDERS.sast, SERVER_RECORDS.slice(1)),
} as const;

const SIGNATURES = {
  good: (content: Uint8Array) => signed(SGN, content),
  bad: (content: Uint8Array) => signed(SGN, content, HOLDERS.callManager, HOLDERS.other.privateKey),
  'of a stranger': (content: Uint8Array) => signed(SGN, content, HOLDERS.other),
  missing: (content: Uint8Array) => content,
  /** ERROR 1 for `.sgn`: there is no way back to the file without a signature. */
  'not served': () => null,
} as const;

const MODES = [1, 2, 3] as const;
/** Which of the two lists it is makes no difference to a phone that holds no other. */
const LIST_FILES = [CTL, `ITL${NAME}.tlv`] as const;
const LEVEL = { 1: 'none', 2: 'authenticated', 3: 'encrypted' } as const;

type ListName = keyof typeof LISTS;
type SignatureName = keyof typeof SIGNATURES;

/** What comes of it: a phone in service with a level, or the failure that is counted again and again. */
function expected(mode: 1 | 2 | 3, list: ListName, signature: SignatureName): string {
  const isTrusted = list === 'usable';
  if (isTrusted && signature === 'bad') return 'config signature-invalid';
  if (isTrusted && signature === 'of a stranger') return 'config signer-unknown';
  if (isTrusted && signature === 'missing') return 'config signed-file-malformed';
  if (isTrusted && signature === 'not served') return 'config tftp-file-not-found';
  if (mode === 1) return 'ready none';
  return isTrusted ? `ready ${LEVEL[mode]}` : 'ctl trust-list-missing';
}

const ROWS = MODES.flatMap((mode) =>
  (Object.keys(LISTS) as ListName[]).flatMap((list) =>
    (Object.keys(SIGNATURES) as SignatureName[]).flatMap((signature) =>
      LIST_FILES.map((file) => [mode, list, file, signature, expected(mode, list, signature)] as const),
    ),
  ),
);

describe('a phone with one CallManager group', () => {
  it.each(ROWS)(
    'mode %i, trust list %s as %s, signature %s: %s',
    (mode, listName, file, signature, outcome) => {
      const content = secureConfig({ deviceSecurityMode: mode });
      const [list, sgn] = [LISTS[listName], SIGNATURES[signature](content)];
      const { cluster, tftp } = bootSecure({
        files: {
          [PLAIN]: content,
          ...(sgn ? { [SGN]: sgn } : {}),
          ...(list ? { [file]: list } : {}),
        },
      });
      cluster.run(10 * MINUTE);
      const ready = cluster.of('ready').map(({ security }) => `ready ${security}`);
      const failed = cluster.of('stageFailed').map(({ failure }) => `${failure.stage} ${failure.cause}`);
      expect([...new Set([...ready, ...failed])]).toEqual([outcome]);
      if (!outcome.startsWith('ready')) expect(failed.length).toBeGreaterThan(2);
      // As soon as the list names the TFTP server, nothing is asked for without a signature.
      const asked = tftp.asked.filter((name) => !name.endsWith('.tlv'));
      expect(asked.every((name) => name.endsWith('.sgn'))).toBe(listName === 'usable');
      const tls = cluster.of('secured');
      expect(tls.length > 0).toBe(outcome.startsWith('ready') && outcome !== 'ready none');
      expect(cluster.log.some((line) => line.includes(':2443'))).toBe(tls.length > 0);
    },
  );
});

it.each([
  ['with an LSC beside its MIC', { lsc: credentialOf(HOLDERS.other, 'lsc') }, 'encrypted'],
  ['with its MIC alone', {}, 'none'],
] as const)('a phone that needs an LSC, %s', (_, flash, security) => {
  const { cluster } = bootSecure({
    files: { [CTL]: trustList(), [SGN]: signed(SGN, secureConfig()) },
    flash,
    secrets: withMic(HOLDERS.otherCallManager),
    settings: securityOf({ needsLsc: true }),
  });
  cluster.run(2 * MINUTE);
  expect(cluster.of('ready')).toMatchObject([{ security }]);
});

describe('a secure phone without a trust list', () => {
  const files = { [PLAIN]: secureConfig() };

  it('of the 79x1 family tries for ever', () => {
    const { cluster, phone } = bootSecure({ files });
    cluster.run(60 * MINUTE);
    const tries = failures(cluster);
    expect(new Set(tries)).toEqual(new Set(['ctl trust-list-missing 127.0.0.1:69']));
    expect(tries.length).toBeGreaterThan(40);
    expect([cluster.of('ready'), phone.state]).toEqual([[], 'pausing']);
  });

  it.each([
    ['7975G', 'model', 4],
    ['7961G', 2, 2],
    ['7975G', 1, 1],
  ] as const)('a %s with the setting %s goes on in clear after %i', (model, trustListAttempts, tries) => {
    const { cluster, first } = bootSecure({
      files,
      identity: { model },
      settings: securityOf({ trustListAttempts }),
    });
    cluster.run(20 * MINUTE);
    expect(failures(cluster)).toEqual(
      Array.from({ length: tries }, () => 'ctl trust-list-missing 127.0.0.1:69'),
    );
    expect(cluster.of('restarting')).toHaveLength(tries - 1);
    expect(cluster.of('ready')).toMatchObject([{ security: 'none', server: '127.0.0.10:2000' }]);
    expect(first.received).toContain('RegisterReq');
  });

  it('pauses between its tries as long as the setting says, and gives up with its boots', () => {
    const { cluster, phone } = bootSecure({
      files,
      settings: { ...securityOf({ trustListRetry: { type: 'constant', seconds: 7 } }), maxBootAttempts: 3 },
    });
    cluster.run(20 * MINUTE);
    expect(cluster.of('restarting').map(({ pauseMs }) => pauseMs)).toEqual([7000, 7000]);
    expect(cluster.of('gaveUp')).toMatchObject([{ failure: { cause: 'trust-list-missing' } }]);
    expect(phone.state).toBe('gaveUp');
  });

  it('is secure as soon as the list appears', () => {
    const { cluster, served } = bootSecure({ files });
    cluster.run(5 * MINUTE);
    expect(cluster.of('ready')).toEqual([]);
    Object.assign(served, { [CTL]: trustList(), [SGN]: signed(SGN, secureConfig()) });
    cluster.run(8 * MINUTE);
    expect(cluster.of('ready')).toMatchObject([{ security: 'encrypted', server: '127.0.0.10:2443' }]);
  });

  it('begins to count again after a power loss', () => {
    const { cluster } = bootSecure({ files, identity: { model: '7975G' } });
    cluster.run(3 * MINUTE);
    cluster.step({ type: 'powerOff', now: cluster.now });
    cluster.step({ type: 'powerOn', intendedAt: cluster.now, wave: 1, now: cluster.now });
    const before = failures(cluster).length;
    cluster.run(20 * MINUTE);
    expect(failures(cluster).length - before).toBe(4);
  });
});

describe('the last good configuration', () => {
  it.each(['bad', 'of a stranger', 'missing'] as const)('is kept where the signature is %s', (signature) => {
    const content = secureConfig();
    const { cluster, served } = bootSecure({ files: { [CTL]: trustList(), [SGN]: signed(SGN, content) } });
    cluster.run(3 * MINUTE);
    served[SGN] = SIGNATURES[signature](secureConfig({ deviceSecurityMode: 1 }));
    cluster.step({ type: 'powerOff', now: cluster.now });
    cluster.step({ type: 'powerOn', intendedAt: cluster.now, wave: 1, now: cluster.now });
    cluster.run(6 * MINUTE);
    expect(failures(cluster)).toHaveLength(1);
    expect(cluster.of('ready').map(({ security }) => security)).toEqual(['encrypted', 'encrypted']);
  });
});

describe('an unknown phone at a trusted server', () => {
  const defaults = buildDefaultConfig({ callManagers: [{ host: '127.0.0.10' }], loads: new Map() });
  const name = `${DEFAULT}.sgn`;

  it.each([
    ['good', signed(name, defaults), ['ready none']],
    ['bad', signed(name, defaults, HOLDERS.callManager, HOLDERS.other.privateKey), []],
  ] as const)('asks for the signed defaults; the signature is %s', (_, file, outcome) => {
    const { cluster, tftp } = bootSecure({
      files: { [CTL]: trustList(), [name]: file, [DEFAULT]: defaults },
    });
    cluster.run(4 * MINUTE);
    expect(tftp.asked.slice(3, 5)).toEqual([SGN, name]);
    expect(tftp.asked).not.toContain(DEFAULT);
    expect(cluster.of('ready').map(({ security }) => `ready ${security}`)).toEqual(outcome);
    if (outcome.length === 0) expect(failures(cluster)[0]).toBe('config signature-invalid 127.0.0.1:69');
  });
});

describe('which records make the phone ask for signed files', () => {
  const elsewhere = trustList(
    HOLDERS.sast,
    SERVER_RECORDS.map((record) => ({ ...record, ipv4: '192.0.2.1', dnsName: 'other' })),
  );
  const named = trustList(
    HOLDERS.sast,
    SERVER_RECORDS.map((record) => ({ ...record, ipv4: null, dnsName: 'cucm-pub' })),
  );
  it.each([
    ['role', elsewhere, {}, true],
    ['address', elsewhere, {}, false],
    ['address', trustList(), {}, true],
    ['address', named, {}, false],
    ['address', named, { 'cucm-pub': '127.0.0.1' }, true],
  ] as const)('by %s', (tftpRecords, list, hosts, asksSigned) => {
    const content = secureConfig({ deviceSecurityMode: 1 });
    const { cluster, tftp } = bootSecure({
      files: { [CTL]: list, [PLAIN]: content, [SGN]: signed(SGN, content) },
      settings: {
        ...securityOf({ tftpRecords }),
        dns: { servers: null, port: 53, hosts, timeoutMs: 2000, attempts: 2 },
      },
    });
    cluster.run(2 * MINUTE);
    expect(tftp.asked.at(-1)).toBe(asksSigned ? SGN : PLAIN);
    expect(passed(cluster)).toContain('ready');
  });
});
