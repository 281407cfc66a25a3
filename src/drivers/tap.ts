/** An observer of everything that passes the drivers: traces, captures, recordings. Absent, it costs nothing. */
export interface Tap<Owner, Endpoint extends string> {
  datagram(owner: Owner, endpoint: Endpoint, packet: TappedPacket): void;
  stream(owner: Owner, endpoint: Endpoint, kind: 'open' | 'data' | 'close', packet: TappedPacket): void;
}

export interface TappedPacket {
  readonly direction: 'sent' | 'received';
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Empty for `open` and `close`. Valid during the call. */
  readonly bytes: Uint8Array;
  /** Milliseconds on the run's clock. */
  readonly now: number;
}
