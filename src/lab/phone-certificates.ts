import { createTemporaryStore, type TemporaryStore } from '../pki/temporary-store.ts';
import type { LabSettings } from '../scenario/lab-settings.ts';
import { macOf, modelOf } from '../scenario/plan.ts';
import type { LabPhones } from './lab-contract.ts';

/** Which key of the folder a phone has: it makes no difference to anything. */
const KEY_SEED = 1;

/**
 * Certificates for the phones of a lab in mixed mode whose scenario names none, in a folder of their own until the lab
 * ends: MICs where CAPF is to install LSCs, otherwise LSCs. Null: they have some, or need none.
 */
export async function phoneCertificatesFor(
  { security }: LabSettings,
  { phones, phoneCount }: LabPhones,
): Promise<TemporaryStore | null> {
  if (security.mode !== 'mixed' || security.certificates !== undefined) return null;
  const all = Array.from({ length: phoneCount }, (_, index) => ({
    deviceName: `SEP${macOf(phones, index)}`,
    model: modelOf(phones, index),
  }));
  return createTemporaryStore(all, KEY_SEED, security.capf.operation === 'install' ? 'mic' : 'lsc');
}
