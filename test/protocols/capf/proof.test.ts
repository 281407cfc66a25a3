import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { CapfAuthentication } from '../../../src/protocols/capf/client-contract.ts';
import type { CapfElements } from '../../../src/protocols/capf/message.ts';
import {
  certificateProof,
  provenCertificate,
  provenSudi,
  sudiProof,
} from '../../../src/protocols/capf/proof.ts';
import type { Credential } from '../../../src/protocols/credential.ts';
import { opensslOutput } from '../trust/openssl.ts';
import {
  authReq,
  connected,
  credential,
  DEVICE,
  EC_KEY,
  type Event,
  LSC,
  MIC,
  ScriptedSession,
  SESSION,
  start,
} from './scripted-session.ts';

const EC_LSC = credential('lsc', EC_KEY);

/** The public key of a certificate, as OpenSSL's own program reads it. */
function publicPem({ certificate }: Credential): Buffer {
  return opensslOutput({ 'c.der': certificate }, [
    'x509',
    '-inform',
    'DER',
    '-in',
    'c.der',
    '-noout',
    '-pubkey',
  ]);
}

/** What OpenSSL's program takes out of a signature with block type 1 padding. */
function recovered(shown: Credential, signature: Uint8Array): string {
  return opensslOutput({ 'key.pem': publicPem(shown), sig: signature }, [
    ...['pkeyutl', '-verifyrecover', '-pubin', '-inkey', 'key.pem', '-in', 'sig'],
    ...['-pkeyopt', 'rsa_padding_mode:pkcs1'],
  ]).toString('hex');
}

function ecVerified(shown: Credential, hash: string, signed: Uint8Array, signature: Uint8Array): string {
  return opensslOutput({ 'key.pem': publicPem(shown), sig: signature, signed }, [
    ...['dgst', `-${hash}`, '-verify', 'key.pem', '-signature', 'sig', 'signed'],
  ]).toString();
}

const digest = (algorithm: string, data: Uint8Array): string =>
  createHash(algorithm).update(data).digest('hex');

/** What a phone answers to AuthReq. */
function authRes(
  authentication: CapfAuthentication,
  changes: { readonly lsc?: Credential; readonly mic?: Credential },
): CapfElements {
  const session = new ScriptedSession({ authentication, ...changes }, [start, connected, authReq]);
  return session.sent()[0]?.elements ?? {};
}

const signedText = ({ certificate }: Credential): Buffer =>
  Buffer.concat([Buffer.from(`${DEVICE}\0`), certificate]);

