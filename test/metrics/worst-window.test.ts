import { expect, it } from 'vitest';
import { WorstWindow } from '../../src/metrics/worst-window.ts';

it('remembers the worst ten seconds, however long the quiet after them', () => {
  const window = new WorstWindow();
  expect(window.read()).toBeNull();
  for (let second = 1; second < 600; second++) {
    for (let sample = 0; sample < 50; sample++) window.record(second === 4 ? 900 : 1);
    window.read();
  }
  expect(window.read()).toBeGreaterThanOrEqual(900);
});

it('forgives what is rarer than one in a hundred of its window', () => {
  const window = new WorstWindow();
  for (let sample = 0; sample < 1000; sample++) window.record(sample % 250 === 0 ? 900 : 1);
  expect(window.read()).toBeLessThan(2);
});
