import type { RunSummary } from '../summary-schema.ts';
import { folded, paragraph } from './elements.ts';
import { html, type Markup, NOTHING } from './markup.ts';

/** What was run: so that it can be run again, and told apart from another run. */
export function scenarioBody({ run, scenario }: RunSummary): Markup {
  if (scenario === null) return NOTHING;
  return html`${paragraph(
    `${run.name}, seed ${run.seed}, bootstorm ${run.version}. With the same seed every phone gets its power at the same instant of the schedule again.`,
  )}${folded(
    'The scenario, with what flags and environment have set',
    html`<pre class="scenario">${scenario}</pre>`,
  )}`;
}
