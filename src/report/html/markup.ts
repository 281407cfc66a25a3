/** Text that is markup: made by `html` alone, so that whatever came from outside has been escaped. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Content = Markup | string | number | readonly Content[];

export const NOTHING = new Markup('');

/**
 * HTML, or XML, of a template: what is put in is text, and escaped, unless it is markup itself. Attributes stand in quotes.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  const parts = strings.map((string, i) => {
    const value = values[i];
    return value === undefined ? string : string + textOf(value);
  });
  return new Markup(parts.join(''));
}

/** Data for a script of the page: JSON in which nothing ends the element that holds it. */
export function jsonMarkup(value: unknown): Markup {
  const json = JSON.stringify(value);
  return new Markup(json.replaceAll(/[<>&\u2028\u2029]/g, (char) => `\\u${hex(char)}`));
}

function textOf(value: Content): string {
  if (value instanceof Markup) return value.text;
  if (typeof value === 'string') return escapeText(value);
  if (typeof value === 'number') return String(value);
  return value.map(textOf).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Characters that HTML or XML do not allow become the replacement character: they carry nothing that could be read. */
function escapeText(text: string): string {
  return text
    .replaceAll(/[&<>"']/g, (char) => ENTITIES[char] ?? '')
    .replaceAll(/[\0-\x08\v\f\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]/gu, '\ufffd');
}

function hex(char: string): string {
  return char.charCodeAt(0).toString(16).padStart(4, '0');
}
