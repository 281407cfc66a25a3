import { expect, test } from 'vitest';
import { describe } from '../../../src/protocols/sccp/describe.ts';
import { decodeFrame } from '../../../src/protocols/sccp/header.ts';
import { decodeMessage } from '../../../src/protocols/sccp/message-table.ts';
import { fromHex } from '../../../src/wire/hex.ts';
import { builtHex } from './vectors.ts';

test.each([
  ['KeepAlive', 'KeepAliveReq'],
  [
    'RegisterAck v17',
    'RegisterAck keepAliveInterval=30 dateTemplate="M/D/YA" secondaryKeepAliveInterval=60 maxProtocolVer=17 phoneFeatures=20f1ff',
  ],
  ['Reset restart', 'Reset resetType=2(restart)'],
  ['UnregisterAck OK', 'UnregisterAck status=0(ok)'],
  [
    'DisplayPromptStatus static',
    'DisplayPromptStatus timeOutValue=0 promptStatus="\\u0080\\u0013" lineInstance=0 callReference=0',
  ],
  ['SetLamp MWI off', 'SetLamp stimulus=15 stimulusInstance=0 lampMode=1(off)'],
])('%s in one line', (name, line) => {
  expect(describe(decodeMessage(decodeFrame(fromHex(builtHex(name)))))).toBe(line);
});

test('lists and long byte strings stay readable', () => {
  const line = describe(decodeMessage(decodeFrame(fromHex(builtHex('UpdateCapabilities')))));
  expect(line).toContain('audiocaps=[{payloadCapability=25(wideBand256k) maxFramesPerPacket=40 ');
  expect(line).toContain('vidCaps=00000000000000000000000000000000...(1160 bytes)');
});

test('an unknown message shows its id', () => {
  expect(describe({ type: 'UnknownMessage', id: 0x15, body: Uint8Array.of(1, 2) })).toBe(
    'UnknownMessage id=0x0015 body=0102',
  );
  expect(describe({ type: 'UnknownMessage', id: 0x15, body: new Uint8Array(0) })).toContain('body=(empty)');
});
