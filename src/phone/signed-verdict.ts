import type { SignedFile } from '../protocols/trust/signed-file.ts';
import type { FailureCause } from './failure-causes.ts';
import type { Phone, PhoneOutput } from './phone.ts';
import { causeOfVerdict, openSigned } from './signed-files.ts';
import { askTvs } from './tvs-questions.ts';

export type JudgedFile =
  | { readonly outcome: 'genuine'; readonly file: SignedFile }
  | { readonly outcome: 'refused'; readonly cause: FailureCause; readonly detail: string | undefined }
  /** TVS was asked: the file is held back until its verdict. */
  | { readonly outcome: 'pending' };

/** `openSigned`, and TVS about a signer that is none of the TFTP server. */
export function judgeSigned(
  phone: Phone,
  content: Uint8Array,
  form: 'signed' | 'encrypted',
  shared: boolean,
  now: number,
  out: PhoneOutput,
): JudgedFile {
  const opened = openSigned(phone, content, form, shared);
  if (opened.outcome !== 'ask-tvs') return opened;
  const { file, certificate } = opened;
  const verdict = askTvs(phone, 'file', certificate, now, out);
  if (verdict === null) {
    phone.heldBack = { kind: 'signed', file };
    return { outcome: 'pending' };
  }
  const cause = causeOfVerdict(verdict);
  return cause === null ? { outcome: 'genuine', file } : { outcome: 'refused', cause, detail: undefined };
}
