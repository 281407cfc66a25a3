/** The steps that read files, as the boot sequence sees them: which of them an answer or a verdict is for. */
import type { MachineEvent } from '../protocols/effects.ts';
import { onConfigFile, onConfigVerdict } from './config-step.ts';
import { onFileEvent, stopFile } from './file-request.ts';
import { onFirmwareFile } from './firmware-step.ts';
import { onLocaleFile, onLocaleVerdict } from './locale-step.ts';
import type { Phone, PhoneOutput } from './phone.ts';
import type { StepOutcome } from './step-outcome.ts';
import { onTrustFile, onTrustVerdict } from './trust-list-step.ts';
import type { TvsVerdict } from './secure-link.ts';
import { cancelTvs } from './tvs-questions.ts';

/** Takes an event for the file under way, whichever step asked for it. */
export function onFileStepEvent(phone: Phone, event: MachineEvent, out: PhoneOutput): StepOutcome {
  const answer = onFileEvent(phone, event, out);
  if (answer === null) return 'pending';
  switch (phone.stage) {
    case 'ctl':
      return onTrustFile(phone, answer, event.now, out);
    case 'firmware':
      return onFirmwareFile(phone, answer, event.now, out);
    case 'locale':
      return onLocaleFile(phone, answer, event.now, out);
    default:
      return onConfigFile(phone, answer, event.now, out);
  }
}

/** What TVS says of the signer of the file that was held back. */
export function onSignerVerdict(
  phone: Phone,
  verdict: TvsVerdict,
  now: number,
  out: PhoneOutput,
): StepOutcome {
  const { heldBack } = phone;
  phone.heldBack = null;
  if (heldBack === null) return 'pending';
  if (heldBack.kind === 'trustList') return onTrustVerdict(phone, heldBack.file, verdict, now, out);
  return phone.stage === 'locale'
    ? onLocaleVerdict(phone, verdict, now, out)
    : onConfigVerdict(phone, heldBack.file, verdict, now, out);
}

/** Ends what the step under way has begun, without an answer. */
export function abandonFile(phone: Phone, now: number, out: PhoneOutput): void {
  stopFile(phone, now, out);
  cancelTvs(phone, 'file');
  phone.heldBack = null;
  phone.shortConfig = null;
}
