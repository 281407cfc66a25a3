/** The few elements that every section of the page is made of. */
import type { Column } from '../table.ts';
import { type Content, html, type Markup, NOTHING } from './markup.ts';

export interface Section {
  /** Anchor of the section: letters and hyphens. */
  readonly id: string;
  readonly title: string;
  readonly body: Content;
}

export function sectionMarkup({ id, title, body }: Section): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${body}
</section>
`;
}

/** Rows of a table: what a run against hundreds of servers has more, its summary has. */
const ROWS_SHOWN = 250;
/** The same of a list. */
const ITEMS_SHOWN = 100;

/**
 * A table whose first column names the row.
 *
 * @param name what it shows; it stands above the table, so that it can be read where the table scrolls sideways
 */
export function dataTable(
  name: string,
  columns: readonly Column[],
  rows: readonly (readonly Content[])[],
): Markup {
  const heads = columns.map(
    ({ title, align }) => html`<th scope="col" class="${align}">${title === '' ? EMPTY_HEAD : title}</th>`,
  );
  const body = rows.slice(0, ROWS_SHOWN).map(
    (cells) => html`<tr>${cells.map((cell, i) => cellOf(cell, i, columns))}</tr>
`,
  );
  return html`<p class="caption" aria-hidden="true">${name}</p>
<div class="scroll" role="region" tabindex="0" aria-label="${name}"><table aria-label="${name}">
<thead><tr>${heads}</tr></thead>
<tbody>
${body}</tbody>
</table></div>
${restNote(rows.length, ROWS_SHOWN)}`;
}

const EMPTY_HEAD = html`<span class="unseen">item</span>`;

function cellOf(cell: Content, index: number, columns: readonly Column[]): Markup {
  const align = columns[index]?.align ?? 'left';
  return index === 0
    ? html`<th scope="row" class="${align}">${cell}</th>`
    : html`<td class="${align}">${cell}</td>`;
}

/** Names and values, one pair a line. */
export function factList(facts: readonly (readonly [string, Content])[]): Markup {
  return html`<dl class="facts">
${facts.map(
  ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>
`,
)}</dl>
`;
}

export function paragraph(text: Content): Markup {
  return html`<p>${text}</p>
`;
}

export function bulletList(items: readonly Content[]): Markup {
  return items.length === 0
    ? NOTHING
    : html`<ul>
${items.slice(0, ITEMS_SHOWN).map(
  (item) => html`<li>${item}</li>
`,
)}</ul>
${restNote(items.length, ITEMS_SHOWN)}`;
}

/** What only some readers want: closed on the screen, open on paper. */
export function folded(summary: string, body: Content): Markup {
  return html`<details><summary>${summary}</summary>
${body}</details>
`;
}

/** `and 12 more: the summary has them all`; nothing when all are shown. */
export function restNote(total: number, shown: number): Markup {
  return total <= shown ? NOTHING : paragraph(`and ${total - shown} more: the summary has them all`);
}
