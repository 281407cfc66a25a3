import { struct, u32le } from '../../../wire/codec.ts';
import { message } from '../message.ts';

export const timeDateReq = message(0x000d, 'TimeDateReq', struct({}));

/** Also known as DefineTimeDate. The broken-down fields are local time of the phone; only systemTime is UTC. */
export const timeDateRes = message(
  0x0094,
  'TimeDateRes',
  struct({
    wYear: u32le,
    /** From 1. */
    wMonth: u32le,
    /** From 0, Sunday. */
    wDayOfWeek: u32le,
    wDay: u32le,
    wHour: u32le,
    wMinute: u32le,
    wSecond: u32le,
    wMilliseconds: u32le,
    /** Unix time, seconds. */
    systemTime: u32le,
  }),
);
