import { describe, expect, it } from 'vitest';
import { decodeXmlText } from '../../../src/protocols/device-config/text-encoding.ts';

const utf16le = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le');

describe('the encoding of a file', () => {
  it.each([
    ['UTF-8 without a mark', Buffer.from('<a>ü</a>'), '<a>ü</a>'],
    ['UTF-8 with a mark', Buffer.from('\ufeff<a>ü</a>'), '<a>ü</a>'],
    ['UTF-16LE by its mark', utf16le('<a>ü</a>'), '<a>ü</a>'],
    ['UTF-16BE by its mark', utf16le('<a>ü</a>').swap16(), '<a>ü</a>'],
    [
      'ISO-8859-1 by declaration',
      Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>ü</a>', 'latin1'),
      '<?xml version="1.0" encoding="ISO-8859-1"?><a>ü</a>',
    ],
    [
      'a mark outweighs the declaration',
      Buffer.from('\ufeff<?xml version="1.0" encoding="iso-8859-1"?><a>ü</a>'),
      '<?xml version="1.0" encoding="iso-8859-1"?><a>ü</a>',
    ],
    ['an empty file', Buffer.alloc(0), ''],
    ['bytes that are not UTF-8', Buffer.from([0x3c, 0x61, 0xff, 0x3e]), null],
    ['an odd byte of UTF-16', utf16le('<a/>').subarray(0, 9), null],
    ['a lone surrogate', utf16le('<a>\ud800</a>'), null],
    ['an encoding that phones do not have', Buffer.from('<?xml version="1.0" encoding="EBCDIC"?><a/>'), null],
  ])('%s', (_name, bytes, text) => {
    expect(decodeXmlText(bytes)).toBe(text);
  });
});
