import { X509Certificate } from 'node:crypto';
import { deviceName } from '../phone/identity.ts';
import { checkCertificates } from '../pki/certificate-store.ts';
import { openCertificateStore } from '../pki/open-store.ts';
import type { CertificateFacts } from '../scenario/describe-security.ts';
import { expectedSecurity } from '../scenario/expected-security.ts';
import { identityOf, type RunPlan } from '../scenario/plan.ts';

/** What was found in the folder of certificates that a plan names. */
export interface InspectedCertificates {
  readonly facts: CertificateFacts;
  readonly warnings: readonly string[];
}

/**
 * Looks at every certificate that the plan's phones have, before a run; null where no folder is named. Throws
 * `file-unreadable`, or `invalid-certificates` with all that keeps phones from using theirs.
 */
export async function inspectCertificates(plan: RunPlan): Promise<InspectedCertificates | null> {
  const folder = plan.boot.security.certificates;
  if (folder === null) return null;
  const store = await openCertificateStore(folder);
  const warnings = checkCertificates(store, phonesThatNeedOne(plan));
  const authorities = store.authorities.map((der) => {
    const { subject, validTo } = new X509Certificate(der);
    return { name: subject.replaceAll('\n', ', '), end: new Date(validTo) };
  });
  let phones = 0;
  let firstEnd = Math.min(...authorities.map(({ end }) => end.getTime()));
  for (const name of allPhones(plan)) {
    const credential = store.credentialOf(name);
    if (credential === null) continue;
    phones++;
    firstEnd = Math.min(firstEnd, Date.parse(new X509Certificate(credential.certificate).validTo));
  }
  return {
    facts: { folder, phones, authorities, firstEnd: Number.isFinite(firstEnd) ? new Date(firstEnd) : null },
    warnings,
  };
}

function* allPhones(plan: RunPlan): Generator<string> {
  for (let index = 0; index < plan.phoneCount; index++) yield deviceName(identityOf(plan, index).mac);
}

/** Of other phones nobody knows whether they will, and those that are to enrol get theirs from CAPF. */
function* phonesThatNeedOne(plan: RunPlan): Generator<string> {
  const { enrol, allowCertificateChange } = plan.boot.security.capf;
  const { target } = plan;
  const installs = target.type === 'named' || target.settings.security.capf.operation === 'install';
  if (enrol && allowCertificateChange && installs) return;
  for (let index = 0; index < plan.phoneCount; index++) {
    const level = expectedSecurity(plan, index) ?? 'none';
    if (level !== 'none') yield deviceName(identityOf(plan, index).mac);
  }
}
