import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ClockProbe, driftMsOf, estimateClock } from '../../src/schedule/clock-offset.ts';

/** Two clocks and a network: ways there and back are as unequal as chance has it. */
interface World {
  /** The other clock minus ours at our instant 0, ms. */
  readonly offsetMs: number;
  /** How much faster the other clock goes: parts of one. */
  readonly drift: number;
  readonly ways: readonly { readonly thereMs: number; readonly backMs: number; readonly gapMs: number }[];
}

const way = fc.record({
  thereMs: fc.double({ min: 0, max: 400, noNaN: true }),
  backMs: fc.double({ min: 0, max: 400, noNaN: true }),
  gapMs: fc.double({ min: 0, max: 50, noNaN: true }),
});
const worlds: fc.Arbitrary<World> = fc.record({
  offsetMs: fc.double({ min: -1e12, max: 2e12, noNaN: true }),
  // Quartz is off by less than 100 parts in a million, a virtual machine by less than 500.
  drift: fc.double({ min: -5e-4, max: 5e-4, noNaN: true }),
  ways: fc.array(way, { minLength: 1, maxLength: 15 }),
});

/** Doubles of this size are so exact, ms; and Redis tells whole microseconds. */
const ROUNDING_MS = 0.002;

function serverMsAt({ offsetMs, drift }: World, ourMs: number): number {
  return offsetMs + ourMs * (1 + drift);
}

function probesFrom(world: World, beginMs: number): { probes: ClockProbe[]; endMs: number } {
  let nowMs = beginMs;
  const probes = world.ways.map(({ thereMs, backMs, gapMs }) => {
    const sentMs = nowMs;
    const serverMs = Math.floor(serverMsAt(world, sentMs + thereMs) * 1000) / 1000;
    const receivedMs = sentMs + thereMs + backMs;
    nowMs = receivedMs + gapMs;
    return { sentMs, serverMs, receivedMs };
  });
  return { probes, endMs: nowMs };
}

function trueOffsetMs(world: World, ourMs: number): number {
  return serverMsAt(world, ourMs) - ourMs;
}

describe('the offset of two clocks', () => {
  it('is off by at most half of the shortest round trip, and what the clocks drift while they are probed', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { probes, endMs } = probesFrom(world, 0);
        const { offsetMs, errorMs } = estimateClock(probes);
        const shortest = Math.min(...world.ways.map(({ thereMs, backMs }) => thereMs + backMs));
        expect(errorMs).toBeCloseTo(shortest / 2, 6);
        for (const atMs of [0, endMs / 2, endMs]) {
          const drifted = Math.abs(world.drift) * endMs;
          expect(Math.abs(offsetMs - trueOffsetMs(world, atMs))).toBeLessThanOrEqual(
            errorMs + drifted + ROUNDING_MS,
          );
        }
      }),
    );
  });

  it('is off by no more than the bound when all of a round trip is on one way', () => {
    fc.assert(
      fc.property(worlds, fc.boolean(), fc.double({ min: 0, max: 1000, noNaN: true }), (world, there, ms) => {
        const oneWay = { thereMs: there ? ms : 0, backMs: there ? 0 : ms, gapMs: 0 };
        const steady: World = { ...world, drift: 0, ways: [oneWay] };
        const { offsetMs, errorMs } = estimateClock(probesFrom(steady, 0).probes);
        expect(Math.abs(offsetMs - steady.offsetMs)).toBeLessThanOrEqual(errorMs + ROUNDING_MS);
        expect(Math.abs(offsetMs - steady.offsetMs)).toBeGreaterThanOrEqual(errorMs - ROUNDING_MS);
      }),
    );
  });

  it('does not depend on the order of the probes', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { probes } = probesFrom(world, 0);
        expect(estimateClock(probes.toReversed()).errorMs).toBe(estimateClock(probes).errorMs);
      }),
    );
  });

  it('needs a probe', () => {
    expect(() => estimateClock([])).toThrow(RangeError);
  });
});

describe('drift', () => {
  it('is known to the sum of both errors', () => {
    fc.assert(
      fc.property(worlds, fc.double({ min: 0, max: 3.6e6, noNaN: true }), (world, pauseMs) => {
        const first = probesFrom(world, 0);
        const laterMs = first.endMs + pauseMs;
        const second = probesFrom(world, laterMs);
        const frozen = estimateClock(first.probes);
        const later = estimateClock(second.probes);
        const truth = trueOffsetMs(world, laterMs) - trueOffsetMs(world, 0);
        const whileProbed = Math.abs(world.drift) * (first.endMs + (second.endMs - laterMs));
        expect(Math.abs(driftMsOf(frozen, later) - truth)).toBeLessThanOrEqual(
          frozen.errorMs + later.errorMs + whileProbed + 2 * ROUNDING_MS,
        );
      }),
    );
  });
});
