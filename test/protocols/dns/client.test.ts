import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createDnsClient,
  type DnsClientConfig,
  type DnsNotice,
  type DnsResult,
  type DnsTimer,
  stepDnsClient,
} from '../../../src/protocols/dns/client.ts';
import {
  DNS_RCODES,
  type DnsMessage,
  type DnsRecord,
  decodeDns,
  encodeDns,
} from '../../../src/protocols/dns/message.ts';
import { type CloseCause, CLOSE_CAUSES, type MachineEvent } from '../../../src/protocols/effects.ts';
import { RecordingEffects } from '../../support/recording-effects.ts';

const FIRST = { host: '127.0.0.53', port: 53 };
const SECOND = { host: '127.0.0.54', port: 5353 };
const CONFIG: DnsClientConfig = {
  name: 'cucm.example.test',
  servers: [FIRST, SECOND],
  timeoutMs: 2000,
  attempts: 2,
  seed: 42,
  phoneIndex: 3,
  queryNumber: 0,
};
const A: DnsRecord = { type: 'A', name: 'cucm.example.test', ttlSeconds: 300, address: '127.0.0.8' };

class Bench {
  readonly client;
  frame: Buffer = Buffer.alloc(0);
  result: DnsResult | null = null;
  timerRuns = false;
  readonly #out = new RecordingEffects<DnsTimer, DnsNotice, DnsResult>();

  constructor(change: Partial<DnsClientConfig> = {}) {
    this.client = createDnsClient({ ...CONFIG, ...change });
  }

  start(): string[] {
    return this.step({ type: 'start', now: 0 });
  }

  expire(): string[] {
    return this.step({ type: 'timer', timer: 'answer', now: 0 });
  }

  /** A datagram from the server that was asked, or from elsewhere. */
  receive(bytes: Uint8Array, from: { host: string; port: number } = this.server): string[] {
    return this.step({ type: 'datagram', address: from.host, port: from.port, bytes, now: 0 });
  }

  answer(change: Partial<DnsMessage> = {}, from = this.server): string[] {
    const query = decodeDns(this.frame);
    return this.receive(encodeDns({ ...query, response: true, answers: [A], ...change }), from);
  }

  get server() {
    return CONFIG.servers[this.client.serverIndex] ?? FIRST;
  }

  step(event: MachineEvent<DnsTimer>): string[] {
    stepDnsClient(this.client, event, this.#out);
    return this.#out.take().flatMap((effect) => {
      switch (effect.effect) {
        case 'sendTo':
          this.frame = Buffer.from(effect.bytes);
          return [`query ${effect.address}:${effect.port}`];
        case 'setTimer':
          expect(effect.delayMs).toBe(2000);
          this.timerRuns = true;
          return [];
        case 'clearTimer':
          this.timerRuns = false;
          return [];
        case 'notice': {
          const notice = effect.notice as DnsNotice;
          return [notice.type === 'ignored' ? `ignored ${notice.reason}` : notice.type];
        }
        case 'done':
          this.result = effect.result as DnsResult;
          return [this.result.outcome];
        default:
          return [effect.effect];
      }
    });
  }
}

function asking(change: Partial<DnsClientConfig> = {}): Bench {
  const bench = new Bench(change);
  bench.start();
  return bench;
}

