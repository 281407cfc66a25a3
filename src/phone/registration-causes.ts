import type { CloseCause } from '../protocols/effects.ts';
import { LAST_OUT_OF_SERVICE, type LastOutOfService } from '../protocols/sccp/greeting.ts';
import type { SccpFailureCause } from '../protocols/sccp/registration.ts';
import { causeOfClose } from './close-causes.ts';
import type { FailureCause } from './failure-causes.ts';

/* What it means for a phone that a connection to a CallManager failed. */

export function causeOfSccp(cause: SccpFailureCause): FailureCause {
  switch (cause) {
    case 'no-answer':
      return 'sccp-no-answer';
    case 'rejected':
      return 'sccp-rejected';
    case 'malformed':
      return 'sccp-malformed';
    case 'keepalive-timeout':
      return 'keepalive-timeout';
    default:
      return causeOfClose(cause satisfies CloseCause);
  }
}

/** What the phone says in its next Alarm. */
export function reasonOfSccp(cause: SccpFailureCause): LastOutOfService {
  switch (cause) {
    case 'reset':
      return LAST_OUT_OF_SERVICE.callManagerResetTcp;
    case 'fin':
      return LAST_OUT_OF_SERVICE.callManagerClosedTcp;
    case 'keepalive-timeout':
      return LAST_OUT_OF_SERVICE.keepAliveTimeout;
    case 'rejected':
      return LAST_OUT_OF_SERVICE.registrationRejected;
    default:
      return LAST_OUT_OF_SERVICE.tcpTimeout;
  }
}
