import type { CapfFailureCause } from '../protocols/capf/client-contract.ts';
import { causeOfClose } from './close-causes.ts';
import type { FailureCause } from './failure-causes.ts';

/** Whether another session would end in the same way (inference). */
export function isFinal(cause: CapfFailureCause): boolean {
  switch (cause) {
    case 'rejected':
    case 'unknown-device':
    case 'aborted':
    case 'change-forbidden':
    case 'no-key':
    case 'no-certificate':
    case 'denied':
      return true;
    default:
      return false;
  }
}

export function causeOfCapf(cause: CapfFailureCause): FailureCause {
  switch (cause) {
    case 'rejected':
    case 'unknown-device':
    case 'aborted':
      return 'capf-rejected';
    case 'change-forbidden':
      return 'certificate-change-forbidden';
    case 'no-key':
    case 'no-certificate':
      return 'no-certificate';
    case 'malformed':
      return 'capf-malformed';
    case 'denied':
    case 'exhausted':
      return causeOfClose(cause);
    default:
      return 'capf-unreachable';
  }
}
