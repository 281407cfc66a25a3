import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where packages are unpacked that are not installed, a folder for each; `npm ci` clears it. */
export const UNPACKED = fileURLToPath(new URL('../../node_modules/.cache/system-packages', import.meta.url));

/** Folders in which servers lie, although they are on the path of root only. */
const SERVER_FOLDERS = ['/usr/sbin', '/sbin'];

/**
 * Programs of packages that are unpacked, with the package: the two TFTP servers conflict with each other (both have
 * an `in.tftpd`), and where an init system runs they would be started as services.
 */
export const UNPACKED_PROGRAMS: Readonly<Record<string, string>> = {
  'in.tftpd': 'tftpd-hpa',
  atftpd: 'atftpd',
};

/** The file of a program, or `null`. */
export function findProgram(name: string): string | null {
  const unpacked = UNPACKED_PROGRAMS[name];
  const folders =
    unpacked === undefined
      ? [...(process.env['PATH'] ?? '').split(':').filter((folder) => folder !== ''), ...SERVER_FOLDERS]
      : [join(UNPACKED, unpacked, 'usr/sbin')];
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

/** The file of a program that a test needs. */
export function requireProgram(name: string): string {
  const file = findProgram(name);
  if (file === null) throw new Error(`${name} is not installed: npm test installs what the tests need`);
  return file;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
