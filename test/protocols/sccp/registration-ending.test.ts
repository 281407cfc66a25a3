import { describe, expect, test } from 'vitest';
import type { PhoneSession } from './phone-session.ts';
import { reset, sessionIn, unregisterAck } from './registration-states.ts';

describe('leaving', () => {
  test.each([
    [1, 1],
    [2, 2],
    [0, 1],
    [99, 1],
  ])('Reset of type %i ends as type %i, after UnregisterAck, a time-out or a close', (sent, type) => {
    for (const answer of [
      (session: PhoneSession) => session.from(unregisterAck(0)),
      (session: PhoneSession) => session.tick(),
      (session: PhoneSession) => session.closed('fin'),
    ]) {
      const session = sessionIn('inService');
      session.from(reset(sent));
      answer(session);
      expect(session.result).toEqual({ outcome: 'reset', type, phase: 'inService' });
    }
  });

  test('Reset of type 3 in service is an order to read the configuration: the phone leaves when it is told to', () => {
    const session = sessionIn('inService');
    expect(session.from(reset(3))).toEqual(['notice applyConfig']);
    expect(session.state).toBe('inService');
    expect(session.applyConfiguration()).toEqual(['clear keepAlive', 'send UnregisterReq', 'set unregister']);
    session.from(unregisterAck(0));
    expect(session.result).toEqual({ outcome: 'reset', type: 3, phase: 'inService' });
    expect(session.applyConfiguration()).toEqual([]);
  });

  test.each([
    ['registered', ['clear answer', 'clear keepAlive', 'close']],
    ['inService', ['clear keepAlive', 'close']],
    ['unregistering', ['clear unregister', 'close']],
    ['ended', []],
  ] as const)('a phone that loses its network when %s says nothing', (state, effects) => {
    const session = sessionIn(state);
    expect(session.abandon()).toEqual(effects);
    expect(session.state).toBe('ended');
  });

  test('Reset during the set-up says so', () => {
    const session = sessionIn('settingUp');
    session.from(reset(2), unregisterAck(0));
    expect(session.result).toEqual({ outcome: 'reset', type: 2, phase: 'ready' });
  });

  test('a phone that is stopped while it resets does not come back', () => {
    const session = sessionIn('inService');
    session.from(reset(1));
    session.stop();
    session.from(unregisterAck(0));
    expect(session.result).toEqual({ outcome: 'unregistered', acknowledged: true });
  });

  test('a refused phone asks three times, then goes', () => {
    const session = sessionIn('inService');
    session.stop();
    expect(session.from(unregisterAck(2))).toEqual([]);
    expect(session.tick()).toEqual(['send UnregisterReq', 'set unregister']);
    session.from(unregisterAck(2));
    expect(session.tick()).toEqual(['send UnregisterReq', 'set unregister']);
    session.from(unregisterAck(2));
    session.tick();
    expect(session.result).toEqual({ outcome: 'unregistered', acknowledged: false });
  });

  test('a refusal and then a permission', () => {
    const session = sessionIn('inService');
    session.stop();
    session.from(unregisterAck(2));
    session.tick();
    session.from(unregisterAck(0));
    expect(session.result).toEqual({ outcome: 'unregistered', acknowledged: true });
  });
});
