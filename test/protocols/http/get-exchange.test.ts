import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MachineEvent } from '../../../src/protocols/effects.ts';
import {
  createGetExchange,
  type GetExchangeConfig,
  type HttpResult,
  type HttpTimer,
  MAX_HEAD_BYTES,
  stepGetExchange,
} from '../../../src/protocols/http/get-exchange.ts';
import { RecordingEffects } from '../../support/recording-effects.ts';
import { showEffects } from './show-effects.ts';

const CONFIG: GetExchangeConfig = {
  host: '127.0.0.2',
  port: 6970,
  fileName: 'SEP001122334455.cnf.xml',
  sink: { type: 'digest', algorithm: 'sha1', maxBytes: 1000 },
  settings: { connectTimeoutMs: 5000, answerTimeoutMs: 4000, exchangeTimeoutMs: 10_000 },
};

type Event = MachineEvent<HttpTimer>;

function exchange(changes: Partial<GetExchangeConfig> = {}) {
  const machine = createGetExchange({ ...CONFIG, ...changes });
  const out = new RecordingEffects<HttpTimer, never, HttpResult>();
  const step = (event: Event): string[] => {
    stepGetExchange(machine, event, out);
    return showEffects(out.take());
  };
  return { machine, step, out };
}

const start: Event = { type: 'start', now: 0 };
const connected: Event = { type: 'connected', localAddress: '127.0.0.1', localPort: 40_000, now: 10 };
const timer = (now: number): Event => ({ type: 'timer', timer: 'answer', now });
const closed = (cause: 'fin' | 'reset' | 'refused', now = 20): Event => ({ type: 'closed', cause, now });
const data = (text: string, now = 20): Event => ({ type: 'data', bytes: Buffer.from(text, 'latin1'), now });

function waiting(changes: Partial<GetExchangeConfig> = {}) {
  const made = exchange(changes);
  made.step(start);
  made.step(connected);
  return made;
}

const END = ['clear answer', 'close'];
const ended = (result: object): string[] => [...END, `done ${JSON.stringify(result)}`];
const failed = (cause: string, message?: string): string[] =>
  ended({ outcome: 'failed', cause, ...(message === undefined ? {} : { message }) });

/** What a machine that keeps the file comes to when it is told these bytes, and then of the end. */
function resultOf(pieces: readonly Uint8Array[], end: Event = closed('fin')): unknown {
  const { machine, out } = waiting({ sink: { type: 'keep', maxBytes: 1000 } });
  out.take();
  for (const bytes of pieces) {
    const copy = Uint8Array.from(bytes);
    stepGetExchange(machine, { type: 'data', bytes: copy, now: 20 }, out);
    copy.fill(0xee); // the driver's again
  }
  stepGetExchange(machine, end, out);
  const [cleared, close, done, ...more] = out.take();
  expect([cleared?.effect, close?.effect, more]).toEqual(['clearTimer', 'close', []]);
  return done?.effect === 'done' ? done.result : null;
}
const whole = (text: string): unknown => resultOf([Buffer.from(text, 'latin1')]);
const file = (text: string): object => ({
  outcome: 'received',
  bytes: text.length,
  content: Buffer.from(text, 'latin1'),
  digest: null,
});

const CUCM_OK = (body: string): string =>
  `HTTP/1.1 200 OK\r\nContent-length: ${body.length}\r\nCache-Control: no-store\r\nContent-type: */*\r\n\r\n${body}`;
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const UNTIL_CLOSE = 'HTTP/1.0 200 OK\r\nServer: x\r\n\r\n';

