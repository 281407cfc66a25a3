import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MachineEvent } from '../../../src/protocols/effects.ts';
import {
  createTvsClient,
  stepTvsClient,
  type TvsClientConfig,
  type TvsResult,
  type TvsTimer,
} from '../../../src/protocols/tvs/client.ts';
import { decodeTvs, encodeTvs, MAX_TVS_BYTES, type TvsElements } from '../../../src/protocols/tvs/message.ts';
import { fromHex } from '../../../src/wire/hex.ts';
import { RecordingEffects } from '../../support/recording-effects.ts';

const CONFIG: TvsClientConfig = {
  host: '127.0.0.2',
  port: 2445,
  deviceName: 'CP-7961-SEP001122334455',
  certificate: fromHex('30020500'),
  sessionId: 0xfffffff7,
  timeoutMs: 5000,
};

type Event = MachineEvent<TvsTimer>;
const start: Event = { type: 'start', now: 0 };
const connected: Event = { type: 'connected', localAddress: '127.0.0.1', localPort: 40_000, now: 10 };
const timer: Event = { type: 'timer', timer: 'answer', now: 5000 };
const stop: Event = { type: 'stop', now: 1 };
const closed = (cause: 'fin' | 'reset' | 'refused'): Event => ({ type: 'closed', cause, now: 20 });
const data = (bytes: Uint8Array): Event => ({ type: 'data', bytes, now: 20 });

function client(events: readonly Event[] = [], changes: Partial<TvsClientConfig> = {}) {
  const machine = createTvsClient({ ...CONFIG, ...changes });
  const out = new RecordingEffects<TvsTimer, never, TvsResult>();
  for (const event of events) stepTvsClient(machine, event, out);
  return { machine, out, step: (event: Event) => stepTvsClient(machine, event, out) };
}

const verifyRes = (elements: TvsElements, sessionId = CONFIG.sessionId, command = 2): Buffer =>
  encodeTvs({ command, sessionId, elements });
const GOOD = verifyRes({ status: 0, roles: Uint8Array.of(2, 21), ttlSeconds: 86_400 });
const ANSWERED = { outcome: 'answered', status: 'valid', roles: [2, 21], ttlSeconds: 86_400 };

/** What a machine ends with, and that it released all it had, in order, once. */
function endOf({ out, machine }: ReturnType<typeof client>): unknown {
  const effects = out.take();
  expect(machine.state).toBe('ended');
  expect(effects.slice(-3).map(({ effect }) => effect)).toEqual(['clearTimer', 'close', 'done']);
  expect(effects.filter(({ effect }) => effect === 'done')).toHaveLength(1);
  const last = effects.at(-1);
  return last?.effect === 'done' ? last.result : null;
}

