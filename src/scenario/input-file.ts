import { readFileSync } from 'node:fs';
import { BootstormError } from '../errors.ts';

/** The text of a file that the user has named. Throws `file-unreadable`. */
export function readInputFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new BootstormError('file-unreadable', `cannot read ${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
}
