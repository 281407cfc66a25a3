import { describe, expect, test } from 'vitest';
import type { SccpMessage } from '../../../src/protocols/sccp/message-table.ts';
import { BUTTON_TYPE } from '../../../src/protocols/sccp/messages/buttons.ts';
import { CONFIG, PhoneSession, SETTINGS, wire } from './phone-session.ts';
import {
  ack,
  buttonTemplate,
  CUCM,
  forwardStat,
  lineStat,
  scriptedServer,
  SOFT_KEY_SETS,
  SOFT_KEY_TEMPLATE,
  TIME,
} from './scripted-server.ts';

const { line, speedDial, feature, serviceUrl, blfSpeedDial, undefined: unused } = BUTTON_TYPE;

/** A phone that has just sent its opening. */
function openingSession(): PhoneSession {
  const session = new PhoneSession();
  session.start();
  session.connected();
  session.from(ack({ keepAliveInterval: 30, versionByte: 17 }), { type: 'CapabilitiesReq' });
  session.writes.length = 0;
  return session;
}

/** The same, with its templates. */
function templatedSession(...buttons: (readonly [number, number])[]): PhoneSession {
  const session = openingSession();
  session.from(buttonTemplate(buttons));
  session.from(SOFT_KEY_TEMPLATE, SOFT_KEY_SETS);
  session.writes.splice(0, 1);
  return session;
}

const indexes = (session: PhoneSession, type: string): unknown[] =>
  session.sent.filter((message) => message.type === type).map((message) => Object.values(message)[1]);

describe('rounds', () => {
  test('a whole set-up, write by write', () => {
    const session = new PhoneSession();
    session.start();
    session.connected();
    session.converse(scriptedServer(CUCM), (replies) => session.receive(wire(replies)));
    expect(session.writes).toEqual([
      ['Alarm', 'RegisterReq'],
      ['HeadsetStatus', 'CapabilitiesRes', 'ButtonTemplateReq'],
      ['SoftKeyTemplateReq', 'SoftKeySetReq'],
      ['LineStatReq'],
      ['LineStatReq'],
      ['SpeedDialStatReq', 'FeatureStatReq', 'ServiceURLStatReq', 'FeatureStatReq', 'ForwardStatReq'],
      ['ForwardStatReq'],
      ['RegisterAvailableLines', 'TimeDateReq'],
    ]);
    expect(indexes(session, 'LineStatReq')).toEqual([1, 2]);
    expect(indexes(session, 'ForwardStatReq')).toEqual([1, 2]);
    expect(indexes(session, 'RegisterAvailableLines')).toEqual([2]);
    expect(session.state).toBe('inService');
  });

  test('version 22 sends UpdateCapabilities before it reports its lines', () => {
    const session = new PhoneSession({ ...CONFIG, settings: { ...SETTINGS, protocolVersion: 22 } });
    session.start();
    session.connected();
    session.converse(scriptedServer({ ...CUCM, versionByte: 22 }), (replies) =>
      session.receive(wire(replies, 22)),
    );
    expect(session.writes.at(-1)).toEqual(['UpdateCapabilities', 'RegisterAvailableLines', 'TimeDateReq']);
    expect(session.state).toBe('inService');
  });

  test('a phone without any button still gets ready', () => {
    const session = templatedSession();
    expect(session.writes).toEqual([['RegisterAvailableLines', 'TimeDateReq']]);
    expect(indexes(session, 'RegisterAvailableLines')).toEqual([0]);
    expect(session.from(TIME)).toEqual(['clear answer', 'notice ready']);
  });

  test('never more than five requests in one write', () => {
    const session = templatedSession(...Array.from({ length: 12 }, (_, i) => [speedDial, i + 1] as const));
    for (let n = 1; n <= 12; n++) {
      session.from({
        type: 'SpeedDialStatRes',
        speedDialNumber: n,
        speedDialDirNumber: '',
        speedDialDisplayName: '',
      });
    }
    expect(session.writes.map((write) => write.length)).toEqual([5, 5, 2, 2]);
  });

  test('repeated, unused and unknown buttons ask nothing', () => {
    const session = templatedSession([line, 1], [line, 1], [0, unused], [line, 0], [BUTTON_TYPE.hold, 1]);
    session.from(lineStat(1, false));
    session.from(forwardStat(1));
    expect(session.writes).toEqual([
      ['LineStatReq'],
      ['ForwardStatReq'],
      ['RegisterAvailableLines', 'TimeDateReq'],
    ]);
  });
});