describe('the transition table', () => {
  it('connects, asks in one write when the stream can be used, and takes the answer', () => {
    const { machine, out, step } = client([start]);
    expect(out.take()).toEqual([
      { effect: 'connect', address: '127.0.0.2', port: 2445 },
      { effect: 'setTimer', timer: 'answer', delayMs: 5000 },
    ]);
    expect(machine.state).toBe('connecting');
    step(connected);
    const [send, set, ...more] = out.take();
    expect([set, more]).toEqual([{ effect: 'setTimer', timer: 'answer', delayMs: 5000 }, []]);
    expect(send?.effect === 'send' && decodeTvs(send.bytes)).toEqual({
      command: 1,
      sessionId: CONFIG.sessionId,
      elements: { deviceName: CONFIG.deviceName, certificate: CONFIG.certificate },
    });
    step(data(GOOD));
    expect(out.take()).toEqual([
      { effect: 'clearTimer', timer: 'answer' },
      { effect: 'close' },
      { effect: 'done', result: ANSWERED },
    ]);
  });

  it.each([
    ['no connection in time', [start, timer], { outcome: 'failed', cause: 'timeout' }],
    ['RST for the SYN', [start, closed('refused')], { outcome: 'failed', cause: 'refused' }],
    ['stop while it connects', [start, stop], { outcome: 'stopped' }],
    ['no answer in time', [start, connected, timer], { outcome: 'failed', cause: 'no-answer' }],
    [
      'half an answer in time',
      [start, connected, data(GOOD.subarray(0, 12)), timer],
      { outcome: 'failed', cause: 'no-answer' },
    ],
    ['FIN before the answer', [start, connected, closed('fin')], { outcome: 'failed', cause: 'fin' }],
    ['stop while it asks', [start, connected, stop], { outcome: 'stopped' }],
    [
      'an alert',
      [
        start,
        {
          type: 'closed',
          cause: 'tls-alert',
          alert: { number: 48, name: 'unknown_ca', from: 'server' },
          now: 1,
        },
      ],
      { outcome: 'failed', cause: 'tls-alert', detail: 'unknown_ca' },
    ],
  ] as [string, Event[], object][])('%s', (_, events, result) => {
    expect(endOf(client(events))).toEqual(result);
  });

  it('ends without having begun', () => {
    const { machine, out } = client([stop]);
    expect([machine.state, out.take()]).toEqual([
      'ended',
      [{ effect: 'done', result: { outcome: 'stopped' } }],
    ]);
  });

  it.each([
    [
      'invalid',
      verifyRes({ status: 1 }),
      { outcome: 'answered', status: 'invalid', roles: [], ttlSeconds: 0 },
    ],
    [
      'valid for nothing',
      verifyRes({ status: 0 }),
      { outcome: 'answered', status: 'valid', roles: [], ttlSeconds: 0 },
    ],
  ])('%s', (_, bytes, result) => {
    expect(endOf(client([start, connected, data(bytes)]))).toEqual(result);
  });

  it.each([
    ['another status', verifyRes({ status: 2 }), 'VerifyRes with status 2'],
    ['no status', verifyRes({}), 'VerifyRes with status missing'],
    ['another session', verifyRes({ status: 0 }, 1), 'the answer is of another session'],
    ['another command', verifyRes({ status: 0 }, CONFIG.sessionId, 4), 'command 4 is no answer to VerifyReq'],
    ['another protocol', Buffer.from('HTTP/1.1 400'), 'tvs.protocol @0: 72, not 87'],
  ])('%s is malformed', (_, bytes, detail) => {
    expect(endOf(client([start, connected, data(bytes)]))).toEqual({
      outcome: 'failed',
      cause: 'malformed',
      detail,
    });
  });

  it('does not ask about what is too long to be a certificate', () => {
    const { out } = client([start], { certificate: new Uint8Array(MAX_TVS_BYTES) });
    expect(out.take().map(({ effect }) => effect)).not.toContain('connect');
  });

  it('hears nothing any more once it has ended', () => {
    const { out, step } = client([start, connected, data(GOOD)]);
    out.take();
    for (const event of [start, connected, timer, stop, closed('fin'), data(GOOD)]) step(event);
    expect(out.take()).toEqual([]);
  });
});

describe('properties', () => {
  it('the answer may come in any pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(GOOD.length)), (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), GOOD.length];
        const made = client([start, connected]);
        for (let i = 1; i < at.length; i++) {
          const piece = Uint8Array.from(GOOD.subarray(at[i - 1], at[i]));
          made.step(data(piece));
          piece.fill(0xee); // the driver's again
        }
        expect(endOf(made)).toEqual(ANSWERED);
      }),
    );
  });

  it('any bytes, then the time: an outcome, and never a throw', () => {
    const like = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.concat([GOOD.subarray(0, 8), bytes]));
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.uint8Array({ maxLength: 40 }), like), { maxLength: 5 }), (pieces) => {
        const made = client([start, connected, ...pieces.map(data), timer]);
        expect(endOf(made)).toMatchObject({ outcome: expect.stringMatching(/^(answered|failed)$/) });
      }),
      { numRuns: 500 },
    );
  });
});
