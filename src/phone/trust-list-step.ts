/**
 * Step 6 of Table 2-4: the trust lists, CTL before ITL, one file after the other, each from a fresh port. A server that
 * does not answer is left for the second one, and stays left for the rest of the boot.
 *
 *   answer                      verdict of acceptance.ts   what the phone does
 *   --------------------------  -------------------------  --------------------------------------------------------
 *   a file                      accept                     holds it, in flash, in the place of the one before
 *   a file                      none (it is empty)         keeps what it holds
 *   a file                      refuse                     keeps what it holds ("Trust List update failed")
 *   a file                      ask-tvs                    asks TVS, and judges again by what it says
 *   a file that is none, or
 *   larger than any             -                          as `refuse`
 *   ERROR, or anything else     -                          nothing ("File Not Found"): harmless without security
 *   no answer                   -                          the second server; without one the step failed
 *
 * Every file that came is reported with its verdict. ITLFile.tlv is asked for where ITLSEP<MAC>.tlv did not come: an
 * 8861 that got the one does not ask for the other (CUCM's TFTP trace, Cisco TAC 214528).
 */
import { ITL_FILE_NAME, trustListFileNames } from '../protocols/device-config/file-names.ts';
import type { FileSinkConfig } from '../protocols/file-sink.ts';
import type { TrustListQuestion, TrustListRefusal } from '../protocols/trust/acceptance.ts';
import { MAX_TRUST_LIST_BYTES } from '../protocols/trust/trust-list.ts';
import type { TrustVerdict } from './boot-event.ts';
import type { FailureCause } from './failure-causes.ts';
import {
  askNextServer,
  failFile,
  type FileAnswer,
  isSilence,
  requestFile,
  serverText,
} from './file-request.ts';
import { beginStage, failStage, type Phone, type PhoneOutput, passStage } from './phone.ts';
import { lacksTrustList, securityOf } from './security-decision.ts';
import type { StepOutcome } from './step-outcome.ts';
import type { TrustFile, TrustListKind } from './trust-store.ts';
import type { TvsVerdict } from './secure-link.ts';
import { askTvs } from './tvs-questions.ts';

const SINK: FileSinkConfig = { type: 'keep', maxBytes: MAX_TRUST_LIST_BYTES };

export function beginTrustLists(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  const { skip, sccp } = phone.environment.settings;
  if (skip.ctl) return 'passed';
  beginStage(phone, 'ctl', now, out);
  phone.pendingFiles = trustListFileNames(phone.name, sccp.protocolVersion);
  return nextTrustFile(phone, now, out);
}

export function onTrustFile(phone: Phone, answer: FileAnswer, now: number, out: PhoneOutput): StepOutcome {
  switch (answer.outcome) {
    case 'received':
      return onTrustList(phone, answer.content ?? NOTHING, now, out);
    case 'not-found':
      return nextTrustFile(phone, now, out);
    case 'failed':
      if (isSilence(answer)) {
        return askNextServer(phone, answer, SINK, now, out) ?? failFile(phone, answer, now, out);
      }
      if (answer.cause === 'too-large') report(phone, 'refused', 'file-too-large', now, out);
      return nextTrustFile(phone, now, out);
    default:
      return answer satisfies never;
  }
}

/**
 * Whether a phone that has its configuration can go on to CallManager with it. One that is to be secure and has no trust
 * list with a CallManager starts again at the trust lists, as often as its model does.
 */
export function hasTrustItNeeds(phone: Phone, now: number, out: PhoneOutput): boolean {
  if (!lacksTrustList(phone)) return true;
  phone.trustListTries++;
  beginStage(phone, 'ctl', now, out);
  failStage(phone, 'trust-list-missing', serverText(phone), undefined, now, out);
  return securityOf(phone).connect !== 'wait';
}

const NOTHING = new Uint8Array(0);

function nextTrustFile(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  const [name, ...rest] = phone.pendingFiles;
  if (name !== undefined) {
    phone.pendingFiles = rest;
    return requestFile(phone, name, SINK, now, out);
  }
  passStage(phone, serverText(phone), now, out);
  return 'passed';
}

function onTrustList(phone: Phone, content: Uint8Array, now: number, out: PhoneOutput): StepOutcome {
  if (kindOf(phone) === 'ITL')
    phone.pendingFiles = phone.pendingFiles.filter((name) => name !== ITL_FILE_NAME);
  const file = phone.environment.trust.read(content);
  if ('detail' in file) {
    report(phone, 'refused', 'signed-file-malformed', now, out);
    return nextTrustFile(phone, now, out);
  }
  return judge(phone, file, 'not-asked', now, out);
}

function judge(
  phone: Phone,
  file: TrustFile,
  tvs: TrustListQuestion['tvs'],
  now: number,
  out: PhoneOutput,
): StepOutcome {
  const { flash, environment } = phone;
  const kind = kindOf(phone);
  const judged = environment.trust.judge(file, flash.trust, tvs);
  switch (judged.verdict) {
    case 'ask-tvs': {
      const verdict = askTvs(phone, 'file', judged.signer.certificate, now, out);
      if (verdict !== null) return onTrustVerdict(phone, file, verdict, now, out);
      phone.heldBack = { kind: 'trustList', file };
      return 'pending';
    }
    case 'accept':
      flash.trust = environment.trust.replace(flash.trust, kind, file);
      report(phone, judged.because, null, now, out);
      return nextTrustFile(phone, now, out);
    case 'none':
      report(phone, 'none', null, now, out);
      return nextTrustFile(phone, now, out);
    case 'refuse':
      report(phone, 'refused', REFUSAL_CAUSE[judged.cause], now, out);
      return nextTrustFile(phone, now, out);
    default:
      return judged satisfies never;
  }
}

/** What TVS says of the signer of a list. */
export function onTrustVerdict(
  phone: Phone,
  file: TrustFile,
  { outcome }: TvsVerdict,
  now: number,
  out: PhoneOutput,
): StepOutcome {
  return judge(phone, file, outcome, now, out);
}

const REFUSAL_CAUSE = {
  'no-signer-record': 'signer-unknown',
  'bad-signature': 'signature-invalid',
  'tvs-refused': 'signer-unknown',
  'tvs-unreachable': 'tvs-unreachable',
} as const satisfies Record<TrustListRefusal, FailureCause>;

function kindOf({ fileName }: Phone): TrustListKind {
  return fileName.startsWith('CTL') ? 'CTL' : 'ITL';
}

function report(
  phone: Phone,
  verdict: TrustVerdict,
  cause: FailureCause | null,
  now: number,
  out: PhoneOutput,
): void {
  out.effects.emit({ type: 'trustListJudged', now, list: kindOf(phone), verdict, cause });
}
