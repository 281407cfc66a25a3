/** What a power feed does when its agent is out of contact: starts that are withheld, steers that come too late. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PowerList } from '../../src/runner/power-list.ts';
import type { RunPlan } from '../../src/scenario/plan.ts';
import { startWarp, steerWarp } from '../../src/schedule/warp.ts';
import { planOf } from '../scenario/load-yaml.ts';
import { MOST_PHONES, schedules } from '../schedule/arbitrary-schedules.ts';
import { feedOf } from './feed-on-wall.ts';

const ALONE = { index: 0, of: 1 };
const OUTAGE = planOf('phones: { generate: { count: 3 } }\noutage: { at: 10s, duration: 5s }');
const PLAN = planOf(`phones: { generate: { count: ${MOST_PHONES} } }`);
/** Phone i gets power at i + 1 seconds. */
const ONE_A_SECOND: RunPlan = {
  ...planOf('phones: { generate: { count: 10 } }'),
  power: {
    ...PLAN.power,
    firstStart: { type: 'stages', stages: [{ durationSeconds: 10, phones: 10 }] },
  },
};

/** `on 3`, `off 3` */
function switches(seen: readonly string[]): string[] {
  return seen.map((what) => what.replace(/^\S+ (on \d+).*$/, '$1'));
}

/** Phones that have power after what was seen. */
function powered(seen: readonly string[]): Set<string> {
  const phones = new Set<string>();
  for (const what of switches(seen)) {
    const [verb, phone = ''] = what.split(' ');
    if (verb === 'on') phones.add(phone);
    else phones.delete(phone);
  }
  return phones;
}

