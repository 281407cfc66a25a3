/**
 * What a TLS client sends in clear before its ChangeCipherSpec, up to version 1.2: records (RFC 5246, section 6.2.1)
 * with handshake messages (section 7.4), of which only the certificate is taken out (section 7.4.2). Bytes come as TCP
 * cuts them.
 */
import { TLS_CONTENT, TLS_RECORD_HEAD_BYTES } from './tls-alerts.ts';

const HANDSHAKE_CERTIFICATE = 11;
const MESSAGE_HEAD_BYTES = 4;
const LIST_HEAD_BYTES = 3;
/** RFC 5246, section 6.2.1: 2^14, and what compression and MAC may add (section 6.2.3). */
const MAX_RECORD_BYTES = 2 ** 14 + 2048;
/** A chain of phones' certificates has a few KB. A limit of ours. */
const MAX_MESSAGE_BYTES = 64 * 1024;
const NOTHING = Buffer.alloc(0);

export type ClientHandshakeEvent =
  /** The first certificate of the client's chain, DER; null: it has none. */
  | { readonly type: 'certificate'; readonly certificate: Uint8Array | null }
  /** Nothing more will be seen: what follows is encrypted, or the client has given up. */
  | { readonly type: 'end' }
  /** Not what a TLS client sends. */
  | { readonly type: 'garbage' };

export class ClientHandshake {
  #records: Buffer = NOTHING;
  #messages: Buffer = NOTHING;
  #ended = false;

  /** What these bytes complete. After `end` or `garbage` nothing is looked at any more. */
  push(bytes: Uint8Array): readonly ClientHandshakeEvent[] {
    if (this.#ended) return [];
    const events: ClientHandshakeEvent[] = [];
    this.#records = Buffer.concat([this.#records, bytes]);
    while (!this.#ended && this.#records.length >= TLS_RECORD_HEAD_BYTES) {
      const length = this.#records.readUInt16BE(3);
      const type = this.#records[0];
      if (this.#records[1] !== 3 || length === 0 || length > MAX_RECORD_BYTES) this.#end('garbage', events);
      else if (type === TLS_CONTENT.changeCipherSpec || type === TLS_CONTENT.alert) this.#end('end', events);
      else if (type !== TLS_CONTENT.handshake) this.#end('garbage', events);
      else if (this.#records.length < TLS_RECORD_HEAD_BYTES + length) break;
      else {
        const body = this.#records.subarray(TLS_RECORD_HEAD_BYTES, TLS_RECORD_HEAD_BYTES + length);
        this.#records = this.#records.subarray(TLS_RECORD_HEAD_BYTES + length);
        this.#readMessages(body, events);
      }
    }
    return events;
  }

  #readMessages(body: Uint8Array, events: ClientHandshakeEvent[]): void {
    this.#messages = Buffer.concat([this.#messages, body]);
    while (this.#messages.length >= MESSAGE_HEAD_BYTES) {
      const end = MESSAGE_HEAD_BYTES + this.#messages.readUIntBE(1, 3);
      if (end > MAX_MESSAGE_BYTES) return this.#end('garbage', events);
      if (this.#messages.length < end) return;
      const message = this.#messages.subarray(MESSAGE_HEAD_BYTES, end);
      if (this.#messages[0] === HANDSHAKE_CERTIFICATE) events.push(readCertificate(message));
      this.#messages = this.#messages.subarray(end);
    }
  }

  #end(type: 'end' | 'garbage', events: ClientHandshakeEvent[]): void {
    this.#ended = true;
    this.#records = NOTHING;
    this.#messages = NOTHING;
    events.push({ type });
  }
}

function readCertificate(message: Buffer): ClientHandshakeEvent {
  if (message.length < LIST_HEAD_BYTES) return { type: 'garbage' };
  const listBytes = message.readUIntBE(0, LIST_HEAD_BYTES);
  if (listBytes !== message.length - LIST_HEAD_BYTES) return { type: 'garbage' };
  if (listBytes === 0) return { type: 'certificate', certificate: null };
  if (listBytes < LIST_HEAD_BYTES) return { type: 'garbage' };
  const start = 2 * LIST_HEAD_BYTES;
  const end = start + message.readUIntBE(LIST_HEAD_BYTES, LIST_HEAD_BYTES);
  if (end > message.length) return { type: 'garbage' };
  return { type: 'certificate', certificate: Buffer.from(message.subarray(start, end)) };
}
