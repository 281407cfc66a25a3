import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LeaseTable } from '../../src/lab/lease-table.ts';

/** 127.16.0.1 to 127.16.0.6; clients `p0`, `p1` ... are phones of the plan. */
function tableFor(phones: number, count = 6): LeaseTable {
  const placeOf = (client: string): number | null => {
    const place = Number(/^p(\d+)$/.exec(client)?.[1] ?? -1);
    return place >= 0 && place < phones ? place : null;
  };
  return new LeaseTable([{ first: 0x7f100001, count }], phones, placeOf);
}

describe('LeaseTable', () => {
  it('gives a phone of the plan the address at its place, others one from the end', () => {
    const table = tableFor(2);
    expect(table.addressFor('p1')).toBe('127.16.0.2');
    expect(table.addressFor('x')).toBe('127.16.0.6');
    expect(table.addressFor('y')).toBe('127.16.0.5');
    expect(table.addressFor('x')).toBe('127.16.0.6');
  });

  it('keeps a released address for its client', () => {
    const table = tableFor(0);
    const address = table.addressFor('x') ?? '';
    table.bind('x', address);
    expect(table.bound).toBe(1);
    expect(table.release('somebody else', address)).toBe(false);
    expect(table.release('x', address)).toBe(true);
    expect(table.bound).toBe(0);
    expect(table.addressFor('y')).not.toBe(address);
    expect(table.addressFor('x')).toBe(address);
  });

  it('never gives a declined address again, reserved or not', () => {
    const table = tableFor(1);
    expect(table.addressFor('p0')).toBe('127.16.0.1');
    expect(table.decline('p0', '127.16.0.6')).toBe(false);
    expect(table.decline('p0', '127.16.0.1')).toBe(true);
    expect(table.addressFor('p0')).toBe('127.16.0.6');
    expect(table.decline('p0', '127.16.0.6')).toBe(true);
    expect(table.addressFor('p0')).toBe('127.16.0.5');
  });

  it('has nothing left when the places of others are all that remain', () => {
    const table = tableFor(4);
    expect(table.addressFor('x')).toBe('127.16.0.6');
    expect(table.addressFor('y')).toBe('127.16.0.5');
    expect(table.addressFor('z')).toBeNull();
    expect(table.recorded('z')).toBeNull();
    expect(table.addressFor('p3')).toBe('127.16.0.4');
  });

  it('never gives one address to two clients, whatever they do', () => {
    const action = fc.record({
      client: fc.constantFrom('p0', 'p1', 'p2', 'a', 'b', 'c', 'd'),
      does: fc.constantFrom('discover', 'bind', 'release', 'decline'),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const table = tableFor(3, 8);
        const held = new Map<string, string>();
        const declined = new Set<string>();
        for (const { client, does } of actions) {
          const address = table.addressFor(client);
          if (address === null) continue;
          expect(declined.has(address)).toBe(false);
          for (const [other, theirs] of held) if (other !== client) expect(theirs).not.toBe(address);
          held.set(client, address);
          if (does === 'bind') table.bind(client, address);
          if (does === 'release') table.release(client, address);
          if (does === 'decline') {
            table.decline(client, address);
            declined.add(address);
            held.delete(client);
          }
        }
      }),
    );
  });
});
