/** Phones that the cluster's database does not hold. */
import { describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { ledgerSum, runStorm } from '../support/bootstorm-command.ts';

const SIX = `
name: unknown
phones: { generate: { count: 6 }, restartPause: 0.2s }
timing: { power: 0s, image: 0.1s, vlan: 0.1s }
hold: 0s
maxDuration: 5m
`;

/** The run ends when phones have been rejected so often: a phone that is known was in service long before. */
const UNTIL_REJECTED =
  'thresholds: [{ threshold: "failures{cause=sccp-rejected} < 30", abortOnFail: true }]\n';

describe('phones that the cluster does not know', () => {
  it('are rejected again and again until the run is over', async () => {
    const storm = await runStorm(`${SIX}${UNTIL_REJECTED}`, ['--known-phones', 'none']);
    const { summary, log } = storm;
    expect(storm.code).toBe(EXIT_CODES.thresholdsMissed.code);
    expect(summary.phones).toMatchObject({ asked: 6, registered: 0, trying: 6, notStarted: 0 });
    expect(ledgerSum(summary)).toBe(6);
    const rejected = summary.failures.filter(({ cause }) => cause === 'sccp-rejected');
    expect(rejected.every(({ stage }) => stage === 'register')).toBe(true);
    expect(rejected.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThanOrEqual(30);
    expect(summary.stages.power).toMatchObject({ attempts: 6 });
    expect(summary.stages.register?.attempts).toBeGreaterThan(6);
    expect(summary.unfinished.every(({ state }) => state === 'trying')).toBe(true);
    expect(summary.unfinished.some(({ cause }) => cause === 'sccp-rejected')).toBe(true);
    expect(summary.recovery.fromPower).toMatchObject({ t50Seconds: null, t100Seconds: null });
    expect(storm.stdout).toContain('not reached');
    expect(log.find(({ type }) => type === 'stopping')).toMatchObject({ reason: 'threshold-missed' });
  });

  it('give up after maxBootAttempts, and the run ends before its time', async () => {
    const giveUp = SIX.replace('restartPause: 0.2s', 'restartPause: 0.1s, maxBootAttempts: 2');
    const storm = await runStorm(giveUp, ['--known-phones', 'none']);
    expect(storm.code).toBe(EXIT_CODES.thresholdsMissed.code);
    expect(storm.summary.phones).toMatchObject({ asked: 6, failed: 6, trying: 0 });
    // Six phones, two boots, two CallManagers.
    expect(storm.summary.stages.register).toMatchObject({ count: 0, attempts: 24 });
    expect(storm.summary.unfinished).toMatchObject([
      { state: 'failed', stage: 'register', cause: 'sccp-rejected', count: 6 },
    ]);
    expect(storm.log.find(({ type }) => type === 'stopping')).toMatchObject({ reason: 'hold-over' });
  });

  it('register where auto-registration is on', async () => {
    const storm = await runStorm(SIX, ['--known-phones', 'none', '--auto-registration']);
    expect(storm.code).toBe(EXIT_CODES.ok.code);
    expect(storm.summary.phones).toMatchObject({ asked: 6, ready: 6 });
    expect(storm.summary.failures).toEqual([]);
  });

  it('do not hold the others up', async () => {
    const storm = await runStorm(`${SIX}${UNTIL_REJECTED}`, ['--known-phones', '50%']);
    expect(storm.code).toBe(EXIT_CODES.thresholdsMissed.code);
    expect(storm.summary.phones).toMatchObject({ asked: 6, ready: 3, trying: 3 });
    expect(ledgerSum(storm.summary)).toBe(6);
    expect(storm.summary.recovery.fromPower).toMatchObject({ t90Seconds: null });
    expect(storm.summary.recovery.fromPower.t50Seconds).not.toBeNull();
  });
});
