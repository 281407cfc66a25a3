import { XMLParser } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { renderJunit } from '../../src/report/junit.ts';
import type { RunSummary } from '../../src/report/summary-schema.ts';
import { fullSummary, withTexts } from './html/full-summary.ts';
import { nestingFaults } from './html/html-reader.ts';

interface Case {
  readonly '@classname': string;
  readonly '@name': string;
  readonly '@time': string;
  readonly error?: { '@message': string; '@type': string };
  readonly failure?: { '@message': string; '@type': string };
  readonly skipped?: { '@message': string };
}

interface Suite {
  readonly [attribute: `@${string}`]: string;
  readonly testcase: readonly Case[];
  readonly 'system-out': string;
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  isArray: (name) => name === 'testcase',
  parseTagValue: false,
  trimValues: false,
});

function suiteOf(summary: RunSummary): Suite {
  const text = renderJunit(summary);
  expect(nestingFaults(text)).toEqual([]);
  return (parser.parse(text) as { testsuites: { testsuite: Suite } }).testsuites.testsuite;
}

const base = fullSummary();
const held = {
  text: 'ready >= 90%',
  value: 98.75,
  unit: 'percent',
  holds: true,
  endedRunAtSecond: null,
} as const;
const missed = {
  text: 'failures < 3',
  value: 12,
  unit: 'count',
  holds: false,
  endedRunAtSecond: null,
} as const;
const withResult = (
  result: RunSummary['verdict']['result'],
  ...thresholds: RunSummary['thresholds']
): RunSummary => ({
  ...base,
  thresholds,
  verdict: { result, reasons: ['why it is so'] },
});

function outcomes({ testcase }: Suite): string[] {
  return testcase.map((test) =>
    test.error ? 'error' : test.failure ? 'failure' : test.skipped ? 'skipped' : 'passed',
  );
}

describe('renderJunit', () => {
  it('has what the JUnit schemas demand: counts that are right, times, and a type with each failure', () => {
    for (const result of ['pass', 'fail', 'invalid', 'aborted'] as const) {
      const suite = suiteOf(withResult(result, held, missed));
      const found = outcomes(suite);
      const count = (outcome: string): string => String(found.filter((one) => one === outcome).length);
      expect(suite).toMatchObject({
        '@tests': String(found.length),
        '@failures': count('failure'),
        '@errors': count('error'),
        '@skipped': count('skipped'),
        '@hostname': base.agents[0]?.host,
        '@time': '12.500',
      });
      expect(suite['@timestamp']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
      for (const test of suite.testcase) {
        expect(test['@classname']).toMatch(/^bootstorm\.first-run\.(run|threshold)$/);
        expect(test['@time']).toBe('0');
        for (const trouble of [test.error, test.failure]) {
          if (trouble !== undefined) expect(trouble).toMatchObject({ '@type': expect.stringMatching(/./) });
        }
      }
    }
  });

  it.each([
    ['pass', [held], ['passed', 'passed', 'passed', 'passed']],
    ['fail', [held, missed], ['passed', 'passed', 'passed', 'passed', 'failure']],
    ['invalid', [held, missed], ['passed', 'error', 'passed', 'skipped', 'skipped']],
    ['aborted', [held], ['error', 'passed', 'passed', 'passed']],
  ] as const)('of a run whose verdict is %s', (result, thresholds, expected) => {
    expect(outcomes(suiteOf(withResult(result, ...thresholds)))).toEqual(expected);
  });

  it('says what was found, and why', () => {
    const { testcase } = suiteOf(withResult('fail', missed));
    expect(testcase.at(-1)).toMatchObject({
      '@name': 'failures < 3',
      failure: { '@message': 'found 12' },
    });
    const invalid = suiteOf(withResult('invalid', held));
    expect(invalid.testcase[1]?.error?.['@message']).toBe('INVALID: why it is so');
    expect(invalid.testcase[3]?.skipped?.['@message']).toBe('INVALID run, found 98.75 %');
  });

  it('counts a ledger that does not close as an error', () => {
    const summary = withResult('pass', held);
    const open = { ...summary, phones: { ...summary.phones, dropped: summary.phones.dropped + 1 } };
    expect(outcomes(suiteOf(open))).toEqual(['passed', 'passed', 'error', 'passed']);
  });

  it('stays well formed whatever its texts are, and gives them back', () => {
    const hostile = `]]></system-out><testcase name="x"/>&amp;<!-- "'\u0001\ud800\uffff`;
    const summary = withTexts(withResult('fail', held, missed), hostile);
    const suite = suiteOf(summary);
    expect(suite.testcase).toHaveLength(5);
    expect(suite['@name']).toBe(`]]></system-out><testcase name="x"/>&amp;<!-- "'\ufffd\ufffd\ufffd`);
  });
});
