import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodePacket, type TftpPacket } from '../../../src/protocols/tftp/packet.ts';
import {
  createReadTransfer,
  type ReadTransferConfig,
  stepReadTransfer,
  type TftpNotice,
  type TftpResult,
  type TftpTimer,
} from '../../../src/protocols/tftp/read-transfer.ts';
import type { MachineEvent } from '../../../src/protocols/effects.ts';
import { fromHex } from '../../../src/wire/hex.ts';
import { RecordingEffects } from '../../support/recording-effects.ts';
import { showEffects } from './show-effects.ts';

const CONFIG: ReadTransferConfig = {
  host: '127.0.0.2',
  port: 69,
  fileName: 'SEP001122334455.cnf.xml',
  sink: { type: 'keep', maxBytes: 1024 },
  settings: { timeoutMs: 4000, requestAttempts: 3, blockAttempts: 2 },
};

type Event = MachineEvent<TftpTimer>;

/** A transfer, and what each event made it do. */
function transfer(changes: Partial<ReadTransferConfig> = {}) {
  const machine = createReadTransfer({ ...CONFIG, ...changes });
  const out = new RecordingEffects<TftpTimer, TftpNotice, TftpResult>();
  const step = (event: Event): string[] => {
    stepReadTransfer(machine, event, out);
    return showEffects(out.take());
  };
  return { machine, step };
}

const start = (now = 0): Event => ({ type: 'start', now });
const timer = (now: number): Event => ({ type: 'timer', timer: 'answer', now });
function raw(bytes: Uint8Array, now: number, port = 50_000, address = '127.0.0.2'): Event {
  return { type: 'datagram', address, port, bytes, now };
}
function packet(value: TftpPacket, now: number, port?: number, address?: string): Event {
  return raw(encodePacket(value), now, port, address);
}
const data = (block: number, length: number, now: number, port?: number, address?: string): Event =>
  packet({ type: 'DATA', block, data: new Uint8Array(length).fill(block) }, now, port, address);
const error = (code: number, message: string, now: number, port?: number): Event =>
  packet({ type: 'ERROR', code, message }, now, port);

const RRQ = 'to 127.0.0.2:69 RRQ SEP001122334455.cnf.xml octet';
const END = ['clear answer', 'close'];
const RETRANSMITTED = 'notice {"type":"retransmitted"}';
const ignored = (reason: string): string => `notice {"type":"ignored","reason":"${reason}"}`;

