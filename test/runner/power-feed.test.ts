import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PowerList } from '../../src/runner/power-list.ts';
import { type RunPlan, powerEventsOf } from '../../src/scenario/plan.ts';
import { shardPhone, shardSize } from '../../src/schedule/shards.ts';
import { startWarp, steerWarp, wallMsAt } from '../../src/schedule/warp.ts';
import { MOST_PHONES, schedules } from '../schedule/arbitrary-schedules.ts';
import { planOf } from '../scenario/load-yaml.ts';
import { feedOf } from './feed-on-wall.ts';

const PLAN = planOf(`phones: { generate: { count: ${MOST_PHONES} } }`);
const OUTAGE = planOf('phones: { generate: { count: 3 } }\noutage: { at: 10s, duration: 5s }');
const ALONE = { index: 0, of: 1 };

const plans = schedules().map((power): RunPlan => ({ ...PLAN, power }));

describe('the power list of a shard', () => {
  it('has every event of its phones in order, whatever the number of shards', () => {
    fc.assert(
      fc.property(plans, fc.integer({ min: 1, max: 9 }), (plan, of) => {
        const found: string[] = [];
        for (let index = 0; index < of; index++) {
          const shard = { index, of };
          const list = new PowerList(plan, shard);
          for (let i = 0; i < list.size; i++) {
            if (i > 0) expect(list.atMs(i)).toBeGreaterThanOrEqual(list.atMs(i - 1));
            expect(list.positionOf(i)).toBeLessThan(shardSize(shard, MOST_PHONES));
            found.push(`${shardPhone(shard, list.positionOf(i))} ${list.atMs(i)} ${list.waveOf(i)}`);
          }
        }
        const expected = Array.from({ length: MOST_PHONES }, (_, phone) =>
          powerEventsOf(plan, phone).map(
            ({ atSeconds, on, wave }) => `${phone} ${atSeconds * 1000} ${on ? wave : null}`,
          ),
        );
        expect(found.sort()).toEqual(expected.flat().sort());
      }),
      { numRuns: 40 },
    );
  });
});

describe('the power feed of a shard', () => {
  it('switches every phone at the warped time of its event, and none that is not due', async () => {
    const steers = fc.array(
      fc.record({ afterMs: fc.integer({ min: 0, max: 60_000 }), slope: fc.constantFrom(0.5, 1, 2, 5) }),
      { maxLength: 3 },
    );
    await fc.assert(
      fc.asyncProperty(
        plans,
        steers,
        fc.integer({ min: 0, max: 200_000 }),
        async (plan, steered, untilMs) => {
          let warp = startWarp(0);
          let fromWallMs = 0;
          for (const [i, { afterMs, slope }] of steered.entries()) {
            fromWallMs += afterMs;
            warp = steerWarp(warp, { version: i + 2, fromWallMs, slope }, fromWallMs, 0);
          }
          const list = new PowerList(plan, { index: 0, of: 20 });
          const { wall, feed, seen } = feedOf(list);
          feed.follow(warp);
          await wall.passTo(untilMs);
          const due = Array.from({ length: list.size }, (_, i) => i).filter(
            (i) => wallMsAt(warp, list.atMs(i)) <= untilMs,
          );
          expect(seen).toEqual(
            due.map((i) => {
              const wave = list.waveOf(i);
              const position = list.positionOf(i);
              return wave === null
                ? `off ${position}`
                : `${wallMsAt(warp, list.atMs(i))} on ${position} wave ${wave}`;
            }),
          );
          expect(feed.counts.eventsLeft).toBe(list.size - due.length);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('waits while the schedule is paused, and goes on with it', async () => {
    const { wall, feed, seen } = feedOf(new PowerList(OUTAGE, ALONE));
    const paused = steerWarp(startWarp(0), { version: 2, fromWallMs: 4000, slope: 0 }, 0, 0);
    feed.follow(paused);
    await wall.passTo(60_000);
    expect(seen).toEqual(['0 on 0 wave 0', '0 on 1 wave 0', '0 on 2 wave 0']);
    feed.follow(steerWarp(paused, { version: 3, fromWallMs: 62_000, slope: 2 }, 60_000));
    await wall.passTo(64_999);
    expect(seen).toHaveLength(3);
    await wall.passTo(70_000);
    expect(seen.slice(3)).toEqual([
      'off 0',
      'off 1',
      'off 2',
      '67500 on 0 wave 1',
      '67500 on 1 wave 1',
      '67500 on 2 wave 1',
    ]);
  });

  it('makes phones unreachable before they lose power, and reachable before it returns', async () => {
    const routes: string[] = [];
    const { wall, feed, seen, frozen } = feedOf(new PowerList(OUTAGE, ALONE), {
      block: (addresses) => {
        // A phone that saw its address go would take it for a server that does not answer.
        expect([...frozen]).toEqual([0, 1, 2]);
        routes.push(`${seen.length} block ${addresses.join()}`);
        return Promise.resolve(true);
      },
      unblock: (addresses) => {
        routes.push(`${seen.length} unblock ${addresses.join()}`);
        return Promise.resolve();
      },
    });
    feed.follow(startWarp(0));
    await wall.passTo(20_000);
    expect(routes).toEqual([
      '3 block 127.16.0.0,127.16.0.1,127.16.0.2',
      '6 unblock 127.16.0.0,127.16.0.1,127.16.0.2',
    ]);
    expect(seen.slice(3, 6)).toEqual(['off 0 unreachable', 'off 1 unreachable', 'off 2 unreachable']);
    expect(feed.counts).toEqual({
      eventsLeft: 0,
      vanished: 3,
      closedInOrder: 0,
      withheld: 0,
      startedAhead: 0,
    });
  });

  it('lets them close in order where that fails, and counts it', async () => {
    const { wall, feed, seen } = feedOf(new PowerList(OUTAGE, ALONE), {
      block: () => Promise.resolve(false),
      unblock: () => Promise.reject(new Error('nothing was blocked')),
    });
    feed.follow(startWarp(0));
    await wall.passTo(20_000);
    expect(seen.slice(3, 6)).toEqual(['off 0', 'off 1', 'off 2']);
    expect(feed.counts).toEqual({
      eventsLeft: 0,
      vanished: 0,
      closedInOrder: 3,
      withheld: 0,
      startedAhead: 0,
    });
  });

  it('that is stopped switches nothing any more', async () => {
    const { wall, feed, seen } = feedOf(new PowerList(OUTAGE, ALONE));
    feed.follow(startWarp(0));
    await wall.passTo(12_000);
    feed.stop();
    await wall.passTo(60_000);
    feed.follow(startWarp(0));
    await wall.passTo(90_000);
    expect(seen).toHaveLength(6);
    expect(feed.counts.eventsLeft).toBe(3);
  });
});
