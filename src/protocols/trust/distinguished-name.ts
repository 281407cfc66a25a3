/**
 * Whether other texts name the same subject or issuer as `name`, which is taken apart once. The texts come from
 * different writers: Cisco separates by ';', certutils by ',' or ';', and RFC 4514 turns the order of the parts around.
 * The rule:
 *
 * - Parts end at ';' where the text has one outside of quotes and escapes, else at ','. A piece that does not begin
 *   with an attribute type and '=' belongs to the value before it (`O=Cisco Systems, Inc.`).
 * - Types match in any case; values match in any (ASCII) case, with blanks at their ends dropped and runs of blanks as
 *   one: RFC 5280, section 7.1. Escapes (`\,`, `\2C`) and quotes (RFC 4514, RFC 1779) stand for what they quote.
 * - The parts match in the same order, or in the reverse.
 *
 * Which of these forms a phone accepts is not documented (inference): the rule is lax, because a name is never trusted
 * for itself. It is looked up together with a serial number, and the key of what is found must have made the signature.
 */
export function distinguishedNameMatcher(name: string): (other: string) => boolean {
  const parts = distinguishedNameParts(name);
  const inOrder = JSON.stringify(parts);
  const inReverse = JSON.stringify(parts.toReversed());
  return (other) => {
    if (other === name) return true;
    const otherParts = JSON.stringify(distinguishedNameParts(other));
    return otherParts === inOrder || otherParts === inReverse;
  };
}

/** The parts of a name, each as `type=value` in the form in which they are compared. Linear in the text. */
export function distinguishedNameParts(name: string): string[] {
  const characters = unquoted(name);
  const separator = characters.some((c) => c.special && c.text === ';') ? ';' : ',';
  const parts: string[] = [];
  let piece = '';
  const endPiece = (): void => {
    const last = parts.length - 1;
    if (parts.length === 0 || ATTRIBUTE_TYPE.test(piece)) parts.push(piece);
    else parts[last] = `${parts[last]}${separator}${piece}`;
    piece = '';
  };
  for (const { text, special } of characters) {
    if (special && text === separator) endPiece();
    else piece += text;
  }
  endPiece();
  return parts.map(comparable);
}

/** A descriptor or a dotted number, then '=': RFC 4514, section 3. */
const ATTRIBUTE_TYPE = /^ *(?:[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)*) *=/;

function comparable(part: string): string {
  const equals = part.indexOf('=');
  const type = part.slice(0, Math.max(0, equals)).trim();
  const value = part
    .slice(equals + 1)
    .split(' ')
    .filter((word) => word !== '')
    .join(' ');
  return asciiLowerCase(`${type}=${value}`);
}

/** Names may be UTF-8 read as Latin-1: only ASCII letters can be told to be letters. */
function asciiLowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** One character of the value; `special` where it stood neither escaped nor quoted. */
interface NameCharacter {
  readonly text: string;
  readonly special: boolean;
}

function unquoted(name: string): NameCharacter[] {
  const characters: NameCharacter[] = [];
  let quoted = false;
  for (let at = 0; at < name.length; at++) {
    const text = name.charAt(at);
    if (text === '"') {
      quoted = !quoted;
    } else if (text === '\\' && at + 1 < name.length) {
      const hex = /^[0-9a-fA-F]{2}/.exec(name.slice(at + 1, at + 3))?.[0];
      const escaped = hex === undefined ? name.charAt(at + 1) : String.fromCharCode(parseInt(hex, 16));
      characters.push({ text: escaped, special: false });
      at += hex === undefined ? 1 : 2;
    } else {
      characters.push({ text, special: !quoted });
    }
  }
  return characters;
}
