import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readInventory } from '../../src/scenario/inventory.ts';
import { thrownBy } from '../support/thrown.ts';

function macs(text: string): string[] {
  return readInventory(text, 'phones.csv').phones.map(({ mac }) => mac);
}

function complaints(text: string): string[] {
  const error = thrownBy(() => readInventory(text, 'phones.csv'));
  expect(error.code).toBe('invalid-inventory');
  return error.message.split('\n').map((line) => line.trim());
}

describe('an inventory', () => {
  it('is a plain list, in every form of a MAC, with comments and blank lines', () => {
    const text =
      '# floor 1\n001122334455\n00:11:22:33:44:56\n\n0011.2233.4457\n  SEP001122334458 \n00-11-22-33-44-59';
    expect(macs(text)).toEqual([
      '001122334455',
      '001122334456',
      '001122334457',
      '001122334458',
      '001122334459',
    ]);
  });

  it('is CSV without a header', () => {
    expect(readInventory('SEP001122334455,7941G,SCCP,none,HQ,3,sw-3-1\n', 'x').phones).toEqual([
      { mac: '001122334455', model: '7941G', security: 'none', site: 'HQ', floor: '3', switch: 'sw-3-1' },
    ]);
  });

  it('is CSV with a header in any order, quoted, after a byte order mark, with CRLF and semicolons', () => {
    const text =
      '\uFEFFSite;Device Name;Model\r\n"Head; quarters";SEP001122334455;Cisco 7961\r\n;SEP001122334456;CP-7941G-GE\r\n';
    expect(readInventory(text, 'x').phones).toMatchObject([
      { mac: '001122334455', model: '7961G', site: 'Head; quarters' },
      { mac: '001122334456', model: '7941G-GE', site: '' },
    ]);
  });

  it('leaves the model open where none is given', () => {
    expect(
      readInventory('mac,model\n001122334455,\n001122334456\n', 'x').phones.map(({ model }) => model),
    ).toEqual([null, null]);
  });

  it('names all problems at once, each with its line', () => {
    const text = `mac,model,protocol,security
001122334455,7961G,SCCP,none
00112233445,7961G,,
001122334456,7961X,,
001122334457,7941G,SIP,none
001122334458,7941G,SCCP,encripted
00:11:22:33:44:55,,,
011122334455,,,
001122334459,,,,extra
`;
    expect(complaints(text)).toEqual([
      'inventory phones.csv: 7 problems',
      expect.stringMatching(/^phones.csv:3: "00112233445" is no MAC address: expected twelve hex digits/),
      'phones.csv:4: unknown model "7961X"; did you mean "7961G"?',
      'phones.csv:5: protocol SIP is not there yet: only SCCP phones boot for now',
      'phones.csv:6: unknown security "encripted"; did you mean "encrypted"?',
      'phones.csv:7: MAC 001122334455 is already on line 2',
      'phones.csv:8: MAC 011122334455 is a multicast address: no phone has one',
      'phones.csv:9: more than 4 columns: "extra"',
    ]);
  });

  it.each(['', '\n\n', '# only a comment\n', 'mac,model\n', ',,\n'])(
    'without phones is refused: %j',
    (text) => {
      expect(complaints(text)[1]).toBe('phones.csv:1: no phones');
    },
  );

  it('refuses a column that it does not know', () => {
    expect(complaints('mac,modle\n001122334455,7961G\n')[1]).toBe(
      'phones.csv:1: unknown column "modle"; did you mean "model"?',
    );
    expect(complaints('mac,mac\n001122334455,001122334456\n')[1]).toBe(
      'phones.csv:1: column "mac" is there twice',
    );
  });

  it('refuses CSV that does not close its quotes', () => {
    expect(complaints('001122334455\n"0011')[1]).toMatch(/^phones.csv:2: not CSV/);
  });

  it('never throws anything but its own error, whatever the file holds', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => {
        try {
          expect(macs(text).length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid-inventory' });
        }
      }),
    );
  });

  it('finds every duplicate, with both lines', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(0xffff), { minLength: 1, maxLength: 50 }),
        fc.nat(),
        (tails, pick) => {
          const lines = tails.map((tail) => `020000${tail.toString(16).padStart(6, '0')}`);
          const again = pick % lines.length;
          const text = [...lines, lines[again]].join('\n');
          expect(macs(lines.join('\n'))).toHaveLength(lines.length);
          expect(complaints(text).slice(1)).toEqual([
            `phones.csv:${lines.length + 1}: MAC ${lines[again]?.toUpperCase()} is already on line ${again + 1}`,
          ]);
        },
      ),
    );
  });
});