describe('starts that are held', () => {
  it('are made up for at once when they are released, late by the time that they were held', async () => {
    const { wall, feed, seen, lateness } = feedOf(new PowerList(ONE_A_SECOND, ALONE));
    feed.follow(startWarp(0));
    await wall.passTo(3100);
    const before = seen.length;
    feed.hold(true);
    await wall.passTo(6400);
    expect(seen).toHaveLength(before);
    const { withheld, eventsLeft } = feed.counts;
    expect([withheld > 0, eventsLeft]).toEqual([true, 10 - before]);
    lateness.length = 0;
    feed.hold(false);
    await wall.passTo(6400);
    expect(seen).toHaveLength(before + withheld);
    const intended = seen.slice(before).map((what) => Number(what.split(' ')[0]));
    expect(lateness).toEqual(intended.map((at) => 6400 - at));
    await wall.passTo(20_000);
    expect(switches(seen)).toEqual(Array.from({ length: 10 }, (_, phone) => `on ${phone}`));
    expect(feed.counts).toMatchObject({ withheld, eventsLeft: 0 });
  });

  it('do not keep phones from losing power, and a phone that lost it meanwhile is not started', async () => {
    const { wall, feed, seen } = feedOf(new PowerList(OUTAGE, ALONE));
    feed.hold(true);
    feed.follow(startWarp(0));
    await wall.passTo(9000);
    expect(feed.counts).toMatchObject({ withheld: 3, eventsLeft: 9 });
    await wall.passTo(12_000);
    expect(seen).toEqual([]);
    expect(feed.counts).toMatchObject({ closedInOrder: 0, withheld: 3, eventsLeft: 3 });
    feed.hold(false);
    await wall.passTo(20_000);
    expect(seen).toEqual(['15000 on 0 wave 1', '15000 on 1 wave 1', '15000 on 2 wave 1']);
    expect(feed.counts).toMatchObject({ withheld: 3, eventsLeft: 0 });

    const other = feedOf(new PowerList(OUTAGE, ALONE));
    other.feed.follow(startWarp(0));
    await other.wall.passTo(5000);
    other.feed.hold(true);
    await other.wall.passTo(30_000);
    expect(other.seen.slice(3)).toEqual(['off 0', 'off 1', 'off 2']);
    expect(other.feed.counts).toMatchObject({ closedInOrder: 3, withheld: 3, eventsLeft: 3 });
  });

  it('leave every phone with the power of the plan once they are released, whatever the schedule', async () => {
    const spans = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 40_000 }), fc.integer({ min: 1, max: 40_000 })),
      {
        minLength: 1,
        maxLength: 3,
      },
    );
    await fc.assert(
      fc.asyncProperty(schedules(), spans, async (power, held) => {
        const list = new PowerList({ ...PLAN, power }, { index: 0, of: 20 });
        const [free, holding] = [feedOf(list), feedOf(list)];
        free.feed.follow(startWarp(0));
        holding.feed.follow(startWarp(0));
        let now = 0;
        for (const [after, during] of held) {
          await holding.wall.passTo((now += after));
          holding.feed.hold(true);
          const before = holding.seen.length;
          await holding.wall.passTo((now += during));
          expect(holding.seen.slice(before).filter((what) => what.includes(' on '))).toEqual([]);
          holding.feed.hold(false);
        }
        await holding.wall.passTo((now += 1));
        await free.wall.passTo(now);
        expect(powered(holding.seen)).toEqual(powered(free.seen));
        expect(holding.feed.counts.eventsLeft).toBe(free.feed.counts.eventsLeft);
        // Those that it missed altogether had their power withheld.
        const missed = free.seen.length - holding.seen.length;
        expect(missed === 0 || holding.feed.counts.withheld > 0).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});

describe('a steer that is learned of late', () => {
  const paused = steerWarp(startWarp(0), { version: 2, fromWallMs: 4500, slope: 0 }, 0, 0);

  it('takes nothing back, and counts the phones that would not have been started yet', async () => {
    const { wall, feed, seen } = feedOf(new PowerList(ONE_A_SECOND, ALONE));
    feed.follow(startWarp(0));
    await wall.passTo(4499);
    const inTime = seen.length;
    await wall.passTo(7600);
    const ahead = seen.length - inTime;
    expect(ahead).toBeGreaterThan(0);
    feed.follow(paused);
    await wall.passTo(60_000);
    expect(seen).toHaveLength(inTime + ahead);
    expect(feed.counts).toMatchObject({ startedAhead: ahead, eventsLeft: 10 - inTime - ahead });
    feed.follow(steerWarp(paused, { version: 3, fromWallMs: 61_000, slope: 1 }, 0, 0));
    await wall.passTo(90_000);
    expect(switches(seen)).toEqual(Array.from({ length: 10 }, (_, phone) => `on ${phone}`));
    expect(feed.counts).toMatchObject({ startedAhead: ahead, eventsLeft: 0 });
  });

  it('counts nobody where it was known in time, or makes the schedule faster', async () => {
    const { wall, feed } = feedOf(new PowerList(ONE_A_SECOND, ALONE));
    feed.follow(startWarp(0));
    await wall.passTo(2000);
    feed.follow(paused);
    await wall.passTo(5000);
    expect(feed.counts.startedAhead).toBe(0);
    const faster = feedOf(new PowerList(ONE_A_SECOND, ALONE));
    faster.feed.follow(startWarp(0));
    await faster.wall.passTo(6000);
    faster.feed.follow(steerWarp(startWarp(0), { version: 2, fromWallMs: 4500, slope: 2 }, 0, 0));
    await faster.wall.passTo(7300);
    expect(faster.feed.counts).toMatchObject({ startedAhead: 0, eventsLeft: 0 });
  });

  it('does not count phones whose start was withheld: they wait for the new instant', async () => {
    const { wall, feed, seen } = feedOf(new PowerList(ONE_A_SECOND, ALONE));
    feed.follow(startWarp(0));
    await wall.passTo(4499);
    const inTime = seen.length;
    feed.hold(true);
    await wall.passTo(7600);
    feed.follow(paused);
    feed.hold(false);
    await wall.passTo(60_000);
    expect(seen).toHaveLength(inTime);
    expect(feed.counts.startedAhead).toBe(0);
  });
});
