import { describe, expect, it } from 'vitest';
import { PhoneDirectory } from '../../src/lab/phone-directory.ts';
import { deviceOf, directoryOf, labSettings, macOf } from './lab-parts.ts';

describe('PhoneDirectory', () => {
  it('finds made-up phones by arithmetic', () => {
    const directory = directoryOf(300);
    expect(directory.indexOf(macOf(0))).toBe(0);
    expect(directory.indexOf(macOf(299))).toBe(299);
    expect(directory.indexOf(macOf(300))).toBeNull();
    expect(directory.indexOf('030000000001')).toBeNull();
    expect(directory.indexOf('02000000000G')).toBeNull();
    expect(directory.indexOf('02')).toBeNull();
  });

  it('finds the phones of an inventory', () => {
    const macs = ['001122334455', 'AABBCCDDEEFF'];
    const phones = {
      type: 'inventory',
      macs: macs.join(''),
      modelNames: ['7961G'],
      models: '00',
      security: '--',
    } as const;
    const directory = new PhoneDirectory({ phones, phoneCount: 2 }, { type: 'all' });
    expect(macs.map((mac) => directory.indexOf(mac))).toEqual([0, 1]);
    expect(directory.indexOf('001122334456')).toBeNull();
    expect(directory.holds('SEPAABBCCDDEEFF')).toBe(true);
  });

  it('holds the phones that the settings say', () => {
    const held = (knownPhones: string | number | string[]): number[] => {
      const directory = directoryOf(10, labSettings({ knownPhones }));
      return Array.from({ length: 10 }, (_, at) => at).filter((at) => directory.holds(deviceOf(at)));
    };
    expect(held('all')).toHaveLength(10);
    expect(held('none')).toEqual([]);
    expect(held(3)).toEqual([0, 1, 2]);
    expect(held('50%')).toHaveLength(5);
    expect(held([macOf(4), macOf(7)])).toEqual([4, 7]);
    expect(directoryOf(10).holds('ATA020000000001')).toBe(false);
    expect(directoryOf(10).holds('')).toBe(false);
  });

  it('gives every device an extension of its own, always the same', () => {
    const directory = directoryOf(10);
    const names = [deviceOf(0), deviceOf(9), 'SEPFFFFFFFFFFFF', 'CIPC somebody', deviceOf(0)];
    expect(names.map((name) => directory.directoryNumber(name))).toEqual([
      '1000000',
      '1000009',
      '9000000',
      '9000001',
      '1000000',
    ]);
    expect(directory.directoryNumber('SEPFFFFFFFFFFFF')).toBe('9000000');
  });
});
