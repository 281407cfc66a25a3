import { describe, expect, it } from 'vitest';
import { FailureTexts, mergeFailureTexts } from '../../src/metrics/failure-texts.ts';

function textsOf(...details: string[]): FailureTexts {
  const texts = new FailureTexts();
  for (const detail of details) texts.count('sccp-rejected', detail);
  return texts;
}

const rejected = (text: string | null, count: number): object => ({ cause: 'sccp-rejected', text, count });
const many = Array.from({ length: 40 }, (_, i) => `text ${i}`);

describe('FailureTexts', () => {
  it('counts what servers say, by cause', () => {
    const texts = textsOf('No Entry In Database', 'No Entry In Database', 'Busy');
    texts.count('tftp-error', 'Busy');
    expect(texts.rows()).toEqual([
      rejected('No Entry In Database', 2),
      rejected('Busy', 1),
      { cause: 'tftp-error', text: 'Busy', count: 1 },
    ]);
  });

  it('tells sixteen texts of a cause apart, and counts all others together', () => {
    const rows = textsOf(...many, ...many).rows();
    expect(rows).toHaveLength(17);
    expect(rows.filter(({ text }) => text === null)).toEqual([rejected(null, 48)]);
  });

  it('cuts long texts, and lets no control character through to a terminal', () => {
    const [long, wild] = textsOf('x'.repeat(500), ' a\u001b[31mb\nc\u0000d\u2028e é ').rows();
    expect(long?.text).toBe(`${'x'.repeat(79)}…`);
    expect(wild?.text).toBe('a?[31mb?c?d?e é');
  });
});

describe('mergeFailureTexts', () => {
  it('adds shards up, most frequent first', () => {
    const rows = [textsOf('a', 'b'), textsOf('b', 'c', 'b')].flatMap((texts) => texts.rows());
    expect(mergeFailureTexts(rows)).toEqual([rejected('b', 3), rejected('a', 1), rejected('c', 1)]);
  });

  it('keeps the bound, and every count', () => {
    const shards = [textsOf(...many), textsOf(...many.toReversed())];
    const merged = mergeFailureTexts(shards.flatMap((texts) => texts.rows()));
    expect(merged).toHaveLength(17);
    expect(merged.reduce((sum, { count }) => sum + count, 0)).toBe(80);
  });
});
