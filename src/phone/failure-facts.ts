import type { ServerRole } from './stages.ts';

/** One way in which a stage can fail: what happened, what to do about it, where to look on a real cluster. */
export interface FailureFacts {
  readonly text: string;
  readonly hint: string;
  /** Where to look in CUCM, on the switch, or on the server. */
  readonly look: string;
  /** Whose fault it is: a failure of the generator makes the run INVALID. */
  readonly fault: 'server' | 'network' | 'generator' | 'none';
  /** Whose failure it is, where that is not the server of the stage. */
  readonly serverRole?: ServerRole;
}
