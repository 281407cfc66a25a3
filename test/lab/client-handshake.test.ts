import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ClientHandshake, type ClientHandshakeEvent } from '../../src/lab/client-handshake.ts';

const CERTIFICATE = Buffer.from('a certificate');

function record(type: number, body: Uint8Array): Buffer {
  return Buffer.concat([Uint8Array.of(type, 3, 1, body.length >> 8, body.length & 0xff), body]);
}

function message(type: number, body: Uint8Array): Buffer {
  return Buffer.concat([Uint8Array.of(type, 0, body.length >> 8, body.length & 0xff), body]);
}

function chain(...certificates: readonly Uint8Array[]): Buffer {
  const list = Buffer.concat(
    certificates.map((der) => Buffer.concat([Uint8Array.of(0, 0, der.length), der])),
  );
  return message(11, Buffer.concat([Uint8Array.of(0, 0, list.length), list]));
}

function seen(chunks: readonly Uint8Array[]): ClientHandshakeEvent[] {
  const handshake = new ClientHandshake();
  return chunks.flatMap((chunk) => handshake.push(chunk));
}

const FLIGHTS = Buffer.concat([
  record(22, message(1, Buffer.from('a hello'))),
  record(
    22,
    Buffer.concat([chain(CERTIFICATE, Buffer.from('its issuer')), message(16, Buffer.from('a key'))]),
  ),
  record(20, Uint8Array.of(1)),
  record(22, Buffer.from('what is encrypted')),
]);
const EXPECTED = [{ type: 'certificate', certificate: CERTIFICATE }, { type: 'end' }];

it('finds the first certificate, however TCP and the records cut the messages', () => {
  expect(seen([FLIGHTS])).toEqual(EXPECTED);
  const cuts = fc.array(fc.integer({ min: 0, max: FLIGHTS.length }), { maxLength: 20 });
  fc.assert(
    fc.property(cuts, (places) => {
      const edges = [0, ...places.toSorted((a, b) => a - b), FLIGHTS.length];
      expect(seen(edges.slice(1).map((end, i) => FLIGHTS.subarray(edges[i], end)))).toEqual(EXPECTED);
    }),
  );
  const split = chain(CERTIFICATE);
  const halves = [split.subarray(0, 9), split.subarray(9)].map((half) => record(22, half));
  expect(seen(halves)).toEqual([{ type: 'certificate', certificate: CERTIFICATE }]);
});

it('knows a client that has no certificate', () => {
  expect(seen([record(22, chain())])).toEqual([{ type: 'certificate', certificate: null }]);
});

it.each([
  ['no TLS', Buffer.from('GET / HTTP/1.1\r\n')],
  ['an empty record', record(22, new Uint8Array())],
  ['data before the end of the handshake', record(23, Buffer.from('data'))],
  [
    'a list that is longer than its message',
    record(22, message(11, Uint8Array.of(0, 0, 9, 0, 0, 3, 1, 2, 3))),
  ],
  ['a certificate that is longer than the list', record(22, message(11, Uint8Array.of(0, 0, 3, 0, 0, 9)))],
  ['a list without a length', record(22, message(11, Uint8Array.of(0)))],
  ['a message of 16 MB', record(22, Uint8Array.of(1, 0xff, 0xff, 0xff))],
])('%s is garbage', (_, bytes) => {
  expect(seen([bytes]).at(-1)).toEqual({ type: 'garbage' });
});

it('never throws, whatever comes, and looks at nothing after the end', () => {
  const head = fc.constantFrom([], [22, 3, 1], [20, 3, 1, 0, 1, 1], [22, 3, 1, 0, 8, 11, 0, 0, 4]);
  fc.assert(
    fc.property(head, fc.array(fc.uint8Array({ maxLength: 40 })), (start, chunks) => {
      const events = seen([Uint8Array.from(start), ...chunks]);
      const end = events.findIndex(({ type }) => type === 'end');
      expect(end === -1 || end === events.length - 1).toBe(true);
    }),
  );
});
