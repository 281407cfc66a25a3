/** What a document may have of each thing; beyond it, reading stops. */
export interface XmlLimits {
  readonly maxDepth: number;
  readonly maxElements: number;
  /** Entity and character references. */
  readonly maxReferences: number;
}

/** A child of the root element, tags included: `text.slice(start, end)`. */
export interface ChildSpan {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

export type WellFormedness =
  | { readonly ok: true; readonly root: string; readonly children: readonly ChildSpan[] }
  | { readonly ok: false; readonly detail: string };

const NAME = '[A-Za-z_:\\u0080-\\uffff][\\w:.\\-\\u0080-\\uffff]*';
const ATTRIBUTE = `\\s+(${NAME})\\s*=\\s*(?:"([^"<]*)"|'([^'<]*)')`;
const START_TAG = new RegExp(
  `<(${NAME})((?:${ATTRIBUTE.replaceAll(/\((?!\?)/g, '(?:')}){0,32})\\s*(/?)>`,
  'y',
);
const ATTRIBUTES = new RegExp(ATTRIBUTE, 'g');
const END_TAG = new RegExp(`</(${NAME})\\s*>`, 'y');
const REFERENCE = /&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([0-9A-Fa-f]{1,6}));/y;
const REFERENCES = new RegExp(REFERENCE.source, 'g');
const PREDEFINED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
/** XML 1.0 production 2; a strict decoder has already refused lone surrogates. */
const ILLEGAL_CHARACTER = /[^\t\n\r -\ufffd]/;

/**
 * Whether a text is a well-formed XML 1.0 document (production 1 and the well-formedness constraints) as phones
 * read it: without a document type declaration. So there are no entities but the five predefined ones, nothing can
 * expand, and the check takes one pass over the text. It exists because fast-xml-parser's own validator accepts
 * two roots, text behind the root, undeclared entities, and declarations of entities.
 */
export function checkWellFormed(text: string, limits: XmlLimits): WellFormedness {
  const illegal = ILLEGAL_CHARACTER.exec(text);
  if (illegal) return { ok: false, detail: `character that XML does not allow @${illegal.index}` };
  try {
    const scan = new Scan(text, limits);
    return { ok: true, root: scan.document(), children: scan.children };
  } catch (error) {
    if (!(error instanceof IllFormed)) throw error;
    return { ok: false, detail: error.message };
  }
}

/** Text with its references replaced: each gives one character, so the result is never longer. */
export function decodeReferences(text: string): string {
  if (!text.includes('&')) return text;
  return text.replaceAll(REFERENCES, (whole, name: string, decimal: string, hex: string) => {
    if (name !== undefined) return PREDEFINED[name] ?? whole;
    return String.fromCodePoint(decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal));
  });
}

/** Stays inside this file. */
class IllFormed extends Error {}

class Scan {
  readonly #text: string;
  readonly #limits: XmlLimits;
  readonly #open: string[] = [];
  readonly children: ChildSpan[] = [];
  #childStart = 0;
  #at = 0;
  #elements = 0;
  #references = 0;
  #root: string | null = null;

