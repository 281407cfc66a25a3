import { describe, expect, test } from 'vitest';
import { greeting } from '../../../src/protocols/sccp/greeting.ts';
import { decodeFrame, SCCP_FRAME_RULE } from '../../../src/protocols/sccp/header.ts';
import { decodeMessage } from '../../../src/protocols/sccp/message-table.ts';
import { fromHex, toHex } from '../../../src/wire/hex.ts';
import { StreamFramer } from '../../../src/wire/stream-framer.ts';
import { CONFIG, SETTINGS } from './phone-session.ts';
import { builtHex } from './vectors.ts';

const ADDRESS = '10.0.0.50';

function framesOf(bytes: Uint8Array): Uint8Array[] {
  const framer = new StreamFramer(SCCP_FRAME_RULE);
  const frames: Uint8Array[] = [];
  framer.push(bytes);
  for (let frame = framer.next(); frame !== null; frame = framer.next()) frames.push(frame);
  expect(framer.heldBytes).toBe(0);
  return frames;
}

describe('what a phone says first', () => {
  test.each([
    [17, 'SCCP41.8-5-4S', 'Register v17 (7961G)'],
    [22, 'SCCP41.9-4-2SR3-1S', 'Register v22 (7961G)'],
  ] as const)('RegisterReq of version %i is the vector', (protocolVersion, load, vector) => {
    const [, register] = framesOf(
      greeting({ ...CONFIG, settings: { ...SETTINGS, protocolVersion, load } }, ADDRESS),
    );
    expect(toHex(register ?? new Uint8Array(0))).toBe(builtHex(vector));
  });

  test('RegisterReq of a 7941 is the dump of a real one (chan-sccp src/sccp_protocol.h)', () => {
    const [, register] = framesOf(
      greeting(
        {
          ...CONFIG,
          settings: { ...SETTINGS, deviceType: 115, maxLines: 2, load: 'SCCP41.8-5-3S' },
          deviceName: 'SEP001F9E266369',
          mac: '001F9E266369',
        },
        '192.168.9.36',
      ),
    );
    const dump = [
      '80000000 00000000 01000000',
      '53455030303146394532363633363900 00000000 00000000 c0a80924 73000000 05000000 00000000',
      '11007285 01000000 00000000 001f9e266369 000000000000 03000000 02000000',
      '00000000000000000000000000000000 00000000',
      `${Buffer.from('SCCP41.8-5-3S').toString('hex')}${'00'.repeat(19)}`,
    ].join(' ');
    expect(toHex(register ?? new Uint8Array(0))).toBe(toHex(fromHex(dump)));
  });

  test('the alarm names phone, load and reason', () => {
    const [alarm] = framesOf(greeting(CONFIG, ADDRESS));
    expect(decodeMessage(decodeFrame(alarm ?? new Uint8Array(0)))).toEqual({
      type: 'Alarm',
      alarmSeverity: 2,
      text: '25: Name=SEP001122334455 Load= SCCP41.8-5-4S Last=Initialized',
      parm1: 0,
      parm2: 0,
    });
  });

  test('a text that is too long is cut to 79 bytes', () => {
    const [alarm] = framesOf(greeting({ ...CONFIG, alarm: { number: 17, word: 'x'.repeat(100) } }, ADDRESS));
    const message = decodeMessage(decodeFrame(alarm ?? new Uint8Array(0)));
    expect('text' in message ? message.text : '').toHaveLength(79);
  });

  test('an address that is not IPv4 is left open', () => {
    const [, register] = framesOf(greeting(CONFIG, '::1'));
    expect(decodeMessage(decodeFrame(register ?? new Uint8Array(0)))).toMatchObject({
      stationIpAddr: '0.0.0.0',
    });
  });
});
