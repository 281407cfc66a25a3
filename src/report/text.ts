import { agentSection } from './sections/agents.ts';
import { answerSection } from './sections/answer.ts';
import { curveSection } from './sections/curve.ts';
import { failureSection } from './sections/failures.ts';
import { generatorSection } from './sections/generator.ts';
import { groupSection } from './sections/group.ts';
import { headingSection } from './sections/heading.ts';
import { labSection } from './sections/lab.ts';
import { ledgerSection } from './sections/phones.ts';
import { recoverySection } from './sections/recovery.ts';
import { securitySection } from './sections/security.ts';
import { serverSection } from './sections/servers.ts';
import { cumulativeSection, stageSection } from './sections/stages.ts';
import { stragglerSection } from './sections/stragglers.ts';
import { closingSection, thresholdSection } from './sections/verdict.ts';
import type { RunSummary } from './summary-schema.ts';
import { painter } from './table.ts';

export interface ReportOptions {
  /** Where the summary was written; null when it was not. */
  readonly summaryPath: string | null;
  /** Where the table of phones was written. */
  readonly phonesPath?: string | null;
  /** Where the report for a browser was written. */
  readonly htmlPath?: string | null;
  readonly color?: boolean;
}

/** The report at the end of a run, for people. */
export function renderReport(summary: RunSummary, options: ReportOptions): string {
  const paint = painter(options.color ?? false);
  const sections = [
    headingSection(summary, paint),
    answerSection(summary, paint),
    recoverySection(summary, paint),
    curveSection(summary, paint),
    ledgerSection(summary, paint),
    stragglerSection(summary, paint),
    stageSection(summary, paint),
    cumulativeSection(summary, paint),
    failureSection(summary, paint),
    serverSection(summary, paint),
    groupSection(summary, paint),
    securitySection(summary, paint),
    labSection(summary, paint),
    agentSection(summary, paint),
    generatorSection(summary, paint),
    thresholdSection(summary, paint),
    closingSection(summary, options, paint),
  ];
  const filled = sections.filter((lines) => lines.length > 0);
  return `${filled.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}
