import { describe, expect, it } from 'vitest';
import {
  beginsLikeHttp,
  type BodyFraming,
  decodeResponseHead,
  headLength,
} from '../../../src/protocols/http/response-head.ts';
import { DecodeError } from '../../../src/wire/decode-error.ts';

const head = (...lines: string[]): Buffer => Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
const OK = 'HTTP/1.1 200 OK';

it('reads what CUCM answers', () => {
  const answer = head(OK, 'Content-length: 12952', 'Cache-Control: no-store', 'Content-type: */*');
  expect(decodeResponseHead(answer)).toEqual({
    status: 200,
    reason: 'OK',
    framing: { type: 'length', bytes: 12_952 },
  });
});

it.each([
  ['HTTP/1.0 404 Not Found', 404, 'Not Found'],
  ['HTTP/1.1 503', 503, ''],
  ['HTTP/1.1 503 ', 503, ''],
  ['HTTP/1.7 599 \xe9\x00', 599, '\xe9\x00'],
])('reads the status line %j', (line, status, reason) => {
  expect(decodeResponseHead(head(line))).toMatchObject({ status, reason });
});

it.each([
  'HTTP/2 200 OK',
  'HTTP/1.1 20 OK',
  'HTTP/1.1  200 OK',
  'HTTP/1.1 600 x',
  'HTTP/1.1 2000 x',
  'http/1.1 200 OK',
  'HTTP/1.12 200 OK',
  '',
])('refuses the status line %j', (line) => {
  expect(() => decodeResponseHead(head(line))).toThrow(DecodeError);
});

describe('the framing of the body', () => {
  it.each([
    [[], { type: 'until-close' }],
    [['Content-Length: 0'], { type: 'length', bytes: 0 }],
    [['CONTENT-LENGTH:7'], { type: 'length', bytes: 7 }],
    [['Content-Length: 7, 7', 'content-length: 7'], { type: 'length', bytes: 7 }],
    [['X: a', ' \tb', 'Content-Length: ', '\t7'], { type: 'length', bytes: 7 }],
    [['Transfer-Encoding: Chunked'], { type: 'chunked' }],
    [['Content-Length: 7', 'Transfer-Encoding: chunked'], { type: 'chunked' }],
    [['Transfer-Encoding: identity'], { type: 'until-close' }],
  ] as [string[], BodyFraming][])('%j', (fields, framing) => {
    expect(decodeResponseHead(head(OK, ...fields)).framing).toEqual(framing);
  });

  it.each([
    [['Content-Length: 7', 'Content-Length: 8']],
    [['Content-Length: -1']],
    [['Content-Length: 7.0']],
    [['Content-Length: ']],
    [['Content-Length: 99999999999999999999']],
    [['Transfer-Encoding: gzip, chunked']],
    [['Transfer-Encoding: chunked, chunked']],
    [['no colon']],
    [[': no name']],
    [['a name: x']],
    [[' folded with nothing before it']],
  ])('%j is refused', (fields) => {
    expect(() => decodeResponseHead(head(OK, ...fields))).toThrow(DecodeError);
  });
});

it.each([
  ['a\r\n\r\nb', 0, 5],
  ['a\n\nb', 0, 3],
  ['a\r\n\nb', 0, 4],
  ['a\n\r\nb', 0, 4],
  ['a\r\nb: c\r\n', 0, -1],
  ['a\n\r', 0, -1],
  ['\n\na\n\n', 2, 5],
])('finds the end of the head in %j from %i: %i', (text, from, length) => {
  expect(headLength(Buffer.from(text), from)).toBe(length);
});

it.each([
  ['', true],
  ['H', true],
  ['HTTP/1.', true],
  ['HTTP/1.1 200', true],
  ['HTTP/2', false],
  ['SSH-2.0', false],
  ['h', false],
])('%j can be the beginning of an answer: %s', (text, answer) => {
  expect(beginsLikeHttp(Buffer.from(text))).toBe(answer);
});
