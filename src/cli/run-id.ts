import { randomBytes } from 'node:crypto';
import { BootstormError } from '../errors.ts';

/** It names a folder, and keys in Redis. */
const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Time first, so that a listing of the results is in order. */
export function newRunId(): string {
  const stamp = new Date().toISOString().replace(/[-:]/g, '').replace(/\..*/, '').replace('T', '-');
  return `${stamp}-${randomBytes(2).toString('hex')}`;
}

export const RUN_ID_EXPECTED =
  'expected letters, digits, dots, hyphens and underscores, 64 at most, the first a letter or a digit';

export function isRunId(text: string): boolean {
  return RUN_ID.test(text);
}

/** Throws `invalid-scenario` for what cannot be a run's id. */
export function checkRunId(text: string): string {
  if (isRunId(text)) return text;
  throw new BootstormError(
    'invalid-scenario',
    `run id ${JSON.stringify(text)} is not valid: ${RUN_ID_EXPECTED}`,
  );
}
