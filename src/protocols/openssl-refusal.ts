/**
 * What `work` returns, or null where OpenSSL refuses its input: bytes that are no certificate, a key that is none.
 * Every other exception is a bug and passes.
 */
export function unlessRefused<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
}

/** Errors out of OpenSSL itself carry its code; wrong arguments to Node's functions (`ERR_INVALID_...`) do not. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_OSSL_');
}
