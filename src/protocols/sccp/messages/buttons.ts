import { struct, u8, u32le } from '../../../wire/codec.ts';
import { listPart } from '../fields.ts';
import { message } from '../message.ts';

/** What a button is. Instances count from 1 for each type. */
export const BUTTON_TYPE = {
  lastNumberRedial: 0x01,
  speedDial: 0x02,
  hold: 0x03,
  transfer: 0x04,
  forwardAll: 0x05,
  line: 0x09,
  voiceMail: 0x0f,
  feature: 0x13,
  serviceUrl: 0x14,
  blfSpeedDial: 0x15,
  conference: 0x7d,
  callPark: 0x7e,
  keypad: 0xf0,
  none: 0xfe,
  undefined: 0xff,
} as const;

/** Some senders add a word that nobody explains. */
export const buttonTemplateReq = message(0x000e, 'ButtonTemplateReq', struct({}, { unknown: u32le }));

/** The buttons of the phone; 42 slots from CUCM, 56 from chan-sccp, in several messages when there are more. */
export const buttonTemplateRes = message(
  0x0097,
  'ButtonTemplateRes',
  listPart(struct({ instanceNumber: u8, buttonDefinition: u8 }), {
    slots: 42,
    filler: { instanceNumber: 0, buttonDefinition: BUTTON_TYPE.undefined },
  }),
);
