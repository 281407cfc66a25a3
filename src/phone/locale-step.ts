/**
 * The end of step 7 of Table 2-4: the dictionary of the user locale and the tones of the network locale, each where
 * the configuration names another one than the phone has in flash (usecallmanager.nz: the jar is fetched when its
 * version changes). A file lies in the directory of its locale; where the configuration leaves the name empty the
 * request begins with a slash (in.tftpd logs: `/mk-sip.jar`, `/g3-tones.xml`).
 *
 *   answer       what the phone does
 *   -----------  ------------------------------------------------------------------------------------
 *   received     the next file; the locale is in flash
 *   ERROR, else  counted; the next file, with the old locale (phone status "Error update locale")
 *   a signature  that is bad, or of somebody who is unknown to the trust lists and to TVS: the same
 *   no answer    the second server; without one the step failed, as with any file
 */
import type { Locale } from '../protocols/device-config/device-config.ts';
import type { FileSinkConfig } from '../protocols/file-sink.ts';
import type { FailureCause } from './failure-causes.ts';
import {
  askNextServer,
  failFile,
  type FileAnswer,
  isSilence,
  requestFile,
  serverText,
} from './file-request.ts';
import { PHONE_MODELS } from './models.ts';
import { beginStage, failStage, type Phone, type PhoneOutput, passStage } from './phone.ts';
import { askedName, causeOfVerdict, formOf, plainName, SIGNATURE_BYTES } from './signed-files.ts';
import { judgeSigned } from './signed-verdict.ts';
import type { StepOutcome } from './step-outcome.ts';
import type { TvsVerdict } from './secure-link.ts';

const KINDS = ['user', 'network'] as const;
type LocaleKind = (typeof KINDS)[number];

export function beginLocale(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  phone.flash.locales ??= {
    user: configuredLocale(phone, 'user'),
    network: configuredLocale(phone, 'network'),
  };
  phone.pendingFiles = KINDS.filter((kind) => isWanted(phone, kind)).map((kind) => fileOf(phone, kind));
  return nextFile(phone, now, out);
}

export function onLocaleFile(phone: Phone, answer: FileAnswer, now: number, out: PhoneOutput): StepOutcome {
  if (answer.outcome === 'received') return onReceived(phone, answer.content, now, out);
  const silent = answer.outcome === 'failed' && isSilence(answer);
  const next = silent ? askNextServer(phone, answer, sinkOf(phone, phone.fileName), now, out) : null;
  if (next !== null) return next;
  failFile(phone, answer, now, out);
  return silent ? 'failed' : nextFile(phone, now, out);
}

/** @param content null: a file without a signature, which is not looked at */
function onReceived(phone: Phone, content: Uint8Array | null, now: number, out: PhoneOutput): StepOutcome {
  if (content === null) return take(phone, now, out);
  const judged = judgeSigned(phone, content, 'signed', true, now, out);
  switch (judged.outcome) {
    case 'genuine':
      return take(phone, now, out);
    case 'refused':
      return refuse(phone, judged.cause, judged.detail, now, out);
    case 'pending':
      return 'pending';
    default:
      return judged satisfies never;
  }
}

/** What TVS says of the signer of a file whose signature is good. */
export function onLocaleVerdict(
  phone: Phone,
  verdict: TvsVerdict,
  now: number,
  out: PhoneOutput,
): StepOutcome {
  const cause = causeOfVerdict(verdict);
  return cause === null ? take(phone, now, out) : refuse(phone, cause, undefined, now, out);
}

function take(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  remember(phone);
  passStage(phone, serverText(phone), now, out);
  return nextFile(phone, now, out);
}

function refuse(
  phone: Phone,
  cause: FailureCause,
  detail: string | undefined,
  now: number,
  out: PhoneOutput,
): StepOutcome {
  failStage(phone, cause, serverText(phone), detail, now, out);
  return nextFile(phone, now, out);
}

/** Each file is a try of the stage of its own: one may be there and the other not. */
function nextFile(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  const [name, ...rest] = phone.pendingFiles;
  phone.pendingFiles = rest;
  if (name === undefined) return 'passed';
  beginStage(phone, 'locale', now, out);
  const asked = askedName(phone, name);
  return requestFile(phone, asked, sinkOf(phone, asked), now, out);
}

function configuredLocale({ config }: Phone, kind: LocaleKind): Locale | null {
  if (config === null || !('userLocale' in config)) return null;
  return kind === 'user' ? config.userLocale : config.networkLocale;
}

function isWanted(phone: Phone, kind: LocaleKind): boolean {
  const wanted = configuredLocale(phone, kind);
  const held = phone.flash.locales?.[kind] ?? null;
  return wanted !== null && (wanted.name !== held?.name || wanted.version !== held.version);
}

function fileOf(phone: Phone, kind: LocaleKind): string {
  const { model } = phone.identity;
  const jar = kind === 'user' ? phone.environment.settings.files.localeJars[model] : undefined;
  const file = jar ?? PHONE_MODELS[model].localeFiles[kind];
  return `${configuredLocale(phone, kind)?.name ?? ''}/${file}`;
}

/** The file that came is in flash from now on. */
function remember(phone: Phone): void {
  const kind = plainName(phone.fileName) === fileOf(phone, 'user') ? 'user' : 'network';
  const held = phone.flash.locales ?? { user: null, network: null };
  phone.flash.locales = { ...held, [kind]: configuredLocale(phone, kind) };
}

function sinkOf(phone: Phone, fileName: string): FileSinkConfig {
  const { maxConfigBytes: maxBytes } = phone.environment.settings.tftp;
  return formOf(fileName) === 'signed'
    ? { type: 'keep', maxBytes: maxBytes + SIGNATURE_BYTES }
    : { type: 'discard', maxBytes };
}
