import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEnvironment } from '../../src/phone/phone-environment.ts';
import { ShardPhones } from '../../src/runner/shard-phones.ts';
import { addressAt, parseAddressRange, poolSize } from '../../src/scenario/address-pool.ts';
import { sourceAddressOf } from '../../src/scenario/plan.ts';
import { shardPhone, shardSize } from '../../src/schedule/shards.ts';
import { planOf } from '../scenario/load-yaml.ts';

const PHONES = 40;
const plan = planOf(`
phones: { generate: { count: ${PHONES} } }
sourceAddresses: 127.3.0.0/24
`);

function poolOf(text: string) {
  const range = parseAddressRange(text);
  if (range === null) throw new Error(`${text} is no range`);
  return [range];
}

describe('the addresses of a shard', () => {
  it('are those of the plan where the machine brings none', () => {
    const shard = { index: 1, of: 3 };
    const phones = new ShardPhones(plan, shard, null);
    for (let position = 0; position < phones.size; position++)
      expect(phones.addressOf(position)).toBe(sourceAddressOf(plan, shardPhone(shard, position)));
  });

  it('are a slice of the machine’s own, round and round, and no address of the plan', () => {
    const pool = poolOf('127.9.0.1-127.9.0.5');
    const phones = new ShardPhones(plan, { index: 0, of: 4 }, { pool, first: 1, step: 2 });
    expect([0, 1, 2, 3].map((position) => phones.addressOf(position))).toEqual([
      '127.9.0.2',
      '127.9.0.4',
      '127.9.0.1',
      '127.9.0.3',
    ]);
  });

  it('of the slices of one machine are distinct while there are enough, whatever its threads', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.nat(3), (threads, agent) => {
        const shards = threads * 4;
        const own = Array.from({ length: threads }, (_, thread) => ({
          index: agent * threads + thread,
          of: shards,
        }));
        const pool = poolOf(`127.9.0.1-127.9.0.${threads * shardSize({ index: 0, of: shards }, PHONES)}`);
        const addresses = own.flatMap((shard, first) => {
          const phones = new ShardPhones(plan, shard, { pool, first, step: threads });
          return Array.from({ length: phones.size }, (_, position) => phones.addressOf(position));
        });
        expect(new Set(addresses).size).toBe(addresses.length);
        expect(addresses.length).toBeLessThanOrEqual(poolSize(pool));
      }),
    );
  });

  it('are what a phone binds, and the lease that it remembers', () => {
    const pool = poolOf('127.9.0.1-127.9.0.5');
    const phones = new ShardPhones(plan, { index: 0, of: 1 }, { pool, first: 3, step: 1 });
    const hosted = phones.start(1, createEnvironment(plan.boot, '127.0.0.9'));
    expect(hosted.sourceAddress).toBe(addressAt(pool, 4));
    expect(hosted.phone.flash.lease?.address).toBe(addressAt(pool, 4));
    expect(phones.start(1, createEnvironment(plan.boot, '127.0.0.9'))).toBe(hosted);
    expect(phones.started).toEqual([hosted]);
  });
});
