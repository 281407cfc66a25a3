import type { KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  judgeTrustList,
  type TrustListQuestion,
  type TrustListVerdict,
} from '../../../src/protocols/trust/acceptance.ts';
import { plainRecord, signerInfoOf, trustRecordOf } from '../../../src/protocols/trust/certificate.ts';
import {
  buildTrustList,
  parseTrustList,
  type TrustList,
  type TrustListHeader,
} from '../../../src/protocols/trust/trust-list.ts';
import { TRUST_ROLES, type TrustRecord } from '../../../src/protocols/trust/trust-record.ts';
import { type Holder, holder, opensslRsaKey } from './openssl.ts';

const NODE = { dnsName: 'cucm-pub', ipv4: '192.0.2.10' };
const recordOf = ({ certificate }: Holder, role: number) => trustRecordOf(certificate, role, NODE);

const old = holder('/CN=old-sast', '0a');
const next = holder('/CN=new-sast', '0b', opensslRsaKey(1024));
const server = holder('/CN=cucm-pub', '0c');
const plain = plainRecord(TRUST_ROLES.callManagerAndTftp, NODE);

function list(
  signer: Holder,
  records: readonly TrustRecord[],
  changes: { readonly header?: Partial<TrustListHeader>; readonly key?: KeyObject } = {},
): TrustList | null {
  const header = {
    signerVersion: null,
    signer: signerInfoOf(signer.certificate),
    digest: 1,
    fileName: 'ITLFile.tlv',
    timestampSeconds: 1,
    ...changes.header,
  } as const;
  return parseTrustList(buildTrustList(header, records, changes.key ?? signer.privateKey));
}

const sast = (of: Holder) => recordOf(of, TRUST_ROLES.sast);
const slim = (record: TrustRecord): TrustRecord => ({ ...record, certificate: null });

/** Every file that the table speaks of, as it comes from the server. */
const FILES = {
  empty: parseTrustList(new Uint8Array()),
  byOld: list(old, [sast(old), plain]),
  byOldForged: list(old, [sast(old), plain], { key: next.privateKey }),
  byOldWithoutItsRecord: list(old, [sast(next), plain]),
  byNew: list(next, [sast(next), plain]),
  byNewForged: list(next, [sast(next), plain], { key: old.privateKey }),
  byNewWithoutItsRecord: list(next, [sast(old), plain]),
  byNewUnderAnotherRole: list(next, [recordOf(next, TRUST_ROLES.tftp), plain]),
  /** The certificate, which TVS would know, is not the key that made the signature. */
  byNewWithOldCertificate: list(next, [{ ...sast(next), certificate: old.certificate.raw }]),
  byNewSlim: list(next, [slim(sast(next)), plain]),
  byServer: list(server, [sast(server), recordOf(server, TRUST_ROLES.callManagerAndTftp)]),
  bySha512: list(next, [sast(next)], { header: { digest: 3 } }),
} as const;

/** What may be in flash. */
const FLASH = {
  nothing: null,
  old: [sast(old), plain],
  oldSlim: [slim(sast(old))],
  oldUnderAnotherRole: [recordOf(old, TRUST_ROLES.tvs)],
  server: [recordOf(server, TRUST_ROLES.callManagerAndTftp), sast(old)],
  noCertificates: [plain],
} as const;

const ANY_TVS = ['not-asked', 'valid', 'invalid', 'unreachable'] as const;

type Row = readonly [
  file: keyof typeof FILES,
  flash: keyof typeof FLASH,
  tvs: readonly TrustListQuestion['tvs'][],
  verdict: string,
];

