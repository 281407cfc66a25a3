import { BootstormError } from '../errors.ts';
import type { CredentialOrigin } from '../protocols/credential.ts';

/** Where a phone's certificate is, and which key belongs to it. */
export interface IndexEntry {
  readonly deviceName: string;
  readonly origin: CredentialOrigin;
  /** Place in the key pool, from 0. */
  readonly key: number;
  /** SHA-256 of the DER, lower-case hex. */
  readonly digest: string;
  /** Octets of the PEM block in the file of all certificates. */
  readonly offset: number;
  readonly length: number;
}

const HEADING = '# device origin key offset length sha256';
const LINE = /^(SEP[0-9A-F]{12}) (lsc|mic) (\d{1,9}) (\d{1,15}) (\d{1,9}) ([0-9a-f]{64})$/;

/**
 * The index of a folder: a line of text for each certificate, kept as the text that it was and taken apart when its
 * phone is asked for. Ten thousand are open in some milliseconds.
 */
export class StoreIndex {
  readonly #lines = new Map<string, string>();

  /** Throws `invalid-certificates` with every line that is none. */
  constructor(text: string, file: string) {
    let number = 0;
    for (const line of text.split('\n')) {
      number++;
      if (line === '' || line.startsWith('#')) continue;
      if (!LINE.test(line)) {
        throw new BootstormError('invalid-certificates', `${file}:${number}: not a line of an index`, {
          hint: 'remove the file, and make the certificates again with `bootstorm pki issue`',
        });
      }
      this.#lines.set(line.slice(0, DEVICE_AND_ORIGIN), line);
    }
  }

  get size(): number {
    return this.#lines.size;
  }

  find(deviceName: string, origin: CredentialOrigin): IndexEntry | null {
    const line = this.#lines.get(`${deviceName} ${origin}`);
    return line === undefined ? null : entryOf(line);
  }

  *entries(): Generator<IndexEntry> {
    for (const line of this.#lines.values()) yield entryOf(line);
  }
}

/** `SEP001122334455 lsc` */
const DEVICE_AND_ORIGIN = 19;

export function indexText(entries: readonly IndexEntry[]): string {
  const lines = entries.map(
    ({ deviceName, origin, key, offset, length, digest }) =>
      `${deviceName} ${origin} ${key} ${offset} ${length} ${digest}`,
  );
  return `${[HEADING, ...lines].join('\n')}\n`;
}

function entryOf(line: string): IndexEntry {
  const [, deviceName = '', origin, key, offset, length, digest = ''] = LINE.exec(line) ?? [];
  return {
    deviceName,
    origin: origin as CredentialOrigin,
    key: Number(key),
    offset: Number(offset),
    length: Number(length),
    digest,
  };
}