describe('the transition table', () => {
  it('idle, start: a fresh port, the request, the timer', () => {
    const { machine, step } = transfer();
    expect(step(start())).toEqual(['bind', RRQ, 'timer answer 4000']);
    expect(machine.state).toBe('requesting');
  });

  it('reads a file of two blocks, adopts the port of the first, and sets no timer on the way', () => {
    const { machine, step } = transfer();
    step(start());
    expect(step(data(1, 512, 10))).toEqual(['to 127.0.0.2:50000 ACK block 1']);
    expect(machine.state).toBe('receiving');
    const out = new RecordingEffects<TftpTimer, TftpNotice, TftpResult>();
    stepReadTransfer(machine, data(2, 3, 20), out);
    expect(out.take().at(-1)).toEqual({
      effect: 'done',
      result: {
        outcome: 'received',
        bytes: 515,
        content: Buffer.concat([Buffer.alloc(512, 1), Buffer.alloc(3, 2)]),
        digest: null,
      },
    });
    expect(machine.state).toBe('ended');
  });

  it.each([
    [0, ['DATA 1, 0 bytes']],
    [511, ['DATA 1, 511 bytes']],
    [512, ['DATA 1, 512 bytes', 'DATA 2, 0 bytes']],
  ])('a file of %i bytes', (size, blocks) => {
    const { step } = transfer({ sink: { type: 'discard', maxBytes: 1024 } });
    step(start());
    let last: string[] = [];
    for (const [index] of blocks.entries())
      last = step(data(index + 1, Math.min(512, size - index * 512), 1));
    expect(last).toEqual([
      `to 127.0.0.2:50000 ACK block ${blocks.length}`,
      ...END,
      `done {"outcome":"received","bytes":${size},"content":null,"digest":null}`,
    ]);
  });

  it('sends the request again, in all requestAttempts times, then fails', () => {
    const { step } = transfer();
    step(start());
    expect(step(timer(4000))).toEqual([RRQ, 'timer answer 4000', RETRANSMITTED]);
    expect(step(timer(8000))).toEqual([RRQ, 'timer answer 4000', RETRANSMITTED]);
    expect(step(timer(12_000))).toEqual([...END, 'done {"outcome":"failed","cause":"timeout"}']);
  });

  it('sends an acknowledgement again, in all blockAttempts times, then fails', () => {
    const { step } = transfer();
    step(start());
    step(data(1, 512, 1000));
    expect(step(timer(4000))).toEqual(['timer answer 1000']);
    expect(step(timer(5000))).toEqual(['to 127.0.0.2:50000 ACK block 1', 'timer answer 4000', RETRANSMITTED]);
    expect(step(timer(9000))).toEqual([...END, 'done {"outcome":"failed","cause":"timeout"}']);
  });

  it('counts the attempts of each block anew', () => {
    const { step } = transfer({ sink: { type: 'discard', maxBytes: 4096 } });
    step(start());
    step(data(1, 512, 0));
    step(timer(4000));
    step(data(2, 512, 4001));
    expect(step(timer(8001))).toContain('to 127.0.0.2:50000 ACK block 2');
  });

  it('a timer that is early by less than a millisecond is not early', () => {
    const { step } = transfer();
    step(start());
    expect(step(timer(3999.5))).toContain(RRQ);
  });
});

describe('repeated and misplaced blocks', () => {
  function receiving() {
    const made = transfer({ sink: { type: 'discard', maxBytes: 4096 } });
    made.step(start());
    made.step(data(1, 512, 0));
    made.step(data(2, 512, 0));
    return made;
  }

  it('does not acknowledge a copy that follows at once (Sorcerer’s Apprentice)', () => {
    expect(receiving().step(data(2, 512, 499))).toEqual([ignored('duplicate-block')]);
  });

  it('acknowledges again when the server repeats the last block after a while, within blockAttempts', () => {
    const { step } = receiving();
    expect(step(data(2, 512, 1000))).toEqual(['to 127.0.0.2:50000 ACK block 2', RETRANSMITTED]);
    expect(step(data(2, 512, 2000))).toEqual([ignored('duplicate-block')]);
    expect(step(timer(5000))).toEqual([...END, 'done {"outcome":"failed","cause":"timeout"}']);
  });

  it.each([
    ['an older block', 1],
    ['a block to come', 4],
    ['a block far away', 40_000],
    ['block 0', 0],
  ])('ignores %s', (_name, block) => {
    expect(receiving().step(data(block, 512, 3000))).toEqual([ignored('unexpected-block')]);
  });

  it('ignores any block but 1 as the first, without adopting its sender', () => {
    const { machine, step } = transfer();
    step(start());
    expect(step(data(2, 512, 1))).toEqual([ignored('unexpected-block')]);
    expect(step(data(0, 512, 1))).toEqual([ignored('unexpected-block')]);
    expect(machine.serverPort).toBe(0);
  });

  it('counts from 65535 to 0', () => {
    const { machine, step } = transfer({ sink: { type: 'discard', maxBytes: 1e9 } });
    step(start());
    for (let block = 1; block <= 65_535; block++) step(data(block, 512, 0));
    expect(step(data(0, 512, 0))).toEqual(['to 127.0.0.2:50000 ACK block 0']);
    expect(step(data(65_535, 512, 1000))).toEqual([ignored('unexpected-block')]);
    expect(step(data(0, 512, 1000))).toEqual(['to 127.0.0.2:50000 ACK block 0', RETRANSMITTED]);
    expect(step(data(1, 512, 1000))).toEqual(['to 127.0.0.2:50000 ACK block 1']);
    expect(machine.sink.bytes).toBe(65_537 * 512);
  });
});

