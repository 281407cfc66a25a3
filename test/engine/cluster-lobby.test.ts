/** Seats, as agents take them in a real Redis. */
import type { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { SILENCE_LIMIT_MS } from '../../src/engine/cluster-contract.ts';
import { Lobby, type LobbyOptions } from '../../src/engine/cluster-lobby.ts';
import { OPEN_RUNS } from '../../src/redis/run-keys.ts';
import { RedisServer } from '../support/redis-server.ts';
import { lonelyPlan, MACHINE, ScriptedCoordinator, VERSION } from '../support/scripted-coordinator.ts';

function lobby(
  redis: Redis,
  name: string,
  other: Partial<LobbyOptions> = {},
  version: string = VERSION,
): Lobby {
  return new Lobby({
    redis,
    member: { ...MACHINE, name, version },
    run: null,
    wantedIndex: null,
    done: new Set(),
    isPatient: false,
    say: () => {},
    ...other,
  });
}

async function openRun(agents: number): Promise<ScriptedCoordinator> {
  const boss = await ScriptedCoordinator.start(await RedisServer.start());
  await boss.open(agents);
  return boss;
}

describe('the lobby', () => {
  it('gives as many seats as the run wants, each with an index of its own', async () => {
    const boss = await openRun(3);
    const { redis } = boss;
    const indices = await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map(async (name) => (await lobby(redis, name).look(0))?.member.index ?? null),
    );
    expect(new Set(indices)).toEqual(new Set([0, 1, 2, null]));
    expect(indices.filter((index) => index === null)).toHaveLength(2);
    expect(await redis.hlen(boss.keys.members)).toBe(3);
  });

  it('gives the wanted index where it is free', async () => {
    const { redis } = await openRun(3);
    expect((await lobby(redis, 'x', { wantedIndex: 2 }).look(0))?.member.index).toBe(2);
    expect((await lobby(redis, 'y', { wantedIndex: 2 }).look(0))?.member.index).toBe(0);
    expect((await lobby(redis, 'z', { wantedIndex: 9 }).look(0))?.member.index).toBe(1);
  });

  it('keeps a name to its living owner, and the index to one that was lost', async () => {
    const boss = await openRun(2);
    const { redis, keys } = boss;
    await lobby(redis, 'a').look(0);
    expect((await lobby(redis, 'b').look(0))?.member.index).toBe(1);
    const again = lobby(redis, 'b');
    expect(await again.look(0)).toBeNull();
    await expect(again.look(SILENCE_LIMIT_MS * 2)).rejects.toMatchObject({
      code: 'run-refused',
      message: expect.stringContaining('a living agent has its name') as string,
    });
    expect(Object.keys(await redis.hgetall(keys.refusals))).toEqual(['b']);
    // Not heard of for long enough.
    await redis.zadd(keys.seen, (await boss.nowMs()) - SILENCE_LIMIT_MS - 1, 'b');
    expect((await lobby(redis, 'b').look(0))?.member.index).toBe(1);
    expect(await redis.hlen(keys.refusals)).toBe(0);
  });

  it('gives no seat of a run whose coordinator is gone', async () => {
    const boss = await openRun(2);
    const { redis, keys } = boss;
    await boss.lease.release();
    const lines: string[] = [];
    expect(await lobby(redis, 'a', { say: (line) => lines.push(line) }).look(0)).toBeNull();
    expect(lines.join('\n')).toMatch(/has no coordinator/);
    expect(await redis.hlen(keys.members)).toBe(0);
  });

  it('does not let an agent wait for a run that is over', async () => {
    const boss = await openRun(2);
    const { redis, run } = boss;
    await boss.publish(lonelyPlan());
    await boss.arm();
    await redis.hdel(OPEN_RUNS, run);
    expect(await lobby(redis, 'a', { run }).look(0)).toBeNull();
    await boss.stop();
    await expect(lobby(redis, 'a', { run }).look(0)).rejects.toMatchObject({
      code: 'run-refused',
      message: expect.stringContaining('it is over') as string,
    });
    expect(await lobby(redis, 'b', { run, isPatient: true }).look(0)).toBeNull();
    expect(await lobby(redis, 'c').look(0)).toBeNull();
  });

  it('turns another version away, where the coordinator can see it', async () => {
    const boss = await openRun(2);
    const { redis, keys } = boss;
    await expect(lobby(redis, 'old', {}, '0.0.1').look(0)).rejects.toMatchObject({ code: 'run-refused' });
    expect((await redis.hget(keys.refusals, 'old')) ?? '').toMatch(/bootstorm 0\.0\.1.*the run 1\.2\.3/);
    await boss.open(2, { protocol: 99 });
    await expect(lobby(redis, 'a').look(0)).rejects.toMatchObject({ code: 'run-refused' });
    expect(await lobby(redis, 'b', { isPatient: true }).look(0)).toBeNull();
    expect(await redis.hlen(keys.members)).toBe(0);
  });

  it('leads to the run that was named, and not twice to the same', async () => {
    const server = await RedisServer.start();
    const first = await ScriptedCoordinator.start(server, 'first');
    const second = await ScriptedCoordinator.start(server, 'second');
    await first.open(1);
    await second.open(1);
    const { redis } = first;
    expect((await lobby(redis, 'a', { run: 'second' }).look(0))?.run).toBe('second');
    expect((await lobby(redis, 'b').look(0))?.run).toBe('first');
    expect(await lobby(redis, 'c', { run: 'third' }).look(0)).toBeNull();
    await redis.hdel(second.keys.members, 'a');
    expect(await lobby(redis, 'd', { done: new Set(['second']) }).look(0)).toBeNull();
  });
});
