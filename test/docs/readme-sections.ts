/** The parts of the README that the code knows better: written by `npm run docs`, held to by a test. */
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { CATALOGUE } from '../../src/metrics/catalogue.ts';
import { scenarioKeysMarkdown } from '../../src/scenario/key-table.ts';
import { labFaultsMarkdown } from '../../src/scenario/lab-faults.ts';
import { thresholdMetricsMarkdown } from '../../src/scenario/threshold-metrics.ts';

const SECTIONS: Readonly<Record<string, () => string>> = {
  'exit-codes': exitCodesMarkdown,
  keys: scenarioKeysMarkdown,
  thresholds: thresholdMetricsMarkdown,
  faults: labFaultsMarkdown,
  metrics: metricsMarkdown,
};

/** The README with every generated part as it should be. Throws when a part's marks are missing. */
export function fillReadme(text: string): string {
  let filled = text;
  for (const [name, make] of Object.entries(SECTIONS)) {
    const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
    const from = filled.indexOf(begin);
    const to = filled.indexOf(end);
    if (from < 0 || to < from) throw new Error(`the README has no section ${name}`);
    filled = `${filled.slice(0, from + begin.length)}\n\n${make().trim()}\n\n${filled.slice(to)}`;
  }
  return filled;
}

function metricsMarkdown(): string {
  const rows = CATALOGUE.map(({ name, type, scope, labels, help }) => {
    const names = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${scope === 'agent' ? 'phones' : 'run'} | ${names} | ${help} |`;
  });
  return [
    '| Metric | Type | Of | Labels, beside `run` | What it tells |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function exitCodesMarkdown(): string {
  const rows = Object.values(EXIT_CODES).map(({ code, meaning }) => `| ${code} | ${meaning} |`);
  return ['| Exit code | Meaning |', '|---|---|', ...rows].join('\n');
}
