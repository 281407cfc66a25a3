/** What the lab's settings come to. Its processes start without the schema of scenarios: they load this alone. */
import type { LabSecurity } from './lab-security.ts';
import type { KnownPhones } from './lab-settings.ts';

/** The release since which auto-registration stays possible in a mixed-mode cluster (System Configuration Guide 12.5). */
const AUTO_REGISTRATION_IN_MIXED_MODE_SINCE = 12;

/** Whether there is an ITL file, and files are signed. */
export function signsFiles({ mode, signedFiles }: LabSecurity): boolean {
  return signedFiles ?? mode === 'mixed';
}

/** Whether the lab has certificates at all. */
export function hasCertificates(security: LabSecurity): boolean {
  return security.mode === 'mixed' || signsFiles(security);
}

/** Whether CUCM switches auto-registration off: where a cluster before 12 becomes a mixed one. */
export function forbidsAutoRegistration({ mode, release }: LabSecurity): boolean {
  return mode === 'mixed' && release < AUTO_REGISTRATION_IN_MIXED_MODE_SINCE;
}

/** Whether the lab's database holds the phone at `index` of the plan. */
export function isKnownPhone(known: KnownPhones, index: number, mac: string): boolean {
  switch (known.type) {
    case 'all':
      return true;
    case 'first':
      return index < known.count;
    case 'share':
      return Math.floor((index + 1) * known.share) > Math.floor(index * known.share);
    case 'list':
      return known.macs.includes(mac);
  }
}
