import { describe, expect, test } from 'vitest';
import { decodeFrame } from '../../../src/protocols/sccp/header.ts';
import { phoneFrames } from '../../../src/protocols/sccp/phone-frames.ts';
import { toHex } from '../../../src/wire/hex.ts';
import { builtHex } from './vectors.ts';

describe('prebuilt frames', () => {
  test('version 17 equals the vectors', () => {
    const frames = phoneFrames(17);
    expect(toHex(frames.opening)).toBe(
      builtHex('HeadsetStatus off') + builtHex('CapabilitiesRes') + builtHex('ButtonTemplateReq'),
    );
    expect(toHex(frames.openingUnasked)).toBe(builtHex('HeadsetStatus off') + builtHex('ButtonTemplateReq'));
    expect(toHex(frames.softKeys)).toBe(builtHex('SoftKeyTemplateReq') + builtHex('SoftKeySetReq'));
    expect(toHex(frames.timeDate)).toBe(builtHex('TimeDateReq'));
    expect(toHex(frames.unregister)).toBe(builtHex('Unregister'));
    expect(toHex(frames.indexed('line', 1))).toBe(builtHex('LineStatReq 1'));
    expect(toHex(frames.indexed('speedDial', 1))).toBe(builtHex('SpeedDialStatReq 1'));
    expect(toHex(frames.indexed('forward', 1))).toBe(builtHex('ForwardStatReq 1'));
    expect(toHex(frames.indexed('serviceUrl', 1))).toBe(builtHex('ServiceURLStatReq 1'));
    expect(toHex(frames.indexed('feature', 1))).toBe(builtHex('FeatureStatReq 1'));
    expect(toHex(frames.indexed('availableLines', 2))).toBe(builtHex('RegisterAvailableLines 2'));
    expect(frames.updateCapabilities).toBeNull();
  });

  test('version 22 adds UpdateCapabilities: the vector, with the version in its header', () => {
    const frame = phoneFrames(22).updateCapabilities ?? new Uint8Array(0);
    expect(frame[4]).toBe(22);
    expect(toHex(frame.subarray(12))).toBe(builtHex('UpdateCapabilities').slice(24));
  });

  test('before a version is agreed, and below 15, headers say 0', () => {
    for (const version of [0, 3, 11]) {
      const frames = phoneFrames(version);
      expect(toHex(frames.keepAlive)).toBe(builtHex('KeepAlive'));
      expect(toHex(frames.keepAliveAck)).toBe(builtHex('KeepAliveAck'));
      expect(toHex(frames.unregister)).toBe(builtHex('Unregister (empty)'));
    }
    expect(decodeFrame(phoneFrames(15).keepAlive).headerVersion).toBe(15);
  });

  test('all phones share them', () => {
    expect(phoneFrames(17)).toBe(phoneFrames(17));
    expect(phoneFrames(17).indexed('line', 3)).toBe(phoneFrames(17).indexed('line', 3));
  });
});
