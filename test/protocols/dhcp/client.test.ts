import { describe, expect, it } from 'vitest';
import type { DhcpState } from '../../../src/protocols/dhcp/client.ts';
import { INFINITE_LEASE } from '../../../src/protocols/dhcp/lease.ts';
import { NO_ADDRESS } from '../../../src/protocols/dhcp/message.ts';
import { CLOSE_CAUSES } from '../../../src/protocols/effects.ts';
import { Bench, benchIn, REMEMBERED } from './client-world.ts';
import { ack, nak, OFFERED, offer, SERVER_ID } from './server-replies.ts';

const STATES: readonly DhcpState[] = [
  'init',
  'rebooting',
  'selecting',
  'requesting',
  'bound',
  'renewing',
  'rebinding',
];

describe('the transitions of RFC 2131, figure 5', () => {
  const transitions: readonly [DhcpState, string, (bench: Bench) => string[], string[], DhcpState][] = [
    ['init', 'start', (b) => b.start(), ['DHCPDISCOVER'], 'selecting'],
    ['selecting', 'OFFER', (b) => b.receive(offer(b.frame)), ['DHCPREQUEST'], 'requesting'],
    ['selecting', 'ACK', (b) => b.receive(ack(b.frame)), ['ignored unexpected'], 'selecting'],
    ['selecting', 'NAK', (b) => b.receive(nak(b.frame)), ['ignored unexpected'], 'selecting'],
    ['selecting', 'no answer', (b) => b.expire(), ['DHCPDISCOVER', 'retransmitted'], 'selecting'],
    ['requesting', 'ACK', (b) => b.receive(ack(b.frame)), ['bound'], 'bound'],
    ['requesting', 'NAK', (b) => b.receive(nak(b.frame)), ['nak', 'DHCPDISCOVER'], 'selecting'],
    ['requesting', 'OFFER', (b) => b.receive(offer(b.frame)), ['ignored unexpected'], 'requesting'],
    ['requesting', 'no answer', (b) => b.expire(), ['DHCPREQUEST', 'retransmitted'], 'requesting'],
    ['rebooting', 'ACK', (b) => b.receive(ack(b.frame)), ['bound'], 'bound'],
    ['rebooting', 'NAK', (b) => b.receive(nak(b.frame)), ['nak', 'DHCPDISCOVER'], 'selecting'],
    ['rebooting', 'OFFER', (b) => b.receive(offer(b.frame)), ['ignored unexpected'], 'rebooting'],
    ['rebooting', 'no answer', (b) => b.expire(), ['DHCPREQUEST', 'retransmitted'], 'rebooting'],
    ['bound', 'OFFER', (b) => b.receive(offer(b.frame)), ['ignored unexpected'], 'bound'],
    ['bound', 'ACK', (b) => b.receive(ack(b.frame)), ['ignored unexpected'], 'bound'],
    ['bound', 'NAK', (b) => b.receive(nak(b.frame)), ['ignored unexpected'], 'bound'],
    ['bound', 'T1', (b) => b.expire(), ['DHCPREQUEST'], 'renewing'],
    ['renewing', 'ACK', (b) => b.receive(ack(b.frame)), ['renewed'], 'bound'],
    ['renewing', 'NAK', (b) => b.receive(nak(b.frame)), ['nak', 'leaseLost', 'DHCPDISCOVER'], 'selecting'],
    ['renewing', 'no answer', (b) => b.expire(), ['DHCPREQUEST', 'retransmitted'], 'renewing'],
    ['rebinding', 'ACK', (b) => b.receive(ack(b.frame)), ['renewed'], 'bound'],
    ['rebinding', 'NAK', (b) => b.receive(nak(b.frame)), ['nak', 'leaseLost', 'DHCPDISCOVER'], 'selecting'],
    ['rebinding', 'no answer', (b) => b.expire(), ['DHCPREQUEST', 'retransmitted'], 'rebinding'],
    ['init', 'stop', (b) => b.stop(), ['close', 'stopped'], 'ended'],
    ['selecting', 'stop', (b) => b.stop(), ['close', 'stopped'], 'ended'],
    ['requesting', 'stop', (b) => b.stop(), ['close', 'stopped'], 'ended'],
    ['rebooting', 'stop', (b) => b.stop(), ['close', 'stopped'], 'ended'],
    ['bound', 'stop', (b) => b.stop(), ['DHCPRELEASE', 'close', 'released'], 'ended'],
    ['renewing', 'stop', (b) => b.stop(), ['DHCPRELEASE', 'close', 'released'], 'ended'],
    ['rebinding', 'stop', (b) => b.stop(), ['DHCPRELEASE', 'close', 'released'], 'ended'],
    ['ended', 'start', (b) => b.start(), [], 'ended'],
    ['ended', 'ACK', (b) => b.receive(ack(b.frame)), [], 'ended'],
  ];

  it.each(transitions)('%s, %s', (state, _, event, words, next) => {
    const bench = benchIn(state);
    expect(bench.state).toBe(state);
    expect(event(bench)).toEqual(words);
    expect(bench.state).toBe(next);
    expect([...bench.destinations].filter((place) => place !== '127.0.0.1:1067')).toEqual([]);
  });

  const WITH_LEASE = ['bound', 'renewing', 'rebinding'];

  it.each(STATES.filter((state) => !WITH_LEASE.includes(state)))(
    '%s ends when nothing can be sent',
    (state) => {
      for (const cause of CLOSE_CAUSES) {
        const bench = benchIn(state);
        expect(bench.step({ type: 'unsendable', cause, now: bench.now })).toEqual(['close', 'failed']);
        expect(bench.result).toEqual({ outcome: 'failed', cause });
        expect(bench.delayMs).toBeNull();
      }
    },
  );

  it.each(STATES.filter((state) => WITH_LEASE.includes(state)))(
    '%s keeps its lease when a REQUEST can not be sent, until it runs out',
    (state) => {
      const bench = benchIn(state);
      for (const cause of CLOSE_CAUSES)
        expect(bench.step({ type: 'unsendable', cause, now: bench.now })).toEqual([]);
      expect([bench.state, bench.result]).toEqual([state, null]);
      while (bench.client.lease !== null) bench.expire();
      expect(bench.now).toBe(bench.client.leasedAt + 1000_000);
    },
  );
});

