/**
 * The body of an answer, piece by piece into a sink (RFC 9112 sections 6 and 7).
 *
 *     chunked-body   = *chunk last-chunk trailer-section CRLF
 *     chunk          = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
 *     last-chunk     = 1*"0" [ chunk-ext ] CRLF
 */
import { DecodeError } from '../../wire/decode-error.ts';
import type { FileSink } from '../file-sink.ts';
import type { BodyFraming } from './response-head.ts';

/** `too-large`: the sink took no more. What follows a complete body is not looked at. */
export type BodyProgress = 'more' | 'complete' | 'too-large';

export interface BodyReader {
  /** @throws DecodeError */
  take(bytes: Uint8Array): BodyProgress;
  /** What the end of the connection means. */
  readonly endsWithConnection: boolean;
}

export function createBodyReader(framing: BodyFraming, sink: FileSink): BodyReader {
  switch (framing.type) {
    case 'length':
      return new SizedBody(framing.bytes, sink);
    case 'chunked':
      return new ChunkedBody(sink);
    case 'until-close':
      return {
        take: (bytes) => (sink.add(bytes) ? 'more' : 'too-large'),
        endsWithConnection: true,
      };
    default:
      return framing satisfies never;
  }
}

class SizedBody implements BodyReader {
  readonly endsWithConnection = false;
  readonly #sink: FileSink;
  #missing: number;

  constructor(bytes: number, sink: FileSink) {
    this.#sink = sink;
    this.#missing = bytes;
  }

  take(bytes: Uint8Array): BodyProgress {
    if (!this.#sink.hasRoomFor(this.#missing)) return 'too-large';
    const piece = bytes.subarray(0, this.#missing);
    this.#sink.add(piece);
    this.#missing -= piece.length;
    return this.#missing === 0 ? 'complete' : 'more';
  }
}

/** Size lines, trailer lines: a server may send more of either than a file has bytes. */
const MAX_LINE_BYTES = 4096;
const MAX_TRAILER_BYTES = 16 * 1024;
const CHUNK_SIZE = /^([\dA-Fa-f]{1,12})[ \t]*(?:;.*)?$/s;
const LF = 0x0a;

class ChunkedBody implements BodyReader {
  readonly endsWithConnection = false;
  readonly #sink: FileSink;
  #expecting: 'size' | 'data' | 'end-of-data' | 'trailer' = 'size';
  /** Of the chunk under way. */
  #missing = 0;
  #line = '';
  #trailerBytes = 0;

  constructor(sink: FileSink) {
    this.#sink = sink;
  }

  take(bytes: Uint8Array): BodyProgress {
    let at = 0;
    while (at < bytes.length) {
      if (this.#expecting === 'data') {
        const piece = bytes.subarray(at, at + this.#missing);
        if (!this.#sink.add(piece)) return 'too-large';
        at += piece.length;
        this.#missing -= piece.length;
        if (this.#missing === 0) this.#expecting = 'end-of-data';
        continue;
      }
      const end = bytes.indexOf(LF, at);
      const piece = bytes.subarray(at, end < 0 ? bytes.length : end);
      this.#lengthenLine(piece);
      if (end < 0) return 'more';
      at = end + 1;
      const line = this.#line.replace(/\r$/, '');
      this.#line = '';
      if (this.#endLine(line) === 'complete') return 'complete';
    }
    return 'more';
  }

  #lengthenLine(piece: Uint8Array): void {
    const room = MAX_LINE_BYTES - this.#line.length;
    if (piece.length > room) throw new DecodeError('http/chunk', 0, 'a line without an end');
    this.#line += Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString('latin1');
  }

  #endLine(line: string): BodyProgress {
    switch (this.#expecting) {
      case 'size': {
        const size = CHUNK_SIZE.exec(line)?.[1];
        if (size === undefined) throw new DecodeError('http/chunk-size', 0, 'not a hexadecimal number');
        this.#missing = Number.parseInt(size, 16);
        this.#expecting = this.#missing === 0 ? 'trailer' : 'data';
        return 'more';
      }
      case 'end-of-data':
        if (line !== '') throw new DecodeError('http/chunk-data', 0, 'longer than its size');
        this.#expecting = 'size';
        return 'more';
      case 'trailer':
        if (line === '') return 'complete';
        this.#trailerBytes += line.length;
        if (this.#trailerBytes > MAX_TRAILER_BYTES) {
          throw new DecodeError('http/trailer', 0, 'a trailer without an end');
        }
        return 'more';
      case 'data':
        return 'more';
      default:
        return this.#expecting satisfies never;
    }
  }
}
