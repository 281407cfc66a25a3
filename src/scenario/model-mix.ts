import type { PhoneModelName } from '../phone/models.ts';

/**
 * One turn of a mix of models: each stands as often as its share says, spread as evenly as it goes (smooth weighted
 * round robin), so that every part of a ramp sees the same mix.
 */
export function modelCycle(shares: ReadonlyMap<PhoneModelName, number>): readonly PhoneModelName[] {
  const divisor = [...shares.values()].reduce(greatestCommonDivisor, 0);
  const mix = [...shares].map(([model, share]) => ({ model, share: share / divisor, credit: 0 }));
  const length = mix.reduce((sum, { share }) => sum + share, 0);
  return Array.from({ length }, () => {
    for (const entry of mix) entry.credit += entry.share;
    const next = mix.reduce((best, entry) => (entry.credit > best.credit ? entry : best));
    next.credit -= length;
    return next.model;
  });
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
