/** Encodings that a declaration may name; the label goes to TextDecoder. ASCII is read as UTF-8. */
const DECLARED: Readonly<Record<string, 'utf-8' | 'iso-8859-1'>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'us-ascii': 'utf-8',
  ascii: 'utf-8',
  'iso-8859-1': 'iso-8859-1',
  'latin-1': 'iso-8859-1',
};

/**
 * The text of an XML file, or null when its bytes are not text of its encoding (XML 1.0 appendix F): a byte order
 * mark decides (UTF-8, UTF-16LE, UTF-16BE) and is removed; without one the `encoding` of the XML declaration
 * (UTF-8, US-ASCII, ISO-8859-1); without both it is UTF-8. CUCM writes UTF-8 without a mark.
 */
export function decodeXmlText(content: Uint8Array): string | null {
  const label = encodingOf(content);
  if (label === null) return null;
  try {
    return new TextDecoder(label, { fatal: true }).decode(content);
  } catch {
    return null;
  }
}

function encodingOf(content: Uint8Array): string | null {
  const [first, second, third] = content;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  const head = Buffer.from(content.buffer, content.byteOffset, Math.min(content.length, 128));
  const declared = /^<\?xml\s[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["']/.exec(
    head.toString('latin1'),
  )?.[1];
  return declared === undefined ? 'utf-8' : (DECLARED[declared.toLowerCase()] ?? null);
}
