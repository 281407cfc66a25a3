import { fixedText, nulText, struct, u32le } from '../../../wire/codec.ts';
import { message } from '../message.ts';

/** Lines count from 1. */
export const lineStatReq = message(0x000b, 'LineStatReq', struct({ lineNumber: u32le }));

/** Three texts, all empty for a line that does not exist; the last word came with CallManager 3.x. */
export const lineStatRes = message(
  0x0092,
  'LineStatRes',
  struct(
    {
      lineNumber: u32le,
      lineDirNumber: fixedText(24),
      lineFullyQualifiedDisplayName: fixedText(40),
    },
    { lineTextLabel: fixedText(40), lineDisplayOptions: u32le },
  ),
);

/** The same without fixed lengths: what servers answer from version 17 on, whatever the header says. */
export const lineStatV2Res = message(
  0x0147,
  'LineStatV2Res',
  struct({
    lineNumber: u32le,
    lineType: u32le,
    lineDirNumber: nulText,
    lineFullyQualifiedDisplayName: nulText,
    lineTextLabel: nulText,
  }),
);
