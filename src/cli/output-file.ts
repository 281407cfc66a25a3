import { closeSync, openSync } from 'node:fs';
import { BootstormError } from '../errors.ts';

/**
 * Makes sure, before anything is sent, that a file can be written when there is something to write: a storm must not be
 * lost to a typing error. Throws `file-unreadable`. The folder must exist already.
 */
export function checkWritable(path: string, flag: string): void {
  try {
    closeSync(openSync(path, 'a'));
  } catch (error) {
    throw new BootstormError(
      'file-unreadable',
      `${flag}: cannot write ${path}: ${(error as Error).message}`,
      {
        cause: error,
        hint: 'name a file in a folder that exists and may be written',
      },
    );
  }
}