  constructor(text: string, limits: XmlLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  /** The name of the root element. */
  document(): string {
    while (this.#at < this.#text.length) {
      this.#characters();
      if (this.#at < this.#text.length) this.#markup();
    }
    const unclosed = this.#open.at(-1);
    if (unclosed !== undefined) this.#fail(`the file ends inside <${unclosed}>`);
    return this.#root ?? this.#fail('there is no element');
  }

  /** Text up to the next `<`. */
  #characters(): void {
    const next = this.#text.indexOf('<', this.#at);
    const end = next < 0 ? this.#text.length : next;
    if (end === this.#at) return;
    const characters = this.#text.slice(this.#at, end);
    if (this.#open.length === 0) {
      if (/[^ \t\r\n]/.test(characters)) this.#fail('text outside the root element');
    } else {
      if (characters.includes(']]>')) this.#fail('"]]>" in text');
      this.#checkReferences(characters);
    }
    this.#at = end;
  }

  #markup(): void {
    const text = this.#text;
    const at = this.#at;
    if (text.startsWith('</', at)) return this.#endTag();
    if (text.startsWith('<!--', at)) return this.#comment();
    if (text.startsWith('<![CDATA[', at)) {
      if (this.#open.length === 0) this.#fail('CDATA outside the root element');
      return this.#skipPast(']]>', 9, 'CDATA section');
    }
    if (text.startsWith('<!DOCTYPE', at)) this.#fail('a document type declaration: phones have none');
    if (text.startsWith('<?', at)) return this.#processingInstruction();
    this.#startTag();
  }

  #startTag(): void {
    START_TAG.lastIndex = this.#at;
    const match = START_TAG.exec(this.#text);
    if (!match) this.#fail('not a tag');
    const [whole, name = '', attributes = '', slash] = match;
    if (this.#open.length === 0) {
      if (this.#root !== null) this.#fail('a second root element');
      this.#root = name;
    }
    if (++this.#elements > this.#limits.maxElements) this.#fail(`over ${this.#limits.maxElements} elements`);
    if (attributes !== '') this.#checkAttributes(attributes);
    if (this.#open.length === 1) this.#childStart = this.#at;
    if (slash !== '' && this.#open.length === 1) this.#endChild(name, this.#at + whole.length);
    if (slash === '') {
      this.#open.push(name);
      if (this.#open.length > this.#limits.maxDepth) this.#fail(`over ${this.#limits.maxDepth} levels deep`);
    }
    this.#at += whole.length;
  }

  #endTag(): void {
    END_TAG.lastIndex = this.#at;
    const match = END_TAG.exec(this.#text);
    if (!match) this.#fail('not an end tag');
    const expected = this.#open.pop();
    if (expected === undefined || match[1] !== expected)
      this.#fail(`</${match[1]}> where </${expected ?? ''}> should be`);
    this.#at += match[0].length;
    if (this.#open.length === 1) this.#endChild(expected, this.#at);
  }

  #endChild(name: string, end: number): void {
    this.children.push({ name, start: this.#childStart, end });
  }

  #comment(): void {
    const dashes = this.#text.indexOf('--', this.#at + 4);
    if (dashes < 0 || this.#text[dashes + 2] !== '>') this.#fail('a comment that does not end with "-->"');
    this.#at = dashes + 3;
  }

  #processingInstruction(): void {
    if (this.#at > 0 && /^<\?xml[\s?]/i.test(this.#text.slice(this.#at, this.#at + 6))) {
      this.#fail('an XML declaration that is not at the start');
    }
    this.#skipPast('?>', 2, 'processing instruction');
  }

  #skipPast(terminator: string, headLength: number, what: string): void {
    const end = this.#text.indexOf(terminator, this.#at + headLength);
    if (end < 0) this.#fail(`a ${what} without its end`);
    this.#at = end + terminator.length;
  }

  #checkAttributes(attributes: string): void {
    const names = new Set<string>();
    for (const [, name = '', inDouble, inSingle] of attributes.matchAll(ATTRIBUTES)) {
      if (names.has(name)) this.#fail(`attribute ${name} twice`);
      names.add(name);
      this.#checkReferences(inDouble ?? inSingle ?? '');
    }
  }

  #checkReferences(text: string): void {
    for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) {
      REFERENCE.lastIndex = at;
      const match = REFERENCE.exec(text);
      if (!match) this.#fail('"&" that begins no predefined entity and no character reference');
      if (++this.#references > this.#limits.maxReferences)
        this.#fail(`over ${this.#limits.maxReferences} references`);
      const [, name, decimal, hex] = match;
      if (name !== undefined) continue;
      const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
      if (!isXmlCharacter(code)) this.#fail('a reference to a character that XML does not allow');
    }
  }

  #fail(reason: string): never {
    throw new IllFormed(`${reason.slice(0, 160)} @${this.#at}`);
  }
}

/** XML 1.0 production 2. */
function isXmlCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd;
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
}
