import type { KeyObject } from 'node:crypto';
import { BootstormError, problemList } from '../errors.ts';
import type { Credential, CredentialOrigin } from '../protocols/credential.ts';

/** Certificates and keys of phones in a folder: one that `bootstorm pki` keeps, or a user's own. */
export interface CertificateStore {
  readonly folder: string;
  /** Certificates of the authorities that stand behind the phones', DER; none where the folder does not hold them. */
  readonly authorities: readonly Uint8Array[];
  /**
   * What a phone proves itself with, read from disk on every call: its LSC, without one its MIC; or the one of
   * `origin`. Null: there is none. Throws `invalid-certificates` for one that is there and of no use.
   */
  credentialOf(deviceName: string, origin?: CredentialOrigin): Credential | null;
  /** A key for a certificate that is still to come, from CAPF, by a draw in [0, 1); null: there are none. */
  spareKey(draw: number): KeyObject | null;
  /** All that is wrong with what a phone has. */
  problemsOf(deviceName: string): CertificateProblems;
}

/** One sentence each, with the file's name and without a word of its content. */
export interface CertificateProblems {
  /** The phone has no certificate, which is not among the problems: many phones may lack theirs for one reason. */
  readonly isMissing: boolean;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Holds the certificates of all phones against their keys and the calendar, once, before a run. Returns warnings.
 * Throws `invalid-certificates` with all problems at once.
 */
export function checkCertificates(store: CertificateStore, deviceNames: Iterable<string>): readonly string[] {
  const missing: string[] = [];
  const problems = new Set<string>();
  const warnings = new Set<string>();
  for (const deviceName of deviceNames) {
    const found = store.problemsOf(deviceName);
    if (found.isMissing) missing.push(deviceName);
    for (const problem of found.problems) problems.add(problem);
    for (const warning of found.warnings) warnings.add(warning);
  }
  if (missing.length > 0) problems.add(missingText(missing));
  if (problems.size > 0) {
    throw new BootstormError(
      'invalid-certificates',
      problemList(`certificates in ${store.folder}`, [...problems]),
      {
        hint: '`bootstorm pki issue` makes what is missing; a folder of your own has SEP001122334455.pem, .crt and .key, or .p12',
      },
    );
  }
  return [...warnings];
}

const MOST_NAMED = 5;

function missingText(deviceNames: readonly string[]): string {
  const named = deviceNames.slice(0, MOST_NAMED).join(', ');
  const rest = deviceNames.length - MOST_NAMED;
  const count = deviceNames.length.toLocaleString('en');
  const subject = deviceNames.length === 1 ? 'one phone has' : `${count} phones have`;
  return `${subject} no certificate: ${named}${rest > 0 ? ` and ${rest.toLocaleString('en')} more` : ''}`;
}
