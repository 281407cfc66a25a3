import { type Stats, statSync } from 'node:fs';
import type { KeyPath, Problem } from './problems.ts';
import type { Scenario } from './schema.ts';

const CERTIFICATES: KeyPath = ['phones', 'security', 'certificates'];
const PASSWORD_FILE: KeyPath = ['phones', 'security', 'passwordFile'];

/** Bits of a file's mode that let others than its owner read it. */
const OTHERS_MAY_READ = 0o044;

/** Folders and files of phones' secrets that are not there. Paths are absolute by now; no secret is read. */
export function securityFileProblems({ phones }: Scenario): readonly Problem[] {
  const { certificates, passwordFile } = phones.security;
  const problems: Problem[] = [];
  if (certificates !== undefined && statOf(certificates)?.isDirectory() !== true) {
    problems.push({
      path: CERTIFICATES,
      message: `there is no folder ${certificates}: make it with \`bootstorm pki init\` and \`bootstorm pki issue\``,
    });
  }
  if (passwordFile !== undefined) {
    const stat = statOf(passwordFile);
    if (stat?.isFile() !== true) {
      problems.push({
        path: PASSWORD_FILE,
        message: `there is no file ${passwordFile}: write the authentication string into it, and nothing else`,
      });
    } else if (stat.size === 0) {
      problems.push({ path: PASSWORD_FILE, message: `${passwordFile} is empty` });
    }
  }
  return problems;
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