describe('getting a lease', () => {
  it('asks for what was offered, with the xid and secs of the DISCOVER, and binds', () => {
    const bench = new Bench();
    bench.start();
    const discover = bench.sent;
    expect(discover).toMatchObject({ secs: 0, giaddr: '127.0.0.2', hops: 1, flags: 0x8000 });
    bench.expire();
    const { secs } = bench.sent;
    expect(secs).toBeGreaterThanOrEqual(3);
    bench.now += 2_000;
    bench.receive(offer(bench.frame));
    expect(bench.sent).toMatchObject({ xid: discover.xid, secs, ciaddr: NO_ADDRESS });
    expect(bench.sent.options).toMatchObject({ requestedAddress: OFFERED, serverIdentifier: SERVER_ID });
    const request = bench.frame;
    bench.expire();
    expect(bench.frame.equals(request)).toBe(true);
    bench.receive(ack(bench.frame));
    expect(bench.notices.at(-1)).toMatchObject({
      type: 'bound',
      lease: { address: OFFERED, leaseSeconds: 1000 },
    });
    expect(bench.client.frame).toBeNull();
  });

  it('takes the first OFFER', () => {
    const bench = benchIn('selecting');
    const discover = bench.frame;
    bench.receive(offer(discover, { yiaddr: '127.1.0.1' }));
    expect(bench.receive(offer(discover, { yiaddr: '127.1.0.2' }))).toEqual(['ignored unexpected']);
    expect(bench.sent.options.requestedAddress).toBe('127.1.0.1');
  });

  it('starts with REQUEST when it remembers a lease: the address, no server, no ciaddr', () => {
    const bench = benchIn('rebooting');
    expect(bench.sent.options).toMatchObject({ messageType: 3, requestedAddress: REMEMBERED.address });
    expect(bench.sent.options.serverIdentifier).toBeUndefined();
    expect(bench.sent.ciaddr).toBe(NO_ADDRESS);
  });

  it('does not when the settings say no', () => {
    const bench = new Bench({ remembered: REMEMBERED }, { initReboot: false });
    expect(bench.start()).toEqual(['DHCPDISCOVER']);
  });

  it('turns to DISCOVER after two tries of INIT-REBOOT', () => {
    const bench = benchIn('rebooting');
    const { xid } = bench.sent;
    expect(bench.expire()).toEqual(['DHCPREQUEST', 'retransmitted']);
    expect(bench.sent.xid).toBe(xid);
    expect(bench.expire()).toEqual(['DHCPDISCOVER']);
    expect(bench.sent.xid).not.toBe(xid);
  });
});

