import type { RunSummary } from '../summary-schema.ts';
import { agentsBody } from './agents.ts';
import { type Section, sectionMarkup } from './elements.ts';
import { eventsBody } from './events.ts';
import { failuresBody } from './failures.ts';
import { generatorBody } from './generator.ts';
import { groupBody } from './group.ts';
import { headMarkup } from './head.ts';
import { labBody } from './lab.ts';
import { type Content, html, NOTHING } from './markup.ts';
import { pageMarkup } from './page.ts';
import { scenarioBody } from './scenario.ts';
import { phonesBody, stragglersBody } from './phones.ts';
import { curveBody, timesBody } from './recovery.ts';
import { securityBody } from './security.ts';
import { serversBody } from './servers.ts';
import { stagesBody } from './stages.ts';

/** The report at the end of a run as one HTML file, for those who were not there. */
export function renderHtmlReport(summary: RunSummary): string {
  const sections = SECTIONS.map(({ id, title, of }) => ({ id, title, body: of(summary) })).filter(
    ({ body }) => body !== NOTHING,
  );
  const { run } = summary;
  return pageMarkup({
    title: `${summary.verdict.result.toUpperCase()}: ${run.name}, ${run.id}`,
    version: run.version,
    body: html`<header>
${headMarkup(summary)}<nav aria-label="Sections"><ul>
${sections.map(
  ({ id, title }) => html`<li><a href="#${id}">${title}</a></li>
`,
)}</ul></nav>
</header>
<main>
${sections.map(sectionMarkup)}</main>
`,
  });
}

/** In the order of the questions that are asked; a section that has nothing to tell is left out. */
const SECTIONS: readonly (Omit<Section, 'body'> & { readonly of: (summary: RunSummary) => Content })[] = [
  { id: 'curve', title: 'Phones in service', of: curveBody },
  { id: 'times', title: 'Time to service', of: timesBody },
  { id: 'phones', title: 'Phones at the end of the hold', of: phonesBody },
  { id: 'stages', title: 'Where the time went', of: stagesBody },
  { id: 'failures', title: 'Failed attempts', of: failuresBody },
  { id: 'servers', title: 'Servers', of: serversBody },
  { id: 'group', title: 'CallManagers as a group', of: groupBody },
  { id: 'stragglers', title: 'Stragglers', of: stragglersBody },
  { id: 'security', title: 'Security', of: securityBody },
  { id: 'lab', title: 'The lab', of: labBody },
  { id: 'agents', title: 'Agents', of: agentsBody },
  { id: 'generator', title: 'Health of the generator', of: generatorBody },
  { id: 'events', title: 'Events and run log', of: eventsBody },
  { id: 'scenario', title: 'Scenario', of: scenarioBody },
];
