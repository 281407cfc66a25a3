import { createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { uniform01 } from '../random/counter-random.ts';

const RSA_BITS = 2048;

/**
 * RSA keys that many phones share: to make one takes a tenth of a second, to choose one takes nothing. Real phones have
 * a key each; no server can tell, as each phone has a certificate of its own.
 */
export class KeyPool {
  readonly #privateKeys: readonly KeyObject[];
  readonly #publicKeys: (KeyObject | undefined)[] = [];

  /** Throws RangeError without keys. */
  constructor(privateKeys: readonly KeyObject[]) {
    if (privateKeys.length === 0) throw new RangeError('a key pool without keys');
    this.#privateKeys = privateKeys;
  }

  /** Makes keys on all threads of the runtime's pool at once. */
  static async generate(count: number, bits = RSA_BITS): Promise<KeyPool> {
    return new KeyPool(await Promise.all(Array.from({ length: count }, () => generateKey(bits))));
  }

  get size(): number {
    return this.#privateKeys.length;
  }

  get privateKeys(): readonly KeyObject[] {
    return this.#privateKeys;
  }

  /** Which key a draw in [0, 1) means. */
  indexOf(draw: number): number {
    return Math.min(Math.floor(draw * this.size), this.size - 1);
  }

  /** The private key that a draw in [0, 1) means. */
  keyOf(draw: number): KeyObject {
    return this.privateKeyAt(this.indexOf(draw));
  }

  /** Throws RangeError where the pool has no such key. */
  privateKeyAt(index: number): KeyObject {
    const key = this.#privateKeys[index];
    if (key === undefined) throw new RangeError(`no key ${index} in a pool of ${this.size}`);
    return key;
  }

  publicKeyAt(index: number): KeyObject {
    return (this.#publicKeys[index] ??= createPublicKey(this.privateKeyAt(index)));
  }
}

const generate = promisify(generateKeyPair);

/** A new RSA key, made on a thread of the runtime's pool. */
export async function generateKey(bits = RSA_BITS): Promise<KeyObject> {
  const { privateKey } = await generate('rsa', { modulusLength: bits });
  return privateKey;
}

/** A draw in [0, 1) that depends on the seed and the device name (`SEP001122334455`) alone. */
export function keyDraw(seed: number, deviceName: string): number {
  const mac = deviceName.slice(-12);
  return uniform01(
    seed,
    Number.parseInt(mac.slice(0, 6), 16),
    'phone-key',
    Number.parseInt(mac.slice(6), 16),
  );
}
