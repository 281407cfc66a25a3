import { describe, expect, it } from 'vitest';
import { EXIT_CODES, exitReasonOfError } from '../../src/cli/exit-codes.ts';
import { ERROR_CODES, type ErrorCode } from '../../src/errors.ts';

describe('exit codes', () => {
  it('are all different, and only success is 0', () => {
    const codes = Object.values(EXIT_CODES).map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.filter((code) => code === 0)).toHaveLength(1);
    expect(codes.every((code) => code >= 0 && code < 126)).toBe(true);
  });

  it('exist for every error, and no error is a success', () => {
    for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
      expect(EXIT_CODES[exitReasonOfError(code)].code).toBeGreaterThan(0);
    }
  });

  it('tell bad input from a process that died', () => {
    expect(exitReasonOfError('invalid-scenario')).toBe('invalidConfiguration');
    expect(exitReasonOfError('address-in-use')).toBe('invalidConfiguration');
    expect(exitReasonOfError('agent-failed')).toBe('bug');
  });
});
