import { BootstormError, ERROR_CODES, type ErrorCode } from '../errors.ts';

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
  const operator = error instanceof BootstormError ? error : null;
  return {
    message: error.message,
    code:
      operator?.code ?? (codeOf(error) in ERROR_CODES ? (codeOf(error) as keyof typeof ERROR_CODES) : null),
    hint: operator?.hint ?? hintOf(error),
    stack: error.stack ?? null,
  };
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

/** Structured clone keeps own properties of an error but not its class: a worker's error arrives as this. */
function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function hintOf(error: Error): string | null {
  return 'hint' in error && typeof error.hint === 'string' ? error.hint : null;
}
