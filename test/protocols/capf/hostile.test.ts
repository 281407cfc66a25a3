import { createPublicKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  certificateProof,
  provenCertificate,
  provenSudi,
  sudiProof,
} from '../../../src/protocols/capf/proof.ts';
import { createCapfServer, stepCapfServer } from '../../../src/protocols/capf/server-session.ts';
import { CAPF_COMMANDS, type CapfElements, encodeCapf } from '../../../src/protocols/capf/message.ts';
import { RecordingEffects } from '../../support/recording-effects.ts';
import {
  asked,
  credential,
  DEVICE,
  EC_KEY,
  ISSUED,
  keyGenReq,
  keyTime,
  LSC,
  NEW_KEY,
  SESSION,
  served,
} from './scripted-session.ts';

/** Some bytes of a genuine value changed, or cut away. */
function spoilt(genuine: Uint8Array): fc.Arbitrary<Uint8Array> {
  const change = fc.tuple(fc.nat(genuine.length - 1), fc.nat(255));
  return fc
    .tuple(
      fc.array(change, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: genuine.length - 3, max: genuine.length }),
    )
    .map(([changes, end]) => {
      const bytes = Uint8Array.from(genuine);
      for (const [at, byte] of changes) bytes[at] = byte;
      return bytes.subarray(0, end);
    });
}

const EC_CERTIFICATE = credential('lsc', EC_KEY).certificate;

describe('certificates and keys with other bytes', () => {
  it.each([
    ['RSA', ISSUED],
    ['EC', EC_CERTIFICATE],
  ])('a phone stores an %s one of its own key or none', (kind, genuine) => {
    const newKey = (): typeof NEW_KEY => (kind === 'EC' ? EC_KEY : NEW_KEY);
    fc.assert(
      fc.property(spoilt(genuine), (der) => {
        const session = served({ newKey });
        session.step(keyGenReq, keyTime, asked('StoreCertReq', { certificate: { type: 1, der } }));
        if (session.machine.state === 'ended') {
          expect(session.result()).toMatchObject({ outcome: 'failed', cause: 'malformed' });
        } else {
          expect(session.machine.lsc?.certificate).toEqual(Buffer.from(der));
        }
      }),
      { numRuns: 300 },
    );
  });

  const spki = [NEW_KEY, EC_KEY].map((key) => createPublicKey(key).export({ type: 'spki', format: 'der' }));
  it.each(spki.map((der) => [der.length, der]))(
    'a server takes a key of %i bytes as ordered or none',
    (_, genuine) => {
      fc.assert(
        fc.property(spoilt(genuine), fc.boolean(), (publicKey, isRsa) => {
          const key = isRsa ? ({ kind: 'rsa', bits: 1024 } as const) : ({ kind: 'ec', bits: 256 } as const);
          const issued: string[] = [];
          const machine = createCapfServer({
            sessionId: SESSION,
            order: () => ({ operation: 'install', authentication: { type: 'none' }, key }),
            trusts: () => true,
            issue: (_name, { asymmetricKeyType }) => {
              issued.push(String(asymmetricKeyType));
              return ISSUED;
            },
            answerTimeoutMs: 1,
            keyTimeoutMs: 1,
          });
          const out = new RecordingEffects<'answer', never, unknown>();
          const says = (command: number, elements: CapfElements): void =>
            stepCapfServer(
              machine,
              { type: 'data', bytes: encodeCapf({ command, sessionId: SESSION, elements }), now: 0 },
              out,
            );
          stepCapfServer(machine, { type: 'start', now: 0 }, out);
          says(CAPF_COMMANDS.AuthRes, { version: 3, deviceName: DEVICE });
          says(CAPF_COMMANDS.KeyGenRes, { publicKey });
          expect(issued).toEqual(machine.state === 'ended' ? [] : [key.kind]);
        }),
        { numRuns: 300 },
      );
    },
  );

  it('a proof with other bytes anywhere proves nothing', () => {
    const proof = certificateProof(DEVICE, LSC);
    const sudi = sudiProof(SESSION, LSC);
    if (proof === null || sudi === null) throw new Error('no proof');
    const { certificate, signedData } = proof;
    fc.assert(
      fc.property(spoilt(certificate.der), spoilt(signedData), (der, signature) => {
        const isSame = Buffer.from(der).equals(certificate.der);
        const wrong = { deviceName: DEVICE, ...proof, certificate: { type: 1, der } };
        expect(provenCertificate(wrong) !== null).toBe(isSame);
        expect(provenSudi(SESSION, { ...sudi, certificate: der }) !== null).toBe(isSame);
        const isSameSignature = Buffer.from(signature).equals(signedData);
        expect(provenCertificate({ deviceName: DEVICE, ...proof, signedData: signature }) !== null).toBe(
          isSameSignature,
        );
      }),
      { numRuns: 300 },
    );
  });
});
