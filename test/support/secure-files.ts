/** The certificates of a secure cluster and of one phone, and the files that such a cluster serves. */
import { createCipheriv, publicEncrypt, constants, hash, type KeyObject } from 'node:crypto';
import type { Credential } from '../../src/protocols/credential.ts';
import { plainRecord, signerInfoOf, trustRecordOf } from '../../src/protocols/trust/certificate.ts';
import { buildEncryptedConfig } from '../../src/protocols/trust/encrypted-config.ts';
import { buildSignedConfig } from '../../src/protocols/trust/signed-config.ts';
import { buildTrustList } from '../../src/protocols/trust/trust-list.ts';
import { TRUST_ROLES, type TrustRecord } from '../../src/protocols/trust/trust-record.ts';
import { type Holder, holder } from '../protocols/trust/openssl.ts';

export type { Holder };

/** Of the cluster; `other` belongs to another one. */
export const HOLDERS = {
  sast: holder('/CN=sast', '01'),
  newSast: holder('/CN=new-sast', '02'),
  callManager: holder('/CN=cucm-pub', '03'),
  otherCallManager: holder('/CN=cucm-sub', '04'),
  capf: holder('/CN=CAPF', '05'),
  tvs: holder('/CN=cucm-tvs', '06'),
  other: holder('/CN=other', '07'),
} as const;

export const NODE = { dnsName: 'cucm-pub', ipv4: '127.0.0.1' };

export const recordOf = (
  { certificate }: Holder,
  role: number,
  node: Pick<TrustRecord, 'dnsName' | 'ipv4'> = NODE,
): TrustRecord => trustRecordOf(certificate, role, node);

/** What a trust list of the cluster names, apart from its signer. */
export const SERVER_RECORDS: readonly TrustRecord[] = [
  recordOf(HOLDERS.callManager, TRUST_ROLES.callManagerAndTftp),
  recordOf(HOLDERS.capf, TRUST_ROLES.capf),
  recordOf(HOLDERS.tvs, TRUST_ROLES.tvs),
];

/** A trust list; `key`: another's signature. */
export function trustList(
  signer: Holder = HOLDERS.sast,
  records: readonly TrustRecord[] = SERVER_RECORDS,
  key: KeyObject = signer.privateKey,
): Buffer {
  const header = {
    signerVersion: null,
    signer: signerInfoOf(signer.certificate),
    digest: 1,
    fileName: 'ITLFile.tlv',
    timestampSeconds: 1,
  } as const;
  return buildTrustList(header, [recordOf(signer, TRUST_ROLES.sast), ...records], key);
}

/** `<name>.sgn` */
export function signed(
  fileName: string,
  content: Uint8Array,
  signer: Holder = HOLDERS.callManager,
  key: KeyObject = signer.privateKey,
): Buffer {
  return buildSignedConfig(configHeader(fileName, signer), content, key);
}

/** `<name>.enc.sgn` for the phone with this certificate. */
export function encrypted(
  fileName: string,
  content: Uint8Array,
  recipient: Holder,
  signer: Holder = HOLDERS.callManager,
): Buffer {
  const [key, iv] = [Buffer.alloc(16, 0x4b), Buffer.alloc(16, 0x56)];
  const seal = {
    iv,
    wrappedKey: publicEncrypt(
      { key: recipient.certificate.publicKey, padding: constants.RSA_PKCS1_PADDING },
      key,
    ),
    encrypt: (blocks: Uint8Array) =>
      createCipheriv('aes-128-cbc', key, iv).setAutoPadding(false).update(blocks),
  };
  const header = { ...configHeader(fileName, signer), plaintextDigest: 1 } as const;
  return buildEncryptedConfig(header, content, seal, signer.privateKey);
}

function configHeader(fileName: string, { certificate }: Holder) {
  return { signer: signerInfoOf(certificate), digest: 1, fileName, timestampSeconds: 1 } as const;
}

export function credentialOf(of: Holder, origin: Credential['origin']): Credential {
  const certificate = of.certificate.raw;
  return { origin, certificate, digest: hash('sha256', certificate, 'hex'), privateKey: of.privateKey };
}

/** A trust list of a cluster that is not secure: it names its servers, and not their certificates. */
export function plainList(): Buffer {
  return trustList(HOLDERS.sast, [plainRecord(TRUST_ROLES.callManagerAndTftp, NODE)]);
}
