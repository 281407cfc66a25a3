/**
 * An element as fast-xml-parser gives it with `isArray: () => true`: text alone where there is nothing else, otherwise
 * children by name, always in lists, attributes behind `@`, and text under `#text`.
 */
export type Element = string | { readonly [name: string]: unknown };

/** Stays inside this folder: an element has a value that it may not have. */
export class BadValue extends Error {}

/** The first element of this path, or null. Where a file repeats an element that belongs there once, the first counts. */
export function find(element: Element | null, ...path: readonly string[]): Element | null {
  let at = element;
  for (const name of path) at = findAll(at, name)[0] ?? null;
  return at;
}

/** The children of this name in the order of the file. */
export function findAll(element: Element | null, name: string): readonly Element[] {
  if (element === null || typeof element === 'string') return [];
  const children: unknown = element[name];
  return Array.isArray(children) ? (children as readonly Element[]) : [];
}

/** Text without blanks around it, or null when the element is absent or empty. */
export function textOf(element: Element | null, ...path: readonly string[]): string | null {
  const found = find(element, ...path);
  const text = found === null || typeof found === 'string' ? found : found['#text'];
  return typeof text === 'string' && text.trim() !== '' ? text.trim() : null;
}

/** A whole number in [min, max], or `absent` when the element is absent or empty. Anything else is a BadValue. */
export function integerOf<Absent>(
  element: Element | null,
  name: string,
  range: { readonly min: number; readonly max: number },
  absent: Absent,
): number | Absent {
  const text = textOf(element, name);
  return text === null ? absent : parseInteger(text, name, range);
}

/** An attribute that is a whole number, or `absent`. */
export function integerAttribute<Absent>(
  element: Element,
  name: string,
  range: { readonly min: number; readonly max: number },
  absent: Absent,
): number | Absent {
  const value = typeof element === 'string' ? undefined : element[`@${name}`];
  return typeof value === 'string' && value.trim() !== '' ? parseInteger(value.trim(), name, range) : absent;
}

/** `true` or `false` (also 1 and 0, any case), or `absent`. Anything else is a BadValue. */
export function booleanOf(element: Element | null, name: string, absent: boolean): boolean {
  const text = textOf(element, name)?.toLowerCase();
  if (text === undefined) return absent;
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw new BadValue(`${name}: neither true nor false`);
}

function parseInteger(
  text: string,
  name: string,
  range: { readonly min: number; readonly max: number },
): number {
  const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= range.min && value <= range.max) return value;
  throw new BadValue(`${name}: not a whole number from ${range.min} to ${range.max}`);
}
