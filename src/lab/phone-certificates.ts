import { createTemporaryStore, type TemporaryStore } from '../pki/temporary-store.ts';
import type { LabSettings } from '../scenario/lab-settings.ts';
import { macOf, modelOf } from '../scenario/plan.ts';
import type { LabPhones } from './lab-contract.ts';

/** Which key of the folder a phone has: it makes no difference to anything. */
const KEY_SEED = 1;

/** A lab in mixed mode whose scenario names no certificates: it makes one for each of its phones. */
export function makesPhoneCertificates({ security }: LabSettings): boolean {
  return security.mode === 'mixed' && security.certificates === undefined;
}

/**
 * Those certificates, in a folder of their own until the lab ends: MICs where CAPF is to install LSCs or asks for a MIC,
 * otherwise LSCs. Null: the phones have some, or need none.
 */
export async function phoneCertificatesFor(
  settings: LabSettings,
  { phones, phoneCount }: LabPhones,
): Promise<TemporaryStore | null> {
  if (!makesPhoneCertificates(settings)) return null;
  const { operation, authMode } = settings.security.capf;
  return createTemporaryStore(
    phonesOf(phones, phoneCount),
    KEY_SEED,
    operation === 'install' || authMode === 'mic' ? 'mic' : 'lsc',
  );
}

function* phonesOf(
  phones: LabPhones['phones'],
  phoneCount: number,
): Generator<{ deviceName: string; model: string }> {
  for (let index = 0; index < phoneCount; index++) {
    yield { deviceName: `SEP${macOf(phones, index)}`, model: modelOf(phones, index) };
  }
}
