/** From the text of a flag or a variable to what a scenario would say. */

export function asText(text: string): string {
  return text.trim();
}

/** A number where it is one; otherwise the text, for the schema to take (`auto`, `95%`) or to refuse. */
export function asNumber(text: string): number | string {
  const trimmed = text.trim();
  return /^-?\d+(?:\.\d+)?$/.test(trimmed) ? Number(trimmed) : trimmed;
}

export function asList(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** Yes or no; otherwise the text. */
export function asSwitch(text: string): boolean | string {
  const word = text.trim().toLowerCase();
  if (['1', 'true', 'yes', 'on'].includes(word)) return true;
  return ['0', 'false', 'no', 'off'].includes(word) ? false : text;
}

export function asRamp(text: string): unknown {
  if (/^all[ -]at[ -]once$/.test(text.trim())) return 'all at once';
  // A word alone is meant for a shape: the schema says which there are.
  if (/^[a-z-]+$/i.test(text.trim())) return { shape: text.trim() };
  return asList(text).map((stage) => {
    const [duration = '', phones] = stage.split(':');
    return { duration: asNumber(duration), ...(phones === undefined ? {} : { phones: asNumber(phones) }) };
  });
}
