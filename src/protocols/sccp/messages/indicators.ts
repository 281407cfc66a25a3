import { struct, u32le } from '../../../wire/codec.ts';
import { message } from '../message.ts';

export const LAMP_MODE = { off: 1, on: 2, wink: 3, flash: 4, blink: 5 } as const;

/** Stimulus 9 is a line, 15 the message waiting lamp. */
export const setLamp = message(
  0x0086,
  'SetLamp',
  struct({ stimulus: u32le, stimulusInstance: u32le, lampMode: u32le }),
);

export const RING_MODE = { off: 1, inside: 2, outside: 3, feature: 4, flashOnly: 5, precedence: 6 } as const;

/** Old servers send 4 or 8 bytes. */
export const setRinger = message(
  0x0085,
  'SetRinger',
  struct({ ringMode: u32le }, { ringDuration: u32le, lineInstance: u32le, callReference: u32le }),
);

/** 1 on, 2 off. */
export const setSpeakerMode = message(0x0088, 'SetSpeakerMode', struct({ speakerMode: u32le }));

/** 1 on, 2 off. */
export const setMicroMode = message(0x0089, 'SetMicroMode', struct({ micMode: u32le }));

export const startTone = message(
  0x0082,
  'StartTone',
  struct({ tone: u32le }, { toneOutputDirection: u32le, lineInstance: u32le, callReference: u32le }),
);

/** The tone is there from version 11 on. */
export const stopTone = message(
  0x0083,
  'StopTone',
  struct({ lineInstance: u32le, callReference: u32le }, { tone: u32le }),
);
