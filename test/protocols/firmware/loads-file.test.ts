import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partsOfLoad } from '../../../src/protocols/firmware/known-loads.ts';
import { buildLoadsFile, parseLoadsFile } from '../../../src/protocols/firmware/loads-file.ts';
import { fromHex } from '../../../src/wire/hex.ts';

const PARTS = partsOfLoad('SCCP41.9-4-2SR3-1S').map(({ name }) => name);
const text = (lines: string): Buffer => Buffer.from(lines, 'latin1');

/** Tags 1 (version 1.1) and 2 (length 16), then two tags that nobody here knows. */
const HEADER = fromHex('010002 0101 020002 0010 63000100 0d 0d'.replaceAll(' ', ''));

describe('a .loads file', () => {
  it('has its text behind the signed header, whose length stands in tag 2', () => {
    expect(HEADER).toHaveLength(16);
    const file = Buffer.concat([HEADER, text('a.sbn\r\nb.sbn\r\n')]);
    expect(parseLoadsFile(file)).toEqual({ ok: true, parts: ['a.sbn', 'b.sbn'] });
  });

  it('may have CRLF, comments, blank lines and blanks at the ends of lines, as real ones do', () => {
    const lines =
      '#HARDWARE_COMP_1 5\r\n\r\njar42sccp.9-4-2ES26.sbn  \r\ncnu42.9-4-2ES26.sbn\t\r\n  \r\n#end';
    expect(parseLoadsFile(text(lines))).toEqual({
      ok: true,
      parts: ['jar42sccp.9-4-2ES26.sbn', 'cnu42.9-4-2ES26.sbn'],
    });
  });

  it('of the lab has the size of the genuine one and names the same parts', () => {
    const file = buildLoadsFile('SCCP41.9-4-2SR3-1S.loads', PARTS);
    expect(parseLoadsFile(file)).toEqual({ ok: true, parts: PARTS });
    expect(file.readUInt16BE(8)).toBe(file.indexOf('#Load'));
    expect(Math.abs(file.length - 652)).toBeLessThan(200);
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'names no file'],
    ['comments only', text('# nothing\r\n'), 'names no file'],
    ['a header that goes past the end', fromHex('0100020101020002ffff'), 'headerLength'],
    ['a header that is cut', fromHex('01000201'), 'need 2 bytes'],
    ['a header without tag 2', fromHex('0100020101030002000a'), 'not tag 2'],
    ['bytes that are no names', text('a.sbn\n\u0001\u0002b\n'), 'no file name'],
    ['a name with a blank in it', text('a b.sbn\n'), 'no file name'],
    ['hundreds of names', text('x\n'.repeat(500)), 'names 500 files'],
  ])('with %s names no firmware', (_, file, detail) => {
    const parsed = parseLoadsFile(file);
    expect(parsed).toMatchObject({ ok: false, detail: expect.stringContaining(detail) });
  });

  it('of any bytes raises nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, signed) => {
        const file = signed ? Buffer.concat([Uint8Array.of(1, 0, 2, 1, 1, 2, 0, 2), bytes]) : bytes;
        expect(['boolean']).toContain(typeof parseLoadsFile(file).ok);
      }),
    );
  });
});

describe('a known load', () => {
  it('of the 7941 and 7961 has 8.13 MB in five parts', () => {
    const parts = partsOfLoad('SCCP41.9-4-2SR3-1S');
    expect(parts.map(({ name }) => name)).toEqual([
      'jar41sccp.9-4-2ES26.sbn',
      'cnu41.9-4-2ES26.sbn',
      'apps41.9-4-2ES26.sbn',
      'dsp41.9-4-2ES26.sbn',
      'cvm41sccp.9-4-2ES26.sbn',
    ]);
    expect(parts.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(8_126_582);
  });

  it('of another version carries that version, and of another kind is one part', () => {
    expect(partsOfLoad('SCCP42.8-5-4S')[0]).toEqual({ name: 'jar42sccp.8-5-4.sbn', bytes: 1_763_397 });
    expect(partsOfLoad('sip88xx.12-5-1SR2-2').map(({ name }) => name)).toEqual(['sip88xx.12-5-1SR2-2.sbn']);
  });
});
