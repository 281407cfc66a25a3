/** A shard that is granted anew in the midst of a run. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { monotonicMilliseconds } from '../../src/drivers/clock.ts';
import { PowerList } from '../../src/runner/power-list.ts';
import { firstGrant } from '../../src/runner/shard-grant.ts';
import { ShardRunner } from '../../src/runner/shard-runner.ts';
import { powerEventsOf, type RunPlan } from '../../src/scenario/plan.ts';
import { shardPhone, shardSize } from '../../src/schedule/shards.ts';
import { startWarp } from '../../src/schedule/warp.ts';
import { planOf } from '../scenario/load-yaml.ts';
import { MOST_PHONES, schedules } from '../schedule/arbitrary-schedules.ts';
import { feedOf } from './feed-on-wall.ts';

const PLAN = planOf(`phones: { generate: { count: ${MOST_PHONES} } }`);
/** Behind every wave of the plans here. */
const WAVE = 77;

interface Switched {
  readonly atMs: number;
  readonly wave: number | null;
}

/** By place in the shard. */
function eventsOf(list: PowerList, phones: number): Switched[][] {
  const events: Switched[][] = Array.from({ length: phones }, () => []);
  for (let i = 0; i < list.size; i++)
    events[list.positionOf(i)]?.push({ atMs: list.atMs(i), wave: list.waveOf(i) });
  return events;
}

function hasPower(events: readonly Switched[], atMs: number): boolean {
  return (events.findLast((event) => event.atMs <= atMs)?.wave ?? null) !== null;
}

describe('the power list of a shard that begins anew', () => {
  const restarts = fc.oneof(
    fc.integer({ min: 0, max: 200_000 }).map((ms) => ({ ms, ofEvent: false })),
    // At the very instant of an event.
    fc.nat(500).map((ms) => ({ ms, ofEvent: true })),
  );

  it('has power as the plan has it from the restart on, nothing before it, and keeps what comes later', () => {
    fc.assert(
      fc.property(schedules(), restarts, fc.integer({ min: 1, max: 7 }), (power, { ms, ofEvent }, of) => {
        const plan: RunPlan = { ...PLAN, power };
        const shard = { index: of - 1, of };
        const size = shardSize(shard, MOST_PHONES);
        const whole = new PowerList(plan, shard);
        const atMs = ofEvent ? whole.atMs(ms % whole.size) : ms;
        const planned = eventsOf(whole, size);
        const anew = eventsOf(new PowerList(plan, shard, { atMs, wave: WAVE }), size);
        for (let phone = 0; phone < size; phone++) {
          const [before = [], after = []] = [planned[phone], anew[phone]];
          expect(before).toHaveLength(powerEventsOf(plan, shardPhone(shard, phone)).length);
          const later = before.filter((event) => event.atMs > atMs);
          const again = hasPower(before, atMs) ? [{ atMs, wave: WAVE }] : [];
          expect(after).toEqual([...again, ...later]);
          for (const instant of [atMs, ...later.map((event) => event.atMs), Number.MAX_VALUE])
            expect(hasPower(after, instant)).toBe(hasPower(before, instant));
        }
      }),
      { numRuns: 60 },
    );
  });
});

it('a feed of such a shard that comes late makes up for it, with the restart as the intended start', async () => {
  const outage = planOf('phones: { generate: { count: 3 } }\noutage: { at: 10s, duration: 5s }');
  const { wall, feed, seen, lateness } = feedOf(
    new PowerList(outage, { index: 0, of: 1 }, { atMs: 4000, wave: 2 }),
  );
  await wall.passTo(4600);
  feed.follow(startWarp(0));
  await wall.passTo(9000);
  expect(seen).toEqual(['4000 on 0 wave 2', '4000 on 1 wave 2', '4000 on 2 wave 2']);
  expect(lateness).toEqual([600, 600, 600]);
  await wall.passTo(20_000);
  expect(seen.slice(3)).toEqual([
    'off 0',
    'off 1',
    'off 2',
    '15000 on 0 wave 1',
    '15000 on 1 wave 1',
    '15000 on 2 wave 1',
  ]);
});

describe('a shard that joins a run which started long ago', () => {
  const SINCE_MS = 600_000;
  const PATIENCE = { timeout: 60_000 };
  const skip = 'skip: [power, image, vlan, dhcp, ctl, config, callManager]';
  const plan = planOf(`phones: { generate: { count: 5 } }\n${skip}`);

  it('measures from the restart, on the run’s clock, and takes the past for no stall', async () => {
    const restart = { atMs: SINCE_MS - 500, wave: 1 };
    const grant = { ...firstGrant(0, null), epoch: 2, restart };
    const runner = new ShardRunner({ plan, ...grant, shards: 1, agent: 'b', fenceAfterMs: 60_000 });
    try {
      await runner.prepare();
      const startAtMs = monotonicMilliseconds() - SINCE_MS;
      const armed = { epoch: 1, version: 1, plan, startAtMs, steers: [], stop: null };
      runner.follow(armed);
      await vi.waitUntil(() => runner.snapshot()?.phones.ready === 5, PATIENCE);
      // A probe of the event loop has run by then.
      await vi.waitUntil(() => (runner.snapshot()?.eventLoopLag.count ?? 0) > 0, PATIENCE);
      runner.follow({ ...armed, version: 2, stop: { kind: 'drain', atMs: monotonicMilliseconds() } });
      const { snapshot, fencedAfterMs } = await runner.ended;
      expect(fencedAfterMs).toBeNull();
      expect(snapshot).toMatchObject({ epoch: 2, generator: { agent: 'b' } });
      expect(snapshot.firstStart?.intendedMs).toBe(restart.atMs);
      expect(snapshot.firstStart?.lateMs).toBeGreaterThanOrEqual(500);
      const { waves, inService } = snapshot.recovery;
      expect(waves.map(({ phones }) => phones)).toEqual([0, 5]);
      // A stall of ten minutes would be 30,000 probes; lateness and recovery would be as long as the run.
      expect(snapshot.eventLoopLag.max).toBeLessThan(SINCE_MS / 2);
      expect(snapshot.lateness.max).toBeLessThan(SINCE_MS / 2);
      expect(waves[1]?.toService.max).toBeLessThan(SINCE_MS / 2);
      expect(inService.slice(0, 2)).toEqual([0, 0]);
      expect(inService[2]).toBeGreaterThanOrEqual(SINCE_MS / 1000);
    } finally {
      await runner.close();
    }
  });
});
