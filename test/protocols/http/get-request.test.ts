import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeGetRequest } from '../../../src/protocols/http/get-request.ts';

it('has the 64 bytes of the trace: request line and Host, no blank after the colon, nothing else', () => {
  const request = encodeGetRequest('192.168.10.5', 6970, 'CTLSEP001122334455.tlv');
  expect(request.toString('latin1')).toBe(
    'GET /CTLSEP001122334455.tlv HTTP/1.1\r\nHost:192.168.10.5:6970\r\n\r\n',
  );
  expect(request).toHaveLength(64);
});

it.each([
  ['English_United_States/mk-sccp.jar', '/English_United_States/mk-sccp.jar'],
  ['/g3-tones.xml', '/g3-tones.xml'],
  ['a b?c#d%e', '/a%20b%3Fc%23d%25e'],
  ['x HTTP/1.1\r\nX:y', '/x%20HTTP/1.1%0D%0AX:y'],
  ['tønø\ud800', '/t%C3%B8n%C3%B8%EF%BF%BD'],
])('asks for %j as %s', (fileName, path) => {
  const [line] = encodeGetRequest('127.0.0.1', 6970, fileName).toString('latin1').split('\r\n');
  expect(line).toBe(`GET ${path} HTTP/1.1`);
});

it('has two lines and an end whatever the name of the file is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (fileName) => {
      const text = encodeGetRequest('127.0.0.1', 6970, fileName).toString('latin1');
      expect(text).toMatch(/^GET \/[!-~]* HTTP\/1\.1\r\nHost:127\.0\.0\.1:6970\r\n\r\n$/);
    }),
  );
});
