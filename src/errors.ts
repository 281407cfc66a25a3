/**
 * Errors that a person or a program outside can act on. Three kinds of trouble exist and are never mixed:
 * a bug (any other exception: it crashes loudly), an operator error (this class: bad input, a port in use),
 * and a phone's failure, which is data (`src/phone/failure-causes.ts`), never an exception.
 */
export const ERROR_CODES = {
  'invalid-scenario': 'The scenario file, a flag or an environment variable is not valid',
  'invalid-inventory': 'The list of phones is not valid',
  'file-unreadable': 'A named file cannot be read or written',
  'invalid-certificates': 'Certificates or private keys are missing, unreadable, or do not fit',
  'destination-denied': 'A destination lies outside the addresses that may be reached',
  'too-few-descriptors': 'The descriptor limit is too low for the plan',
  'too-few-ports': 'The source addresses do not have enough ports for the plan',
  'address-in-use': 'A local address and port that the run needs is taken',
  'address-not-local': 'A local address that the run needs does not exist on this machine',
  'agent-failed': 'An agent or worker ended without being asked to',
  'lab-failed': 'A process of the embedded lab could not start or ended without being asked to',
  'schedule-conflict': 'The shared schedule was written by somebody else',
  'redis-unreachable': 'Redis cannot be reached, or does not answer',
  'redis-refused': 'Redis refuses a connection or a command',
  'redis-too-old': 'Redis is older than 6.2',
  'run-id-used': 'Redis has a run of this id already',
  'run-unknown': 'Redis has no run of this id',
  'run-coordinated': 'Somebody else coordinates the run',
  'run-refused': 'A run does not take this agent: another version, or its name is taken',
  'run-abandoned': 'A run ended before its start, or nobody coordinates it',
  'run-not-open': 'The run cannot be steered or taken over as it is now',
  'too-few-agents': 'Not enough agents have joined the run in time',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorDetails {
  /** What to do about it, in one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** Whether the same call may succeed later without any change. */
  readonly retryable?: boolean;
}

export class BootstormError extends Error {
  override readonly name = 'BootstormError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.retryable = details.retryable ?? false;
  }
}

/** Nobody reads more. */
const MOST_LISTED = 200;

/** "certificates in lab: 2 problems", with a line for each. */
export function problemList(what: string, problems: readonly string[]): string {
  const lines = problems.slice(0, MOST_LISTED).map((problem) => `  ${problem}`);
  if (problems.length > lines.length) lines.push(`  and ${problems.length - lines.length} more`);
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  return [`${what}: ${count}`, ...lines].join('\n');
}

export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
