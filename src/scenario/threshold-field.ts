import * as z from 'zod';
import { durationField, parseDuration } from './duration.ts';
import { suggest } from './suggest.ts';
import { fateOf } from './threshold-fate.ts';
import {
  THRESHOLD_LABELS,
  THRESHOLD_METRIC_NAMES,
  THRESHOLD_STAGES,
  type ThresholdLabel,
  type ThresholdMetric,
  thresholdMetric,
} from './threshold-metrics.ts';

/**
 * What a run has to fulfil, one sentence each:
 *
 *     threshold = metric [ "{" filter { "," filter } "}" ] operator value
 *     metric    = name [ "." stage-or-wave ] [ "." quantile ]      see THRESHOLD_METRICS
 *     filter    = ( "stage" | "cause" | "server" | "outcome" ) "=" text
 *     quantile  = ( "p" | "t" ) number                             0 < number <= 100
 *     operator  = "<" | "<=" | ">" | ">=" | "==" | "!="
 *     value     = number | number "%" | duration                   99%, 0, 250ms, 1m30s
 *
 * Blanks may stand between all of these. A metric of phones takes a number or a share of the phones asked, a count a
 * whole number, a duration a time with its unit.
 */
export interface Threshold {
  /** As it was written. */
  readonly text: string;
  readonly metric: ThresholdMetric;
  /** The stage or wave that it is about; null where the metric has neither. */
  readonly of: string | null;
  /** 0.95 for `p95`; null where the metric is not a duration. */
  readonly quantile: number | null;
  readonly filters: Readonly<Partial<Record<ThresholdLabel, string>>>;
  readonly operator: ThresholdOperator;
  readonly limit: { readonly unit: 'percent' | 'count' | 'seconds'; readonly value: number };
  /** It ends the run; absent: it is judged at the end alone. */
  readonly abort?: ThresholdAbort;
}

/** `afterSeconds`: from then on it has to hold; null: it ends the run once it is certain to be missed, see `fateOf`. */
export interface ThresholdAbort {
  readonly afterSeconds: number | null;
}

const OPERATORS = ['<', '<=', '>', '>=', '==', '!='] as const;
export type ThresholdOperator = (typeof OPERATORS)[number];

const SHAPE =
  /^\s*(?<subject>[^{<>=!]*?)\s*(?:\{(?<filters>[^}]*)\})?\s*(?<operator>[<>=!]+)\s*(?<value>[^<>=!\s].*?)\s*$/;
const EXPECTED = 'expected a threshold such as "ready >= 99%" or "time_to_service.p99 < 300s"';
const SUBJECT = /^(?<name>[^.]*)(?:\.(?<of>.+?))??(?:\.(?<letter>[pt])(?<percent>\d+(?:\.\d+)?))?$/;

/** Holds a threshold, or what is wrong with it: never both. */
type Parsed = { readonly threshold: Threshold } | { readonly problems: readonly string[] };

export function parseThreshold(text: string): Parsed {
  const { subject = '', filters, operator = '', value = '' } = SHAPE.exec(text)?.groups ?? {};
  if (subject === '') return { problems: [`${EXPECTED}, got "${text}"`] };
  const problems: string[] = [];
  if (!isOneOf(OPERATORS, operator)) {
    const meant = operator === '=' ? '; did you mean "=="?' : `; expected one of ${OPERATORS.join(' ')}`;
    problems.push(`unknown operator "${operator}"${meant}`);
  }
  const { name = '', of = null, letter, percent } = SUBJECT.exec(subject)?.groups ?? {};
  if (!isOneOf(THRESHOLD_METRIC_NAMES, name)) {
    problems.push(`unknown metric "${name}"${choices(name, THRESHOLD_METRIC_NAMES)}`);
    return { problems };
  }
  problems.push(...subjectProblems(name, of, letter, percent));
  const { found, problems: filterProblems } = parseFilters(name, filters);
  const limit = parseLimit(name, value);
  problems.push(...filterProblems, ...(typeof limit === 'string' ? [limit] : []));
  if (problems.length > 0 || typeof limit === 'string') return { problems };
  return {
    threshold: {
      text: text.trim(),
      metric: name,
      of,
      quantile: percent === undefined ? null : Number(percent) / 100,
      filters: found,
      operator: operator as ThresholdOperator,
      limit,
    },
  };
}

/** Of the parts between the dots. Whether there is a wave of that name, only the plan can say. */
function subjectProblems(
  name: ThresholdMetric,
  of: string | null,
  letter: string | undefined,
  percent: string | undefined,
): string[] {
  const facts = thresholdMetric(name);
  const problems: string[] = [];
  if (facts.of === undefined && of !== null) problems.push(`${name} has no part ".${of}"`);
  if (facts.of !== undefined && of === null) {
    problems.push(`${name} needs a ${facts.of}: ${name}.NAME.${facts.quantile ?? 'p'}99`);
  }
  if (facts.of === 'stage' && of !== null && !isOneOf(THRESHOLD_STAGES, of)) {
    problems.push(`unknown stage "${of}"${choices(of, THRESHOLD_STAGES)}`);
  }
  if (facts.quantile === undefined && percent !== undefined) problems.push(`${name} has no quantile`);
  if (facts.quantile !== undefined && facts.quantile !== letter) {
    problems.push(`${name} needs a quantile at its end, such as ".${facts.quantile}99"`);
  }
  if (percent !== undefined && !(Number(percent) > 0 && Number(percent) <= 100)) {
    problems.push(`expected a quantile above 0, up to 100, got ${percent}`);
  }
  return problems;
}

