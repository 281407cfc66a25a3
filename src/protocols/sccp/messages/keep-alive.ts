import { struct } from '../../../wire/codec.ts';
import { message } from '../message.ts';

/** The phone's proof of life, without fields. A server may send one too. */
export const keepAliveReq = message(0x0000, 'KeepAliveReq', struct({}));

/** The answer; it names no request, so answers are matched by order. */
export const keepAliveAck = message(0x0100, 'KeepAliveAck', struct({}));
