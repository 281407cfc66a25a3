const PERCENT = 0x25;
/** RFC 3986 section 3.3: `pchar` without "%", and the slash between segments. */
const PATH_CHARACTERS = /[\w.~!$&'()*+,;=:@/-]/;

/**
 * A request as Cisco phones send it: the request line and `Host` alone, without a blank after the colon (CUCM's TFTP
 * trace of an 8861 with 12.1 booting; Cisco TAC document 214528, where the request for CTLSEP<MAC>.tlv has 64 bytes).
 * A name that begins with a slash, as locale files do when the locale has no name, gets no second one (inference).
 */
export function encodeGetRequest(host: string, port: number, fileName: string): Buffer {
  const path = fileName.startsWith('/') ? fileName : `/${fileName}`;
  return Buffer.from(`GET ${escapePath(path)} HTTP/1.1\r\nHost:${host}:${port}\r\n\r\n`, 'latin1');
}

/** What may not stand in a path is percent-encoded: a file name out of a configuration ends no line. */
function escapePath(path: string): string {
  let escaped = '';
  for (const byte of Buffer.from(path)) {
    const character = String.fromCharCode(byte);
    const isPlain = byte !== PERCENT && PATH_CHARACTERS.test(character);
    escaped += isPlain ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return escaped;
}
