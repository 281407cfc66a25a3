import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wrap } from '../../src/scenario/plain-text.ts';
import { fit } from '../../src/report/fit.ts';
import { left, painter, right, table } from '../../src/report/table.ts';

describe('table', () => {
  it('aligns its columns and leaves no spaces at the end', () => {
    expect(
      table(
        [left('name'), right('n')],
        [
          ['a', '1'],
          ['longer', '12'],
        ],
      ),
    ).toEqual(['name     n', 'a        1', 'longer  12']);
    expect(table([left('a'), left('b')], [['1', '']])).toEqual(['a  b', '1']);
  });
});

describe('wrap', () => {
  it('loses no word and keeps to the width where words allow', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: 1 });
    fc.assert(
      fc.property(words, fc.integer({ min: 12, max: 60 }), (list, width) => {
        const lines = wrap(list.join(' '), width, '  ');
        expect(lines.map((line) => line.trim()).join(' ')).toBe(list.join(' '));
        expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('keeps the beginning of the first line', () => {
    expect(wrap('do:   it now', 10, '      ', '  ')).toEqual(['  do:   it', '      now']);
  });
});

describe('fit', () => {
  it('shows that it has cut something off', () => {
    expect([fit('abcdef', 6), fit('abcdef', 4), fit('abc', 1)]).toEqual(['abcdef', 'abc…', '…']);
  });
});

describe('painter', () => {
  it('leaves text alone unless it is to style it', () => {
    expect(painter(false)('red', 'x')).toBe('x');
    expect(painter(true)('red', 'x')).toBe('\u001b[31mx\u001b[0m');
  });
});
