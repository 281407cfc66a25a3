import { describe, expect, test } from 'vitest';
import { CLOSE_CAUSES } from '../../../src/protocols/effects.ts';
import type { RegistrationState } from '../../../src/protocols/sccp/registration.ts';
import type { PhoneSession } from './phone-session.ts';
import {
  ACK,
  CAPABILITIES_REQ,
  type INTO,
  KEEP_ALIVE_ACK,
  LAMP,
  REJECT,
  reset,
  sessionIn,
  unregisterAck,
  PHASES,
} from './registration-states.ts';
import { TIME } from './scripted-server.ts';
import { fromHex } from '../../../src/wire/hex.ts';

const failed = (phase: string, cause: string, detail?: string) =>
  `done ${JSON.stringify({ outcome: 'failed', phase, cause, ...(detail === undefined ? {} : { detail }) })}`;
const wasReset = (type: number, phase: string) => `done ${JSON.stringify({ outcome: 'reset', type, phase })}`;
const STOPPED = 'done {"outcome":"stopped"}';
const UNREGISTERED = 'done {"outcome":"unregistered","acknowledged":true}';
const UNHEARD = 'done {"outcome":"unregistered","acknowledged":false}';

type Row = readonly [
  state: keyof typeof INTO,
  event: string,
  act: (session: PhoneSession) => string[],
  next: RegistrationState,
  effects: readonly string[],
];

