import { fixedText, struct, u32le } from '../../../wire/codec.ts';
import { message, messageWithForms } from '../message.ts';

export const forwardStatReq = message(0x0009, 'ForwardStatReq', struct({ lineNumber: u32le }));

const forwards = (dirNumberBytes: number) =>
  struct({
    activeForward: u32le,
    lineNumber: u32le,
    forwardAllActive: u32le,
    forwardAllDirnum: fixedText(dirNumberBytes),
    forwardBusyActive: u32le,
    forwardBusyDirnum: fixedText(dirNumberBytes),
    forwardNoAnswerActive: u32le,
    forwardNoAnswerDirnum: fixedText(dirNumberBytes),
  });

/** 92 bytes. From version 18 the numbers have 25 bytes, unaligned: 95, padded to 96. */
export const forwardStatRes = messageWithForms(0x0090, 'ForwardStatRes', [
  { since: 0, layout: forwards(24) },
  { since: 18, layout: forwards(25) },
]);
