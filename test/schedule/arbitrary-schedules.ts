/** Power schedules of every shape, for properties. */
import fc from 'fast-check';
import type { Distribution } from '../../src/random/distribution.ts';
import { FEEDERS, type Layout } from '../../src/schedule/layout.ts';
import type { PowerSchedule } from '../../src/schedule/power-schedule.ts';
import type { PowerShape } from '../../src/schedule/power-shape.ts';

export const MOST_PHONES = 120;

const milliseconds = (max: number) => fc.integer({ min: 0, max }).map((ms) => ms / 1000);
export const constant = milliseconds(60_000).map((seconds): Distribution => ({ type: 'constant', seconds }));
const random = fc.oneof(
  constant,
  fc
    .tuple(milliseconds(30_000), milliseconds(30_000))
    .map(([min, more]): Distribution => ({ type: 'uniform', min, max: min + more })),
  fc
    .tuple(milliseconds(30_000), milliseconds(5000))
    .map(([mean, sd]): Distribution => ({ type: 'normal', mean, sd })),
);

export function shapes(distribution: fc.Arbitrary<Distribution>): fc.Arbitrary<PowerShape> {
  const switchStart = fc.record({ boot: distribution, portIntervalSeconds: milliseconds(1000) });
  const switches = fc.option(switchStart, { nil: null });
  return fc.oneof(
    fc.constant<PowerShape>({ type: 'instant' }),
    fc.tuple(milliseconds(30_000), milliseconds(30_000), fc.nat({ max: MOST_PHONES })).map(
      ([first, second, phones]): PowerShape => ({
        type: 'stages',
        stages: [
          { durationSeconds: first, phones },
          { durationSeconds: second, phones: MOST_PHONES - phones },
        ],
      }),
    ),
    switchStart.map((start): PowerShape => ({ type: 'per-switch', ...start })),
    fc.record({
      type: fc.constant('floor-by-floor' as const),
      intervalSeconds: milliseconds(60_000),
      switches,
    }),
    fc.record({
      type: fc.constant('ups-staggered' as const),
      withinSeconds: milliseconds(60_000),
      by: fc.constantFrom('phone' as const, ...FEEDERS),
    }),
    fc.record({
      type: fc.constant('flapping-feeder' as const),
      by: fc.constantFrom(...FEEDERS),
      cycles: fc.integer({ min: 1, max: 5 }),
      up: distribution,
      down: distribution,
      switches,
    }),
  );
}

const size = fc.integer({ min: 1, max: 8 });
export const grids: fc.Arbitrary<Layout> = fc
  .tuple(size, size, size)
  .map(([perSwitch, switchesPerFloor, floorsPerSite]) => ({
    type: 'grid',
    perSwitch,
    switchesPerFloor,
    floorsPerSite,
  }));

export function schedules(distribution: fc.Arbitrary<Distribution> = random): fc.Arbitrary<PowerSchedule> {
  const affected = fc.oneof(
    fc.constant({ type: 'all' as const }),
    fc.integer({ min: 0, max: 100 }).map((percent) => ({ type: 'share' as const, share: percent / 100 })),
    fc
      .uint8Array({ minLength: MOST_PHONES, maxLength: MOST_PHONES, max: 1 })
      .map((hit) => ({ type: 'switches' as const, hit })),
  );
  const outage = fc.record({
    atSeconds: milliseconds(120_000),
    durationSeconds: fc.integer({ min: 1, max: 30_000 }).map((ms) => ms / 1000),
    affected,
    return: shapes(distribution),
  });
  return fc.record({
    seed: fc.integer({ min: 0, max: 0xffff_ffff }),
    compression: fc.constantFrom(1, 2, 8),
    layout: grids,
    firstStart: shapes(distribution),
    outage: fc.option(outage, { nil: null }),
  });
}
