/** As much of a reader of HTML as tells whether a page is well formed and what its elements are. */

const VOID = new Set(['meta', 'link', 'br', 'hr', 'img', 'input']);
/** Their content is text until they end. */
const RAW = /<(script|style)([^>]*)>([\s\S]*?)<\/\1>/g;

export interface RawElement {
  readonly name: string;
  readonly attributes: string;
  readonly text: string;
}

export function rawElements(page: string): RawElement[] {
  return [...page.matchAll(RAW)].map(([, name = '', attributes = '', text = '']) => ({
    name,
    attributes,
    text,
  }));
}

/** Tags in order, without what their attributes say: `<td class>`, `</td>`. */
export function tagsOf(page: string): string[] {
  const markup = page.replaceAll(RAW, '<$1$2></$1>');
  return [...markup.matchAll(/<[^>]*>/g)].map(([tag]) => tag.replaceAll(/="[^"]*"/g, ''));
}

/** What does not nest; empty for a page that is well formed. */
export function nestingFaults(page: string): string[] {
  const open: string[] = [];
  const faults: string[] = [];
  for (const tag of tagsOf(page)) {
    const name = /^<\/?([a-z0-9]+)/.exec(tag)?.[1];
    if (name === undefined || VOID.has(name) || tag.endsWith('/>')) continue;
    if (!tag.startsWith('</')) open.push(name);
    else if (open.pop() !== name) faults.push(tag);
  }
  return [...faults, ...open.map((name) => `<${name}> is not closed`)];
}
