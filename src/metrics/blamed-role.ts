import { FAILURE_CAUSES, type Failure } from '../phone/failure-causes.ts';
import type { FailureFacts } from '../phone/failure-facts.ts';
import { type ServerRole, STAGES } from '../phone/stages.ts';

/** As what the server of a failure failed; null: in that stage there is no server to blame. */
export function blamedRole({ stage, cause }: Pick<Failure, 'stage' | 'cause'>): ServerRole | null {
  const facts: FailureFacts = FAILURE_CAUSES[cause];
  return facts.serverRole ?? STAGES[stage].serverRole;
}
