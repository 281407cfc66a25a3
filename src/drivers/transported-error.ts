import { BootstormError, type ErrorCode } from '../errors.ts';

/** An error as plain data: an operator error keeps its code and hint. */
export interface TransportedError {
  readonly message: string;
  readonly code: ErrorCode | null;
  readonly hint: string | null;
  readonly stack: string | null;
}

/** An error as data that survives a message channel. */
export function transportError(error: unknown): TransportedError {
  if (!(error instanceof Error)) return { message: String(error), code: null, hint: null, stack: null };
  const { message, stack = null } = error;
  if (!(error instanceof BootstormError)) return { message, code: null, hint: null, stack };
  return { message, code: error.code, hint: error.hint ?? null, stack };
}

/** The error at the receiving end: an operator error is one again, anything else is a bug of the sender: `failure`. */
export function receiveError(
  error: TransportedError,
  sender: string,
  failure: ErrorCode = 'agent-failed',
): BootstormError {
  const hint = error.hint === null ? {} : { hint: error.hint };
  if (error.code !== null) return new BootstormError(error.code, error.message, hint);
  return new BootstormError(failure, `${sender} failed: ${error.stack ?? error.message}`, hint);
}
