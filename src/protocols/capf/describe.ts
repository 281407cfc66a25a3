import { DecodeError } from '../../wire/decode-error.ts';
import { StreamFramer } from '../../wire/stream-framer.ts';
import { describeElements } from '../../wire/tagged.ts';
import { CAPF_FRAME_RULE, type CapfMessage, capfCommandName, decodeCapf, encodeCapf } from './message.ts';

/** One line for traces, without the password. */
export function describeCapf({ command, sessionId, elements }: CapfMessage): string {
  const words = describeElements(elements, ['password']);
  return `${capfCommandName(command)} session=${sessionId} ${words}`.trimEnd();
}

/** In the place of every password, whatever its length. */
const CONCEALED = '********';

/**
 * What a phone sends to CAPF, for recordings and captures that show streams in clear: as it is, but for the password.
 * Takes whole messages, which is what the machine sends. Bytes that are none may hold anything: all become zero.
 */
export function concealPasswords(bytes: Uint8Array): Uint8Array {
  const framer = new StreamFramer(CAPF_FRAME_RULE);
  const shown: Uint8Array[] = [];
  try {
    framer.push(bytes);
    for (let frame = framer.next(); frame !== null; frame = framer.next()) shown.push(concealed(frame));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return new Uint8Array(bytes.length);
  }
  return framer.heldBytes > 0 ? new Uint8Array(bytes.length) : Buffer.concat(shown);
}

function concealed(frame: Uint8Array): Uint8Array {
  const message = decodeCapf(frame);
  if (!message.elements.password) return frame;
  return encodeCapf({ ...message, elements: { ...message.elements, password: CONCEALED } });
}