describe('no answer', () => {
  it.each([
    ['selecting', 'DHCPDISCOVER'],
    ['requesting', 'DHCPREQUEST'],
  ] as const)('%s: 4, 8, 16, 32, 64 s each +-1 s, then from the beginning', (state, message) => {
    const bench = benchIn(state);
    const { xid } = bench.sent;
    for (const seconds of [4, 8, 16, 32]) {
      expect(Math.abs((bench.delayMs ?? 0) - seconds * 1000)).toBeLessThanOrEqual(1000);
      expect(bench.expire()).toEqual([message, 'retransmitted']);
      expect(bench.sent.xid).toBe(xid);
      if (state === 'selecting') expect(bench.sent.secs).toBe(Math.floor(bench.now / 1000));
    }
    expect(Math.abs((bench.delayMs ?? 0) - 64_000)).toBeLessThanOrEqual(1000);
    expect(bench.expire()).toEqual(['timedOut', 'DHCPDISCOVER']);
    expect(bench.sent).toMatchObject({ secs: 0 });
    expect(bench.sent.xid).not.toBe(xid);
  });

  it('never makes it give up', () => {
    const bench = benchIn('selecting');
    for (let i = 0; i < 5_000; i++) bench.expire();
    expect(bench.notices.filter(({ type }) => type === 'timedOut')).toHaveLength(1000);
    expect(new Set(bench.frames.map((frame) => frame.readUInt32BE(4))).size).toBe(1001);
  });

  it('has waits that differ by phone, by try and by client, and are the same for the same seed', () => {
    const waits = (change: ConstructorParameters<typeof Bench>[0]) => {
      const bench = new Bench(change);
      bench.start();
      const first = bench.delayMs;
      for (let i = 0; i < 5; i++) bench.expire();
      return [first, bench.delayMs];
    };
    expect(waits({})).toEqual(waits({}));
    const all = [{}, { phoneIndex: 4 }, { seed: 43 }, { firstTransaction: 6 }].flatMap(waits);
    expect(new Set(all).size).toBe(all.length);
  });

  it('does not make it spin when the jitter is larger than the wait', () => {
    for (let phoneIndex = 0; phoneIndex < 50; phoneIndex++) {
      const bench = new Bench({ phoneIndex }, { backoffSeconds: [0.1], jitterSeconds: 5 });
      bench.start();
      expect(bench.delayMs).toBeGreaterThanOrEqual(10);
    }
  });

  it('needs at least one wait', () => {
    expect(() => new Bench({}, { backoffSeconds: [] })).toThrow(RangeError);
  });
});

describe('DHCPNAK', () => {
  it('brings its message, cut to 200 characters', () => {
    const bench = benchIn('requesting');
    bench.receive(nak(bench.frame, 'x'.repeat(1000)));
    expect(bench.notices.at(-1)).toEqual({ type: 'nak', message: 'x'.repeat(200) });
  });

  it('is answered at once the first time, then after a growing pause', () => {
    const bench = benchIn('selecting');
    const refuse = () => {
      bench.receive(offer(bench.frame));
      return bench.receive(nak(bench.frame));
    };
    expect(refuse()).toEqual(['nak', 'DHCPDISCOVER']);
    for (const seconds of [4, 8, 16, 32, 64, 64]) {
      expect(refuse()).toEqual(['nak']);
      expect(bench.state).toBe('init');
      expect(Math.abs((bench.delayMs ?? 0) - seconds * 1000)).toBeLessThanOrEqual(1000);
      expect(bench.expire()).toEqual(['DHCPDISCOVER']);
    }
    bench.receive(offer(bench.frame));
    bench.receive(ack(bench.frame));
    bench.expire();
    expect(bench.receive(nak(bench.frame))).toEqual(['nak', 'leaseLost', 'DHCPDISCOVER']);
  });
});

