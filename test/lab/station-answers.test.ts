import { describe, expect, it } from 'vitest';
import { answerTo, buttonsFor, prebuiltAnswers, type StationFacts } from '../../src/lab/station-answers.ts';
import { decodeFrame, SCCP_FRAME_RULE } from '../../src/protocols/sccp/header.ts';
import { decodeMessage, type SccpMessage } from '../../src/protocols/sccp/message-table.ts';
import { StreamFramer } from '../../src/wire/stream-framer.ts';
import { deviceOf, LOCALHOST } from './lab-parts.ts';

const DATE = new Date(2026, 0, 2, 3, 4, 5, 6);

function station(version: number, buttons = 6): StationFacts {
  return {
    deviceName: deviceOf(1),
    version,
    buttons,
    directoryNumber: '1000001',
    prebuilt: prebuiltAnswers(version, buttons),
    server: { name: 'cucm1.lab', host: LOCALHOST, port: 2000 },
  };
}

/** The messages of an answer, and the header versions of their frames. */
function answer(request: SccpMessage, version: number): { messages: SccpMessage[]; headers: number[] } {
  const framer = new StreamFramer(SCCP_FRAME_RULE);
  const messages: SccpMessage[] = [];
  const headers: number[] = [];
  framer.push(answerTo(request, station(version), () => DATE) ?? new Uint8Array(0));
  for (let frame = framer.next(); frame !== null; frame = framer.next()) {
    messages.push(decodeMessage(decodeFrame(frame)));
    headers.push(decodeFrame(frame).headerVersion);
  }
  return { messages, headers };
}

const types = (request: SccpMessage, version: number): string[] =>
  answer(request, version).messages.map(({ type }) => type);

/** Every request of a phone, with the answers before version 8, at 11 and from 17. */
const TABLE: readonly (readonly [SccpMessage, string[], string[], string[]])[] = [
  [{ type: 'ButtonTemplateReq' }, ...same(['ButtonTemplateRes'])],
  [{ type: 'SoftKeyTemplateReq' }, ...same(['SoftKeyTemplateRes'])],
  [{ type: 'SoftKeySetReq' }, ...same(['SoftKeySetRes', 'SelectSoftKeys'])],
  [{ type: 'VersionReq' }, ...same(['VersionRes'])],
  [{ type: 'ServerReq' }, ...same(['ServerRes'])],
  [{ type: 'ConfigStatReq' }, ...same(['ConfigStatRes'])],
  [{ type: 'LineStatReq', lineNumber: 1 }, ['LineStatRes'], ['LineStatRes'], ['LineStatV2Res']],
  [
    { type: 'SpeedDialStatReq', speedDialNumber: 1 },
    ['SpeedDialStatRes'],
    ['SpeedDialStatRes'],
    ['SpeedDialStatV2Res'],
  ],
  [{ type: 'FeatureStatReq', featureIndex: 1 }, ['FeatureStatRes'], ['FeatureStatRes'], ['FeatureStatV2Res']],
  [
    { type: 'ServiceURLStatReq', serviceURLIndex: 1 },
    ['ServiceURLStatRes'],
    ['ServiceURLStatRes'],
    ['ServiceURLStatV2Res'],
  ],
  [{ type: 'ForwardStatReq', lineNumber: 1 }, ...same(['ForwardStatRes'])],
  [
    { type: 'TimeDateReq' },
    ['TimeDateRes', 'SetLamp', 'DisplayPromptStatus', 'SelectSoftKeys'],
    ['TimeDateRes', 'SetLamp', 'DisplayPromptStatusV2', 'SelectSoftKeys'],
    ['TimeDateRes', 'SetLamp', 'DisplayPromptStatusV2', 'SelectSoftKeys'],
  ],
  [{ type: 'IpPort', rtpMediaPort: 4000 }, ...same([])],
  [{ type: 'RegisterAvailableLines', maxNumOfAvailLines: 1 }, ...same([])],
  [{ type: 'UnknownMessage', id: 0x7777, body: new Uint8Array(4) }, ...same([])],
];

function same(answers: string[]): [string[], string[], string[]] {
  return [answers, answers, answers];
}

describe('answerTo', () => {
  it.each(TABLE.map((row) => [row[0].type, row] as const))('%s', (_, [request, old, middle, dynamic]) => {
    expect(types(request, 5)).toEqual(old);
    expect(types(request, 11)).toEqual(middle);
    expect(types(request, 17)).toEqual(dynamic);
    expect(types(request, 22)).toEqual(dynamic);
  });

  it('writes the session’s version into the header from version 10 on', () => {
    const request = { type: 'TimeDateReq' } as const;
    expect(answer(request, 9).headers).toEqual([0, 0, 0, 0]);
    expect(answer(request, 22).headers).toEqual([22, 22, 22, 22]);
  });

  it('knows one line; others exist and are empty', () => {
    const line = (lineNumber: number): SccpMessage | undefined =>
      answer({ type: 'LineStatReq', lineNumber }, 22).messages[0];
    expect(line(1)).toMatchObject({ lineNumber: 1, lineDirNumber: '1000001' });
    expect(line(7)).toMatchObject({ lineNumber: 7, lineDirNumber: '', lineTextLabel: '' });
  });

  it('gives the first button to the line and the others to speed dials, counted from 1', () => {
    const [template] = answer({ type: 'ButtonTemplateReq' }, 22).messages;
    expect(template).toMatchObject({ total: 6 });
    const entries = template?.type === 'ButtonTemplateRes' ? template.entries.slice(0, 6) : [];
    expect(entries.map(({ buttonDefinition }) => buttonDefinition)).toEqual([9, 2, 2, 2, 2, 2]);
    expect(entries.map(({ instanceNumber }) => instanceNumber)).toEqual([1, 1, 2, 3, 4, 5]);
  });

  it('says the local time, and the time of day in UTC', () => {
    const [time] = answer({ type: 'TimeDateReq' }, 22).messages;
    expect(time).toMatchObject({
      wYear: 2026,
      wMonth: 1,
      wDay: 2,
      wDayOfWeek: 5,
      wHour: 3,
      wMinute: 4,
      wSecond: 5,
    });
    expect(time).toMatchObject({ systemTime: Math.floor(DATE.getTime() / 1000) });
  });

  it('names this CallManager in the list of servers', () => {
    const [list] = answer({ type: 'ServerReq' }, 22).messages;
    expect(list).toMatchObject({
      serverName: ['cucm1.lab', '', '', '', ''],
      serverTcpListenPort: [2000, 0, 0, 0, 0],
      serverIpAddr: [LOCALHOST, '0.0.0.0', '0.0.0.0', '0.0.0.0', '0.0.0.0'],
    });
  });

  it('has 1 to 42 buttons, whatever a phone says', () => {
    expect([0, 1, 6, 42, 43, 0xffff_ffff].map(buttonsFor)).toEqual([1, 1, 6, 42, 42, 42]);
  });
});
