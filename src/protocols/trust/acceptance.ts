import { publicKeyOf } from './certificate.ts';
import { isSignedBy, type SignedFile } from './signed-file.ts';
import { recordsOf, type TrustList } from './trust-list.ts';
import { TRUST_ROLES, type TrustRecord } from './trust-record.ts';

/**
 * Whether a phone takes a trust list that it has downloaded, CTL or ITL. Source: usecallmanager.nz, "Device security" and
 * "Trust verification"; Cisco document 116232, "Security By Default"; Cisco document 118893: without tokens a CTL is signed
 * by the publisher's CallManager certificate, phones that hold an ITL alone take it, and after a new certificate TVS
 * vouches for it. Which checks come first is inference.
 *
 * | file  | in flash | signer                    | signature | TVS         | verdict                  |
 * |-------|----------|---------------------------|-----------|-------------|--------------------------|
 * | empty | any      |                           |           |             | none                     |
 * | list  | no list  | a SAST record of the file | good      |             | accept, first-use        |
 * | list  | no list  | a SAST record of the file | bad       |             | refuse, bad-signature    |
 * | list  | no list  | no SAST record of the file |          |             | refuse, no-signer-record |
 * | list  | a list   | known                     | good      |             | accept, known-signer     |
 * | list  | a list   | known                     | bad       |             | refuse, bad-signature    |
 * | list  | a list   | unknown, no record in file |          |             | refuse, no-signer-record |
 * | list  | a list   | unknown, record in file   | bad       |             | refuse, bad-signature    |
 * | list  | a list   | unknown, record in file   | good      | not-asked   | ask-tvs                  |
 * | list  | a list   | unknown, record in file   | good      | valid       | accept, tvs              |
 * | list  | a list   | unknown, record in file   | good      | invalid     | refuse, tvs-refused      |
 * | list  | a list   | unknown, record in file   | good      | unreachable | refuse, tvs-unreachable  |
 *
 * Known: a record in flash has the issuer and the serial number of the file's header and the role SAST or CCM+TFTP. After
 * `refuse` the phone keeps what it has, status "Trust List update failed".
 */
export type TrustListVerdict =
  /** As if the file were not on the server (inference: an empty file takes no trust away). */
  | { readonly verdict: 'none' }
  | {
      readonly verdict: 'accept';
      readonly because: 'first-use' | 'known-signer' | 'tvs';
      readonly signer: TrustRecord;
    }
  /** The certificate of `signer` is what TVS is asked about. */
  | { readonly verdict: 'ask-tvs'; readonly signer: TrustRecord & { readonly certificate: Uint8Array } }
  | { readonly verdict: 'refuse'; readonly cause: TrustListRefusal };

export type TrustListRefusal = 'no-signer-record' | 'bad-signature' | 'tvs-refused' | 'tvs-unreachable';

export interface TrustListQuestion {
  /** What `parseTrustList` made of the file. */
  readonly list: TrustList | null;
  /** The records of all lists in flash, CTL and ITL; null where there is no list. */
  readonly known: readonly TrustRecord[] | null;
  /** What TVS said of the signer, when it was asked after an earlier verdict `ask-tvs`. */
  readonly tvs: 'not-asked' | 'valid' | 'invalid' | 'unreachable';
}

/** The verdict on a trust list, by the table above. Never throws, whatever the file. */
export function judgeTrustList({ list, known, tvs }: TrustListQuestion): TrustListVerdict {
  if (list === null) return { verdict: 'none' };
  if (known === null)
    return judgeBySelf(list, (signer) => ({ verdict: 'accept', because: 'first-use', signer }));
  const check = checkSignature(list.file, known, KNOWN_SIGNERS);
  switch (check.outcome) {
    case 'valid':
      return { verdict: 'accept', because: 'known-signer', signer: check.signer };
    case 'bad-signature':
      return refuse('bad-signature');
    case 'unknown-signer':
      return judgeBySelf(list, (signer) => byTvs(signer, tvs));
  }
}

/** A file's signature against the records that a phone trusts. */
export type SignatureCheck =
  | { readonly outcome: 'valid'; readonly signer: TrustRecord }
  | { readonly outcome: 'bad-signature' }
  /** No record with a usable key, one of the roles, and the issuer and serial number that the header names. */
  | { readonly outcome: 'unknown-signer' };

/** Looks the signer up by issuer and serial number, and checks the signature with its key. Never throws. */
export function checkSignature(
  file: SignedFile,
  records: readonly TrustRecord[],
  roles: readonly number[],
): SignatureCheck {
  let signerKnown = false;
  for (const signer of recordsOf(records, file.header.signer, roles).slice(0, MAX_CANDIDATES)) {
    const key = publicKeyOf(signer);
    if (key === null) continue;
    if (isSignedBy(file, key)) return { outcome: 'valid', signer };
    signerKnown = true;
  }
  return { outcome: signerKnown ? 'bad-signature' : 'unknown-signer' };
}

/** A certificate stands in each of two lists once with each of two roles. More is a hostile file that makes work. */
const MAX_CANDIDATES = 4;

const OWN_SIGNERS = [TRUST_ROLES.sast];
const KNOWN_SIGNERS = [TRUST_ROLES.sast, TRUST_ROLES.callManagerAndTftp];

/** The list is to be consistent in itself: signed by a SAST record of its own. */
function judgeBySelf(
  list: TrustList,
  whenValid: (signer: TrustRecord) => TrustListVerdict,
): TrustListVerdict {
  const check = checkSignature(list.file, list.records, OWN_SIGNERS);
  switch (check.outcome) {
    case 'valid':
      return whenValid(check.signer);
    case 'bad-signature':
      return refuse('bad-signature');
    case 'unknown-signer':
      return refuse('no-signer-record');
  }
}

function byTvs(signer: TrustRecord, tvs: TrustListQuestion['tvs']): TrustListVerdict {
  const { certificate } = signer;
  switch (tvs) {
    case 'not-asked':
      // TVS is asked about a certificate: a slim record has none to show.
      return certificate === null
        ? refuse('no-signer-record')
        : { verdict: 'ask-tvs', signer: { ...signer, certificate } };
    case 'valid':
      return { verdict: 'accept', because: 'tvs', signer };
    case 'invalid':
      return refuse('tvs-refused');
    case 'unreachable':
      return refuse('tvs-unreachable');
  }
}

function refuse(cause: TrustListRefusal): TrustListVerdict {
  return { verdict: 'refuse', cause };
}