function parseFilters(
  name: ThresholdMetric,
  text: string | undefined,
): { found: Threshold['filters']; problems: string[] } {
  const known = thresholdMetric(name).labels ?? [];
  const found: Partial<Record<ThresholdLabel, string>> = {};
  const problems: string[] = [];
  for (const filter of text === undefined ? [] : text.split(',')) {
    const [label = '', ...rest] = filter.split('=').map((part) => part.trim());
    const value = rest.join('=');
    if (known.length === 0) problems.push(`${name} takes no filter, got {${filter.trim()}}`);
    else if (!isOneOf(known, label)) problems.push(`unknown filter "${label}"${choices(label, known)}`);
    else if (value === '') problems.push(`expected ${label}=..., got "${filter.trim()}"`);
    else if (found[label] !== undefined) problems.push(`${label} stands twice`);
    else {
      const values = THRESHOLD_LABELS[label];
      if (values !== null && !isOneOf(values, value)) {
        problems.push(`unknown ${label} "${value}"${choices(value, values)}`);
      }
      found[label] = value;
    }
  }
  return { found, problems };
}

/** The value that the metric is compared with, or what is wrong with it. */
function parseLimit(name: ThresholdMetric, text: string): Threshold['limit'] | string {
  const { unit } = thresholdMetric(name);
  const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(text)?.[1];
  const count = /^\d+$/.test(text) ? Number(text) : null;
  switch (unit) {
    case 'phones':
      if (percent !== undefined && Number(percent) <= 100) return { unit: 'percent', value: Number(percent) };
      if (count !== null) return { unit: 'count', value: count };
      return `${name}: expected a number of phones, or a share up to 100%, got "${text}"`;
    case 'count':
      if (count !== null) return { unit: 'count', value: count };
      return `${name}: expected a whole number, got "${text}"`;
    case 'duration': {
      const seconds = /[a-z]/.test(text) ? parseDuration(text) : null;
      if (seconds !== null) return { unit: 'seconds', value: seconds };
      return `${name}: expected a time with its unit such as 250ms, 2s or 1m30s, got "${text}"`;
    }
    default:
      return unit satisfies never;
  }
}

/** `; did you mean "ready"?`, or else all that it could be. */
function choices(word: string, known: readonly string[]): string {
  return suggest(word, known) || `; expected one of ${known.join(', ')}`;
}

function isOneOf<const Name extends string>(names: readonly Name[], word: string): word is Name {
  return (names as readonly string[]).includes(word);
}

/** What a run has to fulfil where its scenario says nothing. */
const DEFAULT_THRESHOLD = 'ready == 100%';

/** A threshold that only the end can judge ends a run only where the scenario says from when on it has to hold. */
function withAbort(
  parsed: Parsed,
  written: string | { readonly abortOnFail: boolean; readonly delayAbortEval?: number | undefined },
): Parsed {
  if ('problems' in parsed || typeof written === 'string') return parsed;
  const afterSeconds = written.delayAbortEval ?? null;
  if (!written.abortOnFail) {
    return afterSeconds === null
      ? parsed
      : { problems: ['delayAbortEval says nothing without abortOnFail: true'] };
  }
  const { threshold } = parsed;
  if (afterSeconds !== null || fateOf(threshold) !== 'atEnd') {
    return { threshold: { ...threshold, abort: { afterSeconds } } };
  }
  const why = `only the end of a run can tell that "${threshold.text}" is missed`;
  return { problems: [`${why}: give delayAbortEval, from when on it has to hold`] };
}

const FORMS = `${EXPECTED}, or { threshold: "failures == 0", abortOnFail: true, delayAbortEval: 60s }`;

const thresholdField = z
  .union(
    [
      z.string({ error: EXPECTED }),
      z.strictObject({
        threshold: z.string(),
        abortOnFail: z.boolean().default(false),
        delayAbortEval: durationField.optional(),
      }),
    ],
    { error: FORMS },
  )
  .transform((written, context): Threshold => {
    const text = typeof written === 'string' ? written : written.threshold;
    const parsed = withAbort(parseThreshold(text), written);
    if ('threshold' in parsed) return parsed.threshold;
    for (const message of parsed.problems) context.issues.push({ code: 'custom', message, input: text });
    return z.NEVER;
  })
  .meta({ title: 'threshold' });

/** The scenario key `thresholds`. */
export const thresholdsField = z
  .array(thresholdField)
  .min(1, 'expected at least one threshold: without the key it is "ready == 100%"')
  .prefault([DEFAULT_THRESHOLD]);

export const DEFAULT_THRESHOLDS: readonly Threshold[] = thresholdsField.parse(undefined);