describe('AuthRes', () => {
  it.each([
    [{ type: 'none' }, ''],
    [{ type: 'null-string' }, ''],
    [{ type: 'password', password: '1234567890' }, '1234567890'],
  ] as [CapfAuthentication, string][])('with %o', (authentication, password) => {
    expect(authRes(authentication, { lsc: LSC, mic: MIC })).toEqual({
      reason: 1,
      version: 3,
      deviceName: DEVICE,
      password,
    });
  });

  it.each([
    ['lsc', LSC, 1],
    ['mic', MIC, 2],
  ] as const)('by the %s, an RSA key: OpenSSL recovers the bare hashes', (type, shown, certificateType) => {
    const { certificate, signedData, sha2SignedData, sudi } = authRes({ type }, { lsc: LSC, mic: MIC });
    expect(certificate).toEqual({ type: certificateType, der: Buffer.from(shown.certificate) });
    expect(recovered(shown, signedData ?? Buffer.alloc(0))).toBe(digest('sha1', signedText(shown)));
    expect(sha2SignedData?.hash).toBe(3);
    expect(recovered(shown, sha2SignedData?.value ?? Buffer.alloc(0))).toBe(
      digest('sha512', signedText(shown)),
    );
    const sudiText = Buffer.concat([Buffer.from('04030201', 'hex'), MIC.certificate]);
    expect(sudi?.certificate).toEqual(Buffer.from(MIC.certificate));
    expect(recovered(MIC, sudi?.sha1 ?? Buffer.alloc(0))).toBe(digest('sha1', sudiText));
    expect(recovered(MIC, sudi?.sha512 ?? Buffer.alloc(0))).toBe(digest('sha512', sudiText));
  });

  it('by an LSC with an EC key: OpenSSL verifies ECDSA', () => {
    const { signedData, sha2SignedData, sudi } = authRes({ type: 'lsc' }, { lsc: EC_LSC, mic: MIC });
    expect(ecVerified(EC_LSC, 'sha1', signedText(EC_LSC), signedData ?? Buffer.alloc(0))).toBe(
      'Verified OK\n',
    );
    expect(ecVerified(EC_LSC, 'sha512', signedText(EC_LSC), sha2SignedData?.value ?? Buffer.alloc(0))).toBe(
      'Verified OK\n',
    );
    expect(sudi?.certificate).toEqual(Buffer.from(MIC.certificate));
  });

  it('has no SUDI data without an RSA key', () => {
    expect(authRes({ type: 'lsc' }, { lsc: EC_LSC })).not.toHaveProperty('sudi');
  });

  it('the SUDI data of a phone without MIC are of its LSC', () => {
    expect(authRes({ type: 'lsc' }, { lsc: LSC }).sudi?.certificate).toEqual(Buffer.from(LSC.certificate));
  });

  const tiny: Credential = {
    ...LSC,
    privateKey: generateKeyPairSync('rsa', { modulusLength: 512 }).privateKey,
  };
  const edwards: Credential = { ...LSC, privateKey: generateKeyPairSync('ed25519').privateKey };
  it.each([
    ['no LSC', {}],
    ['a key that is too small for SHA-512', { lsc: tiny }],
    ['a key that is neither RSA nor EC', { lsc: edwards }],
    ['a certificate that no message holds', { lsc: { ...LSC, certificate: new Uint8Array(20_000) } }],
  ])('%s: no-certificate, and nothing is sent', (_, changes) => {
    const events: Event[] = [start, connected, authReq];
    const session = new ScriptedSession({ authentication: { type: 'lsc' }, ...changes }, events);
    expect(session.out.effects.map(({ effect }) => effect)).not.toContain('send');
    const detail = 'no LSC that can prove who the phone is';
    expect(session.result()).toEqual({ outcome: 'failed', cause: 'no-certificate', detail });
  });
});

describe('the server’s side', () => {
  const proof = (shown: Credential) => {
    const made = certificateProof(DEVICE, shown);
    if (made === null) throw new Error('no proof');
    return { deviceName: DEVICE, ...made };
  };

  it.each([
    ['RSA', LSC],
    ['EC', EC_LSC],
  ])('takes a proof with %s, and none that was tampered with', (_, shown) => {
    const elements = proof(shown);
    expect(provenCertificate(elements)?.raw).toEqual(Buffer.from(shown.certificate));
    const other = proof(MIC);
    const wrong: CapfElements[] = [
      { ...elements, deviceName: 'SEP001122334456' },
      { ...elements, certificate: other.certificate },
      { ...elements, signedData: other.signedData },
      { ...elements, signedData: new Uint8Array(0) },
      { ...elements, sha2SignedData: other.sha2SignedData },
      { ...elements, sha2SignedData: { ...elements.sha2SignedData, hash: 2 } },
      { ...elements, certificate: { type: 1, der: Uint8Array.of(0x30, 2, 5, 0) } },
      ...Object.keys(elements).map((missing) =>
        Object.fromEntries(Object.entries(elements).filter(([name]) => name !== missing)),
      ),
    ];
    expect(wrong).toHaveLength(11);
    expect(wrong.map(provenCertificate)).toEqual(wrong.map(() => null));
  });

  it('takes SUDI data of its own session only', () => {
    const sudi = sudiProof(SESSION, MIC);
    if (sudi === null) throw new Error('no SUDI data');
    expect(provenSudi(SESSION, sudi)?.raw).toEqual(Buffer.from(MIC.certificate));
    expect(provenSudi(SESSION + 1, sudi)).toBeNull();
    expect(provenSudi(SESSION, { ...sudi, sha512: sudi.sha1 })).toBeNull();
    expect(sudiProof(SESSION, EC_LSC)).toBeNull();
  });
});
