import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_THRESHOLDS, parseThreshold } from '../../src/scenario/threshold-field.ts';
import { thrownBy } from '../support/thrown.ts';
import { planOf } from './load-yaml.ts';

describe('parseThreshold', () => {
  it.each([
    ['ready == 100%', { metric: 'ready', operator: '==', limit: { unit: 'percent', value: 100 } }],
    ['failed_over >= 99.5 %', { metric: 'failed_over', limit: { unit: 'percent', value: 99.5 } }],
    ['trying<3', { metric: 'trying', operator: '<', limit: { unit: 'count', value: 3 } }],
    ['restarts != 0', { metric: 'restarts', operator: '!=', limit: { unit: 'count', value: 0 } }],
    [
      'failures{ cause = tftp-timeout , server = 127.0.0.1:69 } > 0',
      { metric: 'failures', filters: { cause: 'tftp-timeout', server: '127.0.0.1:69' } },
    ],
    ['transfers{outcome=not-found} <= 7', { metric: 'transfers', filters: { outcome: 'not-found' } }],
    ['time_to_service.p99 < 5m', { metric: 'time_to_service', of: null, quantile: 0.99 }],
    ['stage.tftp.p95 < 2s', { of: 'tftp', limit: { unit: 'seconds', value: 2 } }],
    ['stage.config.p99.9 < 1m30s', { of: 'config', limit: { unit: 'seconds', value: 90 } }],
    ['  registration.p50 >= 250ms ', { text: 'registration.p50 >= 250ms', quantile: 0.5 }],
  ])('takes %s', (text, threshold) => {
    expect(parseThreshold(text)).toMatchObject({ threshold });
  });

  it.each([
    ['', 'expected a threshold such as'],
    ['ready', 'expected a threshold such as'],
    ['== 100%', 'expected a threshold such as'],
    ['ready ==', 'expected a threshold such as'],
    ['ready = 100%', 'unknown operator "="; did you mean "=="?'],
    ['ready => 100%', 'unknown operator "=>"; expected one of'],
    ['redy == 100%', 'unknown metric "redy"; did you mean "ready"?'],
    ['phones == 100%', 'unknown metric "phones"; expected one of ready, registered,'],
    ['ready == 101%', 'ready: expected a number of phones, or a share up to 100%, got "101%"'],
    ['ready == 3s', 'got "3s"'],
    ['restarts < 5%', 'restarts: expected a whole number, got "5%"'],
    ['registration.p99 < 2', 'registration: expected a time with its unit'],
    ['registration < 2s', 'registration needs a quantile at its end, such as ".p99"'],
    ['registration.t99 < 2s', 'registration needs a quantile at its end, such as ".p99"'],
    ['registration.p0 < 2s', 'expected a quantile above 0, up to 100, got 0'],
    ['registration.p101 < 2s', 'expected a quantile above 0, up to 100, got 101'],
    ['registration.config.p9 < 2s', 'registration has no part ".config"'],
    ['ready.p99 < 2', 'ready has no quantile'],
    ['stage.p99 < 2s', 'stage needs a stage: stage.NAME.p99'],
    ['stage.cofig.p99 < 2s', 'unknown stage "cofig"; did you mean "config"?'],
    ['ready{cause=tcp-reset} == 0', 'ready takes no filter'],
    ['failures{case=tcp-reset} == 0', 'unknown filter "case"; did you mean "cause"?'],
    ['failures{cause=tcp-rest} == 0', 'unknown cause "tcp-rest"; did you mean "tcp-reset"?'],
    ['failures{cause} == 0', 'expected cause=..., got "cause"'],
    ['failures{} == 0', 'unknown filter ""'],
    ['failures{stage=dhcp,stage=dns} == 0', 'stage stands twice'],
  ])('refuses %j: %s', (text, message) => {
    const parsed = parseThreshold(text);
    expect('problems' in parsed && parsed.problems.join('\n')).toContain(message);
  });

  it('never throws, and gives either a threshold or problems', () => {
    const part = fc.constantFrom(
      'ready',
      'stage',
      '.',
      'p',
      '99',
      '{',
      '}',
      '=',
      '<',
      ',',
      ' ',
      'cause',
      '%',
      's',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(part).map((parts) => parts.join('')),
        ),
        (text) => {
          const parsed = parseThreshold(text);
          if ('problems' in parsed) expect(parsed.problems.length).toBeGreaterThan(0);
          else expect(parsed.threshold.text).toBe(text.trim());
        },
      ),
    );
  });
});

describe('the scenario key thresholds', () => {
  it('is that every phone is in service, where nothing is said', () => {
    expect(planOf('').thresholds).toEqual(DEFAULT_THRESHOLDS);
    expect(DEFAULT_THRESHOLDS.map(({ text }) => text)).toEqual(['ready == 100%']);
  });

  it('tells all that is wrong at once, each with its place', () => {
    const error = thrownBy(() =>
      planOf(
        'thresholds:\n  - ready >= 99%\n  - failurs == 0\n  - failures{cuase=x, stage=y} == 1%\n  - 7\nhold: 1s\n',
      ),
    );
    const lines = error.message.split('\n').map((line) => line.replace(/^.*storm\.yaml/, ''));
    expect(lines.slice(1)).toEqual([
      ':3:5: thresholds[1]: unknown metric "failurs"; did you mean "failures"?',
      ':4:5: thresholds[2]: unknown filter "cuase"; did you mean "cause"?',
      expect.stringMatching(/^:4:5: thresholds\[2\]: unknown stage "y"; expected one of power, /),
      ':4:5: thresholds[2]: failures: expected a whole number, got "1%"',
      expect.stringMatching(/^:5:5: thresholds\[3\]: expected a threshold such as/),
    ]);
  });

  it('refuses an end by what only the end can tell, and a delay of no end', () => {
    const scenario = [
      'thresholds:',
      '  - { threshold: ready == 100%, abortOnFail: true }',
      '  - { threshold: failures == 0, delayAbortEval: 60s }',
    ].join('\n');
    const { message } = thrownBy(() => planOf(scenario));
    expect(message).toContain('give delayAbortEval, from when on it has to hold');
    expect(message).toContain('delayAbortEval says nothing without abortOnFail: true');
  });

  it('knows the waves of the plan', () => {
    expect(planOf('thresholds: [wave.first-start.t90 < 1m]').thresholds).toMatchObject([
      { metric: 'wave', of: 'first-start', quantile: 0.9 },
    ]);
    const error = thrownBy(() =>
      planOf('thresholds:\n  - wave.frist-start.t90 < 1m\n  - wave.x.t9 < 1s\n  - wave.x.p9 < 1s\n'),
    );
    expect(error.message).toContain(':4:5: thresholds[2]: wave needs a quantile at its end, such as ".t99"');
    const names = thrownBy(() => planOf('thresholds:\n  - wave.frist-start.t90 < 1m\n  - wave.x.t9 < 1s\n'));
    expect(names.message).toContain(
      ':2:5: thresholds[0]: unknown wave "frist-start"; did you mean "first-start"?',
    );
    expect(names.message).toContain(':3:5: thresholds[1]: unknown wave "x"; the plan has first-start');
  });

  it('refuses a list with nothing in it', () => {
    expect(thrownBy(() => planOf('thresholds: []')).message).toContain('expected at least one threshold');
  });
});
