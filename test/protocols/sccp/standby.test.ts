import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CLOSE_CAUSES } from '../../../src/protocols/effects.ts';
import { createRegistration, stepRegistration } from '../../../src/protocols/sccp/registration.ts';
import { isSound, isUp, type StandbyState } from '../../../src/protocols/sccp/standby.ts';
import { fromHex } from '../../../src/wire/hex.ts';
import { RecordingEffects } from '../../support/recording-effects.ts';
import { CONFIG, SETTINGS, wire } from './phone-session.ts';
import {
  KEEP_ALIVE_ACK,
  RESERVE,
  sessionIn,
  type StandbySession,
  TOKEN_ACK,
  tokenReject,
} from './standby-session.ts';

const failed = (cause: string, wasUp = true) => `done ${JSON.stringify({ outcome: 'failed', wasUp, cause })}`;
const STOPPED = 'done {"outcome":"stopped"}';

type Row = readonly [
  state: StandbyState,
  event: string,
  act: (session: StandbySession) => string[],
  next: StandbyState,
  effects: readonly string[],
];

const TABLE: readonly Row[] = [
  ['idle', 'start', (s) => s.start(), 'connecting', ['connect 127.0.0.2:2000', 'set connect']],
  ['idle', 'stop', (s) => s.stop(), 'ended', [STOPPED]],
  [
    'connecting',
    'connected',
    (s) => s.connected(),
    'up',
    ['clear connect', 'notice up', 'send KeepAliveReq', 'set keepAlive'],
  ],
  ['connecting', 'closed', (s) => s.closed('refused'), 'ended', ['clear connect', failed('refused', false)]],
  ['connecting', 'timer', (s) => s.tick(), 'ended', ['clear connect', 'close', failed('timeout', false)]],
  ['connecting', 'stop', (s) => s.stop(), 'ended', ['clear connect', 'close', STOPPED]],
  ['up', 'KeepAliveAck', (s) => s.from(KEEP_ALIVE_ACK), 'up', ['notice keepAliveAnswered', 'set monitor']],
  ['up', 'KeepAliveReq', (s) => s.from({ type: 'KeepAliveReq' }), 'up', ['send KeepAliveAck']],
  ['up', 'keepAlive timer, unanswered', (s) => s.tick(), 'up', ['set keepAlive']],
  ['up', 'token nobody asked for', (s) => s.from(TOKEN_ACK), 'up', []],
  ['up', 'any other message', (s) => s.from({ type: 'Reset', resetType: 1 }), 'up', []],
  [
    'up',
    'not SCCP',
    (s) => s.receive(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')),
    'ended',
    ['clear keepAlive', 'clear monitor', 'close', failed('malformed')],
  ],
  ['up', 'closed', (s) => s.closed('reset'), 'ended', ['clear keepAlive', 'clear monitor', failed('reset')]],
  ['up', 'stop', (s) => s.stop(), 'ended', ['clear keepAlive', 'clear monitor', 'close', STOPPED]],
  [
    'asking',
    'RegisterTokenAck',
    (s) => s.from(TOKEN_ACK),
    'granted',
    ['clear token', 'notice tokenAnswered granted'],
  ],
  [
    'asking',
    'RegisterTokenReject',
    (s) => s.from(tokenReject(15)),
    'waiting',
    ['notice tokenAnswered rejected', 'set token'],
  ],
  ['asking', 'KeepAliveAck', (s) => s.from(KEEP_ALIVE_ACK), 'asking', ['notice keepAliveAnswered']],
  ['asking', 'closed', (s) => s.closed('fin'), 'ended', ['clear keepAlive', 'clear token', failed('fin')]],
  ['waiting', 'token timer', (s) => s.tick(), 'asking', ['send RegisterTokenReq', 'set token']],
  ['waiting', 'closed', (s) => s.closed('fin'), 'ended', ['clear keepAlive', 'clear token', failed('fin')]],
  ['granted', 'keepAlive timer', (s) => s.tick(), 'granted', ['send KeepAliveReq', 'set keepAlive']],
  ['granted', 'closed', (s) => s.closed('reset'), 'ended', ['clear keepAlive', failed('reset')]],
  ['granted', 'stop', (s) => s.stop(), 'ended', ['clear keepAlive', 'close', STOPPED]],
  ['ended', 'anything', (s) => [...s.stop(), ...s.from(TOKEN_ACK)], 'ended', []],
];

describe('a standby connection', () => {
  test.each(TABLE)('%s, %s', (state, _, act, next, effects) => {
    const session = sessionIn(state);
    if (state === 'granted' || state === 'asking') session.from(KEEP_ALIVE_ACK);
    if (state === 'asking') session.step({ type: 'timer', timer: 'keepAlive', now: session.now + 1 });
    expect(act(session)).toEqual(effects);
    expect(session.machine.state).toBe(next);
  });

  test('says who asks for a token, with the IPv6 field', () => {
    expect(sessionIn('asking').sent.at(-1)).toMatchObject({
      type: 'RegisterTokenReq',
      deviceName: 'SEP001122334455',
      userId: 0,
      instance: 0,
      stationIpAddr: '127.1.0.7',
      deviceType: 30_018,
      stationIpV6Addr: Buffer.alloc(16),
    });
  });

  test('that is a reserve is kept alive for a day and never asks for a token', () => {
    const session = sessionIn('up', RESERVE);
    while (session.now < 24 * 3600_000) {
      session.from(KEEP_ALIVE_ACK);
      session.tick();
    }
    expect(new Set(session.sent.map(({ type }) => type))).toEqual(new Set(['KeepAliveReq']));
    // A tick comes up to a twentieth early, never late.
    expect(session.sent.length).toBeGreaterThanOrEqual(24 * 60);
    expect(session.sent.length).toBeLessThanOrEqual((24 * 60) / 0.95 + 1);
  });

  test('monitors from the first answer on', () => {
    const session = sessionIn('up');
    session.step({ type: 'data', bytes: wire([KEEP_ALIVE_ACK]), now: 40 });
    while (session.machine.state === 'up') {
      session.tick();
      session.from(KEEP_ALIVE_ACK);
    }
    expect(session.now).toBe(120_040);
  });

  test('monitors from the beginning after a gap', () => {
    const session = sessionIn('up');
    session.from(KEEP_ALIVE_ACK);
    session.tick(); // sent at one interval, not answered
    expect(session.tick()).toEqual(['clear monitor', 'set keepAlive']);
    const gapEnds = session.now + 5000;
    session.step({ type: 'data', bytes: wire([KEEP_ALIVE_ACK]), now: gapEnds });
    while (session.machine.state === 'up') {
      session.tick();
      session.from(KEEP_ALIVE_ACK);
    }
    expect(session.now).toBe(gapEnds + 120_000);
  });

  test.each([
    [15, 15_000],
    [0, SETTINGS.tokenRetryMs],
    [0xffff_ffff, 24 * 3600_000],
  ])('a rejection that says %i s is obeyed: %i ms', (seconds, ms) => {
    const session = sessionIn('asking');
    const askedAt = session.now;
    session.step({ type: 'data', bytes: wire([tokenReject(seconds)]), now: askedAt + 7 });
    expect(session.notices.at(-1)).toEqual({
      type: 'tokenAnswered',
      outcome: 'rejected',
      roundTripMs: 7,
      waitMs: ms,
    });
    expect(session.timers.get('token')).toBe(askedAt + 7 + ms);
  });

  test('takes a genuine rejection of 60 s', () => {
    const session = sessionIn('asking');
    session.receive(fromHex('08000000000000001b0100003c000000'));
    expect(session.notices.at(-1)).toMatchObject({ outcome: 'rejected', waitMs: 60_000 });
  });

  test('no answer to RegisterTokenReq is like a rejection', () => {
    const session = sessionIn('asking');
    const askedAt = session.now;
    while (session.machine.state === 'asking') {
      session.from(KEEP_ALIVE_ACK);
      session.tick();
    }
    expect(session.now).toBe(askedAt + SETTINGS.tokenTimeoutMs);
    expect(session.notices.at(-1)).toMatchObject({ outcome: 'unanswered', waitMs: SETTINGS.tokenRetryMs });
  });

  test('that is not answered is given up by the table of the primary one', () => {
    const session = sessionIn('up');
    expect([isUp(session.machine), isSound(session.machine)]).toEqual([true, true]);
    const ticks: string[][] = [];
    while (session.result === null) {
      ticks.push(session.tick());
      if (session.result === null)
        expect([isUp(session.machine), isSound(session.machine)]).toEqual([true, false]);
    }
    expect(ticks).toEqual([
      ['set keepAlive'],
      ['send KeepAliveReq', 'set keepAlive'],
      ['set keepAlive'],
      ['send KeepAliveReq', 'set keepAlive'],
      ['clear keepAlive', 'clear monitor', 'close', failed('keepalive-timeout')],
    ]);
    expect(session.now).toBeLessThanOrEqual(5 * 60_000);
    expect(session.now).toBeGreaterThan(5 * 60_000 * 0.95);
  });

  test('is handed over as it is: a registration goes on where the stream was cut', () => {
    const session = sessionIn('granted');
    const late = wire([KEEP_ALIVE_ACK]);
    session.receive(late.subarray(0, 5));
    const { open, effects } = session.handOver();
    expect([effects, session.machine.state, session.open]).toEqual([['clear keepAlive'], 'ended', true]);

    const registration = createRegistration({ ...CONFIG, leasedAddress: null }, open);
    const sink = new RecordingEffects();
    stepRegistration(registration, { type: 'start', now: session.now }, sink);
    expect(sink.take().map(({ effect }) => effect)).toEqual(['send', 'setTimer']);
    expect(registration.state).toBe('registering');
    stepRegistration(registration, { type: 'data', bytes: late.subarray(5), now: session.now }, sink);
    expect([sink.take(), registration.state]).toEqual([[], 'registering']);
  });

  test('never throws, ends once, and holds no timer then, whatever a server sends', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .constantFrom(KEEP_ALIVE_ACK, TOKEN_ACK, tokenReject(1), { type: 'KeepAliveReq' } as const)
        .map((message) => wire([message])),
    );
    const event = fc.oneof(
      { weight: 6, arbitrary: bytes.map((sent) => (session: StandbySession) => session.receive(sent)) },
      { weight: 3, arbitrary: fc.constant((session: StandbySession) => session.tick()) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(...CLOSE_CAUSES).map((cause) => (session: StandbySession) => {
          return session.closed(cause);
        }),
      },
    );
    const states = fc.constantFrom<StandbyState>('connecting', 'up', 'asking', 'waiting', 'granted');
    fc.assert(
      fc.property(states, fc.array(event, { maxLength: 30 }), (state, events) => {
        const session = sessionIn(state);
        for (const act of events) if (session.result === null) act(session);
        // From here on the server is silent; each token timer fires between keepalives, six of which end it.
        for (let ticks = 0; session.result === null && ticks < 40; ticks++) session.tick();
        expect([session.machine.state, session.timers.size, session.open]).toEqual(['ended', 0, false]);
      }),
      { numRuns: 300 },
    );
  });
});
