import { describe, expect, it } from 'vitest';
import { buildDeviceConfig } from '../../src/protocols/device-config/build.ts';
import { PHONE_MODEL_NAMES } from '../../src/phone/models.ts';
import { BOOT_SETTINGS } from '../support/boot-settings.ts';
import { boot, failures, MINUTE, NAME, passed, type World } from '../support/phone-world.ts';
import { type Holder, HOLDERS, signed, trustList } from '../support/secure-files.ts';
import { tftpServer } from '../support/virtual-servers.ts';

const german = { name: 'German_Germany', version: '9.1.1' };
const germany = { name: 'Germany', version: '9.1.1' };
const config = (userLocale = german, networkLocale = germany): Buffer =>
  buildDeviceConfig({ deviceName: NAME, callManagers: [{ host: '127.0.0.10' }], userLocale, networkLocale });
const JAR = 'German_Germany/mk-sccp.jar';
const TONES = 'Germany/g3-tones.xml';
const FILES = { [`${NAME}.cnf.xml`]: config(), [JAR]: Buffer.alloc(58_700), [TONES]: Buffer.alloc(1900) };
const FACTORY: World = { settings: { flash: 'factory' } };

function start(world: World = FACTORY, files: Readonly<Record<string, Uint8Array>> = FILES) {
  const tftp = tftpServer(files);
  const seen = boot({ ...world, tftp });
  seen.cluster.run(5 * MINUTE);
  return { ...seen, locales: tftp.asked.filter((name) => name.includes('/')) };
}

describe('locale files', () => {
  it('are fetched after the configuration by a phone with empty flash, which then has them', () => {
    const { cluster, phone, locales, tftp } = start();
    expect(locales).toEqual([JAR, TONES]);
    expect(tftp.asked.indexOf(JAR)).toBe(tftp.asked.indexOf(`${NAME}.cnf.xml`) + 1);
    expect(passed(cluster).slice(-6)).toEqual(['config', 'locale', 'locale', 'connect', 'register', 'ready']);
    expect(phone.flash.locales).toEqual({ user: german, network: germany });
    expect(failures(cluster)).toEqual([]);
  });

  it('are there already in warm flash', () => {
    const { cluster, locales } = start({});
    expect(locales).toEqual([]);
    expect(passed(cluster)).not.toContain('locale');
  });

  it('are fetched again when the name or the version changes, each by itself', () => {
    const held = { user: german, network: germany };
    expect(start({ flash: { locales: held } }).locales).toEqual([]);
    const older = { ...held, user: { ...german, version: '8.6.1' } };
    expect(start({ flash: { locales: older } }).locales).toEqual([JAR]);
    const abroad = { ...held, network: { name: 'Austria', version: '9.1.1' } };
    expect(start({ flash: { locales: abroad } }).locales).toEqual([TONES]);
  });

  it('of an empty name begin with a slash', () => {
    const nameless = { name: '', version: '' };
    const files = { [`${NAME}.cnf.xml`]: config(nameless, nameless) };
    expect(start(FACTORY, files).locales).toEqual(['/mk-sccp.jar', '/g3-tones.xml']);
  });

  it('have the name that the scenario gives the dictionary of a model', () => {
    const files = { ...BOOT_SETTINGS.files, localeJars: { '7961G': 'tc-sccp.jar' } };
    expect(start({ settings: { flash: 'factory', files } }).locales).toEqual([
      'German_Germany/tc-sccp.jar',
      TONES,
    ]);
  });

  it('that are missing are counted, and the boot goes on with the old ones', () => {
    const { cluster, phone, locales } = start(FACTORY, {
      [`${NAME}.cnf.xml`]: config(),
      [TONES]: FILES[TONES],
    });
    expect(locales).toEqual([JAR, TONES]);
    expect(failures(cluster)).toEqual(['locale tftp-file-not-found 127.0.0.1:69']);
    expect(phone.flash.locales).toEqual({ user: null, network: germany });
    expect(cluster.of('ready')).toHaveLength(1);
    expect(cluster.of('restarting')).toEqual([]);
  });

  it.each(PHONE_MODEL_NAMES)('of a %s are named by its family', (model) => {
    const { locales } = start({ ...FACTORY, identity: { model } });
    const family = /^79[46]1|^79[46]2/.test(model) ? 'mk' : model === '7970G' ? 'tc' : 'td';
    expect(locales).toEqual([`German_Germany/${family}-sccp.jar`, TONES]);
  });
});

describe('locale files of a server that the trust list names', () => {
  const sgn = (name: string, signer: Holder = HOLDERS.callManager, key = signer.privateKey): Buffer =>
    signed(`${name}.sgn`, Buffer.alloc(60_000, 7), signer, key);
  const base = {
    [`CTL${NAME}.tlv`]: trustList(),
    [`${NAME}.cnf.xml.sgn`]: signed(`${NAME}.cnf.xml.sgn`, config()),
  };

  it.each([
    ['good', sgn(JAR), []],
    [
      'bad',
      sgn(JAR, HOLDERS.callManager, HOLDERS.other.privateKey),
      ['locale signature-invalid 127.0.0.1:69'],
    ],
    ['of a stranger', sgn(JAR, HOLDERS.other), ['locale signer-unknown 127.0.0.1:69']],
    ['not there', Buffer.alloc(600), ['locale signed-file-malformed 127.0.0.1:69']],
  ] as const)('are asked for and looked at with their signature: %s', (_, jar, failed) => {
    const { cluster, phone, locales } = start(FACTORY, {
      ...base,
      [`${JAR}.sgn`]: jar,
      [`${TONES}.sgn`]: sgn(TONES),
    });
    expect(locales).toEqual([`${JAR}.sgn`, `${TONES}.sgn`]);
    expect(failures(cluster)).toEqual(failed);
    expect(phone.flash.locales).toEqual({ user: failed.length > 0 ? null : german, network: germany });
    expect(cluster.of('ready')).toHaveLength(1);
  });
});