const TABLE: readonly Row[] = [
  // An empty file is no file.
  ['empty', 'nothing', ANY_TVS, 'none'],
  ['empty', 'old', ANY_TVS, 'none'],
  // First use: consistent in itself.
  ['byOld', 'nothing', ANY_TVS, 'accept first-use CN=old-sast'],
  ['byNewSlim', 'nothing', ANY_TVS, 'accept first-use CN=new-sast'],
  ['bySha512', 'nothing', ANY_TVS, 'accept first-use CN=new-sast'],
  ['byOldForged', 'nothing', ANY_TVS, 'refuse bad-signature'],
  ['byOldWithoutItsRecord', 'nothing', ANY_TVS, 'refuse no-signer-record'],
  ['byNewUnderAnotherRole', 'nothing', ANY_TVS, 'refuse no-signer-record'],
  // A known signer; the file need not hold its record.
  ['byOld', 'old', ANY_TVS, 'accept known-signer CN=old-sast'],
  ['byOld', 'oldSlim', ANY_TVS, 'accept known-signer CN=old-sast'],
  ['byOldWithoutItsRecord', 'old', ANY_TVS, 'accept known-signer CN=old-sast'],
  ['byOldForged', 'old', ANY_TVS, 'refuse bad-signature'],
  // Without tokens, the certificate of the publisher's CallManager signs both.
  ['byServer', 'server', ANY_TVS, 'accept known-signer CN=cucm-pub'],
  // An unknown signer: TVS.
  ['byNew', 'old', ['not-asked'], 'ask-tvs CN=new-sast'],
  ['byNew', 'old', ['valid'], 'accept tvs CN=new-sast'],
  ['byNew', 'old', ['invalid'], 'refuse tvs-refused'],
  ['byNew', 'old', ['unreachable'], 'refuse tvs-unreachable'],
  ['byNew', 'noCertificates', ['not-asked'], 'ask-tvs CN=new-sast'],
  ['byOld', 'oldUnderAnotherRole', ['not-asked'], 'ask-tvs CN=old-sast'],
  // No answer of TVS makes a file good that is not signed by what it shows.
  ['byNewWithOldCertificate', 'old', ANY_TVS, 'refuse bad-signature'],
  ['byNewForged', 'old', ANY_TVS, 'refuse bad-signature'],
  ['byNewWithoutItsRecord', 'old', ANY_TVS, 'refuse no-signer-record'],
  ['byNewUnderAnotherRole', 'old', ANY_TVS, 'refuse no-signer-record'],
  ['byNewSlim', 'old', ['not-asked'], 'refuse no-signer-record'],
];

function show(verdict: TrustListVerdict): string {
  switch (verdict.verdict) {
    case 'none':
      return 'none';
    case 'accept':
      return `accept ${verdict.because} ${verdict.signer.subject}`;
    case 'ask-tvs':
      return `ask-tvs ${verdict.signer.subject}`;
    case 'refuse':
      return `refuse ${verdict.cause}`;
  }
}

const ROWS = TABLE.flatMap(([file, flash, answers, verdict]) =>
  answers.map((tvs) => ({ file, flash, tvs, verdict })),
);

describe('a downloaded trust list', () => {
  it.each(ROWS)('$file, flash $flash, TVS $tvs: $verdict', ({ file, flash, tvs, verdict }) => {
    expect(show(judgeTrustList({ list: FILES[file], known: FLASH[flash], tvs }))).toBe(verdict);
  });

  it('asks TVS about the very certificate of the signer', () => {
    const verdict = judgeTrustList({ list: FILES.byNew, known: FLASH.old, tvs: 'not-asked' });
    expect(verdict.verdict).toBe('ask-tvs');
    if (verdict.verdict !== 'ask-tvs') return;
    expect(Buffer.from(verdict.signer.certificate).equals(next.certificate.raw)).toBe(true);
  });

  it('is judged by few signatures, however often it claims its signer', () => {
    const impostor = { ...sast(next), certificate: old.certificate.raw };
    const known = [...Array<TrustRecord>(4).fill(impostor), sast(next)];
    const verdict = judgeTrustList({ list: FILES.byNew, known, tvs: 'not-asked' });
    expect(show(verdict)).toBe('refuse bad-signature');
    expect(show(judgeTrustList({ list: FILES.byNew, known: known.slice(1), tvs: 'not-asked' }))).toBe(
      'accept known-signer CN=new-sast',
    );
  });
});
