/** What a scenario demands decides verdict and exit code, and who misses it is named. */
import { describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { runCommand, runStorm } from '../support/bootstorm-command.ts';

/** Six phones, of which the lab knows three. */
const HALF_KNOWN = `
name: half
phones: { generate: { count: 6 }, restartPause: 0.2s }
timing: { power: 0s, image: 0.1s, vlan: 0.1s }
hold: 0s
maxDuration: 5m
lab: { knownPhones: 3 }
`;
const GIVING_UP = HALF_KNOWN.replace('restartPause: 0.2s', 'restartPause: 0.2s, maxBootAttempts: 3');

describe('thresholds', () => {
  it('that hold make a run pass in which phones are missing, and the missing ones are named', async () => {
    const demands = `thresholds: [ready == 50%, "failures{cause=sccp-rejected} >= 6", wave.first-start.t50 < 4m]`;
    const { code, stdout, summary } = await runStorm(GIVING_UP + demands);
    expect(stdout).toContain('PASS: 3 of 6 phones are not in service: 3 failed');
    expect(code).toBe(EXIT_CODES.ok.code);
    expect(summary.thresholds).toMatchObject([
      { text: 'ready == 50%', value: 50, unit: 'percent', holds: true },
      { unit: 'count', holds: true },
      { unit: 'seconds', holds: true },
    ]);
    expect(summary.stragglers.notInService).toBe(3);
    const missing = summary.stragglers.phones.filter(({ state }) => state !== 'ready');
    expect(missing).toHaveLength(3);
    for (const { device, state, stages, boots } of missing) {
      expect(device).toMatch(/^SEP02000000000[0-5]$/);
      expect(state).toBe('failed');
      expect(stages.register?.attempts).toBeGreaterThan(1);
      expect(boots).toBeGreaterThan(1);
    }
    const rejected = summary.failures.filter(({ cause }) => cause === 'sccp-rejected');
    const texts = summary.failureTexts.filter(({ cause }) => cause === 'sccp-rejected');
    const sum = (rows: readonly { count: number }[]): number =>
      rows.reduce((all, { count }) => all + count, 0);
    expect(sum(texts)).toBe(sum(rejected));
    expect(texts.every(({ text }) => text !== null && text.length > 0)).toBe(true);
    expect(stdout).toContain(`x "${texts[0]?.text ?? ''}"`);
  });

  it('that are missed make it fail with the value found, and exit code 99', async () => {
    const { code, stdout, summary } = await runStorm(`${GIVING_UP}thresholds: [ready >= 60%, failed == 3]\n`);
    expect(code).toBe(99);
    expect(summary.verdict.result).toBe('fail');
    expect(stdout).toContain('FAIL: missed: ready >= 60% (found 50 %)');
    expect(summary.thresholds.map(({ holds }) => holds)).toEqual([false, true]);
  });

  it('that may end the run do so in order once they are missed: FAIL, with the reason in log and report', async () => {
    const demands = `thresholds:
  - { threshold: ready == 100%, abortOnFail: true, delayAbortEval: 10m }
  - { threshold: "failures{cause=sccp-rejected} < 30", abortOnFail: true }
`;
    const { code, stdout, summary, log } = await runStorm(HALF_KNOWN + demands);
    expect(code).toBe(EXIT_CODES.thresholdsMissed.code);
    expect(summary.verdict.result).toBe('fail');
    const told = log.filter(({ type }) => ['thresholdMissed', 'stopping', 'ledgerClosed'].includes(type));
    expect(told).toMatchObject([
      { type: 'thresholdMissed', threshold: 'failures{cause=sccp-rejected} < 30' },
      { type: 'stopping', reason: 'threshold-missed' },
      { type: 'ledgerClosed' },
    ]);
    expect(summary.thresholds).toMatchObject([
      { holds: false, endedRunAtSecond: null },
      { holds: false, endedRunAtSecond: expect.any(Number) },
    ]);
    expect(summary.verdict.reasons[1]).toMatch(
      /^missed: failures\{cause=sccp-rejected\} < 30 \(found \d+\), the run was ended for it after/,
    );
    expect(summary.events.map(({ what }) => what)).toContainEqual(
      expect.stringMatching(/^ended for a threshold: failures/),
    );
    expect(stdout).toContain('FAIL: missed: ready == 100%');
    expect(summary.phones).toMatchObject({ ready: 3, lostWithAgent: 0 });
  });

  it('that nobody can judge are refused before anything is sent', async () => {
    const files = {
      'storm.yaml':
        'thresholds:\n  - redy == 100%\n  - wave.x.t50 < 1\n  - { threshold: ready >= 9%, abortOnFail: true }\n',
    };
    const { code, stderr } = await runCommand(['plan', 'storm.yaml'], { files });
    expect(code).toBe(EXIT_CODES.invalidConfiguration.code);
    expect(stderr).toContain('storm.yaml:2:5: thresholds[0]: unknown metric "redy"; did you mean "ready"?');
    expect(stderr).toContain('storm.yaml:3:5: thresholds[1]: wave: expected a time with its unit');
    expect(stderr).toContain('thresholds[2]: only the end of a run can tell that "ready >= 9%" is missed');
  });
});
