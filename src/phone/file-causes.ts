/** What it means for a phone that a file did not come. */
import type { HttpFailure } from '../protocols/http/get-exchange.ts';
import { TFTP_ERROR } from '../protocols/tftp/packet.ts';
import type { TftpFailure } from '../protocols/tftp/read-transfer.ts';
import { causeOfUnsendable } from './close-causes.ts';
import type { FailureCause } from './failure-causes.ts';
import type { Stage } from './stages.ts';

/**
 * What a server that has too much to do writes into an ERROR packet. CUCM is not known to send one; other servers
 * have no code for it and use "not defined" or "disk full or allocation exceeded" (RFC 1350). Our inference.
 */
const BUSY_TEXT = /busy|overload|too many|try (?:again|later)|limit|resource|temporar/i;
const BUSY_CODES: readonly number[] = [TFTP_ERROR.notDefined, TFTP_ERROR.diskFull];

export function causeOfTftp({ cause, code, message }: TftpFailure, stage: Stage | null): FailureCause {
  switch (cause) {
    case 'timeout':
      return 'tftp-timeout';
    case 'access-violation':
      return 'tftp-access-violation';
    case 'error':
      return BUSY_CODES.includes(code ?? -1) && BUSY_TEXT.test(message ?? '')
        ? 'tftp-server-busy'
        : 'tftp-error';
    case 'malformed':
      return 'tftp-malformed';
    case 'too-large':
      return stage === 'config' ? 'config-too-large' : 'file-too-large';
    default:
      return causeOfUnsendable(cause);
  }
}

const HTTP_CAUSE = {
  busy: 'http-busy',
  status: 'http-error',
  'no-answer': 'http-no-answer',
  malformed: 'http-malformed',
  refused: 'http-refused',
  timeout: 'http-timeout',
  fin: 'http-closed',
  reset: 'http-closed',
  'tls-alert': 'http-closed',
  'tls-failed': 'http-closed',
  unreachable: 'server-unreachable',
  denied: 'destination-denied',
  exhausted: 'generator-exhausted',
} as const satisfies Record<HttpTrouble['cause'], FailureCause>;

/** Trouble with HTTP, in contrast to the file that it would have brought. */
export type HttpTrouble = HttpFailure & { readonly cause: Exclude<HttpFailure['cause'], 'too-large'> };

export function causeOfHttp({ cause }: HttpTrouble): FailureCause {
  return HTTP_CAUSE[cause];
}
