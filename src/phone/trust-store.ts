import { hash } from 'node:crypto';
import { ContentCache, LeastRecentlyUsed } from '../protocols/content-cache.ts';
import {
  judgeTrustList,
  type SignatureCheck,
  type TrustListQuestion,
  type TrustListVerdict,
} from '../protocols/trust/acceptance.ts';
import { recordsOfCertificate } from '../protocols/trust/certificate-match.ts';
import { checkConfigSignature } from '../protocols/trust/signed-config.ts';
import type { SignedFile } from '../protocols/trust/signed-file.ts';
import { MAX_TRUST_LIST_BYTES, parseTrustList, type TrustList } from '../protocols/trust/trust-list.ts';
import type { TrustRecord } from '../protocols/trust/trust-record.ts';
import { DecodeError } from '../wire/decode-error.ts';

/** A trust list as it came: one object for all phones that have the same. `list` is null for an empty file. */
export interface TrustFile {
  /** SHA-256 of the file, lower-case hex. */
  readonly digest: string;
  readonly list: TrustList | null;
}

/** The trust lists that a phone holds: one object for all phones that hold the same. */
export interface TrustLists {
  readonly ctl: TrustFile | null;
  readonly itl: TrustFile | null;
  /** Of both. */
  readonly records: readonly TrustRecord[];
}

export const NO_TRUST_LISTS: TrustLists = { ctl: null, itl: null, records: [] };

export type TrustListKind = 'CTL' | 'ITL';

/** How many of each kind of result a worker keeps: a cluster has one CTL, one ITL for each node, and few servers. */
const MOST_FILES = 64;
const MOST_ANSWERS = 256;

/**
 * What a worker knows of trust lists. Parsing, judging and looking up cost a thousand times what the phones' own
 * steps cost, and thousands of phones of a cluster do it with the same bytes: each distinct work is done once.
 */
export class TrustStore {
  readonly #files = new ContentCache<TrustFile | { readonly detail: string }>(
    readTrustFile,
    MAX_TRUST_LIST_BYTES,
    MOST_FILES,
  );
  readonly #held = new LeastRecentlyUsed<TrustLists>(MOST_ANSWERS);
  readonly #verdicts = new PerLists<TrustListVerdict>();
  readonly #roles = new PerLists<ReadonlySet<number>>();
  readonly #signatures = new PerLists<SignatureCheck>();

  /** The file, or what is wrong with it. */
  read(content: Uint8Array): TrustFile | { readonly detail: string } {
    return this.#files.get(content);
  }

  /** What a phone that holds `held` makes of a list: see `judgeTrustList`. */
  judge({ digest, list }: TrustFile, held: TrustLists, tvs: TrustListQuestion['tvs']): TrustListVerdict {
    const known = held.ctl === null && held.itl === null ? null : held.records;
    return this.#verdicts.get(held, `${digest} ${tvs}`, () => judgeTrustList({ list, known, tvs }));
  }

  /** The lists of a phone that has taken `file` in the place of the one that it held. */
  replace(held: TrustLists, kind: TrustListKind, file: TrustFile): TrustLists {
    const { ctl, itl } = kind === 'CTL' ? { ...held, ctl: file } : { ...held, itl: file };
    return this.#held.get(`${ctl?.digest} ${itl?.digest}`, () => ({
      ctl,
      itl,
      records: [...(ctl?.list?.records ?? []), ...(itl?.list?.records ?? [])],
    }));
  }

  /** The roles in which the lists name a certificate; none for a server that has shown none. */
  rolesOf(held: TrustLists, certificate: Uint8Array | null): ReadonlySet<number> {
    if (certificate === null) return NO_ROLES;
    const key = hash('sha256', certificate, 'hex');
    return this.#roles.get(
      held,
      key,
      () => new Set(recordsOfCertificate(held.records, certificate).map(({ role }) => role)),
    );
  }

  /** As `checkConfigSignature`, of a file that is one phone's alone. */
  checkOnce(held: TrustLists, file: SignedFile): SignatureCheck {
    return checkConfigSignature(file, held.records);
  }

  /** As `checkConfigSignature`, of a file that many phones have: the locales, XMLDefault. */
  checkShared(held: TrustLists, content: Uint8Array, file: SignedFile): SignatureCheck {
    return this.#signatures.get(held, hash('sha256', content, 'hex'), () =>
      checkConfigSignature(file, held.records),
    );
  }
}

const NO_ROLES: ReadonlySet<number> = new Set();

function readTrustFile(content: Uint8Array, digest: string): TrustFile | { readonly detail: string } {
  try {
    return { digest, list: parseTrustList(content) };
  } catch (error) {
    if (error instanceof DecodeError) return { detail: error.message };
    throw error;
  }
}

/** Results by the lists that a phone holds, and a key; gone when no phone holds them. */
class PerLists<Value> {
  readonly #values = new WeakMap<TrustLists, LeastRecentlyUsed<Value>>();

  get(lists: TrustLists, key: string, compute: () => Value): Value {
    let values = this.#values.get(lists);
    if (values === undefined) {
      values = new LeastRecentlyUsed(MOST_ANSWERS);
      this.#values.set(lists, values);
    }
    return values.get(key, compute);
  }
}