describe('the life of a lease', () => {
  it('is counted from the REQUEST, and asked for again at T1 with ciaddr and through the relay', () => {
    const bench = benchIn('requesting');
    const requestedAt = bench.now;
    bench.now += 3_000;
    bench.receive(ack(bench.frame));
    expect(bench.now + (bench.delayMs ?? 0)).toBe(requestedAt + 500_000);
    const { xid } = bench.sent;
    bench.expire();
    expect(bench.sent).toMatchObject({ ciaddr: OFFERED, giaddr: '127.0.0.2', hops: 1, secs: 0, flags: 0 });
    expect(bench.sent.xid).not.toBe(xid);
    const { requestedAddress, serverIdentifier } = bench.sent.options;
    expect([requestedAddress, serverIdentifier]).toEqual([undefined, undefined]);
  });

  it('without answers: half of the rest each time, at least 60 s; T2; the end; a new DISCOVER', () => {
    const bench = benchIn('bound');
    const events: [number, string, string][] = [];
    while (bench.client.lease !== null) {
      const words = bench.expire();
      events.push([bench.now / 1000, words.join(' '), bench.state]);
    }
    expect(events).toEqual([
      [500, 'DHCPREQUEST', 'renewing'],
      [687.5, 'DHCPREQUEST retransmitted', 'renewing'],
      [781.25, 'DHCPREQUEST retransmitted', 'renewing'],
      [841.25, 'DHCPREQUEST retransmitted', 'renewing'],
      [875, 'DHCPREQUEST', 'rebinding'],
      [937.5, 'DHCPREQUEST retransmitted', 'rebinding'],
      [997.5, 'DHCPREQUEST retransmitted', 'rebinding'],
      [1000, 'leaseLost DHCPDISCOVER', 'selecting'],
    ]);
  });

  it('starts anew with each renewal', () => {
    const bench = benchIn('bound');
    for (let i = 1; i <= 10; i++) {
      bench.expire();
      bench.receive(ack(bench.frame, { options: { leaseTime: 2000 } }));
      expect(bench.client.lease).toMatchObject({ leaseSeconds: 2000, address: OFFERED });
    }
    expect(bench.notices.filter(({ type }) => type === 'renewed')).toHaveLength(10);
    expect(bench.now).toBe(500_000 + 9 * 1_000_000);
  });

  it('has no end and no timer when the server says so', () => {
    const bench = benchIn('requesting');
    bench.receive(ack(bench.frame, { options: { leaseTime: INFINITE_LEASE } }));
    expect([bench.state, bench.delayMs]).toEqual(['bound', null]);
  });

  it('may be longer than a timer can wait', () => {
    const bench = benchIn('requesting');
    bench.receive(ack(bench.frame, { options: { leaseTime: 20_000_000 } }));
    let steps = 0;
    for (; bench.state === 'bound'; steps++) {
      expect(bench.delayMs).toBeLessThanOrEqual(2 ** 31 - 1);
      bench.expire();
    }
    expect([steps, bench.now]).toEqual([5, 10_000_000_000]);
  });

  it('is given back with ciaddr and the server, when the settings ask for it', () => {
    const bench = benchIn('bound');
    bench.stop();
    expect(bench.sent).toMatchObject({
      ciaddr: OFFERED,
      giaddr: '127.0.0.2',
      options: { serverIdentifier: SERVER_ID },
    });
    expect(benchIn('bound', { release: false }).stop()).toEqual(['close', 'stopped']);
  });
});

describe('what is not for us', () => {
  it.each([
    ['malformed', (b: Bench) => b.frame.subarray(0, 100)],
    ['not-a-reply', (b: Bench) => b.frame],
    ['wrong-xid', (b: Bench) => ack(b.frame, { xid: b.sent.xid ^ 1 })],
    ['wrong-chaddr', (b: Bench) => ack(b.frame, { chaddr: '001122334456' })],
    ['wrong-chaddr', (b: Bench) => ack(b.frame, { chaddr: '00112233445566' })],
  ])('is counted as %s in every state', (reason, bytes) => {
    for (const state of STATES.slice(1)) {
      const bench = benchIn(state);
      expect(bench.receive(bytes(bench))).toEqual([`ignored ${reason}`]);
      expect(bench.state).toBe(state);
    }
  });

  it('is counted before the start too', () => {
    const reply = ack(benchIn('selecting').frame);
    expect(benchIn('init').receive(reply)).toEqual(['ignored wrong-xid']);
  });

  it.each([
    [
      'an OFFER without an address',
      'selecting',
      (b: Bench) => offer(b.frame, { yiaddr: NO_ADDRESS }),
      'incomplete',
    ],
    [
      'an ACK without an address',
      'requesting',
      (b: Bench) => ack(b.frame, { yiaddr: NO_ADDRESS }),
      'incomplete',
    ],
    [
      'a lease of no time',
      'requesting',
      (b: Bench) => ack(b.frame, { options: { leaseTime: 0 } }),
      'incomplete',
    ],
    ['another address', 'requesting', (b: Bench) => ack(b.frame, { yiaddr: '127.9.9.9' }), 'wrong-address'],
    ['another address', 'renewing', (b: Bench) => ack(b.frame, { yiaddr: '127.9.9.9' }), 'wrong-address'],
  ] as const)('%s (%s)', (_, state, bytes, reason) => {
    const bench = benchIn(state);
    expect(bench.receive(bytes(bench))).toEqual([`ignored ${reason}`]);
    expect(bench.state).toBe(state);
  });
});
