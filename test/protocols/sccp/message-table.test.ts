import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describe as describeMessage } from '../../../src/protocols/sccp/describe.ts';
import { decodeFrame, encodeFrame, SCCP_FRAME_RULE } from '../../../src/protocols/sccp/header.ts';
import {
  decodeMessage,
  encodeMessage,
  MESSAGE_KINDS,
  minPayloadBytes,
  type SccpMessage,
} from '../../../src/protocols/sccp/message-table.ts';
import { DecodeError } from '../../../src/wire/decode-error.ts';
import { fromHex, toHex } from '../../../src/wire/hex.ts';
import { StreamFramer } from '../../../src/wire/stream-framer.ts';
import { asJson, BUILT, BUILT_DECODED, fromJson, GENUINE } from './vectors.ts';

function decodeHex(hex: string): SccpMessage {
  return decodeMessage(decodeFrame(fromHex(hex)));
}

describe('built vectors', () => {
  test('every one has its meaning written down', () => {
    expect(Object.keys(BUILT_DECODED)).toEqual(BUILT.map(({ name }) => name));
  });

  test.each(BUILT)('$name', ({ name, hex, bytes }) => {
    const expected = BUILT_DECODED[name];
    const frame = decodeFrame(fromHex(hex));
    expect(frame.payload.length + 12).toBe(bytes);
    const message = decodeMessage(frame);
    expect({ headerVersion: frame.headerVersion, message: asJson(message) }).toEqual(expected);
    expect(toHex(encodeMessage(fromJson(expected?.message) as SccpMessage, frame.headerVersion))).toBe(hex);
  });

  const stream = Buffer.concat(BUILT.map(({ hex }) => fromHex(hex)));
  const feed = (chunks: readonly Uint8Array[]): string[] => {
    const framer = new StreamFramer(SCCP_FRAME_RULE);
    const frames: string[] = [];
    for (const chunk of chunks) {
      framer.push(chunk);
      for (let frame = framer.next(); frame !== null; frame = framer.next()) frames.push(toHex(frame));
    }
    return frames;
  };
  const whole = BUILT.map(({ hex }) => hex);

  test('as one stream: at once and byte by byte', () => {
    expect(feed([stream])).toEqual(whole);
    expect(feed(Array.from(stream, (byte) => Uint8Array.of(byte)))).toEqual(whole);
  });

  test('as one stream: in any pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 60 }), (cuts) => {
        const places = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
        const chunks = places.slice(1).map((end, i) => stream.subarray(places[i] ?? 0, end));
        expect(feed(chunks)).toEqual(whole);
      }),
    );
  });
});

describe('genuine frames', () => {
  test.each(GENUINE)('$name ($source)', ({ hex, headerVersion, message, reencodes }) => {
    const frame = decodeFrame(fromHex(hex));
    const decoded = decodeMessage(frame);
    expect({ headerVersion: frame.headerVersion, message: asJson(decoded) }).toEqual({
      headerVersion,
      message,
    });
    const again = encodeMessage(decoded, frame.headerVersion);
    expect(again.equals(fromHex(hex))).toBe(reencodes);
    expect(decodeMessage(decodeFrame(again))).toEqual(decoded);
  });
});

