import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Something that must not be in any output, with a name that may. */
export interface Secret {
  readonly name: string;
  /** As bytes; also looked for as hex, as base64, and as the numbers of an array. */
  readonly bytes: Buffer;
}

/** A part of an output: a file, a stream, a scrape. */
export interface Output {
  readonly name: string;
  readonly bytes: Buffer;
}

const PEM_MARK = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/;
/** Short runs of base64 may stand anywhere by chance, 24 characters are 144 bits. */
const LEAST_BASE64 = 24;
const NUMBER_BYTES = 32;

/**
 * Everything of a private key that gives it away: its encodings, and the beginnings of its secret numbers, since Node shows
 * no more than 50 bytes of a buffer.
 */
export function secretsOfKey(name: string, key: KeyObject): readonly Secret[] {
  const jwk = key.export({ format: 'jwk' });
  const numbers = (['d', 'p', 'q', 'dp', 'dq', 'qi'] as const).map((number) => ({
    name: `${name}: ${number}`,
    bytes: Buffer.from(jwk[number] ?? '', 'base64url').subarray(0, NUMBER_BYTES),
  }));
  return [
    { name: `${name}: PKCS#8`, bytes: key.export({ type: 'pkcs8', format: 'der' }) },
    { name: `${name}: PKCS#1`, bytes: key.export({ type: 'pkcs1', format: 'der' }) },
    ...numbers,
  ];
}

/** The private keys of a file with PEM blocks. */
export function keysOfPem(pem: string): readonly KeyObject[] {
  return (pem.match(/-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]+-----END [A-Z ]*PRIVATE KEY-----/g) ?? []).map(
    (block) => createPrivateKey(block),
  );
}

/** All files below a folder, except those that `isInput` names: what a user brought. */
export function filesBelow(folder: string, isInput: (path: string) => boolean): readonly Output[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, name: relative(folder, path) }))
    .filter(({ name }) => !isInput(name))
    .map(({ path, name }) => ({ name, bytes: readFileSync(path) }));
}

/** Which secrets are in which outputs, in whatever form: `run-log.jsonl: password as hex`. Empty: none is. */
export function findSecrets(outputs: readonly Output[], secrets: readonly Secret[]): readonly string[] {
  return outputs.flatMap(({ name, bytes }) => {
    const text = bytes.toString('latin1');
    // Encodings may be broken into lines, also by the escapes of JSON.
    const joined = text.replaceAll(/\\[nr]|[\s:]/g, '');
    const lower = joined.toLowerCase();
    const base64 = joined.replaceAll('-', '+').replaceAll('_', '/');
    // {"0":90,"1":113}, [90, 113]
    const numbers = `,${joined.replaceAll(/"\d+"/g, '').replaceAll(/[[\]{}]/g, ',')},`;
    const found = secrets.flatMap((secret) =>
      formsOf(secret.bytes, { bytes, lower, base64, numbers }).map(
        (form) => `${name}: ${secret.name} as ${form}`,
      ),
    );
    return PEM_MARK.test(text) ? [`${name}: a private key in PEM`, ...found] : found;
  });
}

function formsOf(
  secret: Buffer,
  { bytes, lower, base64, numbers }: { bytes: Buffer; lower: string; base64: string; numbers: string },
): readonly string[] {
  return [
    ...(bytes.includes(secret) ? ['bytes'] : []),
    ...(lower.includes(secret.toString('hex')) ? ['hex'] : []),
    ...(base64Forms(secret).some((form) => base64.includes(form)) ? ['base64'] : []),
    ...(numbers.includes(`,${secret.join(',')},`) ? ['numbers'] : []),
  ];
}

/** What the base64 of something that holds the secret has in common, wherever in it the secret begins. */
function base64Forms(secret: Buffer): readonly string[] {
  return [0, 1, 2]
    .map((offset) => {
      const text = Buffer.concat([Buffer.alloc(offset), secret])
        .toString('base64')
        .replace(/=+$/, '');
      const from = offset === 0 ? 0 : offset + 1;
      const rest = (offset + secret.length) % 3;
      return text.slice(from, rest === 0 ? text.length : -1);
    })
    .filter((form) => form.length >= LEAST_BASE64 || secret.length * 8 < LEAST_BASE64 * 6);
}
