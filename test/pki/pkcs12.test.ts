import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { fromDer, integer, octets, sequence, toDer } from '../../src/pki/der.ts';
import { readPkcs12 } from '../../src/pki/pkcs12.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { openssl } from './openssl.ts';

const files: Buffer[] = [];

beforeAll(() => {
  const folder = temporaryFolder({});
  const at = (name: string): string => join(folder, name);
  for (const [name, args] of [
    ['rsa', ['rsa:1024']],
    ['ec', ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']],
  ] as const) {
    const key = ['-keyout', at(`${name}.key`), '-out', at(`${name}.pem`)];
    openssl('req', '-x509', '-newkey', ...args, '-nodes', ...key, '-subj', '/CN=SEP001122334455');
    const inputs = ['-inkey', at(`${name}.key`), '-in', at(`${name}.pem`), '-passout', 'pass:x'];
    openssl('pkcs12', '-export', ...inputs, '-iter', '1', '-out', at('file.p12'));
    files.push(readFileSync(at('file.p12')));
  }
});

it('reads RSA and EC', () => {
  const types = files.map((file) => {
    const content = readPkcs12(file, 'x');
    if (typeof content === 'string') return content;
    return [content.certificates.length, ...content.privateKeys.map((key) => key.asymmetricKeyType)];
  });
  expect(types).toEqual([
    [1, 'rsa'],
    [1, 'ec'],
  ]);
  expect(files.map((file) => readPkcs12(file, 'y'))).toEqual(['wrong-password', 'wrong-password']);
});

it('refuses to work on a password for ever', () => {
  const salt = octets(Buffer.from('salt'));
  const many = toDer(sequence(integer(3), octets(sequence(salt, integer(Buffer.from('7fffffff', 'hex'))))));
  expect(fromDer(many)).toBeDefined();
  expect(readPkcs12(many, 'x')).toBe('too-many-iterations');
});

it('says no to everything else, and throws nothing', () => {
  const known = new Set(['wrong-password', 'unreadable', 'too-many-iterations']);
  const judge = (bytes: Uint8Array): void => {
    const content = readPkcs12(bytes, 'x');
    if (typeof content === 'string') expect(known).toContain(content);
    else expect(content.certificates.length).toBeLessThanOrEqual(1);
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), judge), { numRuns: 200 });
  const place = fc.tuple(fc.nat(1), fc.nat(10_000), fc.nat(255));
  fc.assert(
    fc.property(place, ([which, at, value]) => {
      const bytes = Uint8Array.from(files[which] ?? []);
      bytes[at % bytes.length] = value;
      judge(bytes);
    }),
    { numRuns: 200 },
  );
  fc.assert(
    fc.property(fc.nat(1), fc.nat(10_000), (which, length) => {
      const bytes = files[which] ?? Buffer.alloc(0);
      judge(bytes.subarray(0, length % bytes.length));
    }),
    { numRuns: 50 },
  );
});
