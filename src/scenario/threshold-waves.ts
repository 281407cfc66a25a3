import type { Problem } from './problems.ts';
import { suggest } from './suggest.ts';
import type { Threshold } from './threshold-field.ts';

/** Thresholds of waves that the plan does not have: known only once the plan is. */
export function unknownWaves(
  thresholds: readonly Threshold[],
  waves: readonly { readonly name: string }[],
): readonly Problem[] {
  const names = waves.map(({ name }) => name);
  return thresholds.flatMap(({ metric, of }, i) => {
    if (metric !== 'wave' || of === null || names.includes(of)) return [];
    const meant = suggest(of, names) || `; the plan has ${names.join(', ')}`;
    return [{ path: ['thresholds', i], message: `unknown wave "${of}"${meant}` }];
  });
}
