import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CLOSE_CAUSES } from '../../../src/protocols/effects.ts';
import { encodeFrame } from '../../../src/protocols/sccp/header.ts';
import { encodeMessage, MESSAGE_KINDS, type SccpMessage } from '../../../src/protocols/sccp/message-table.ts';
import { CONFIG, PhoneSession, SETTINGS, wire } from './phone-session.ts';
import {
  ACK,
  CAPABILITIES_REQ,
  INTO,
  KEEP_ALIVE_ACK,
  LAMP,
  reset,
  sessionIn,
  unregisterAck,
} from './registration-states.ts';
import { CUCM, scriptedServer, type ServerHabits, TIME } from './scripted-server.ts';

/* A whole registration against servers of several temperaments. */

describe('servers with habits of their own', () => {
  const prompts: readonly SccpMessage[] = [
    {
      type: 'SelectSoftKeys',
      lineInstance: 0,
      callReference: 0,
      softKeySetIndex: 0,
      validKeyMask: 0xffff_fffe,
    },
    { type: 'ClearPromptStatus', lineInstance: 0, callReference: 0 },
    {
      type: 'DisplayPromptStatusV2',
      timeOutValue: 0,
      lineInstance: 0,
      callReference: 0,
      promptStatus: '\x80\x13',
    },
    { type: 'DisplayNotifyV2', timeOutValue: 5, notify: 'Hello' },
    {
      type: 'ForwardStatRes',
      activeForward: 0,
      lineNumber: 1,
      forwardAllActive: 0,
      forwardAllDirnum: '',
      forwardBusyActive: 0,
      forwardBusyDirnum: '',
      forwardNoAnswerActive: 0,
      forwardNoAnswerDirnum: '',
    },
    { type: 'UnknownMessage', id: 0x1234, body: Uint8Array.of(1, 2, 3, 4) },
    LAMP,
  ];
  const SERVERS: readonly (readonly [string, ServerHabits, header: number, end: string])[] = [
    ['as CUCM', CUCM, 20, 'acknowledged'],
    [
      'static answers only',
      { ...CUCM, answers: 'static', versionByte: 5, keepAliveInterval: 22 },
      0,
      'acknowledged',
    ],
    [
      'as chan_skinny: lamps before the ack, version 0x30, header 0, Unregister unanswered',
      { ...CUCM, answers: 'static', versionByte: 0x30, beforeAck: [LAMP, LAMP], unregister: [] },
      0,
      'unheard',
    ],
    [
      'as chan-sccp: talks between its answers, own interval, dynamic answers',
      { ...CUCM, versionByte: 22, keepAliveInterval: 23, between: prompts },
      22,
      'acknowledged',
    ],
    [
      'version 11, Unregister answered by Reset',
      { ...CUCM, versionByte: 11, unregister: [{ type: 'Reset', resetType: 2 }] },
      11,
      'acknowledged',
    ],
    ['as CallManager 2.x: short ack', { ...CUCM, answers: 'static', versionByte: null }, 0, 'acknowledged'],
    ['never asks for capabilities', { ...CUCM, asksCapabilities: false }, 17, 'acknowledged'],
  ];
  const phones = [17, 22] as const;
  const cuts = ['one segment', 'byte by byte'] as const;
  const runs = SERVERS.flatMap((server) =>
    phones.flatMap((version) => cuts.map((cut) => [version, cut, ...server] as const)),
  );

  test.each(runs)('a phone of version %i, %s: %s', (protocolVersion, cut, _, habits, header, end) => {
    const session = new PhoneSession({ ...CONFIG, settings: { ...SETTINGS, protocolVersion } });
    const version = Math.min(protocolVersion, habits.versionByte ?? 3);
    const deliver = (replies: readonly SccpMessage[]) => {
      const bytes = wire(replies, header, version);
      if (cut === 'one segment') session.receive(bytes);
      else for (const byte of bytes) session.receive(Uint8Array.of(byte));
    };
    const server = scriptedServer(habits);
    INTO.registering(session);
    session.converse(server, deliver);
    if (!habits.asksCapabilities) {
      session.tick();
      session.converse(server, deliver);
    }
    expect(session.notices.map(({ type }) => type)).toEqual(['connected', 'registered', 'ready']);
    expect(session.sent.filter(({ type }) => type === 'UpdateCapabilities').length).toBe(
      version === 22 ? 1 : 0,
    );

    session.stop();
    session.converse(server, deliver);
    if (session.result === null) session.tick();
    expect(session.result).toEqual({ outcome: 'unregistered', acknowledged: end === 'acknowledged' });
  });
});

describe('whatever a server sends', () => {
  const anything = fc.oneof(
    fc
      .constantFrom(...MESSAGE_KINDS)
      .chain(({ id, minPayloadBytes }) =>
        fc
          .uint8Array({ minLength: minPayloadBytes, maxLength: minPayloadBytes + 40 })
          .map((payload) => encodeFrame(id, 17, payload)),
      ),
    fc
      .constantFrom<SccpMessage>(
        ACK,
        CAPABILITIES_REQ,
        KEEP_ALIVE_ACK,
        TIME,
        reset(1),
        unregisterAck(2),
        LAMP,
      )
      .map((message) => encodeMessage(message, 17)),
    fc.uint8Array({ maxLength: 40 }),
  );
  const event = fc.oneof(
    { weight: 8, arbitrary: anything.map((bytes) => (session: PhoneSession) => session.receive(bytes)) },
    {
      weight: 2,
      arbitrary: fc.constant((session: PhoneSession) => (session.timers.size > 0 ? session.tick() : [])),
    },
    { weight: 1, arbitrary: fc.constant((session: PhoneSession) => session.stop()) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(...CLOSE_CAUSES)
        .map((cause) => (session: PhoneSession) => (session.open ? session.closed(cause) : [])),
    },
  );
  const states = fc.constantFrom(
    'connecting',
    'registering',
    'registered',
    'settingUp',
    'inService' as const,
  );

  test('the phone never throws, ends once, and holds no timer then', () => {
    fc.assert(
      fc.property(states, fc.array(event, { maxLength: 30 }), (state, events) => {
        const session = sessionIn(state);
        for (const act of events) act(session);
        // From here on the server is silent. Six ticks of keepalive, three of goodbye and one of everything else are the budget.
        let ticks = 0;
        while (session.result === null) {
          session.tick();
          ticks++;
        }
        expect(ticks).toBeLessThanOrEqual(12);
        expect(session.state).toBe('ended');
        expect(session.timers.size).toBe(0);
        expect(session.open).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test('how the bytes are cut makes no difference', () => {
    fc.assert(
      fc.property(
        states,
        fc.array(anything, { maxLength: 12 }),
        fc.array(fc.nat(2000), { maxLength: 20 }),
        (state, parts, cuts) => {
          const stream = Buffer.concat(parts);
          const whole = sessionIn(state);
          whole.receive(stream);
          const pieces = sessionIn(state);
          const places = [
            0,
            ...cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b),
            stream.length,
          ];
          for (const [i, end] of places.slice(1).entries()) pieces.receive(stream.subarray(places[i], end));
          expect(pieces.state).toBe(whole.state);
          expect(pieces.result?.outcome).toBe(whole.result?.outcome);
          expect(pieces.sent).toEqual(whole.sent);
        },
      ),
    );
  });
});
