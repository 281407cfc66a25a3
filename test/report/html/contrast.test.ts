import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('../../../src/report/html/assets/report.css', import.meta.url), 'utf8');
const blocks = [...css.matchAll(/:root\s*\{([^}]*)\}/g)].map(([, block = '']) => colorsOf(block));
const [light = {}, dark = {}] = blocks;

/** What is written on what. WCAG 2.2, 1.4.3: 4.5 to 1 for text. */
const TEXT = [
  ['ink', 'sheet'],
  ['ink', 'page'],
  ['muted', 'sheet'],
  ['accent', 'sheet'],
  ['good', 'sheet'],
  ['bad', 'sheet'],
  ['good', 'good-soft'],
  ['bad', 'bad-soft'],
  ['warn', 'warn-soft'],
] as const;

/** What has to be seen against what. WCAG 2.2, 1.4.11: 3 to 1 for graphics that carry a meaning. */
const GRAPHICS = [
  ['accent', 'sheet'],
  ['accent', 'accent-soft'],
  ['second', 'sheet'],
  ['good', 'sheet'],
  ['bad', 'sheet'],
  ['tail', 'sheet'],
  ['modelled', 'sheet'],
] as const;

describe.each([
  ['light', light],
  ['dark', { ...light, ...dark }],
])('the colours of the %s report', (_, colors) => {
  it.each(TEXT)('let %s be read on %s', (ink, ground) => {
    expect(contrast(colors[ink], colors[ground])).toBeGreaterThanOrEqual(4.5);
  });

  it.each(GRAPHICS)('let %s be seen on %s', (shape, ground) => {
    expect(contrast(colors[shape], colors[ground])).toBeGreaterThanOrEqual(3);
  });
});

describe('the style sheet', () => {
  it('has two themes, and no colour outside of them', () => {
    expect(blocks).toHaveLength(2);
    expect(Object.keys(dark)).toEqual(Object.keys(light));
    const rules = css.replaceAll(/:root\s*\{[^}]*\}/g, '');
    expect(rules.match(/#[\da-f]{3,8}\b|rgba?\(|hsla?\(/gi)).toBeNull();
  });
});

describe('contrast', () => {
  it('is as WCAG defines it', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.478, 3);
  });
});

function colorsOf(block: string): Record<string, string> {
  return Object.fromEntries(
    [...block.matchAll(/--([\w-]+):\s*(#[\da-f]{6})/g)].map(([, name = '', color = '']) => [name, color]),
  );
}

/** Contrast ratio of two colours `#rrggbb`. */
function contrast(a: string | undefined, b: string | undefined): number {
  const [dim = 0, bright = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
  return (bright + 0.05) / (dim + 0.05);
}

/** Relative luminance, WCAG 2.2. */
function luminance(color = ''): number {
  const channels = [1, 3, 5].map((at) => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  const [red = 0, green = 0, blue = 0] = channels;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
