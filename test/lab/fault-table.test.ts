import { describe, expect, it } from 'vitest';
import { type DATAGRAM_FAULTS, FaultTable, FOREIGN_ADDRESS, sendFaulty } from '../../src/lab/fault-table.ts';
import { TargetGuard } from '../../src/drivers/target-guard.ts';
import { LabClock } from '../../src/lab/lab-clock.ts';
import { fault, Inbox } from './lab-parts.ts';

const BYTES = Uint8Array.from({ length: 16 }, (_, at) => at);

function sent(kind: (typeof DATAGRAM_FAULTS)[number]): Uint8Array[] {
  const packets: Uint8Array[] = [];
  sendFaulty(fault({ on: 'tftp', kind }), BYTES, (bytes) => packets.push(bytes));
  return packets;
}

describe('FaultTable', () => {
  it('meets only faults of its service and of the kinds that are asked for', () => {
    const faults = [fault({ on: 'dns', kind: 'drop' }), fault({ on: 'dhcp', kind: 'nak' })];
    const table = new FaultTable('dhcp', faults, new LabClock(() => 0));
    expect(table.pick('x', ['drop'])).toBeNull();
    expect(table.pick('x', ['drop', 'nak'])?.kind).toBe('nak');
    expect(table.met).toBe(1);
  });

  it('is on within its window, and only where it matches', () => {
    let now = 0;
    const window = fault({ on: 'tftp', kind: 'drop', fromSeconds: 2, toSeconds: 3, match: 'SEP' });
    const table = new FaultTable('tftp', [window], new LabClock(() => now));
    const meets = (second: number, name: string): boolean => {
      now = second * 1000;
      return table.pick(name, ['drop']) !== null;
    };
    expect(meets(1.999, 'SEP1')).toBe(false);
    expect(meets(2, 'SEP1')).toBe(true);
    expect(meets(2.5, 'XMLDefault')).toBe(false);
    expect(meets(2.999, 'SEP1')).toBe(true);
    expect(meets(3, 'SEP1')).toBe(false);
  });

  it('counts its times from the run where it says so, and is off while nobody knows when that is', () => {
    const time = { now: 5000 };
    const clock = new LabClock(() => time.now);
    const window = fault({ on: 'tftp', kind: 'silence', from: 'hold', fromSeconds: 2, toSeconds: 3 });
    const table = new FaultTable('tftp', [window], clock);
    const meets = (now: number): boolean => {
      time.now = now;
      return table.pick('', ['silence']) !== null;
    };
    expect(meets(2500)).toBe(false);
    clock.announce('start', 0);
    expect(meets(2500)).toBe(false);
    clock.announce('hold', 60_000);
    expect([61_999, 62_000, 62_999, 63_000].map(meets)).toEqual([false, true, true, false]);
  });

  it('hits its share of the requests, the same ones each time', () => {
    const hits = (): number[] => {
      const table = new FaultTable(
        'dns',
        [fault({ on: 'dns', kind: 'drop', probability: 0.3 })],
        new LabClock(() => 0),
      );
      return Array.from({ length: 10_000 }, (_, at) => at).filter(() => table.pick('x', ['drop']) !== null);
    };
    const first = hits();
    expect(hits()).toEqual(first);
    // Five standard deviations of 10,000 draws.
    expect(Math.abs(first.length - 3000)).toBeLessThan(230);
  });

  it('hits all only when it is certain, unmatched and on', () => {
    let now = 0;
    const table = new FaultTable(
      'sccp',
      [fault({ on: 'sccp', kind: 'refuse', toSeconds: 1 })],
      new LabClock(() => now),
    );
    expect(table.hitsAll('refuse')).toBe(true);
    now = 1000;
    expect(table.hitsAll('refuse')).toBe(false);
    table.set([fault({ on: 'sccp', kind: 'refuse', probability: 0.99 })]);
    expect(table.hitsAll('refuse')).toBe(false);
    table.set([fault({ on: 'sccp', kind: 'refuse', match: 'SEP' })]);
    expect(table.hitsAll('refuse')).toBe(false);
  });
});

describe('sendFaulty', () => {
  it('loses, doubles, changes and cuts a datagram', () => {
    expect(sent('drop')).toEqual([]);
    expect(sent('duplicate')).toEqual([BYTES, BYTES]);
    expect(sent('malformed')).toEqual([Uint8Array.of(0xde, 0xad, 0xbe, 0xef)]);
    expect(sent('truncate')).toEqual([BYTES.subarray(0, 8)]);
    const [corrupt] = sent('corrupt');
    expect([...BYTES.keys()].filter((at) => corrupt?.[at] !== BYTES[at])).toEqual([3, 10]);
    expect(BYTES[3]).toBe(3);
  });

  it('delays a datagram behind a later one', async () => {
    const arrived = new Inbox<string>();
    // A referenced timer holds the event loop: the fault's own does not.
    const hold = setInterval(() => {}, 1000);
    sendFaulty(fault({ on: 'dns', kind: 'delay', delayMs: 20 }), BYTES, () => arrived.put('delayed'));
    sendFaulty(null, BYTES, () => arrived.put('prompt'));
    expect([await arrived.next(), await arrived.next()]).toEqual(['prompt', 'delayed']);
    clearInterval(hold);
  });

  it('names a foreign address that the guard denies', () => {
    expect(new TargetGuard().allows(FOREIGN_ADDRESS)).toBe(false);
  });
});
