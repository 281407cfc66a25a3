import { BootstormError, type ErrorCode } from '../errors.ts';

/** Every exit code of the command, once: printed in the README and by `bootstorm exit-codes`. As in k6 where k6 has one. */
export const EXIT_CODES = {
  ok: { code: 0, meaning: 'The run, or the command, did what was asked: every threshold held' },
  thresholdsMissed: {
    code: 99,
    meaning:
      'The run ended in order, or was ended by `abortOnFail`, and a threshold was missed; without thresholds: a phone was not in service',
  },
  invalidConfiguration: {
    code: 104,
    meaning: 'Bad input: scenario, inventory, certificates, flag, address, port or limit',
  },
  aborted: { code: 105, meaning: 'Interrupted (Ctrl-C) before the end' },
  bug: { code: 107, meaning: 'A bug in bootstorm, or a process of it that died before the start' },
  fenced: {
    code: 109,
    meaning: 'Agent: it was asleep for too long, and its phones closed their connections without a word',
  },
  invalidRun: { code: 110, meaning: 'INVALID run: the generator itself was the bottleneck' },
  clusterIncomplete: {
    code: 111,
    meaning: 'Redis cannot be reached, or too few agents have joined in time: it may work later',
  },
  otherCoordinator: { code: 112, meaning: 'Another coordinator has the run, or has taken it over' },
} as const;

export type ExitReason = keyof typeof EXIT_CODES;

const REASON_OF_ERROR: Record<ErrorCode, ExitReason> = {
  'invalid-scenario': 'invalidConfiguration',
  'invalid-inventory': 'invalidConfiguration',
  'file-unreadable': 'invalidConfiguration',
  'invalid-certificates': 'invalidConfiguration',
  'destination-denied': 'invalidConfiguration',
  'too-few-descriptors': 'invalidConfiguration',
  'too-few-ports': 'invalidConfiguration',
  'address-in-use': 'invalidConfiguration',
  'address-not-local': 'invalidConfiguration',
  'agent-failed': 'bug',
  'lab-failed': 'bug',
  'schedule-conflict': 'bug',
  'redis-unreachable': 'clusterIncomplete',
  'redis-refused': 'invalidConfiguration',
  'redis-too-old': 'invalidConfiguration',
  'run-id-used': 'invalidConfiguration',
  'run-unknown': 'invalidConfiguration',
  'run-coordinated': 'otherCoordinator',
  'run-not-open': 'invalidConfiguration',
  'too-few-agents': 'clusterIncomplete',
  'run-refused': 'invalidConfiguration',
  'run-abandoned': 'aborted',
};

export function exitReasonOfError(code: ErrorCode): ExitReason {
  return REASON_OF_ERROR[code];
}

/** Of whatever has ended a command. */
export function exitCodeOf(error: unknown): number {
  return EXIT_CODES[error instanceof BootstormError ? exitReasonOfError(error.code) : 'bug'].code;
}
