import { BootstormError } from '../../src/errors.ts';

/** The operator error that a function throws; anything else fails the test. */
export function thrownBy(act: () => unknown): BootstormError {
  try {
    act();
  } catch (error) {
    if (error instanceof BootstormError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