describe('a question', () => {
  it('leaves from a fresh port, with recursion desired', () => {
    const bench = new Bench();
    expect(bench.start()).toEqual(['bind', 'query 127.0.0.53:53']);
    expect(decodeDns(bench.frame)).toMatchObject({
      response: false,
      recursionDesired: true,
      questions: [{ name: 'cucm.example.test', type: 1, class: 1 }],
    });
  });

  it('is answered', () => {
    const bench = asking();
    const second: DnsRecord = { ...A, address: '127.0.0.9', ttlSeconds: 60 };
    expect(bench.answer({ answers: [A, second] })).toEqual(['close', 'resolved']);
    expect(bench.result).toEqual({
      outcome: 'resolved',
      addresses: ['127.0.0.8', '127.0.0.9'],
      ttlSeconds: 60,
      server: '127.0.0.53:53',
    });
    expect(bench.timerRuns).toBe(false);
  });

  it('may end in a dot, and be repeated in another case', () => {
    const bench = asking({ name: 'CUCM.example.test.' });
    expect(bench.answer()).toEqual(['close', 'resolved']);
  });

  it('has an id that differs by phone, by question and by seed', () => {
    const ids = [{}, { phoneIndex: 4 }, { queryNumber: 1 }, { seed: 43 }].map(
      (change) => new Bench(change).client.id,
    );
    expect(new Set(ids).size).toBe(4);
    expect(new Bench().client.id).toBe(new Bench().client.id);
  });

  it('follows CNAMEs in any order', () => {
    const alias = (name: string, target: string, ttlSeconds: number): DnsRecord => ({
      type: 'CNAME',
      name,
      target,
      ttlSeconds,
    });
    const bench = asking();
    bench.answer({
      answers: [
        { ...A, name: 'c.test' },
        alias('B.test', 'c.test', 40),
        alias('cucm.example.test', 'b.test', 50),
        { ...A, name: 'other.test', address: '127.0.0.66', ttlSeconds: 1 },
      ],
    });
    expect(bench.result).toMatchObject({ outcome: 'resolved', addresses: ['127.0.0.8'], ttlSeconds: 40 });
  });

  it.each([
    ['NXDOMAIN', { rcode: DNS_RCODES.NXDOMAIN, answers: [] }, 'NXDOMAIN'],
    ['no record', { answers: [] }, 'no A record'],
    ['a record of another name', { answers: [{ ...A, name: 'other.test' }] }, 'no A record'],
    [
      'a CNAME that leads nowhere',
      { answers: [{ type: 'CNAME', name: 'cucm.example.test', target: 'b.test', ttlSeconds: 1 } as const] },
      'no A record',
    ],
    [
      'a CNAME that leads back',
      {
        answers: [
          { type: 'CNAME', name: 'cucm.example.test', target: 'cucm.example.test', ttlSeconds: 1 } as const,
        ],
      },
      'no A record',
    ],
  ])('about a name that does not exist: %s', (_, change, detail) => {
    const bench = asking();
    expect(bench.answer(change)).toEqual(['close', 'failed']);
    expect(bench.result).toEqual({ outcome: 'failed', cause: 'name-error', server: '127.0.0.53:53', detail });
  });

  it.each(['', '.', 'a..b', 'x'.repeat(64), 'not a name', 'ü.test'])(
    'is not asked when the name is %j',
    (name) => {
      const bench = new Bench({ name });
      expect(bench.start()).toEqual(['failed']);
      expect(bench.result).toMatchObject({ cause: 'name-error' });
    },
  );

  it('is not asked when there is nobody to ask', () => {
    const bench = new Bench({ servers: [] });
    expect(bench.start()).toEqual(['failed']);
    expect(bench.result).toMatchObject({ cause: 'timeout', server: null, detail: 'no DNS server is known' });
  });

  it('ends when it is stopped', () => {
    expect(new Bench().step({ type: 'stop', now: 0 })).toEqual(['stopped']);
    expect(asking().step({ type: 'stop', now: 0 })).toEqual(['close', 'stopped']);
  });
});

