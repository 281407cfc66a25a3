import { readFileSync } from 'node:fs';
import { BootstormError } from '../errors.ts';
import type { BootSettings } from '../phone/boot-settings.ts';
import { NO_SECRETS, type PhoneSecrets } from '../phone/phone-environment.ts';
import { KeyPool } from '../pki/key-pool.ts';
import { openCertificateStore } from '../pki/open-store.ts';
import type { RunPlan } from '../scenario/plan.ts';

/** Made by a process where its phones may get certificates from CAPF and the folder has no keys for them. */
const SPARE_KEYS = 4;

/**
 * What the phones of a process bring along, from the files that the settings name. Nothing of it is handed on: each
 * process opens them for itself. Throws `file-unreadable` or `invalid-certificates`.
 */
export async function openPhoneSecrets(plan: RunPlan): Promise<PhoneSecrets> {
  const kept = await openKeptSecrets(plan.boot);
  if (kept.spareKey(0) !== null || !mayEnrol(plan)) return kept;
  const pool = await KeyPool.generate(SPARE_KEYS);
  return { ...kept, spareKey: (draw) => pool.keyOf(draw) };
}

/** Those that are in files, and so the same another time. Throws as `openPhoneSecrets` does. */
export async function openKeptSecrets({ security }: BootSettings): Promise<PhoneSecrets> {
  const { certificates, capf } = security;
  const capfPassword = capf.passwordFile === null ? null : readPassword(capf.passwordFile);
  if (certificates === null) return { ...NO_SECRETS, capfPassword };
  const store = await openCertificateStore(certificates);
  return {
    credentialOf: (deviceName, origin) => store.credentialOf(deviceName, origin),
    spareKey: (draw) => store.spareKey(draw),
    capfPassword,
  };
}

function mayEnrol({ target, boot }: RunPlan): boolean {
  const { enrol, allowCertificateChange } = boot.security.capf;
  const hasCapf = target.type === 'named' || target.settings.security.mode === 'mixed';
  return hasCapf && enrol && allowCertificateChange;
}

/** The first line of the file; what it says never stands in an error. */
function readPassword(file: string): string {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/, 1)[0] ?? '';
  } catch (cause) {
    throw new BootstormError('file-unreadable', `${file} cannot be read`, {
      hint: 'phones.security.passwordFile names the file with the authentication string for CAPF',
      cause,
    });
  }
}
