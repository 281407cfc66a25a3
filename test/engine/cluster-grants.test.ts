/** Who has a shard, in a real Redis that may have lost what it knew. */
import { describe, expect, it } from 'vitest';
import { ClusterBook } from '../../src/coordinator/cluster-book.ts';
import { CLUSTER_PROTOCOL, type Beat, type Member } from '../../src/engine/cluster-contract.ts';
import { type BeatPart, claim, sendBeat } from '../../src/engine/cluster-scripts.ts';
import { runKeys } from '../../src/redis/run-keys.ts';
import { RedisServer } from '../support/redis-server.ts';
import { MACHINE } from '../support/scripted-coordinator.ts';

const keys = runKeys('monday');
const GRANT = { shard: 0, epoch: 1 };
const OPEN = { run: 'monday', version: '1', protocol: CLUSTER_PROTOCOL, agents: 2 };

const member = (name: string): Member => ({ ...MACHINE, name, index: 0 });

function beatOf(agent: string, sequence = 1): Beat {
  const clock = { errorMs: 0, driftMs: null };
  return {
    agent,
    sequence,
    state: 'running',
    grants: [GRANT],
    prepared: [],
    failures: [],
    clock,
    holdsStarts: false,
    sleptMs: null,
  };
}

const part = (other: Partial<BeatPart> = {}): BeatPart => ({
  ...GRANT,
  hasResult: false,
  snapshot: null,
  ...other,
});

describe('the grant of a shard', () => {
  it('has one owner also in a Redis that has lost its data: who speaks first', async () => {
    const redis = await (await RedisServer.start()).client();
    expect((await sendBeat(redis, keys, beatOf('a'), member('a'), [part()])).refused).toEqual([]);
    // Its job was in the queue again, because the coordinator did not know yet that it was taken.
    expect(await claim(redis, keys, GRANT, 'b')).toBe(false);
    expect(await claim(redis, keys, GRANT, 'a')).toBe(true);
    expect((await sendBeat(redis, keys, beatOf('b'), member('b'), [part()])).refused).toEqual([0]);
    expect(await redis.hgetall(keys.owners)).toEqual({ 0: 'a' });
  });

  it('that is replaced takes its result along, so that the next one is asked for its own', async () => {
    const redis = await (await RedisServer.start()).client();
    const book = new ClusterBook();
    book.epochs.set(0, 1);
    await redis.hset(keys.results, 0, 'of an agent that was asleep');
    await book.nextGrants(redis, keys, [0]);
    const ended = part({ epoch: 2, hasResult: true });
    expect((await sendBeat(redis, keys, beatOf('b'), member('b'), [ended])).missing).toEqual([0]);
    // So does one that a Redis without the epochs has believed.
    await redis.hset(keys.results, 0, 'of an agent that was cut off');
    await book.write(redis, keys, OPEN);
    expect((await sendBeat(redis, keys, beatOf('b', 2), member('b'), [ended])).missing).toEqual([0]);
  });
});