describe('the table', () => {
  test('ids and names are unique', () => {
    expect(new Set(MESSAGE_KINDS.map(({ id }) => id)).size).toBe(MESSAGE_KINDS.length);
    expect(new Set(MESSAGE_KINDS.map(({ type }) => type)).size).toBe(MESSAGE_KINDS.length);
  });

  test('ids are in order', () => {
    const ids = MESSAGE_KINDS.map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
  });

  test('an unknown id keeps its bytes, both ways', () => {
    const bytes = encodeFrame(0x4711, 17, Uint8Array.of(1, 2, 3));
    const message = decodeMessage(decodeFrame(bytes));
    expect(asJson(message)).toEqual({ type: 'UnknownMessage', id: 0x4711, body: 'hex:010203' });
    expect(encodeMessage(message, 17)).toEqual(bytes);
    expect(minPayloadBytes(0x4711)).toBe(0);
  });

  test.each(MESSAGE_KINDS.filter((kind) => kind.minPayloadBytes > 0))(
    '$type: one byte less than its shortest form raises DecodeError',
    ({ id, type, minPayloadBytes: bytes }) => {
      const frame = decodeFrame(encodeFrame(id, 0, new Uint8Array(bytes - 1)));
      expect(() => decodeMessage(frame)).toThrow(DecodeError);
      expect(() => decodeMessage(frame)).toThrow(`sccp/${type}.`);
    },
  );

  test('arbitrary payloads raise nothing but DecodeError; what decodes can be described in one line', () => {
    const ids = MESSAGE_KINDS.map(({ id }) => id);
    fc.assert(
      fc.property(
        fc.constantFrom(...ids),
        fc.nat(30),
        fc.uint8Array({ maxLength: 700 }),
        (id, version, payload) => {
          try {
            const message = decodeMessage({ id, headerVersion: version, payload });
            expect(describeMessage(message)).toMatch(/^[ -~\u00a0-\u00ff]+$/);
          } catch (error) {
            expect(error).toBeInstanceOf(DecodeError);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('what decodes also encodes, and then decodes to the same', () => {
    const hexes = BUILT.map(({ hex }) => fromHex(hex));
    const change = fc.tuple(fc.nat(100_000), fc.nat(255));
    fc.assert(
      fc.property(fc.constantFrom(...hexes), fc.array(change, { maxLength: 6 }), (original, changes) => {
        const bytes = Buffer.from(original);
        for (const [at, value] of changes) bytes[12 + (at % Math.max(1, bytes.length - 12))] = value;
        let message: SccpMessage;
        try {
          message = decodeMessage(decodeFrame(bytes.subarray(0, original.length)));
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
          return;
        }
        // A text that fills its field to the last byte can be read, but we never write one.
        let again: Buffer;
        try {
          again = encodeMessage(message, 0, bytes.readUInt32LE(4));
        } catch (error) {
          expect((error as Error).message).toMatch(/does not fit/);
          return;
        }
        expect(asJson(decodeMessage(decodeFrame(again)))).toEqual(asJson(message));
      }),
      { numRuns: 500 },
    );
  });
});

describe('forms that depend on the version', () => {
  const forward: SccpMessage = {
    type: 'ForwardStatRes',
    activeForward: 1,
    lineNumber: 2,
    forwardAllActive: 1,
    forwardAllDirnum: '5001',
    forwardBusyActive: 0,
    forwardBusyDirnum: '',
    forwardNoAnswerActive: 0,
    forwardNoAnswerDirnum: '5002',
  };
  const servers: SccpMessage = {
    type: 'ServerRes',
    serverName: ['a', 'b', '', '', ''],
    serverTcpListenPort: [2000, 2000, 0, 0, 0],
    serverIpAddr: ['10.0.0.1', '10.0.0.2', '0.0.0.0', '0.0.0.0', '0.0.0.0'],
  };
  const ack: SccpMessage = {
    type: 'OpenReceiveChannelAck',
    mediaReceptionStatus: 0,
    ipAddr: '10.0.0.1',
    portNumber: 16384,
    passThroughPartyId: 1,
    callReference: 2,
  };
  const dialed: SccpMessage = {
    type: 'DialedNumber',
    dialedNumber: '307',
    lineInstance: 1,
    callReference: 9,
  };
  const enbloc: SccpMessage = { type: 'EnblocCall', calledParty: '5001', lineInstance: 1 };

  test.each([
    [forward, 17, 92],
    [forward, 18, 96],
    [forward, 22, 96],
    [servers, 16, 280],
    [servers, 17, 360],
    [ack, 11, 20],
    [ack, 17, 36],
    [dialed, 17, 32],
    [dialed, 18, 36],
    [enbloc, 16, 28],
    [enbloc, 17, 32],
  ] as const)(
    '$type in a session of version %i has %i bytes, whatever the header says',
    (message, version, bytes) => {
      for (const headerVersion of [0, version]) {
        const frame = decodeFrame(encodeMessage(message, headerVersion, version));
        expect(frame.payload.length).toBe(bytes);
        expect(decodeMessage(frame)).toEqual(message);
      }
    },
  );

  test('an IPv6 address with its type', () => {
    const message: SccpMessage = { ...ack, ipAddr: '2001:db8:0:0:0:0:0:1' };
    const bytes = encodeMessage(message, 17);
    expect(toHex(bytes.subarray(16, 36))).toBe('0100000020010db8000000000000000000000001');
    expect(decodeMessage(decodeFrame(bytes))).toEqual(message);
  });
});

describe('lengths in use', () => {
  const name = Buffer.from('SEP001122334455').toString('hex').padEnd(32, '0');
  const register = (payloadBytes: number) =>
    encodeFrame(1, 0, Buffer.concat([fromHex(name), Buffer.alloc(payloadBytes - 16)]));

  test.each([
    [36, undefined, undefined],
    [44, 0, undefined],
    [52, 0, undefined],
    [64, 0, undefined],
    [68, 0, undefined],
    [124, 0, ''],
    [172, 0, ''],
  ])('RegisterReq of %i bytes', (bytes, protocolVersion, firmwareLoadName) => {
    const message = decodeMessage(decodeFrame(register(bytes)));
    expect(message).toMatchObject({ type: 'RegisterReq', deviceName: 'SEP001122334455' });
    expect('protocolVersion' in message ? message.protocolVersion : undefined).toBe(protocolVersion);
    expect('firmwareLoadName' in message ? message.firmwareLoadName : undefined).toBe(firmwareLoadName);
    expect(encodeMessage(message, 0)).toEqual(register(bytes));
  });

  test.each([
    ['RegisterTokenReq', 0x29, [32, 48, 52]],
    ['UnregisterReq', 0x27, [0, 4]],
    ['ButtonTemplateReq', 0x0e, [0, 4]],
    ['FeatureStatReq', 0x34, [4, 8]],
    ['RegisterAck', 0x81, [12, 20]],
    ['OffHook', 0x06, [0, 8]],
    ['KeypadButton', 0x03, [4, 12]],
    ['SetRinger', 0x85, [4, 8, 16]],
    ['StopTone', 0x83, [8, 12]],
    ['LineStatRes', 0x92, [68, 108, 112]],
    ['OpenReceiveChannel', 0x105, [92, 108, 128]],
    ['StartMediaTransmission', 0x8a, [108, 132]],
    ['Stimulus', 0x05, [8, 12, 16]],
  ])('%s', (type, id, lengths) => {
    for (const length of lengths) {
      const bytes = encodeFrame(id, 0, new Uint8Array(length));
      const message = decodeMessage(decodeFrame(bytes));
      expect(message.type).toBe(type);
      expect(encodeMessage(message, 0, length > 112 ? 17 : 0).length).toBe(bytes.length);
    }
  });

  test.each([
    ['33 bytes', 33],
    ['32 bytes', 32],
    ['8 bytes', 8],
    ['none at all', 0],
  ])('RegisterReject with %s', (_, length) => {
    const payload = Buffer.alloc(length, 0);
    payload.write('No'.slice(0, length));
    expect(decodeMessage({ id: 0x9d, headerVersion: 0, payload })).toEqual({
      type: 'RegisterReject',
      text: length === 0 ? '' : 'No',
    });
  });

  test.each([42, 56])('a template with %i slots', (slots) => {
    const payload = Buffer.alloc(12 + slots * 2);
    payload.set([0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 9]);
    expect(decodeMessage({ id: 0x97, headerVersion: 0, payload })).toEqual({
      type: 'ButtonTemplateRes',
      offset: 0,
      total: 1,
      entries: [{ instanceNumber: 1, buttonDefinition: 9 }],
    });
  });

  test('CapabilitiesRes of an emulator without unused slots', () => {
    const hex =
      '24000000 00000000 10000000 02000000 04000000 28000000 00000000 00000000 02000000 28000000 00000000 00000000';
    expect(decodeHex(hex.replace('24', '28'))).toMatchObject({
      capabilities: [{ payloadCapability: 4 }, { payloadCapability: 2 }],
    });
  });
});
