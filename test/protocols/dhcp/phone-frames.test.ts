import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PHONE_MODELS } from '../../../src/phone/models.ts';
import { decodeDhcp } from '../../../src/protocols/dhcp/message.ts';
import {
  discoverFrame,
  rebootFrame,
  releaseFrame,
  renewFrame,
  selectingFrame,
  withSecs,
} from '../../../src/protocols/dhcp/phone-frames.ts';
import { fromHex } from '../../../src/wire/hex.ts';

const PHONE = {
  mac: '002699EF0F1A',
  hostName: 'SEP002699EF0F1A',
  vendorClass: 'Cisco Systems, Inc. IP Phone CP-7911G',
  relayAddress: '172.22.76.1',
};
const GOLDEN = fromHex(
  readFileSync(new URL('../../vectors/dhcp/discover-7911g.hex', import.meta.url), 'utf8'),
);

describe('the messages of a phone', () => {
  it('are, for DISCOVER, those of a real 7911G', () => {
    expect(withSecs(discoverFrame(PHONE, 0x1b3a), 48).equals(GOLDEN)).toBe(true);
  });

  it.each([
    [
      'REQUEST after an OFFER',
      selectingFrame(PHONE, 7, 3, '127.1.0.9', '127.0.0.67'),
      [53, 61, 12, 50, 54, 60, 55],
    ],
    ['REQUEST of INIT-REBOOT', rebootFrame(PHONE, 7, '127.1.0.9'), [53, 61, 12, 50, 60, 55]],
    ['REQUEST of RENEWING', renewFrame(PHONE, 7, '127.1.0.9'), [53, 61, 12, 60, 55]],
    ['RELEASE', releaseFrame(PHONE, 7, '127.1.0.9', '127.0.0.67'), [53, 61, 54]],
  ])('%s: 548 bytes, through the relay, these options in this order', (_, frame, codes) => {
    expect(frame.length).toBe(548);
    expect(optionCodes(frame)).toEqual(codes);
    expect(decodeDhcp(frame)).toMatchObject({ hops: 1, xid: 7, giaddr: '172.22.76.1', chaddr: PHONE.mac });
  });

  it('name the leased address in ciaddr only when it is in use', () => {
    expect(decodeDhcp(rebootFrame(PHONE, 7, '127.1.0.9')).ciaddr).toBe('0.0.0.0');
    expect(decodeDhcp(selectingFrame(PHONE, 7, 0, '127.1.0.9', '127.0.0.67')).ciaddr).toBe('0.0.0.0');
    expect(decodeDhcp(renewFrame(PHONE, 7, '127.1.0.9')).ciaddr).toBe('127.1.0.9');
    expect(decodeDhcp(releaseFrame(PHONE, 7, '127.1.0.9', '127.0.0.67')).ciaddr).toBe('127.1.0.9');
  });

  it('fit for every model, NUL behind the vendor class', () => {
    for (const { vendorClass } of Object.values(PHONE_MODELS)) {
      const frame = selectingFrame({ ...PHONE, vendorClass }, 7, 0, '127.1.0.9', '127.0.0.67');
      expect(frame.length).toBe(548);
      expect(decodeDhcp(frame).options.vendorClass).toBe(`${vendorClass}\0`);
    }
  });

  it('are not changed by a later copy', () => {
    const frame = discoverFrame(PHONE, 1);
    const before = Buffer.from(frame);
    withSecs(frame, 77);
    expect(frame.equals(before)).toBe(true);
  });
});

/** Codes in wire order, read without the product's decoder. */
function optionCodes(frame: Buffer): number[] {
  const codes: number[] = [];
  for (let at = 240; frame[at] !== 255; at += 2 + (frame[at + 1] ?? 0)) codes.push(frame[at] ?? 0);
  return codes;
}
