/** A storm in clear in which everything that is counted happens: lost answers, files that are not there, rejections. */

export interface StormSize {
  readonly phones: number;
  readonly rampSeconds: number;
  readonly holdSeconds: number;
  readonly keepAliveSeconds: number;
  /** When a phone asks again that had no answer. */
  readonly retrySeconds: number;
}

export function agreementScenario(
  lab: object,
  { phones, rampSeconds, holdSeconds, keepAliveSeconds, retrySeconds }: StormSize,
): object {
  return {
    name: 'agreement',
    seed: 6076,
    phones: {
      generate: { count: phones },
      models: { '7961G': 3, '7941G': 1 },
      flash: 'factory',
      restartPause: '500ms',
      maxBootAttempts: 2,
    },
    timing: { power: '0s..1s', image: '100ms', vlan: '0s..300ms' },
    ramp: [{ duration: `${rampSeconds}s` }],
    hold: `${holdSeconds}s`,
    maxDuration: '8m',
    drain: { perSecond: 500 },
    // One worker: its phones take their leave in the turn that closes the ledger, and nothing is counted between.
    workers: { agents: 1, threads: 1 },
    target: {
      // One transaction for each lease: no REQUEST for an old one first, and waits enough that none begins anew.
      dhcp: {
        initReboot: false,
        backoffSeconds: Array.from({ length: 40 }, () => retrySeconds),
        jitterSeconds: 0,
      },
      tftp: { timeoutSeconds: `${retrySeconds}s`, requestAttempts: 40, blockAttempts: 40 },
    },
    lab: {
      ...lab,
      keepAliveSeconds,
      secondaryKeepAliveSeconds: 600,
      configBytes: 2000,
      autoRegistration: false,
      knownPhones: '90%',
      faults: [
        { on: 'dhcp', kind: 'drop', probability: 0.1 },
        { on: 'tftp', kind: 'drop', probability: 0.2, match: 'CTL' },
      ],
    },
    thresholds: ['registered >= 89%'],
  };
}
