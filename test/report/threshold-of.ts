import { parseThreshold, type Threshold } from '../../src/scenario/threshold-field.ts';

/** A threshold that is written down in a test. */
export function thresholdOf(text: string): Threshold {
  const parsed = parseThreshold(text);
  if ('threshold' in parsed) return parsed.threshold;
  throw new Error(parsed.problems.join('\n'));
}