describe('the transition table', () => {
  it('connects, then asks in one write, then takes the file and closes', () => {
    const { machine, step } = exchange();
    expect(step(start)).toEqual(['connect 127.0.0.2:6970', 'timer answer 5000']);
    expect(machine.state).toBe('connecting');
    expect(step(connected)).toEqual([
      'send "GET /SEP001122334455.cnf.xml HTTP/1.1\\r\\nHost:127.0.0.2:6970\\r\\n\\r\\n"',
      'timer answer 4000',
    ]);
    expect(machine.state).toBe('waiting');
    expect(step(data(CUCM_OK('dial tone').slice(0, -4)))).toEqual([]);
    expect(machine.state).toBe('receiving');
    expect(step(data('tone'))).toEqual(
      ended({
        outcome: 'received',
        bytes: 9,
        content: null,
        digest: createHash('sha1').update('dial tone').digest('hex'),
      }),
    );
    expect(machine.state).toBe('ended');
  });

  it.each([
    ['no connection in time', timer(5000), 'timeout'],
    ['RST for the SYN', closed('refused'), 'refused'],
    ['the guard', { type: 'closed', cause: 'denied', now: 1 }, 'denied'],
  ] as [string, Event, string][])('connecting, %s', (_name, event, cause) => {
    const { step } = exchange();
    step(start);
    expect(step(event)).toEqual(failed(cause));
  });

  it.each([
    ['404 Not Found', ended({ outcome: 'not-found', message: '404 Not Found' })],
    ['503 Service Unavailable', failed('busy', '503 Service Unavailable')],
    ['500 Oops', failed('status', '500 Oops')],
    ['302 Found', failed('status', '302 Found')],
    ['206 Partial Content', failed('status', '206 Partial Content')],
    ['101 Switching Protocols', failed('status', '101 Switching Protocols')],
    ['403', failed('status', '403')],
  ])('waiting, %s: the body is not waited for', (status, effects) => {
    expect(waiting().step(data(`HTTP/1.1 ${status}\r\nContent-length: 100\r\n\r\n`))).toEqual(effects);
  });

  it.each(['fin', 'reset'] as const)('waiting or receiving, %s', (cause) => {
    expect(waiting().step(closed(cause))).toEqual(failed(cause));
    const { step } = waiting();
    step(data('HTTP/1.1 20'));
    expect(step(closed(cause))).toEqual(failed(cause));
    for (const half of [CUCM_OK('half').slice(0, -1), `${CHUNKED}4\r\nhalf\r\n`]) {
      const receiving = waiting();
      receiving.step(data(half));
      expect(receiving.step(closed(cause))).toEqual(failed(cause));
    }
  });

  it('receiving without a length: FIN is the end, RST is not', () => {
    expect(resultOf([Buffer.from(`${UNTIL_CLOSE}dial tone`)])).toEqual(file('dial tone'));
    expect(resultOf([Buffer.from(`${UNTIL_CLOSE}dial`)], closed('reset'))).toEqual({
      outcome: 'failed',
      cause: 'reset',
    });
  });

  it.each([
    ['idle', () => exchange(), ['done {"outcome":"stopped"}']],
    [
      'connecting',
      () => {
        const made = exchange();
        made.step(start);
        return made;
      },
      ended({ outcome: 'stopped' }),
    ],
    ['waiting', () => waiting(), ended({ outcome: 'stopped' })],
  ] as [string, typeof exchange, string[]][])('%s, stop', (_state, make, effects) => {
    expect(make().step({ type: 'stop', now: 30 })).toEqual(effects);
  });

  it('takes no event after the end', () => {
    const { step } = waiting();
    step(data(CUCM_OK('')));
    for (const event of [start, connected, data('x'), timer(9000), closed('fin')])
      expect(step(event)).toEqual([]);
  });
});

describe('time', () => {
  it('a server that says nothing fails after answerTimeoutMs', () => {
    expect(waiting().step(timer(4010))).toEqual(failed('no-answer'));
  });

  it('each piece gives it answerTimeoutMs more, and the timer is set for the rest', () => {
    const { step } = waiting();
    step(data('HTTP', 3000));
    expect(step(timer(4010))).toEqual(['timer answer 2990']);
    step(data('/1.1 200 OK\r\n\r\n', 6000));
    expect(step(timer(7000))).toEqual(['timer answer 3000']);
  });

  it('a server that drips has exchangeTimeoutMs in all', () => {
    const { step } = waiting();
    step(data('HTTP/1.1 200 OK\r\n\r\n'));
    let lines: string[] = [];
    for (let now = 1000; lines.length < END.length; now += 1000) {
      expect(now).toBeLessThan(12_000);
      step(data('.', now));
      lines = step(timer(now));
    }
    expect(lines).toEqual(failed('no-answer'));
  });
});