describe('answers', () => {
  const featureAnswer = (featureIndex: number): SccpMessage => ({
    type: 'FeatureStatV2Res',
    featureIndex,
    featureID: 19,
    featureStatus: 0,
    featureTextLabel: '',
  });

  test.each<[string, readonly [number, number], SccpMessage]>([
    ['static line', [line, 3], lineStat(3, false)],
    ['dynamic line', [line, 3], lineStat(3, true)],
    [
      'static speed dial',
      [speedDial, 3],
      { type: 'SpeedDialStatRes', speedDialNumber: 3, speedDialDirNumber: '', speedDialDisplayName: '' },
    ],
    [
      'dynamic speed dial',
      [speedDial, 3],
      { type: 'SpeedDialStatV2Res', speedDialNumber: 3, speedDialDirNumber: '', speedDialDisplayName: '' },
    ],
    [
      'static feature',
      [feature, 3],
      { type: 'FeatureStatRes', featureIndex: 3, featureID: 19, featureTextLabel: '', featureStatus: 0 },
    ],
    ['dynamic feature', [feature, 3], featureAnswer(3)],
    [
      'static service',
      [serviceUrl, 3],
      { type: 'ServiceURLStatRes', serviceURLIndex: 3, serviceURL: '', serviceURLDisplayName: '' },
    ],
    [
      'dynamic service',
      [serviceUrl, 3],
      { type: 'ServiceURLStatV2Res', serviceURLIndex: 3, serviceURL: '', serviceURLDisplayName: '' },
    ],
    ['speed dial with lamp, as feature', [blfSpeedDial, 3], featureAnswer(3)],
    [
      'speed dial with lamp, as speed dial',
      [blfSpeedDial, 3],
      { type: 'SpeedDialStatV2Res', speedDialNumber: 3, speedDialDirNumber: '', speedDialDisplayName: '' },
    ],
  ])('%s', (_, button, answer) => {
    const session = templatedSession(button);
    expect(session.from(answer)).toContain('set answer');
  });

  test('an answer for another index, of another kind, or unasked is no answer', () => {
    const session = templatedSession([line, 2], [speedDial, 1]);
    expect(session.from(lineStat(1, true), forwardStat(2), featureAnswer(2), TIME, SOFT_KEY_SETS)).toEqual(
      [],
    );
    expect(session.from(lineStat(2, true))).toEqual([
      'send SpeedDialStatReq',
      'send ForwardStatReq',
      'set answer',
    ]);
  });

  test('answers of one round can come in any order, and twice', () => {
    const session = openingSession();
    session.from(buttonTemplate([]));
    expect(session.from(SOFT_KEY_SETS, SOFT_KEY_SETS)).toEqual([]);
    expect(session.from(SOFT_KEY_TEMPLATE)).toContain('send TimeDateReq');
  });

  test('feature 1 and the lamp of speed dial 1 wait for one answer each', () => {
    const session = templatedSession([feature, 1], [blfSpeedDial, 1]);
    expect(session.from(featureAnswer(1))).toEqual([]);
    expect(session.from(featureAnswer(1))).toContain('send TimeDateReq');
  });
});

describe('a button template in several messages', () => {
  test('is complete when the total is reached', () => {
    const session = openingSession();
    expect(session.from(buttonTemplate([[line, 1]], 0, 3))).toEqual([]);
    expect(session.from(buttonTemplate([[line, 2]], 1, 3))).toEqual([]);
    expect(session.from(buttonTemplate([[speedDial, 1]], 2, 3))).toContain('send SoftKeyTemplateReq');
    session.from(SOFT_KEY_TEMPLATE, SOFT_KEY_SETS);
    session.from(lineStat(1, true));
    session.from(lineStat(2, true));
    expect(indexes(session, 'LineStatReq')).toEqual([1, 2]);
    expect(indexes(session, 'SpeedDialStatReq')).toEqual([1]);
  });

  test('a part that is repeated counts once', () => {
    const session = openingSession();
    const first = buttonTemplate([[line, 1]], 0, 2);
    expect(session.from(first, first)).toEqual([]);
    expect(session.from(buttonTemplate([[line, 2]], 1, 2))).toContain('send SoftKeyTemplateReq');
  });

  test('parts that never complete it end by the timer', () => {
    const session = openingSession();
    for (let i = 0; i < 100; i++) expect(session.from(buttonTemplate([], 0, 5))).toEqual([]);
    session.tick();
    expect(session.result).toEqual({
      outcome: 'failed',
      phase: 'ready',
      cause: 'no-answer',
      detail: 'buttonTemplate',
    });
  });

  test.each([
    ['total', buttonTemplate([], 0, 0xffff_ffff)],
    ['offset', buttonTemplate([[line, 1]], 0xffff_fff0, 1)],
  ])('an absurd %s is malformed', (_, message) => {
    const session = openingSession();
    session.from(message);
    expect(session.result).toMatchObject({ outcome: 'failed', phase: 'ready', cause: 'malformed' });
  });
});

test('what is not answered in time is named', () => {
  const session = templatedSession([speedDial, 1], [speedDial, 2]);
  session.tick();
  expect(session.result).toEqual({
    outcome: 'failed',
    phase: 'ready',
    cause: 'no-answer',
    detail: 'speedDial 1, speedDial 2',
  });
});
