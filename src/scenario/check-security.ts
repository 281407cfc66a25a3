import { type Stats, statSync } from 'node:fs';
import type { KeyPath, Problem } from './problems.ts';
import type { Scenario } from './schema.ts';

/** Bits of a file's mode that let others than its owner read it. */
const OTHERS_MAY_READ = 0o044;

/** Folders and files of secrets that are not there. Paths are absolute by now; no secret is read. */
export function securityFileProblems({ phones, lab }: Scenario): readonly Problem[] {
  const { capf, certificates } = lab.security;
  return [
    ...folderProblems(['phones', 'security', 'certificates'], phones.security.certificates),
    ...passwordProblems(['phones', 'security', 'passwordFile'], phones.security.passwordFile),
    ...folderProblems(['lab', 'security', 'certificates'], certificates),
    ...passwordProblems(['lab', 'security', 'capf', 'passwordFile'], capf.passwordFile),
  ];
}

function folderProblems(path: KeyPath, folder: string | undefined): readonly Problem[] {
  if (folder === undefined || statOf(folder)?.isDirectory() === true) return [];
  const remedy = 'make it with `bootstorm pki init` and `bootstorm pki issue`';
  return [{ path, message: `there is no folder ${folder}: ${remedy}` }];
}

function passwordProblems(path: KeyPath, file: string | undefined): readonly Problem[] {
  if (file === undefined) return [];
  const stat = statOf(file);
  if (stat?.isFile() !== true) {
    return [
      {
        path,
        message: `there is no file ${file}: write the authentication string into it, and nothing else`,
      },
    ];
  }
  return stat.size === 0 ? [{ path, message: `${file} is empty` }] : [];
}

/** What a user should know of certificates and passwords before the run. */
export function securityWarnings({ phones, target }: Scenario, lab: boolean): readonly string[] {
  const { enrol, passwordFile } = phones.security;
  const { allowCertificateChange } = target.security;
  const warnings: string[] = [];
  if (passwordFile !== undefined && ((statOf(passwordFile)?.mode ?? 0) & OTHERS_MAY_READ) !== 0) {
    warnings.push('others can read phones.security.passwordFile: `chmod 600` makes it yours alone');
  }
  if (passwordFile !== undefined && !enrol) {
    warnings.push('phones.security.passwordFile has no effect: with enrol: false no phone contacts CAPF');
  }
  if (lab) return warnings;
  if (enrol && allowCertificateChange) {
    warnings.push(
      'CAPF may replace the certificates of phones (allowCertificateChange): real phones of these names then lose theirs',
    );
  }
  if (passwordFile !== undefined && enrol && !allowCertificateChange) {
    warnings.push(
      'CAPF cannot change a certificate in this run, whatever the password: target.security.allowCertificateChange is false',
    );
  }
  return warnings;
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    // A part of the path that is a file, or may not be entered: not there for us.
    return undefined;
  }
}
