import { describe, expect, it } from 'vitest';
import { ConfigFiles, CONTENT_FAULTS } from '../../src/lab/config-files.ts';
import { FOREIGN_ADDRESS } from '../../src/lab/fault-table.ts';
import { parseDefaultConfig, parseDeviceConfig } from '../../src/protocols/device-config/parse.ts';
import { deviceOf, directoryOf, fault, labSettings, LOCALHOST } from './lab-parts.ts';

const SERVERS = [
  { name: 'cucm1.lab', host: LOCALHOST, port: 2000 },
  { name: 'cucm2.lab', host: '127.0.0.2', port: 2001 },
];
const NAME = `${deviceOf(1)}.cnf.xml`;

function filesFor(input: Parameters<typeof labSettings>[0] = {}): ConfigFiles {
  const settings = labSettings(input);
  return new ConfigFiles(settings, directoryOf(3, settings), {
    callManagers: SERVERS,
    srst: null,
    secure: null,
  });
}

function spoilt(kind: (typeof CONTENT_FAULTS)[number], name = NAME): Buffer {
  return filesFor().read(name, fault({ on: 'tftp', kind })) ?? Buffer.alloc(0);
}

/** The CallManager group of either kind of file. */
function servers(file: Buffer | null): string[] {
  const content = file ?? Buffer.alloc(0);
  const device = parseDeviceConfig(content);
  const parsed = device.ok ? device : parseDefaultConfig(content);
  if (!parsed.ok) throw new Error(parsed.detail);
  return parsed.config.callManagers.map(({ host, sccpPort }) => `${host}:${sccpPort}`);
}

describe('ConfigFiles', () => {
  it('has the file of every phone that the database holds, of the size that is set', () => {
    const file = filesFor({ configBytes: 9000 }).read(NAME, null);
    expect(file).toHaveLength(9000);
    expect(servers(file)).toEqual(['cucm1.lab:2000', 'cucm2.lab:2001']);
    expect(servers(filesFor({ names: 'address' }).read(NAME, null))).toEqual([
      '127.0.0.1:2000',
      '127.0.0.2:2001',
    ]);
  });

  it('asks for names without regard to case', () => {
    const files = filesFor();
    expect(files.read(NAME.toLowerCase(), null)).toEqual(files.read(NAME, null));
    expect(files.read('xmldefault.CNF.xml', null)).toEqual(files.read('XMLDefault.cnf.xml', null));
  });

  it('has XMLDefault for those that it does not hold, and nothing else', () => {
    const files = filesFor({ knownPhones: 'none' });
    expect(files.read(NAME, null)).toBeNull();
    expect(servers(files.read('XMLDefault.cnf.xml', null))).toEqual(['cucm1.lab:2000', 'cucm2.lab:2001']);
    for (const name of [`CTL${deviceOf(1)}.tlv`, `ITL${deviceOf(1)}.tlv`, 'ITLFile.tlv', `../${NAME}`, '']) {
      expect(filesFor().read(name, null)).toBeNull();
    }
  });

  it('spoils a file as the fault has it', () => {
    expect(spoilt('not-xml').toString('latin1', 0, 4)).toBe('%PDF');
    expect(spoilt('oversize')).toHaveLength(50 * 1024 * 1024);
    expect(spoilt('entity-bomb').toString('latin1').split('&amp;')).toHaveLength(1_000_001);
    expect(servers(spoilt('no-callmanager'))).toEqual([]);
    expect(servers(spoilt('foreign-address'))).toEqual([`${FOREIGN_ADDRESS}:2000`]);
    expect(servers(spoilt('foreign-address', 'XMLDefault.cnf.xml'))).toEqual([`${FOREIGN_ADDRESS}:2000`]);
  });

  it('does not make a file appear by spoiling it', () => {
    for (const kind of CONTENT_FAULTS) expect(spoilt(kind, 'CTLFile.tlv')).toHaveLength(0);
  });
});
