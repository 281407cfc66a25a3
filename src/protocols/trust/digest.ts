/**
 * Digest ids in a header. 3 and 4 both are SHA-512: certutils writes 3, the table of provision_sccp says 4 (and 3 for
 * SHA-384, of which no file is known). 1 is proven by the signature of a file in production use.
 */
export const DIGESTS = {
  1: { algorithm: 'sha1', bytes: 20 },
  2: { algorithm: 'sha256', bytes: 32 },
  3: { algorithm: 'sha512', bytes: 64 },
  4: { algorithm: 'sha512', bytes: 64 },
} as const;

export type DigestId = keyof typeof DIGESTS;

export function isDigestId(id: number): id is DigestId {
  return id in DIGESTS;
}
