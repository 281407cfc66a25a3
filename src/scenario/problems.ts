import type * as z from 'zod';
import { BootstormError, type ErrorCode, problemList } from '../errors.ts';
import { knownNamesAt } from './json-schema.ts';
import { suggest } from './suggest.ts';

/** A place in a scenario, as keys and list positions from the top. */
export type KeyPath = readonly (string | number)[];

/** One thing that is wrong with a scenario. */
export interface Problem {
  readonly path: KeyPath;
  /** What was expected, with what was found. */
  readonly message: string;
  /** Whether the key itself is wrong, not its value. */
  readonly isKey?: boolean;
  /** The place, where the path does not say it. */
  readonly origin?: string;
}

/** Where a key or value was written: `storm.yaml:3:5`, `--phones` or `BOOTSTORM_PHONES`; null: it is a default. */
export type Locate = (path: KeyPath, isKey?: boolean) => string | null;

/** Throws everything that is wrong at once. Does nothing where nothing is. */
export function refuse(
  code: ErrorCode,
  what: string,
  problems: readonly Problem[],
  locate: Locate,
  hint?: string,
): void {
  if (problems.length === 0) return;
  const lines = problems.map((problem) => {
    const origin = problem.origin ?? locate(problem.path, problem.isKey) ?? 'scenario';
    const key = formatPath(problem.path);
    return `${origin}: ${key === '' ? '' : `${key}: `}${problem.message}`;
  });
  throw new BootstormError(code, problemList(what, lines), hint === undefined ? {} : { hint });
}

/** `phones.generate.count`, `ramp[0].phones` */
export function formatPath(path: KeyPath): string {
  return path
    .map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`))
    .join('');
}

/** What zod found, one problem for each wrong key or value. */
export function problemsOf(error: z.ZodError): readonly Problem[] {
  return error.issues.flatMap((issue) => problemsOfIssue(issue, []));
}

function problemsOfIssue(issue: z.core.$ZodIssue, above: KeyPath): readonly Problem[] {
  const path = [...above, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(path, key));
    case 'invalid_union':
      return problemsOfUnion(issue, path);
    case 'invalid_value':
      return [{ path, message: `${plain(issue.message)}${suggest(issue.input, knownNamesAt(path))}` }];
    default:
      return [{ path, message: plain(issue.message) }];
  }
}

/**
 * Of the shapes that a value may have, the one that was meant is the one whose problems lie inside the value, not at
 * its top; without exactly one such shape, the value as a whole is wrong.
 */
function problemsOfUnion(issue: z.core.$ZodIssueInvalidUnion, path: KeyPath): readonly Problem[] {
  const meant = issue.errors
    .map((branch) => branch.flatMap((inner) => problemsOfIssue(inner, path)))
    .filter((problems) => problems.some((problem) => problem.path.length > path.length));
  const [only, ...others] = meant;
  if (only !== undefined && others.length === 0) return only;
  return [{ path, message: `${plain(issue.message)}${suggest(issue.input, knownNamesAt(path))}` }];
}

function unknownKey(path: KeyPath, key: string): Problem {
  const known = knownNamesAt(path);
  const meant = suggest(key, known);
  const list = meant === '' && known.length > 0 ? `; expected one of ${known.join(', ')}` : meant;
  return { path: [...path, key], message: `unknown key${list}`, isKey: true };
}

/** What a scenario calls the types that zod names. */
const TYPE_WORDS: Readonly<Record<string, string>> = {
  object: 'a section',
  record: 'a section',
  array: 'a list',
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  null: 'nothing',
};

/** zod's sentences in our words: "Invalid input: expected number, received string" -> "expected a number, got text". */
function plain(message: string): string {
  const types = /^Invalid input: expected (\w+), received (\w+)$/.exec(message);
  if (types !== null) {
    const [expected = '', received = ''] = types.slice(1).map((word) => TYPE_WORDS[word] ?? word);
    return received === 'undefined'
      ? `missing: expected ${expected}`
      : `expected ${expected}, got ${received}`;
  }
  return message
    .replace(/^(?:Invalid|Too|Unrecognized)[^:]*: /, '')
    .replace(/^expected (\w+) to/, (_, word: string) => `expected ${TYPE_WORDS[word] ?? word} to`)
    .replace(/>=(\d)/, 'at least $1')
    .replace(/<=(\d)/, 'at most $1')
    .replace(/>(\d)/, 'more than $1')
    .replaceAll('"|"', '", "')
    .replaceAll(/(\w)\|(?=\w)/g, '$1, ');
}
