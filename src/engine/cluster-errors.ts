/** Why an agent gives up. */
import { BootstormError } from '../errors.ts';

export function workerOverdue(): BootstormError {
  return new BootstormError('agent-failed', 'the worker did not end in time');
}

export function runAbandoned(run: string, patienceMs: number): BootstormError {
  return new BootstormError('run-abandoned', `run ${run} has had no coordinator for ${patienceMs / 1000} s`, {
    hint: 'look at the coordinator; its run was not started',
  });
}
