import { describe, expect, it } from 'vitest';
import { formatPath, refuse } from '../../src/scenario/problems.ts';
import { thrownBy } from '../support/thrown.ts';

describe('refuse', () => {
  it('does nothing where nothing is wrong', () => {
    expect(() => refuse('invalid-scenario', 'x', [], () => null)).not.toThrow();
  });

  it('lists what is wrong, with places, and a hint', () => {
    const problems = [
      { path: ['ramp', 0, 'phones'], message: 'wrong' },
      { path: [], message: 'odd', origin: 'line 3' },
    ];
    const error = thrownBy(() => refuse('invalid-scenario', 'storm', problems, () => 'here', 'do better'));
    expect(error.message).toBe('storm: 2 problems\n  here: ramp[0].phones: wrong\n  line 3: odd');
    expect(error.hint).toBe('do better');
  });

  it('does not flood the terminal', () => {
    const problems = Array.from({ length: 5000 }, (_, i) => ({ path: [i], message: 'wrong' }));
    const lines = thrownBy(() => refuse('invalid-inventory', 'x', problems, () => null)).message.split('\n');
    expect(lines).toHaveLength(202);
    expect(lines[0]).toBe('x: 5000 problems');
    expect(lines.at(-1)).toBe('  and 4800 more');
  });
});

describe('formatPath', () => {
  it('writes a path as people do', () => {
    expect(formatPath(['lab', 'faults', 0, 'on'])).toBe('lab.faults[0].on');
    expect(formatPath([])).toBe('');
  });
});
