import { describe, expect, it } from 'vitest';
import type { MachineEvent } from '../../../src/protocols/effects.ts';
import { encodePacket, type TftpOption, type TftpPacket } from '../../../src/protocols/tftp/packet.ts';
import {
  createServerTransfer,
  type ServerTransferNotice,
  type ServerTransferResult,
  type ServerTransferTimer,
  stepServerTransfer,
} from '../../../src/protocols/tftp/server-transfer.ts';
import { fromHex } from '../../../src/wire/hex.ts';
import { RecordingEffects } from '../../support/recording-effects.ts';
import { showEffects } from './show-effects.ts';

type Event = MachineEvent<ServerTransferTimer>;

function transfer(size: number, options: readonly TftpOption[] = [], mode = 'octet') {
  const machine = createServerTransfer({
    content: new Uint8Array(size),
    request: { type: 'RRQ', fileName: 'f', mode, options },
    host: '127.0.0.9',
    port: 40_000,
    settings: { timeoutMs: 1000, blockAttempts: 3 },
  });
  const out = new RecordingEffects<ServerTransferTimer, ServerTransferNotice, ServerTransferResult>();
  const step = (event: Event): string[] => {
    stepServerTransfer(machine, event, out);
    return showEffects(out.take());
  };
  return { machine, step };
}

const start: Event = { type: 'start', now: 0 };
const timer = (now: number): Event => ({ type: 'timer', timer: 'answer', now });
function from(bytes: Uint8Array, now: number, port = 40_000, address = '127.0.0.9'): Event {
  return { type: 'datagram', address, port, bytes, now };
}
const packet = (value: TftpPacket, now = 0, port?: number, address?: string): Event =>
  from(encodePacket(value), now, port, address);
const ack = (block: number, now = 0, port?: number, address?: string): Event =>
  packet({ type: 'ACK', block }, now, port, address);
const sent = (block: number, bytes: number): string =>
  `to 127.0.0.9:40000 DATA block ${block}, ${bytes} bytes`;
const END = ['clear answer', 'close'];

describe('the transition table', () => {
  it('without options: DATA at once, each ACK brings the next block, the last one ends', () => {
    const { step } = transfer(600);
    expect(step(start)).toEqual(['bind', sent(1, 512), 'timer answer 1000']);
    expect(step(ack(1))).toEqual([sent(2, 88)]);
    expect(step(ack(2))).toEqual([...END, 'done {"outcome":"sent","bytes":600}']);
    expect(step(ack(2))).toEqual([]);
  });

  it.each([
    [0, [0]],
    [511, [511]],
    [512, [512, 0]],
    [1024, [512, 512, 0]],
  ])('a file of %i bytes ends with a block under 512', (size, lengths) => {
    const { step } = transfer(size);
    expect(step(start)).toContain(sent(1, lengths[0] ?? -1));
    for (const [index, length] of lengths.entries()) {
      if (index > 0) expect(step(ack(index))).toEqual([sent(index + 1, length)]);
    }
    expect(step(ack(lengths.length)).at(-1)).toBe(`done {"outcome":"sent","bytes":${size}}`);
  });

  it('with options: OACK, and ACK 0 begins the data in the agreed size', () => {
    const { machine, step } = transfer(1500, [
      { name: 'blksize', value: '1428' },
      { name: 'timeout', value: '5' },
    ]);
    expect(step(start)).toEqual([
      'bind',
      'to 127.0.0.9:40000 OACK blksize=1428 timeout=5',
      'timer answer 5000',
    ]);
    expect(machine.state).toBe('negotiating');
    expect(step(ack(1))).toEqual(['notice {"type":"ignored","reason":"old-ack"}']);
    expect(step(ack(0))).toEqual([sent(1, 1428)]);
    expect(step(ack(1))).toEqual([sent(2, 72)]);
  });

  it('never answers a second ACK with a second DATA', () => {
    const { step } = transfer(5000);
    step(start);
    step(ack(1));
    expect(step(ack(1))).toEqual(['notice {"type":"ignored","reason":"old-ack"}']);
  });

  it('sends a packet again, in all blockAttempts times, then gives up', () => {
    const { step } = transfer(5000);
    step(start);
    step(ack(1, 400));
    expect(step(timer(1000))).toEqual(['timer answer 400']);
    for (const now of [1400, 2400]) {
      expect(step(timer(now))).toEqual([
        sent(2, 512),
        'timer answer 1000',
        'notice {"type":"retransmitted"}',
      ]);
    }
    expect(step(timer(3400))).toEqual([...END, 'done {"outcome":"failed","cause":"timeout"}']);
  });

  it('repeats the OACK too', () => {
    const { step } = transfer(5, [{ name: 'tsize', value: '0' }]);
    step(start);
    expect(step(timer(1000))).toContain('to 127.0.0.9:40000 OACK tsize=5');
  });
});

describe('who may speak, and endings', () => {
  it.each([
    [
      'another port',
      ack(1, 0, 40_001),
      [
        'to 127.0.0.9:40001 ERROR 5 (Unknown transfer ID): unknown transfer ID',
        'notice {"type":"ignored","reason":"wrong-tid"}',
      ],
    ],
    [
      'an ERROR from another port',
      packet({ type: 'ERROR', code: 0, message: '' }, 0, 40_001),
      ['notice {"type":"ignored","reason":"wrong-tid"}'],
    ],
    [
      'another address',
      ack(1, 0, 40_000, '127.0.0.8'),
      ['notice {"type":"ignored","reason":"foreign-address"}'],
    ],
    [
      'ERROR',
      packet({ type: 'ERROR', code: 5, message: 'unknown' }),
      [...END, 'done {"outcome":"failed","cause":"error","code":5,"message":"unknown"}'],
    ],
    [
      'DATA',
      packet({ type: 'DATA', block: 1, data: new Uint8Array(0) }),
      [
        'to 127.0.0.9:40000 ERROR 4 (Illegal TFTP operation): illegal TFTP operation',
        ...END,
        'done {"outcome":"failed","cause":"malformed","message":"DATA from the reader"}',
      ],
    ],
    [
      'a short ACK',
      from(fromHex('000400'), 0),
      [
        'to 127.0.0.9:40000 ERROR 4 (Illegal TFTP operation): illegal TFTP operation',
        ...END,
        'done {"outcome":"failed","cause":"malformed","message":"tftp.block @2: need 2 bytes, have 1"}',
      ],
    ],
    [
      'unsendable',
      { type: 'unsendable', cause: 'exhausted', now: 0 },
      [...END, 'done {"outcome":"failed","cause":"exhausted"}'],
    ],
    [
      'stop',
      { type: 'stop', now: 0 },
      [
        'to 127.0.0.9:40000 ERROR 0 (Not defined, see error message): server is stopping',
        ...END,
        'done {"outcome":"stopped"}',
      ],
    ],
  ] as [string, Event, string[]][])('%s', (_name, event, effects) => {
    const { step } = transfer(5000);
    step(start);
    expect(step(event)).toEqual(effects);
  });

  it('serves octet only', () => {
    const { step } = transfer(5000, [], 'netascii');
    expect(step(start)).toEqual([
      'bind',
      'to 127.0.0.9:40000 ERROR 0 (Not defined, see error message): only mode octet is served',
      ...END,
      'done {"outcome":"failed","cause":"error","message":"mode netascii"}',
    ]);
  });

  it('stop before start ends without touching a port', () => {
    expect(transfer(5).step({ type: 'stop', now: 0 })).toEqual(['done {"outcome":"stopped"}']);
  });
});
