import { describe, expect, it } from 'vitest';
import { FAILURE_CAUSES } from '../../src/phone/failure-causes.ts';

describe('every failure', () => {
  it('has a cause from the closed table, with a hint and a place to look', () => {
    for (const [cause, facts] of Object.entries(FAILURE_CAUSES)) {
      expect(cause).not.toBe('unknown');
      expect(facts.hint.length, cause).toBeGreaterThan(10);
      expect(facts.look.length, cause).toBeGreaterThan(5);
    }
  });
});
