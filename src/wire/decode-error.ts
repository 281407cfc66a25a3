/** The only error that a decoder raises for hostile or broken bytes: where it happened and why. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  /** What was being read, e.g. `sccp/RegisterAck.keepAliveInterval`. */
  readonly path: string;
  /** Byte offset in the buffer given to the decoder. */
  readonly offset: number;

  constructor(path: string, offset: number, reason: string) {
    super(`${path} @${offset}: ${reason}`);
    this.path = path;
    this.offset = offset;
  }
}
