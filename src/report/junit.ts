/**
 * A run for continuous integration: each threshold is a test case, and so are the three conditions without which they
 * mean nothing. Elements and their order as in the JUnit schemas of Ant and Jenkins, of which the former is the stricter.
 */
import { formatCount } from './figures.ts';
import { html as xml, type Markup } from './html/markup.ts';
import type { RunSummary } from './summary-schema.ts';
import { renderReport } from './text.ts';
import { formatThresholdValue } from './thresholds.ts';

interface TestCase {
  readonly of: 'run' | 'threshold';
  readonly name: string;
  readonly outcome: { readonly kind: 'failure' | 'error' | 'skipped'; readonly message: string } | null;
}

/** The object that `--junit FILE` writes: it has a failure or an error if, and only if, the exit code is not 0. */
export function renderJunit(summary: RunSummary): string {
  const { run, agents } = summary;
  const cases = [...conditions(summary), ...summary.thresholds.map((held) => thresholdCase(held, summary))];
  const count = (kind: string): number => cases.filter(({ outcome }) => outcome?.kind === kind).length;
  const counts = xml`tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}"`;
  const time = run.duration.toFixed(3);
  const timestamp = (run.started ?? '1970-01-01T00:00:00Z').slice(0, 19);
  const properties = [
    ['run', run.id],
    ['seed', String(run.seed)],
    ['version', run.version],
    ['servers', summary.lab === null ? 'named by the user' : summary.lab.title],
    ['verdict', summary.verdict.result],
  ].map(([name = '', value = '']) => xml`<property name="${name}" value="${value}"/>`);
  return xml`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="bootstorm" ${counts} time="${time}">
<testsuite id="0" package="bootstorm" name="${run.name}" hostname="${agents[0]?.host ?? 'localhost'}" timestamp="${timestamp}" ${counts} skipped="${count('skipped')}" time="${time}">
<properties>${properties}</properties>
${cases.map((test) => caseMarkup(test, run.name))}<system-out>${renderReport(summary, { summaryPath: null })}</system-out>
<system-err></system-err>
</testsuite>
</testsuites>
`.text;
}

/** What has to hold before any threshold says something of the servers. */
function conditions({ verdict, phones }: RunSummary): TestCase[] {
  const message = verdict.reasons.join('; ');
  const { asked, ...states } = phones;
  // Ready phones are registered ones.
  const inStates = Object.entries(states).reduce((sum, [state, n]) => (state === 'ready' ? sum : sum + n), 0);
  const wasAborted = verdict.result === 'aborted';
  return [
    { of: 'run', name: 'ran to its end', outcome: wasAborted ? { kind: 'error', message } : null },
    {
      of: 'run',
      name: 'the generator was not the bottleneck',
      outcome: verdict.result === 'invalid' ? { kind: 'error', message: `INVALID: ${message}` } : null,
    },
    {
      of: 'run',
      name: 'every phone is in one state of the ledger',
      outcome:
        inStates === asked
          ? null
          : { kind: 'error', message: `${formatCount(inStates)} in all states, ${formatCount(asked)} asked` },
    },
  ];
}

/** In an INVALID run a threshold is neither held nor missed: the figures are those of the generator. */
function thresholdCase(
  { text, holds, ...found }: RunSummary['thresholds'][number],
  { verdict }: RunSummary,
): TestCase {
  const value = `found ${formatThresholdValue(found)}`;
  if (verdict.result === 'invalid') {
    return { of: 'threshold', name: text, outcome: { kind: 'skipped', message: `INVALID run, ${value}` } };
  }
  return { of: 'threshold', name: text, outcome: holds ? null : { kind: 'failure', message: value } };
}

function caseMarkup({ of, name, outcome }: TestCase, scenario: string): Markup {
  const head = xml`classname="bootstorm.${scenario.replaceAll('.', '_')}.${of}" name="${name}" time="0"`;
  if (outcome === null)
    return xml`<testcase ${head}/>
`;
  const { kind, message } = outcome;
  switch (kind) {
    case 'skipped':
      return xml`<testcase ${head}><skipped message="${message}"/></testcase>
`;
    case 'error':
      return xml`<testcase ${head}><error type="${of}" message="${message}">${message}</error></testcase>
`;
    case 'failure':
      return xml`<testcase ${head}><failure type="${of}" message="${message}">${name}: ${message}</failure></testcase>
`;
    default:
      return kind satisfies never;
  }
}
