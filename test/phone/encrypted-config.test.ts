import { describe, expect, it } from 'vitest';
import { buildShortConfig } from '../../src/protocols/device-config/build.ts';
import { certificateHash } from '../../src/protocols/trust/short-config.ts';
import { failures, MINUTE } from '../support/phone-world.ts';
import { encrypted, HOLDERS, signed, trustList } from '../support/secure-files.ts';
import {
  bootSecure,
  CTL,
  ENC,
  PLAIN,
  secureConfig,
  securityOf,
  SGN,
  withMic,
} from '../support/secure-world.ts';

const PHONE = HOLDERS.other;
const content = secureConfig();
const short = (certHash = certificateHash(PHONE.certificate.raw)) =>
  buildShortConfig({ callManagers: [], certHash, loadInformation: '' });
const FILES = {
  [CTL]: trustList(),
  [SGN]: signed(SGN, short()),
  [ENC]: encrypted(ENC, content, PHONE),
};

function bootWith(files: Readonly<Record<string, Uint8Array>>, security = {}) {
  const world = bootSecure({
    files: { ...FILES, ...files },
    secrets: withMic(PHONE),
    settings: securityOf(security),
  });
  world.cluster.run(2 * MINUTE);
  return world;
}

type World = ReturnType<typeof bootWith>;

function bootAgain({ cluster, tftp }: World): string[] {
  const before = tftp.asked.length;
  cluster.step({ type: 'powerOff', now: cluster.now });
  cluster.step({ type: 'powerOn', intendedAt: cluster.now, wave: 1, now: cluster.now });
  cluster.run(cluster.now + 2 * MINUTE);
  return configsOf(tftp.asked.slice(before));
}

const configsOf = (asked: readonly string[]): string[] => asked.filter((name) => name.includes('.cnf.xml'));
const levels = ({ cluster }: World): string[] => cluster.of('ready').map(({ security }) => security);

describe('a short configuration', () => {
  it('leads to the encrypted one, and the phone is in service with it', () => {
    const world = bootWith({});
    expect(configsOf(world.tftp.asked)).toEqual([SGN, ENC]);
    expect(levels(world)).toEqual(['encrypted']);
    expect(failures(world.cluster)).toEqual([]);
  });

  it('that came without a signature leads to it too, and there the signature is of somebody unknown', () => {
    const world = bootSecure({
      files: { [PLAIN]: short(), [ENC]: FILES[ENC] },
      secrets: withMic(PHONE),
    });
    world.cluster.run(2 * MINUTE);
    expect(configsOf(world.tftp.asked).slice(0, 2)).toEqual([PLAIN, ENC]);
    expect(failures(world.cluster)[0]).toBe('config signer-unknown 127.0.0.1:69');
  });

  it('is asked for only once by a phone that remembers that its configuration is encrypted', () => {
    const world = bootWith({});
    expect(bootAgain(world)).toEqual([ENC]);
    expect(levels(world)).toEqual(['encrypted', 'encrypted']);
  });

  it('comes first every time where the setting says so', () => {
    expect(bootAgain(bootWith({}, { encryptedFirst: false }))).toEqual([SGN, ENC]);
  });

  it('or the whole one comes where there is no encrypted one any more', () => {
    const world = bootWith({});
    delete world.served[ENC];
    world.served[SGN] = signed(SGN, content);
    expect(bootAgain(world)).toEqual([ENC, SGN]);
    expect(bootAgain(world)).toEqual([SGN]);
    expect(levels(world)).toEqual(['encrypted', 'encrypted', 'encrypted']);
  });
});

describe('an encrypted configuration', () => {
  const forCapf = encrypted(ENC, content, HOLDERS.capf);
  const nested = encrypted(ENC, signed(SGN, content), PHONE);

  it.each<[string, Uint8Array | null, string]>([
    ['that is not there', null, 'config tftp-file-not-found'],
    ['for another phone', forCapf, 'config decrypt-failed'],
    ['signed by a stranger', encrypted(ENC, content, PHONE, HOLDERS.newSast), 'config signer-unknown'],
    [
      'that was changed on the way',
      FILES[ENC]?.map((byte, at) => (at === 900 ? byte ^ 1 : byte)) ?? null,
      'config signature-invalid',
    ],
    ['that is cut off', FILES[ENC]?.subarray(0, -16) ?? null, 'config signature-invalid'],
    ['that is a signed one', signed(ENC, content), 'config signed-file-malformed'],
    ['that is text', content, 'config signed-file-malformed'],
    ['in which there is another signed file', nested, 'config config-malformed'],
    ['in which there is a short file again', encrypted(ENC, short(), PHONE), 'config config-no-callmanager'],
  ])('%s is a counted failure, and the phone tries again', (_, file, expected) => {
    const { [ENC]: __, ...others } = FILES;
    const world = bootSecure({
      files: { ...others, ...(file ? { [ENC]: file } : {}) },
      secrets: withMic(PHONE),
    });
    world.cluster.run(10 * MINUTE);
    expect(new Set(failures(world.cluster))).toEqual(new Set([`${expected} 127.0.0.1:69`]));
    expect(world.cluster.of('restarting').length).toBeGreaterThan(2);
  });

  it('is of no use to a phone without a certificate', () => {
    const world = bootSecure({ files: FILES });
    world.cluster.run(2 * MINUTE);
    expect(failures(world.cluster)[0]).toBe('config no-certificate 127.0.0.1:69');
  });

  it('that can no longer be read makes the phone read the short one, and keep the last good one', () => {
    const world = bootWith({});
    world.served[ENC] = forCapf;
    expect(bootAgain(world)).toEqual([ENC, SGN, ENC]);
    expect(failures(world.cluster)).toEqual([
      'config decrypt-failed 127.0.0.1:69',
      'config decrypt-failed 127.0.0.1:69',
    ]);
    expect(levels(world)).toEqual(['encrypted', 'encrypted']);
  });
});
