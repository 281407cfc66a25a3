import { XMLParser } from 'fast-xml-parser';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkWellFormed, decodeReferences } from '../../../src/protocols/device-config/well-formed.ts';

const LIMITS = { maxDepth: 8, maxElements: 50, maxReferences: 20 };
const check = (text: string) => checkWellFormed(text, LIMITS);

describe('well-formed', () => {
  it.each([
    ['<a/>'],
    ['<a></a >'],
    ['<?xml version="1.0"?>\n<a b="1" c=\'x "y"\'>text &amp; &#65;&#x41;</a>\n'],
    ['<!-- before --><a><!-- - inside < & --><?target data?><b/></a><!-- after -->'],
    ['<a><![CDATA[ <b> & ]] > ]]></a>'],
    ['<axl:a xmlns:axl="urn:x" axl:b="&lt;"/>'],
    ['<straße>ü</straße>'],
    [' \n<a> > </a>'],
  ])('%j', (text) => {
    expect(check(text)).toMatchObject({ ok: true });
  });

  it('tells the name of the root, and where its children begin and end', () => {
    const text = '<!--x--><device><a/> <b c="1">t<b/></b></device>';
    const children = [
      { name: 'a', start: text.indexOf('<a'), end: text.indexOf(' <b') },
      { name: 'b', start: text.indexOf('<b'), end: text.indexOf('</device') },
    ];
    expect(check(text)).toEqual({ ok: true, root: 'device', children });
  });
});

describe('not well-formed', () => {
  it.each([
    ['', 'there is no element @0'],
    [' \n', 'there is no element @2'],
    ['<!-- only -->', 'there is no element @13'],
    ['device', 'text outside the root element @0'],
    ['<a>', 'the file ends inside <a> @3'],
    ['<a><b></b>', 'the file ends inside <a> @10'],
    ['<a></b>', '</b> where </a> should be @3'],
    ['<a><b></a></b>', '</a> where </b> should be @6'],
    ['</a>', '</a> where </> should be @0'],
    ['<a/><b/>', 'a second root element @4'],
    ['<a></a>x', 'text outside the root element @7'],
    ['<a></a', 'not an end tag @3'],
    ['<a></a b="1">', 'not an end tag @3'],
    ['<a', 'not a tag @0'],
    ['<a b></a>', 'not a tag @0'],
    ['<a b=1></a>', 'not a tag @0'],
    ['<a b="1></a>', 'not a tag @0'],
    ['<a b="<"/>', 'not a tag @0'],
    ['<a b="1"c="2"/>', 'not a tag @0'],
    ['<a b="1" b="2"/>', 'attribute b twice @0'],
    ['<1a/>', 'not a tag @0'],
    ['< a/>', 'not a tag @0'],
    ['<a>&nbsp;</a>', '"&" that begins no predefined entity and no character reference @3'],
    ['<a>a & b</a>', '"&" that begins no predefined entity and no character reference @3'],
    ['<a b="&x;"/>', '"&" that begins no predefined entity and no character reference @0'],
    ['<a>&#0;</a>', 'a reference to a character that XML does not allow @3'],
    ['<a>&#xD800;</a>', 'a reference to a character that XML does not allow @3'],
    ['<a>&#x110000;</a>', 'a reference to a character that XML does not allow @3'],
    ['<a>]]></a>', '"]]>" in text @3'],
    ['<a><!-- -- --></a>', 'a comment that does not end with "-->" @3'],
    ['<a><!-- </a>', 'a comment that does not end with "-->" @3'],
    ['<a><![CDATA[x</a>', 'a CDATA section without its end @3'],
    ['<![CDATA[x]]><a/>', 'CDATA outside the root element @0'],
    ['<a><?x </a>', 'a processing instruction without its end @3'],
    [' <?xml version="1.0"?><a/>', 'an XML declaration that is not at the start @1'],
    ['<!DOCTYPE a><a/>', 'a document type declaration: phones have none @0'],
    ['<a>\u0000</a>', 'character that XML does not allow @3'],
    ['<a>\u001b</a>', 'character that XML does not allow @3'],
    ['<a>\uffff</a>', 'character that XML does not allow @3'],
    [`${'<a>'.repeat(9)}${'</a>'.repeat(9)}`, 'over 8 levels deep @24'],
    [`<a>${'<b/>'.repeat(50)}</a>`, 'over 50 elements @199'],
    [`<a b="${'&lt;'.repeat(10)}">${'&#65;'.repeat(11)}</a>`, 'over 20 references @48'],
  ])('%j', (text, detail) => {
    expect(check(text)).toEqual({ ok: false, detail });
  });

  it('an error repeats little of a hostile name', () => {
    const result = check(`<${'a'.repeat(1_000_000)}>`);
    expect(result.ok ? '' : result.detail.length).toBeLessThan(200);
  });
});

describe('properties', () => {
  const name = fc.stringMatching(/^[a-z][a-zA-Z0-9]{0,8}$/);
  const chardata = fc.stringMatching(/^[a-z &<>"']{0,10}$/);
  const escaped = chardata.map((text) =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&#62;'),
  );
  const { element } = fc.letrec<{ element: string; leaf: string; branch: string }>((tie) => ({
    element: fc.oneof({ maxDepth: 5 }, tie('leaf'), tie('branch')),
    leaf: fc.tuple(name, escaped).map(([tag, text]) => `<${tag}>${text}</${tag}>`),
    branch: fc
      .tuple(name, fc.array(tie('element'), { maxLength: 3 }))
      .map(([tag, children]) => `<${tag}>${children.join('\n')}</${tag}>`),
  }));
  const generous = { maxDepth: 1000, maxElements: 100_000, maxReferences: 100_000 };

  it('a made document is well-formed; cut anywhere inside, it is not', () => {
    fc.assert(
      fc.property(element, fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (text, part) => {
        expect(checkWellFormed(text, generous).ok).toBe(true);
        expect(checkWellFormed(text.slice(0, Math.floor(text.length * part)), generous).ok).toBe(false);
      }),
    );
  });

  it('what it accepts, the XML parser reads: whatever the characters', () => {
    // no processing instructions: fast-xml-parser wants their quotes balanced, which XML does not
    const soup = fc
      .array(
        fc.constantFrom(
          '<a>',
          '</a>',
          '<b/>',
          '<',
          '>',
          '&amp;',
          '&',
          '"',
          '<!--',
          '-->',
          ' x="1"',
          '<![CDATA[',
          ']]>',
          'text',
          '\n',
        ),
        { maxLength: 12 },
      )
      .map((parts) => parts.join(''));
    const parser = new XMLParser({ ignoreAttributes: false });
    let accepted = 0;
    fc.assert(
      fc.property(
        fc.oneof(
          soup,
          soup.map((inner) => `<r>${inner}</r>`),
          fc.string(),
        ),
        (text) => {
          if (!checkWellFormed(text, generous).ok) return;
          accepted++;
          expect(Object.keys(parser.parse(text) as object).length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 5000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });

  it('references give back the text, and never more of it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const coded = Array.from(text, (character) => `&#${character.codePointAt(0)};`).join('');
        expect(decodeReferences(coded)).toBe(text);
      }),
    );
    expect(decodeReferences('&amp;lt; &lt;&gt;&quot;&apos;&#x1F4DE;')).toBe('&lt; <>"\'\u{1F4DE}');
  });
});