describe('who may speak', () => {
  it('a second port of the server gets ERROR 5, and the transfer goes on', () => {
    const { step } = transfer();
    step(start());
    step(data(1, 512, 0));
    const strangers = [
      data(1, 512, 1, 50_001),
      packet({ type: 'OACK', options: [] }, 1, 50_001),
      raw(fromHex('00'), 1, 50_001),
    ];
    for (const stranger of strangers) {
      expect(step(stranger)).toEqual([
        'to 127.0.0.2:50001 ERROR 5 (Unknown transfer ID): unknown transfer ID',
        ignored('wrong-tid'),
      ]);
    }
    expect(step(data(2, 512, 2))).toEqual(['to 127.0.0.2:50000 ACK block 2']);
  });

  it('an ERROR from a second port is neither believed nor answered', () => {
    const { step } = transfer();
    step(start());
    step(data(1, 512, 0));
    expect(step(error(1, 'x', 1, 50_001))).toEqual([ignored('wrong-tid')]);
  });

  it('another address is ignored in both states', () => {
    const { step } = transfer();
    step(start());
    expect(step(data(1, 512, 0, 69, '127.0.0.3'))).toEqual([ignored('foreign-address')]);
    step(data(1, 512, 0));
    expect(step(data(2, 512, 0, 50_000, '127.0.0.3'))).toEqual([ignored('foreign-address')]);
  });
});

