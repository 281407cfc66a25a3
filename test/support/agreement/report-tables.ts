/** What stands in `report.html`, for whoever compares its figures with others. */

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };

/** Its words, without markup. */
export function textOf(markup: string): string {
  return markup
    .replaceAll(/<(script|style)[\s\S]*?<\/\1>/g, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/&(\w+);/g, (entity, name: string) => ENTITIES[name] ?? entity)
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** The cells of the first table whose name begins so, row by row, without its head; empty: there is none. */
export function tableRows(page: string, name: string): string[][] {
  const begin = page.indexOf(`<table aria-label="${name}`);
  if (begin < 0) return [];
  const body = page.slice(page.indexOf('<tbody>', begin), page.indexOf('</table>', begin));
  return [...body.matchAll(/<tr>([\s\S]*?)<\/tr>/g)].map(([, row = '']) =>
    [...row.matchAll(/<t[hd][^>]*>([\s\S]*?)<\/t[hd]>/g)].map(([, cell = '']) => textOf(cell)),
  );
}
