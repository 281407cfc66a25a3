import * as z from 'zod';
import type { Distribution } from '../random/distribution.ts';
import { durationField, formatDuration, parseDuration } from './duration.ts';

const EXPECTED =
  'expected a time: a duration ("2s"), a range ("1s..3s"), { min, max }, or { mean, sd } with min and max if wanted';

const shape = z
  .strictObject(
    {
      mean: durationField.optional(),
      sd: durationField.optional(),
      min: durationField.optional(),
      max: durationField.optional(),
    },
    { error: EXPECTED },
  )
  .transform((value, context): Distribution => {
    const { mean, sd, min, max } = value;
    if (min !== undefined && max !== undefined && min > max) {
      context.issues.push({ code: 'custom', message: 'min is larger than max', input: value, path: ['min'] });
    }
    if (mean !== undefined) return { type: 'normal', mean, sd: sd ?? 0, min, max };
    if (sd === undefined && min !== undefined && max !== undefined) return { type: 'uniform', min, max };
    context.issues.push({ code: 'custom', message: EXPECTED, input: value });
    return z.NEVER;
  });

const range = z.string().transform((text, context): Distribution => {
  const distribution = parseDistribution(text);
  if (distribution !== null) return distribution;
  context.issues.push({ code: 'custom', message: EXPECTED, input: text });
  return z.NEVER;
});

const constant = z
  .number()
  .nonnegative({ error: EXPECTED })
  .transform((seconds): Distribution => ({ type: 'constant', seconds }));

/** A scenario key whose value may differ from phone to phone: a constant, a range, or a normal distribution. */
export const distributionField = z
  .union([constant, range, shape], { error: EXPECTED })
  .meta({ title: 'time or distribution' });

/** "2s" is a constant, "1s..3s" is uniform; null for anything else. */
function parseDistribution(text: string): Distribution | null {
  const [first, second, ...more] = text.split('..');
  const min = parseDuration(first ?? '');
  if (min === null || more.length > 0) return null;
  if (second === undefined) return { type: 'constant', seconds: min };
  const max = parseDuration(second);
  return max === null || max < min ? null : { type: 'uniform', min, max };
}

/** One phrase, for the plan. */
export function describeDistribution(distribution: Distribution): string {
  switch (distribution.type) {
    case 'constant':
      return formatDuration(distribution.seconds);
    case 'uniform':
      return `uniform ${formatDuration(distribution.min)} to ${formatDuration(distribution.max)}`;
    case 'normal': {
      const { mean, sd, min, max } = distribution;
      const from = min === undefined ? '' : `, at least ${formatDuration(min)}`;
      const to = max === undefined ? '' : `, at most ${formatDuration(max)}`;
      return `normal ${formatDuration(mean)}, sd ${formatDuration(sd)}${from}${to}`;
    }
  }
}