describe('endings', () => {
  it.each([
    ['ERROR 1', error(1, 'File not found', 1), '{"outcome":"not-found","message":"File not found"}'],
    ['ERROR 2', error(2, 'no', 1), '{"outcome":"failed","cause":"access-violation","code":2,"message":"no"}'],
    ['ERROR 0', error(0, 'busy', 1), '{"outcome":"failed","cause":"error","code":0,"message":"busy"}'],
    ['ERROR 99', error(99, '', 1), '{"outcome":"failed","cause":"error","code":99,"message":""}'],
    ['unsendable', { type: 'unsendable', cause: 'denied', now: 1 }, '{"outcome":"failed","cause":"denied"}'],
    ['stop', { type: 'stop', now: 1 }, '{"outcome":"stopped"}'],
  ] as [string, Event, string][])('%s while requesting', (_name, event, result) => {
    const { machine, step } = transfer();
    step(start());
    expect(step(event)).toEqual([...END, `done ${result}`]);
    expect(machine.state).toBe('ended');
  });

  it.each([
    [
      'OACK',
      packet({ type: 'OACK', options: [{ name: 'blksize', value: '1428' }] }, 1),
      'ERROR 8 (Option negotiation refused): no option was requested',
    ],
    [
      'RRQ',
      packet({ type: 'RRQ', fileName: 'f', mode: 'octet', options: [] }, 1),
      'ERROR 4 (Illegal TFTP operation): illegal TFTP operation',
    ],
    ['ACK', packet({ type: 'ACK', block: 0 }, 1), 'ERROR 4 (Illegal TFTP operation): illegal TFTP operation'],
    [
      'an empty datagram',
      raw(new Uint8Array(0), 1),
      'ERROR 4 (Illegal TFTP operation): illegal TFTP operation',
    ],
    ['a short DATA', raw(fromHex('000300'), 1), 'ERROR 4 (Illegal TFTP operation): illegal TFTP operation'],
    ['a block of 513 bytes', data(1, 513, 1), 'ERROR 4 (Illegal TFTP operation): illegal TFTP operation'],
    ['opcode 7', raw(fromHex('00070000'), 1), 'ERROR 4 (Illegal TFTP operation): illegal TFTP operation'],
  ] as [string, Event, string][])('%s is malformed, and the server is told', (_name, event, answer) => {
    const { step } = transfer();
    step(start());
    const [told, cleared, closed, done] = step(event);
    expect([told, cleared, closed]).toEqual([`to 127.0.0.2:50000 ${answer}`, ...END]);
    expect(done).toMatch(/^done \{"outcome":"failed","cause":"malformed","message":".+"\}$/);
  });

  it('a file over the limit is stopped with the block that goes over', () => {
    const { step } = transfer();
    step(start());
    step(data(1, 512, 0));
    step(data(2, 512, 0));
    expect(step(data(3, 1, 0))).toEqual([
      'to 127.0.0.2:50000 ERROR 3 (Disk full or allocation exceeded): file too large',
      ...END,
      'done {"outcome":"failed","cause":"too-large"}',
    ]);
  });

  it('a file of which there is enough is broken off with the block that reaches it, and is received', () => {
    const { step } = transfer({ sink: { type: 'discard', maxBytes: 9999, enoughBytes: 600 } });
    step(start());
    expect(step(data(1, 512, 0))).toEqual(['to 127.0.0.2:50000 ACK block 1']);
    expect(step(data(2, 512, 0))).toEqual([
      'to 127.0.0.2:50000 ERROR 0 (Not defined, see error message): transfer stopped',
      ...END,
      'done {"outcome":"received","bytes":1024,"content":null,"digest":null}',
    ]);
    const short = transfer({ sink: { type: 'discard', maxBytes: 9999, enoughBytes: 5 } });
    short.step(start());
    expect(short.step(data(1, 10, 0))[0]).toBe('to 127.0.0.2:50000 ACK block 1');
  });

  it('ERROR 1 in the middle of a file does not mean that there is none', () => {
    const { step } = transfer();
    step(start());
    step(data(1, 512, 0));
    expect(step(error(1, 'gone', 1)).at(-1)).toBe(
      'done {"outcome":"failed","cause":"error","code":1,"message":"gone"}',
    );
  });

  it('the text of an ERROR is cut', () => {
    const { step } = transfer();
    step(start());
    expect(step(error(0, 'x'.repeat(60_000), 1)).at(-1)?.length).toBeLessThan(300);
  });

  it('stop tells a server that is sending', () => {
    const { step } = transfer();
    step(start());
    step(data(1, 512, 0));
    expect(step({ type: 'stop', now: 1 })).toEqual([
      'to 127.0.0.2:50000 ERROR 0 (Not defined, see error message): transfer stopped',
      ...END,
      'done {"outcome":"stopped"}',
    ]);
  });

  it('stop before start ends without touching a port', () => {
    expect(transfer().step({ type: 'stop', now: 0 })).toEqual(['done {"outcome":"stopped"}']);
  });

  it('takes no event after the end', () => {
    const { step } = transfer();
    step(start());
    step(data(1, 1, 0));
    for (const event of [start(), data(1, 1, 1), timer(9000), { type: 'stop', now: 1 } as const]) {
      expect(step(event)).toEqual([]);
    }
  });
});

it('any datagrams in any order raise nothing, and the transfer ends within its attempts', () => {
  const nearly = fc
    .tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 3 }), fc.uint8Array({ maxLength: 520 }))
    .map(([opcode, block, rest]) => Uint8Array.from([0, opcode, 0, block, ...rest]));
  const datagram = fc.record({
    bytes: fc.oneof(fc.uint8Array({ maxLength: 20 }), nearly),
    port: fc.constantFrom(69, 50_000, 50_001),
    address: fc.constantFrom('127.0.0.2', '127.0.0.3'),
  });
  fc.assert(
    fc.property(fc.array(datagram, { maxLength: 30 }), (datagrams) => {
      const { machine, step } = transfer();
      let now = 0;
      const lines = step(start());
      for (const { bytes, port, address } of datagrams) lines.push(...step(raw(bytes, now++, port, address)));
      for (let timers = 0; machine.state !== 'ended'; timers++) {
        expect(timers).toBeLessThan(5);
        lines.push(...step(timer((now += 4000))));
      }
      expect(lines.filter((line) => line.startsWith('done'))).toHaveLength(1);
      expect(lines.slice(-3, -1)).toEqual(END);
    }),
  );
});
