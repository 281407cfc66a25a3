import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MachineEvent } from '../../../src/protocols/effects.ts';
import type { DhcpTimer } from '../../../src/protocols/dhcp/client.ts';
import { Bench, REMEMBERED } from './client-world.ts';
import { ack, offer, reply } from './server-replies.ts';

/** What a server or the network may do next. */
const happening = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ type: 'expire' as const }) },
  fc.record({
    type: fc.constant('reply' as const),
    messageType: fc.nat(9),
    change: fc.record(
      {
        yiaddr: fc.constantFrom('0.0.0.0', '127.1.0.9', '127.9.9.9'),
        xid: fc.nat(0xffff_ffff),
        chaddr: fc.constantFrom('001122334455', '0011', 'FFFFFFFFFFFF'),
        op: fc.nat(3),
        options: fc.record(
          {
            leaseTime: fc.oneof(fc.constantFrom(0, 1, 120, 0xffff_ffff), fc.nat(0xffff_ffff)),
            renewalTime: fc.nat(1000),
            rebindingTime: fc.nat(1000),
            message: fc.string(),
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    ),
  }),
  fc.record({ type: fc.constant('bytes' as const), bytes: fc.uint8Array({ maxLength: 400 }) }),
  fc.record({
    type: fc.constant('mutilated' as const),
    messageType: fc.nat(9),
    at: fc.nat(547),
    value: fc.nat(255),
  }),
  fc.constant({ type: 'stream' as const }),
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

const STREAM_EVENTS: readonly MachineEvent<DhcpTimer>[] = [
  { type: 'connected', localAddress: '127.0.0.1', localPort: 1, now: 0 },
  { type: 'data', bytes: Uint8Array.of(1), now: 0 },
  { type: 'closed', cause: 'reset', now: 0 },
];

function happen(bench: Bench, what: Happening): void {
  switch (what.type) {
    case 'expire':
      if (bench.delayMs !== null) bench.expire();
      return;
    case 'reply':
      bench.receive(reply(bench.frame, what.messageType, what.change));
      return;
    case 'bytes':
      bench.receive(what.bytes);
      return;
    case 'mutilated': {
      const bytes = reply(bench.frame, what.messageType);
      bytes[what.at % bytes.length] = what.value;
      bench.receive(bytes);
      return;
    }
    case 'stream':
      for (const event of STREAM_EVENTS) bench.step(event);
  }
}

describe('whatever a server does', () => {
  it('a client lives on, and a healthy server then binds it within one table of waits', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 60 }), fc.boolean(), (happenings, remembers) => {
        const bench = new Bench({ remembered: remembers ? REMEMBERED : null });
        bench.start();
        for (const what of happenings) happen(bench, what);
        expect(bench.result).toBeNull();
        // A timer runs unless there is nothing to wait for: a lease for ever.
        if (bench.delayMs === null) expect(bench.state).toBe('bound');

        // A lease that it has is kept or lost first; from there one wait and two answers are enough.
        let waits = 0;
        while (bench.client.lease === null && waits < 3) {
          if (bench.state === 'init') {
            bench.expire();
            waits++;
          }
          if (bench.state === 'selecting') bench.receive(offer(bench.frame));
          bench.receive(ack(bench.frame, { yiaddr: bench.client.address }));
        }
        expect(bench.state).toMatch(/^(bound|renewing|rebinding)$/);
        expect(waits).toBeLessThanOrEqual(1);
      }),
      { numRuns: 500 },
    );
  });

  it('sends one message for an answer or a wait that is over, and none for what it ignores', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 60 }), (happenings) => {
        const bench = new Bench();
        bench.start();
        for (const what of happenings) {
          const sent = bench.frames.length;
          const ignored = bench.notices.filter(({ type }) => type === 'ignored').length;
          happen(bench, what);
          const hasIgnored = bench.notices.filter(({ type }) => type === 'ignored').length > ignored;
          expect(bench.frames.length - sent).toBeLessThanOrEqual(
            hasIgnored || what.type === 'stream' ? 0 : 1,
          );
        }
      }),
    );
  });

  it('a stop ends it from wherever it is', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 30 }), (happenings) => {
        const bench = new Bench();
        bench.start();
        for (const what of happenings) happen(bench, what);
        const leased = bench.client.lease !== null;
        bench.stop();
        expect(bench.result).toEqual({ outcome: leased ? 'released' : 'stopped' });
        expect(bench.delayMs).toBeNull();
      }),
    );
  });
});