const TABLE: readonly Row[] = [
  ['idle', 'start', (s) => s.start(), 'connecting', ['connect 127.0.0.2:2000', 'set connect']],
  ['idle', 'stop', (s) => s.stop(), 'ended', [STOPPED]],
  [
    'connecting',
    'connected',
    (s) => s.connected(),
    'registering',
    ['clear connect', 'notice connected', 'send Alarm', 'send RegisterReq', 'set register'],
  ],
  ['connecting', 'timer', (s) => s.tick(), 'ended', ['clear connect', 'close', failed('connect', 'timeout')]],
  ['connecting', 'stop', (s) => s.stop(), 'ended', ['clear connect', 'close', STOPPED]],
  [
    'registering',
    'RegisterAck',
    (s) => s.from(ACK),
    'registered',
    ['clear register', 'notice registered', 'set keepAlive', 'set answer'],
  ],
  [
    'registering',
    'RegisterAck and CapabilitiesReq in one segment',
    (s) => s.from(ACK, CAPABILITIES_REQ),
    'settingUp',
    [
      'clear register',
      'notice registered',
      'set keepAlive',
      'set answer',
      'send HeadsetStatus',
      'send CapabilitiesRes',
      'send ButtonTemplateReq',
      'set answer',
    ],
  ],
  ['registering', 'CapabilitiesReq', (s) => s.from(CAPABILITIES_REQ), 'registering', []],
  [
    'registering',
    'CapabilitiesReq, then RegisterAck',
    (s) => s.from(CAPABILITIES_REQ, ACK),
    'settingUp',
    [
      'clear register',
      'notice registered',
      'set keepAlive',
      'send HeadsetStatus',
      'send CapabilitiesRes',
      'send ButtonTemplateReq',
      'set answer',
    ],
  ],
  [
    'registering',
    'RegisterReject',
    (s) => s.from({ type: 'RegisterReject', text: 'Device Unknown' }),
    'ended',
    ['clear register', 'close', failed('register', 'rejected', 'Device Unknown')],
  ],
  [
    'registering',
    'Reset in place of RegisterAck',
    (s) => s.from(reset(2)),
    'ended',
    ['clear register', 'close', wasReset(2, 'register')],
  ],
  [
    'registering',
    'KeepAliveReq',
    (s) => s.from({ type: 'KeepAliveReq' }),
    'registering',
    ['send KeepAliveAck'],
  ],
  ['registering', 'KeepAliveAck', (s) => s.from(KEEP_ALIVE_ACK), 'registering', []],
  ['registering', 'lamps, and a time nobody asked for', (s) => s.from(LAMP, LAMP, TIME), 'registering', []],
  ['registering', 'UnregisterAck', (s) => s.from(unregisterAck(0)), 'registering', []],
  [
    'registering',
    'timer',
    (s) => s.tick(),
    'ended',
    ['clear register', 'close', failed('register', 'no-answer', 'RegisterReq')],
  ],
  ['registering', 'stop', (s) => s.stop(), 'ended', ['clear register', 'close', STOPPED]],
  ['registered', 'a second RegisterAck', (s) => s.from(ACK), 'registered', []],
  [
    'registered',
    'CapabilitiesReq',
    (s) => s.from(CAPABILITIES_REQ),
    'settingUp',
    ['send HeadsetStatus', 'send CapabilitiesRes', 'send ButtonTemplateReq', 'set answer'],
  ],
  [
    'registered',
    'timer: nobody asks for capabilities',
    (s) => s.tick(),
    'settingUp',
    ['send HeadsetStatus', 'send ButtonTemplateReq', 'set answer'],
  ],
  [
    'registered',
    'RegisterReject',
    (s) => s.from(REJECT),
    'ended',
    ['clear answer', 'clear keepAlive', 'close', failed('ready', 'rejected', 'Crossover session')],
  ],
  [
    'registered',
    'stop',
    (s) => s.stop(),
    'unregistering',
    ['clear answer', 'clear keepAlive', 'send UnregisterReq', 'set unregister'],
  ],
  [
    'settingUp',
    'CapabilitiesReq, again',
    (s) => s.from(CAPABILITIES_REQ),
    'settingUp',
    ['send CapabilitiesRes'],
  ],
  [
    'settingUp',
    'timer',
    (s) => s.tick(),
    'ended',
    ['clear answer', 'clear keepAlive', 'close', failed('ready', 'no-answer', 'buttonTemplate')],
  ],
  [
    'settingUp',
    'Reset',
    (s) => s.from(reset(1)),
    'unregistering',
    ['clear answer', 'clear keepAlive', 'send UnregisterReq', 'set unregister'],
  ],
  ['inService', 'timer', (s) => s.tick(), 'inService', ['send KeepAliveReq', 'set keepAlive']],
  ['inService', 'KeepAliveAck to nothing', (s) => s.from(KEEP_ALIVE_ACK), 'inService', []],
  ['inService', 'KeepAliveReq', (s) => s.from({ type: 'KeepAliveReq' }), 'inService', ['send KeepAliveAck']],
  ['inService', 'CapabilitiesReq', (s) => s.from(CAPABILITIES_REQ), 'inService', ['send CapabilitiesRes']],
  ['inService', 'TimeDateRes, unasked', (s) => s.from(TIME), 'inService', []],
  ['inService', 'UnregisterAck to nothing', (s) => s.from(unregisterAck(0)), 'inService', []],
  [
    'inService',
    'RegisterReject',
    (s) => s.from(REJECT),
    'ended',
    ['clear keepAlive', 'close', failed('inService', 'rejected', 'Crossover session')],
  ],
  [
    'inService',
    'Reset',
    (s) => s.from(reset(2)),
    'unregistering',
    ['clear keepAlive', 'send UnregisterReq', 'set unregister'],
  ],
  [
    'inService',
    'stop',
    (s) => s.stop(),
    'unregistering',
    ['clear keepAlive', 'send UnregisterReq', 'set unregister'],
  ],
  [
    'unregistering',
    'UnregisterAck',
    (s) => s.from(unregisterAck(0)),
    'ended',
    ['clear unregister', 'close', UNREGISTERED],
  ],
  [
    'unregistering',
    'UnregisterAck, error',
    (s) => s.from(unregisterAck(1)),
    'ended',
    ['clear unregister', 'close', UNHEARD],
  ],
  ['unregistering', 'UnregisterAck, nak', (s) => s.from(unregisterAck(2)), 'unregistering', []],
  ['unregistering', 'Reset', (s) => s.from(reset(1)), 'ended', ['clear unregister', 'close', UNREGISTERED]],
  ['unregistering', 'an orderly close', (s) => s.closed('fin'), 'ended', ['clear unregister', UNREGISTERED]],
  ['unregistering', 'RST', (s) => s.closed('reset'), 'ended', ['clear unregister', UNHEARD]],
  ['unregistering', 'timer', (s) => s.tick(), 'ended', ['clear unregister', 'close', UNHEARD]],
  ['unregistering', 'RegisterReject', (s) => s.from(REJECT), 'ended', ['clear unregister', 'close', UNHEARD]],
  ['unregistering', 'stop', (s) => s.stop(), 'unregistering', []],
  ['unregistering', 'CapabilitiesReq', (s) => s.from(CAPABILITIES_REQ), 'unregistering', []],
  [
    'unregistering',
    'not SCCP',
    (s) => s.receive(fromHex('00000000 00000000')),
    'ended',
    ['clear unregister', 'close', UNHEARD],
  ],
  ['ended', 'stop', (s) => s.stop(), 'ended', []],
  ['ended', 'start', (s) => s.start(), 'ended', []],
  ['ended', 'data', (s) => s.from(ACK), 'ended', []],
];

describe('the table', () => {
  test.each(TABLE)('%s: %s', (state, _, act, next, effects) => {
    const session = sessionIn(state);
    expect(act(session)).toEqual(effects);
    expect(session.state).toBe(next);
    if (next === 'ended') expect(session.timers.size).toBe(0);
  });

  const closes = PHASES.flatMap(([state, phase]) =>
    CLOSE_CAUSES.map((cause) => [state, phase, cause] as const),
  );

  test.each(closes)('%s: closed, and it was in phase %s: %s', (state, phase, cause) => {
    const session = sessionIn(state);
    const effects = session.closed(cause);
    expect(effects.at(-1)).toBe(failed(phase, cause));
    expect(effects).not.toContain('close');
    expect(session.timers.size).toBe(0);
  });
});
