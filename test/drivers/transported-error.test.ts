import { describe, expect, it } from 'vitest';
import { receiveError, transportError } from '../../src/drivers/transported-error.ts';
import { BootstormError } from '../../src/errors.ts';

/** As IPC and message ports carry it. */
function travel(error: unknown): ReturnType<typeof transportError> {
  return structuredClone(transportError(error));
}

describe('an error that travels between processes', () => {
  it('is an operator error again, with its code and hint, when it was one', () => {
    const sent = new BootstormError('address-in-use', 'taken', { hint: 'free it', cause: new Error('why') });
    const received = receiveError(travel(sent), 'agent 1');
    expect(received).toBeInstanceOf(BootstormError);
    expect(received).toMatchObject({ code: 'address-in-use', message: 'taken', hint: 'free it' });
    expect(receiveError(travel(new BootstormError('lab-failed', 'gone')), 'the lab').hint).toBeUndefined();
  });

  it('is a failure of its sender, with its stack, when it was a bug', () => {
    const received = receiveError(travel(new TypeError('x is not a function')), 'agent 1');
    expect(received.code).toBe('agent-failed');
    expect(received.message).toMatch(/^agent 1 failed: TypeError: x is not a function\n +at /);
    expect(receiveError(travel(new Error('odd')), 'the lab', 'lab-failed').code).toBe('lab-failed');
  });

  it('keeps a bug a bug, whatever code the error of a library has', () => {
    const library = Object.assign(new Error('no such file'), { code: 'ENOENT', hint: 'none' });
    expect(transportError(library)).toMatchObject({ code: null, hint: null });
  });

  it('may be no error at all', () => {
    for (const thrown of ['text', 7, null, undefined]) {
      expect(receiveError(travel(thrown), 'agent 1').message).toBe(`agent 1 failed: ${thrown}`);
    }
  });
});
