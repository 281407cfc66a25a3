import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Liveness } from '../../src/coordinator/liveness.ts';
import { SILENCE_LIMIT_MS } from '../../src/engine/cluster-contract.ts';

function watched(...agents: readonly string[]): Liveness {
  const liveness = new Liveness();
  for (const agent of agents) liveness.expect(agent);
  return liveness;
}

/** Looks at these instants (seconds), with the beats that are told; gives the instant at which `a` was lost. */
function lostAt(looks: readonly (readonly [second: number, beat: number | null])[]): number | null {
  const liveness = watched('a');
  for (const [second, beat] of looks) {
    const beats = new Map(beat === null ? [] : [['a', beat] as const]);
    if (liveness.look(second * 1000, beats).includes('a')) return second;
  }
  return null;
}

const everySecond = (from: number, to: number, beat: number | null): (readonly [number, number | null])[] =>
  Array.from({ length: to - from + 1 }, (_, i) => [from + i, beat] as const);

describe('an agent', () => {
  it.each([
    ['that beats is not lost', Array.from({ length: 60 }, (_, i) => [i, i] as const), null],
    ['that falls silent is lost ten seconds after its last beat was seen', everySecond(0, 30, 7), 10],
    ['that was never heard is lost ten seconds after it was expected', everySecond(5, 40, null), 15],
    [
      'that speaks once in nine seconds is not lost',
      Array.from({ length: 60 }, (_, i) => [i, Math.floor(i / 9)] as const),
      null,
    ],
    [
      'is not lost in a pause of Redis, of any length',
      [...everySecond(0, 5, 3), [1000, 3] as const, [1001, 4] as const],
      null,
    ],
    [
      'is not lost for a pause that comes when it has been silent for a while',
      [...everySecond(0, 8, 3), [60, 3] as const, [61, 4] as const],
      null,
    ],
    [
      'that died in a pause of Redis is lost ten answered seconds after it',
      [...everySecond(0, 5, null), ...everySecond(100, 200, null)],
      104,
    ],
    ['that begins to count anew is alive', [...everySecond(0, 9, 50), ...everySecond(10, 19, 1)], null],
  ] as const)('%s', (_, looks, expected) => {
    expect(lostAt(looks)).toBe(expected);
  });

  it('that is forgotten is named no more', () => {
    const liveness = watched('a', 'b');
    const beats = new Map([['a', 1]]);
    for (let second = 0; second < 5; second++) liveness.look(second * 1000, beats);
    liveness.forget('b');
    expect(liveness.isExpected('b')).toBe(false);
    for (let second = 5; second < 9; second++) expect(liveness.look(second * 1000, beats)).toEqual([]);
  });
});

describe('liveness', () => {
  it('loses nobody whose beats are less than ten answered seconds apart, whatever Redis does', () => {
    const gaps = fc.array(fc.integer({ min: 100, max: 60_000 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 5 }), (gapsMs, looksPerBeat) => {
        const liveness = watched('a');
        let nowMs = 0;
        for (const [look, gapMs] of gapsMs.entries()) {
          nowMs += gapMs;
          // At most 1.5 s are counted for each look, and a beat comes with every fifth at least.
          const beats = new Map([['a', Math.floor(look / looksPerBeat)]]);
          expect(liveness.look(nowMs, beats)).toEqual([]);
        }
      }),
    );
  });

  it('loses everybody who says nothing any more, after as many answered seconds as the limit has', () => {
    const gaps = fc.array(fc.integer({ min: 500, max: 20_000 }), { minLength: 40, maxLength: 60 });
    fc.assert(
      fc.property(gaps, (gapsMs) => {
        const liveness = watched('a');
        let nowMs = 0;
        let countedMs = 0;
        liveness.look(nowMs, new Map([['a', 1]]));
        for (const gapMs of gapsMs) {
          nowMs += gapMs;
          countedMs += Math.min(gapMs, 1500);
          const isLost = liveness.look(nowMs, new Map([['a', 1]])).length === 1;
          expect(isLost).toBe(countedMs >= SILENCE_LIMIT_MS);
        }
      }),
    );
  });
});
