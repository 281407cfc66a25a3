import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { findSecrets, keysOfPem, type Output, type Secret, secretsOfKey } from '../support/secret-finder.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const secrets = secretsOfKey('key', privateKey);
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const pkcs1 = privateKey.export({ type: 'pkcs1', format: 'der' });
const prime = Buffer.from(privateKey.export({ format: 'jwk' }).p ?? '', 'base64url');
const password: Secret = { name: 'password', bytes: Buffer.from('correct horse battery') };

function output(text: string | Buffer): Output[] {
  return [{ name: 'out', bytes: Buffer.from(text) }];
}

/** As a log that is full of other things. */
function amongOthers(text: string): string {
  const noise = 'the quick brown fox 0123456789 abcdef\n'.repeat(50);
  return `${noise}{"second":1.5,"text":"${text}"}\n${noise}`;
}

describe('the search for secrets', () => {
  it.each([
    ['in PEM', pem],
    ['in PEM within JSON', JSON.stringify({ pem })],
    ['as the body of a PEM alone', pem.split('\n').slice(1, -2).join('')],
    ['as PKCS#1 in base64', pkcs1.toString('base64')],
    ['as PKCS#1 in hex, upper case', pkcs1.toString('hex').toUpperCase()],
    ['as hex with colons', (pkcs1.toString('hex').match(/../g) ?? []).join(':')],
    ['as a buffer in JSON', JSON.stringify({ key: pkcs1 })],
    ['as a typed array in JSON', JSON.stringify(Uint8Array.from(pkcs1))],
    ['as Node shows a number of it', inspect(prime)],
    ['as JWK', JSON.stringify(privateKey.export({ format: 'jwk' }))],
    [
      'within a longer structure in base64',
      Buffer.concat([Buffer.from('x'), pkcs1, Buffer.from('yz')]).toString('base64'),
    ],
    [
      'within a longer structure in base64url',
      Buffer.concat([Buffer.from('xy'), pkcs1]).toString('base64url'),
    ],
  ])('finds a private key %s', (_, text) => {
    expect(findSecrets(output(amongOthers(text)), secrets)).not.toEqual([]);
  });

  it('finds a private key as bytes', () => {
    const found = findSecrets(output(Buffer.concat([Buffer.alloc(99, 7), pkcs1, Buffer.alloc(9)])), secrets);
    expect(found).toContain('out: key: PKCS#1 as bytes');
  });

  it.each([
    ['plain', 'a correct horse battery', 'bytes'],
    ['in hex', Buffer.from('0correct horse battery1').toString('hex'), 'hex'],
    ['as an array', JSON.stringify(Array.from(password.bytes)), 'numbers'],
    ['in base64', Buffer.from('pw=correct horse battery;').toString('base64'), 'base64'],
  ])('finds a password %s', (_, text, form) => {
    expect(findSecrets(output(amongOthers(text)), [password])).toEqual([`out: password as ${form}`]);
  });

  it('takes nothing for a secret that is none', () => {
    const publicKey = privateKey.export({ format: 'jwk' }).n ?? '';
    const text = amongOthers(
      `${publicKey} ${Buffer.from(publicKey, 'base64url').toString('hex')} correct horse`,
    );
    expect(findSecrets(output(text), [...secrets, password])).toEqual([]);
  });

  it('reads the keys of a file', () => {
    const keys = keysOfPem(`# keys\n${pem}\n${pem}`);
    expect(keys.map((key) => key.equals(privateKey))).toEqual([true, true]);
  });
});
