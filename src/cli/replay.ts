import { existsSync } from 'node:fs';
import { BootstormError } from '../errors.ts';
import type { BootSettings } from '../phone/boot-settings.ts';
import { openKeptSecrets } from '../runner/phone-secrets.ts';
import { recordingHeader, replayRecording } from '../runner/recording.ts';
import { readInputFile } from '../scenario/input-file.ts';
import { EXIT_CODES } from './exit-codes.ts';

/** Boots the phone of a recording, and says whether it does the same again. */
export async function replay(file: string, flags: { readonly certificates?: string }): Promise<void> {
  const text = readInputFile(file);
  const { settings } = recordingHeader(text);
  const secrets = await openKeptSecrets(withCertificates(settings, flags.certificates));
  const { events, effects, difference } = replayRecording(text, secrets);
  if (difference === null) {
    process.stdout.write(`equal: ${events} events gave the same ${effects} effects\n`);
    return;
  }
  const { line, recorded, replayed } = difference;
  process.stdout.write(`different at line ${line}\n  recorded  ${recorded}\n  replayed  ${replayed}\n`);
  process.exitCode = EXIT_CODES.thresholdsMissed.code;
}

/** Where the phone's certificates are now. */
function withCertificates(settings: BootSettings, named: string | undefined): BootSettings {
  const certificates = named ?? settings.security.certificates;
  if (certificates !== null && !existsSync(certificates)) {
    throw new BootstormError(
      'file-unreadable',
      `the certificates of the phone are not there: ${certificates}`,
      {
        hint: 'give --certificates FOLDER; those made for one run are gone: `bootstorm pki issue` makes some that stay',
      },
    );
  }
  return { ...settings, security: { ...settings.security, certificates } };
}