describe('a server that does not help', () => {
  it('is asked again, then the next one, then it is a timeout', () => {
    const bench = asking();
    expect(bench.expire()).toEqual(['query 127.0.0.53:53', 'retransmitted']);
    expect(bench.expire()).toEqual(['query 127.0.0.54:5353', 'retransmitted']);
    expect(bench.expire()).toEqual(['query 127.0.0.54:5353', 'retransmitted']);
    expect(bench.expire()).toEqual(['close', 'failed']);
    expect(bench.result).toEqual({
      outcome: 'failed',
      cause: 'timeout',
      server: '127.0.0.54:5353',
      detail: null,
    });
  });

  it.each([
    ['SERVFAIL', { rcode: DNS_RCODES.SERVFAIL }, 'SERVFAIL'],
    ['REFUSED', { rcode: DNS_RCODES.REFUSED }, 'REFUSED'],
    ['REFUSED, its question left out', { rcode: DNS_RCODES.REFUSED, questions: [] }, 'REFUSED'],
    ['FORMERR', { rcode: DNS_RCODES.FORMERR, questions: [] }, 'FORMERR'],
    ['a truncated answer', { truncated: true }, 'truncated answer'],
  ])('makes us ask the next: %s', (_, change, detail) => {
    const bench = asking();
    expect(bench.answer(change)).toEqual(['query 127.0.0.54:5353']);
    expect(bench.answer(change)).toEqual(['close', 'failed']);
    expect(bench.result).toEqual({
      outcome: 'failed',
      cause: 'server-failure',
      server: '127.0.0.54:5353',
      detail,
    });
  });

  it('makes us ask the next: nonsense under our id', () => {
    const bench = asking();
    expect(bench.receive(bench.frame.subarray(0, 5))).toEqual(['query 127.0.0.54:5353']);
    expect(bench.answer()).toEqual(['close', 'resolved']);
    expect(bench.result).toMatchObject({ server: '127.0.0.54:5353' });
  });

  it.each(CLOSE_CAUSES)('cannot be reached: %s', (cause: CloseCause) => {
    const bench = asking();
    const words = bench.step({ type: 'unsendable', cause, now: 0 });
    if (cause !== 'exhausted') {
      expect(words).toEqual(['query 127.0.0.54:5353']);
      bench.step({ type: 'unsendable', cause, now: 0 });
    }
    expect(bench.result).toMatchObject({ outcome: 'failed', cause });
  });

  it.each([
    ['foreign-address', (b: Bench) => b.answer({}, { host: '127.0.0.66', port: 53 })],
    ['foreign-address', (b: Bench) => b.answer({}, { host: '127.0.0.53', port: 54 })],
    ['wrong-id', (b: Bench) => b.answer({ id: b.client.id ^ 1 })],
    ['wrong-id', (b: Bench) => b.receive(Uint8Array.of(7))],
    ['wrong-question', (b: Bench) => b.answer({ questions: [{ name: 'other.test', type: 1, class: 1 }] })],
    [
      'wrong-question',
      (b: Bench) => b.answer({ questions: [{ name: 'cucm.example.test', type: 28, class: 1 }] }),
    ],
    ['wrong-question', (b: Bench) => b.answer({ questions: [] })],
    ['not-an-answer', (b: Bench) => b.answer({ response: false })],
    ['not-an-answer', (b: Bench) => b.answer({ opcode: 4 })],
  ])('is not heard when the datagram has %s', (reason, event) => {
    const bench = asking();
    expect(event(bench)).toEqual([`ignored ${reason}`]);
    expect([bench.client.state, bench.timerRuns]).toEqual(['asking', true]);
  });

  it('never brings more than an outcome: any bytes, any order', () => {
    const happening = fc.oneof(
      fc.constant('expire' as const),
      fc.uint8Array({ maxLength: 200 }),
      fc.record({ at: fc.nat(99), value: fc.nat(255), rcode: fc.nat(15), truncated: fc.boolean() }),
    );
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
        const bench = asking();
        for (const what of happenings) {
          if (what === 'expire') bench.expire();
          else if (what instanceof Uint8Array)
            bench.receive(Buffer.concat([bench.frame.subarray(0, 2), what]));
          else {
            const { at, value, rcode, truncated } = what;
            const bytes = encodeDns({
              ...decodeDns(bench.frame),
              response: true,
              answers: [A],
              rcode,
              truncated,
            });
            bytes[at % bytes.length] = value;
            bench.receive(bytes);
          }
        }
        for (let i = 0; i < 4; i++) bench.expire();
        expect(bench.result).not.toBeNull();
        expect(bench.timerRuns).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});
