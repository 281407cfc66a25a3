import { describe, expect, it } from 'vitest';
import { DHCP_OPTIONS, dhcpOptionNames, optionName } from '../../../src/protocols/dhcp/options.ts';

describe('the option table', () => {
  it('knows each code once', () => {
    const codes = dhcpOptionNames(DHCP_OPTIONS).map((name) => DHCP_OPTIONS[name].code);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.toSorted((a, b) => a - b)).toEqual([
      1, 3, 6, 12, 15, 35, 42, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 66, 82, 150,
    ]);
  });

  it('finds an option by its code', () => {
    expect(optionName(150)).toBe('tftpServers');
    expect(optionName(77)).toBeUndefined();
  });
});
