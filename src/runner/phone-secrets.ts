import { readFileSync } from 'node:fs';
import { BootstormError } from '../errors.ts';
import type { BootSettings } from '../phone/boot-settings.ts';
import { NO_SECRETS, type PhoneSecrets } from '../phone/phone-environment.ts';
import type { CertificateStore } from '../pki/certificate-store.ts';
import { openCertificateStore } from '../pki/open-store.ts';

/**
 * What the phones of a process bring along, from the files that the settings name. Nothing of it is handed on: each
 * process opens them for itself. Throws `file-unreadable` or `invalid-certificates`.
 */
export async function openPhoneSecrets({ security }: BootSettings): Promise<PhoneSecrets> {
  const { certificates, capf } = security;
  const store = certificates === null ? null : await openCertificateStore(certificates);
  return {
    credentialOf:
      store === null
        ? NO_SECRETS.credentialOf
        : (deviceName, origin) => store.credentialOf(deviceName, origin),
    spareKey: store === null ? NO_SECRETS.spareKey : (draw) => spareKeyOf(store, draw),
    capfPassword: capf.passwordFile === null ? null : readPassword(capf.passwordFile),
  };
}

/** A folder of a user's own may have no keys to spare: the phone then has none for CAPF. */
function spareKeyOf(store: CertificateStore, draw: number): ReturnType<PhoneSecrets['spareKey']> {
  try {
    return store.spareKey(draw);
  } catch (error) {
    if (error instanceof BootstormError && error.code === 'invalid-certificates') return null;
    throw error;
  }
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
