import { describe, expect, it } from 'vitest';
import { ConfigFiles } from '../../src/lab/config-files.ts';
import { parseDefaultConfig, parseDeviceConfig } from '../../src/protocols/device-config/parse.ts';
import { partsOfLoad } from '../../src/protocols/firmware/known-loads.ts';
import { parseLoadsFile } from '../../src/protocols/firmware/loads-file.ts';
import { deviceOf, directoryOf, fault, labSettings, LOCALHOST } from './lab-parts.ts';

const LOAD = 'SCCP41.9-4-2SR3-1S';

function filesFor(input: Parameters<typeof labSettings>[0] = {}): ConfigFiles {
  const settings = labSettings(input);
  const callManagers = [{ name: 'cucm1.lab', host: LOCALHOST, port: 2000 }];
  return new ConfigFiles(settings, directoryOf(3, settings), { callManagers, srst: null, secure: null });
}

describe('firmware and locale files', () => {
  const files = filesFor({ loads: { '7961G': LOAD, '7941G': LOAD, '7970G': 'SCCP70.9-4-2SR3-1S' } });
  const sizeOf = (name: string): number => files.read(name, null)?.length ?? -1;

  it('are the loads that configuration files name, in their real sizes', () => {
    const device = parseDeviceConfig(files.read(`${deviceOf(1)}.cnf.xml`, null) ?? Buffer.alloc(0));
    expect(device).toMatchObject({ ok: true, config: { loadInformation: LOAD } });
    const list = parseLoadsFile(files.read(`${LOAD}.loads`, null) ?? Buffer.alloc(0));
    expect(list).toEqual({ ok: true, parts: partsOfLoad(LOAD).map(({ name }) => name) });
    for (const { name, bytes } of [...partsOfLoad(LOAD), ...partsOfLoad('SCCP70.9-4-2SR3-1S')]) {
      expect(sizeOf(name), name).toBe(bytes);
    }
  });

  it('are named for unknown phones by model number', () => {
    const unknown = parseDefaultConfig(files.read('XMLDefault.cnf.xml', null) ?? Buffer.alloc(0));
    if (!unknown.ok) throw new Error(unknown.detail);
    expect([...unknown.config.loads]).toEqual([
      [30_018, LOAD],
      [115, LOAD],
      [30_006, 'SCCP70.9-4-2SR3-1S'],
    ]);
  });

  it('share their memory, however many read them', () => {
    const [first, second] = partsOfLoad(LOAD).map(({ name }) => files.read(name, null));
    expect(first?.buffer).toBe(second?.buffer);
    expect(first?.buffer).toBe(files.read(partsOfLoad(LOAD)[0]?.name ?? '', null)?.buffer);
  });

  it('include the stock locales, whatever the case of the name, and no other', () => {
    expect(sizeOf('English_United_States/mk-sccp.jar')).toBe(58_700);
    expect(sizeOf('english_united_states/TD-SCCP.jar')).toBe(58_700);
    expect(sizeOf('United_States/g3-tones.xml')).toBe(1900);
    for (const name of [
      '/mk-sccp.jar',
      'mk-sccp.jar',
      'German_Germany/mk-sccp.jar',
      'SCCP42.9-4-2SR3-1S.loads',
    ]) {
      expect(files.read(name, null), name).toBeNull();
    }
  });

  it('are not there where no load is named, and are not spoiled by faults of the configuration', () => {
    expect(filesFor().read(`${LOAD}.loads`, null)).toBeNull();
    const name = partsOfLoad(LOAD)[1]?.name ?? '';
    expect(files.read(name, fault({ on: 'tftp', kind: 'not-xml' }))).toHaveLength(556_833);
  });
});
