import { statSync } from 'node:fs';

const OTHERS = 0o077;

/** Whether somebody beside the owner may do anything with a file; false where there is none. */
export function isOpenToOthers(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && (found.mode & OTHERS) !== 0;
}
