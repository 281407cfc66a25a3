import { ByteReader } from '../../wire/byte-reader.ts';
import { ByteWriter } from '../../wire/byte-writer.ts';
import type { Codec, Field } from '../../wire/codec.ts';
import { encodeFrame, HEADER_BYTES } from './header.ts';

/** Bytes that hold most messages without growing. */
const INITIAL_CAPACITY = 256;

/** One kind of message: everything that is known about it. */
export interface MessageKind<Type extends string, Body> {
  readonly id: number;
  /** The name that Wireshark's skinny dissector prints. */
  readonly type: Type;
  /** Payload bytes of the shortest form. */
  readonly minPayloadBytes: number;
  /** The whole frame. `formVersion` chooses among forms where they differ by protocol version. */
  encode(body: Body, headerVersion: number, formVersion?: number): Buffer;
  /** Raises DecodeError. Bytes that follow the last known field are ignored. */
  decode(payload: Uint8Array): { readonly type: Type } & Body;
  /** As `decode`, from the whole frame. */
  decodeFrame(frame: Uint8Array): { readonly type: Type } & Body;
}

/** One layout of a message, used from a protocol version on. */
export interface MessageForm<Body> {
  readonly since: number;
  readonly layout: Codec<Body>;
}

/** A message with one layout for all protocol versions. */
export function message<const Type extends string, Body extends object>(
  id: number,
  type: Type,
  layout: Codec<Body>,
): MessageKind<Type, Body> {
  return messageWithForms(id, type, [{ since: 0, layout }]);
}

/**
 * A message whose layout grew with the protocol version: oldest form first, each longer than the one before.
 * When writing, the session's version chooses; when reading, the length does, since header versions are not to be
 * trusted.
 */
export function messageWithForms<const Type extends string, Body extends object>(
  id: number,
  type: Type,
  forms: readonly [MessageForm<Body>, ...MessageForm<Body>[]],
): MessageKind<Type, Body> {
  const fields = forms.map(({ since, layout }) => ({ since, field: layout('') }));
  const oldest: Field<Body> = forms[0].layout('');
  const scope = `sccp/${type}`;

  const decodeAt = (bytes: Uint8Array, start: number): { readonly type: Type } & Body => {
    const length = bytes.length - start;
    const field = fields.findLast(({ field: { size } }) => size <= length)?.field ?? oldest;
    return { type, ...field.read(new ByteReader(bytes, scope, start)) };
  };

  return {
    id,
    type,
    minPayloadBytes: oldest.size,
    encode: (body, headerVersion, formVersion = headerVersion) => {
      const field = fields.findLast(({ since }) => since <= formVersion)?.field ?? oldest;
      const writer = new ByteWriter(INITIAL_CAPACITY);
      field.write(writer, body);
      // Every sender pads the payload to whole words; no receiver may insist on it.
      writer.zeros(-writer.length & 3);
      return encodeFrame(id, headerVersion, writer.finish());
    },
    decode: (payload) => decodeAt(payload, 0),
    decodeFrame: (frame) => decodeAt(frame, HEADER_BYTES),
  };
}

/** The message that a kind decodes to. */
export type MessageOf<Kind> =
  Kind extends MessageKind<infer Type, infer Body> ? { readonly type: Type } & Body : never;