describe('bodies', () => {
  it.each([
    ['an empty file', CUCM_OK(''), ''],
    [
      'a file after interim answers',
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103\r\nA: b\r\n\r\n${CUCM_OK('x')}`,
      'x',
    ],
    ['bytes after the end', `${CUCM_OK('file')}HTTP/1.1 200 OK\r\n\r\n`, 'file'],
    ['chunks', `${CHUNKED}4\r\ndial\r\n5;ext="a"\r\n tone\r\n0\r\n\r\n`, 'dial tone'],
    ['chunks with a trailer', `${CHUNKED}A \r\n0123456789\r\n000\r\nT: x\r\n\r\nmore`, '0123456789'],
    ['chunks with bare line feeds', `${CHUNKED}1\nx\n0\n\n`, 'x'],
    ['no chunk', `${CHUNKED}0\r\n\r\n`, ''],
    ['a file of the limit', CUCM_OK('x'.repeat(1000)), 'x'.repeat(1000)],
  ])('%s', (_name, answer, content) => {
    expect(whole(answer)).toEqual(file(content));
  });

  it.each([
    ['a length over the limit', 'HTTP/1.1 200 OK\r\nContent-length: 1001\r\n\r\n'],
    ['chunks over the limit', `${CHUNKED}3e8\r\n${'x'.repeat(1000)}\r\n1\r\nx`],
    ['a body over the limit until the connection ends', UNTIL_CLOSE + 'x'.repeat(1001)],
  ])('%s: too-large at once', (_name, answer) => {
    expect(whole(answer)).toEqual({ outcome: 'failed', cause: 'too-large' });
  });
});

describe('hostile bytes are malformed', () => {
  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n', /not HTTP/],
    ['a bad status line', 'HTTP/1.1 OK\r\n\r\n', /status-line/],
    ['a head without an end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(MAX_HEAD_BYTES)}`, /longer than/],
    ['a long head', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(MAX_HEAD_BYTES)}\r\n\r\n`, /longer than/],
    ['interim answers without an end', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(1000), /longer than/],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', /Content-Length/],
    ['a chunk size that is none', `${CHUNKED}xyz\r\n`, /chunk-size/],
    ['a chunk size without an end', `${CHUNKED}${'0'.repeat(5000)}`, /chunk @/],
    ['a chunk of 16^13 bytes', `${CHUNKED}10000000000000\r\n`, /chunk-size/],
    ['a chunk longer than its size', `${CHUNKED}1\r\nxyz\r\n`, /chunk-data/],
    ['a trailer without an end', CHUNKED + `0\r\n${'A: b\r\n'.repeat(5000)}`, /trailer/],
  ])('%s', (_name, answer, message) => {
    expect(whole(answer)).toEqual({
      outcome: 'failed',
      cause: 'malformed',
      message: expect.stringMatching(message) as string,
    });
  });

  const nearlyHttp = fc
    .array(
      fc.oneof(
        fc.constantFrom(
          'HTTP/1.1 200 OK\r\n',
          'HTTP/1.1 100\r\n',
          'Content-Length: 5\r\n',
          'Transfer-Encoding: chunked\r\n',
          '\r\n',
          '\n',
          '5\r\n',
          '0\r\n',
          'hello',
          ' ',
        ),
        fc.string({ unit: 'binary', maxLength: 6 }),
      ),
      { maxLength: 14 },
    )
    .map((parts) => Buffer.from(parts.join(''), 'latin1'));
  const answers = fc.oneof(
    nearlyHttp,
    nearlyHttp.map((rest) => Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n'), rest])),
    nearlyHttp.map((rest) => Buffer.concat([Buffer.from(CHUNKED), rest])),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    fc.nat({ max: 1100 }).map((size) => Buffer.from(CUCM_OK('y'.repeat(size)))),
  );

  it('any bytes in any pieces end once, the same way as in one piece', () => {
    const cuts = fc.array(fc.nat({ max: 1200 }), { maxLength: 12 });
    fc.assert(
      fc.property(answers, cuts, fc.constantFrom('fin', 'reset'), (bytes, at, cause) => {
        const bounds = [0, ...at.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
        const pieces = bounds.slice(1).map((bound, i) => bytes.subarray(bounds[i], bound));
        const end = closed(cause);
        const expected = resultOf([bytes], end);
        expect(resultOf(pieces, end)).toEqual(expected);
        const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
        expect(resultOf(single, end)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});
