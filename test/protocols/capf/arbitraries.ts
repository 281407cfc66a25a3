import fc from 'fast-check';
import type { CapfElements, CapfMessage } from '../../../src/protocols/capf/message.ts';

const byte = fc.nat(255);
const text = fc.stringMatching(/^[ -~]{0,40}$/);
const bytes = fc.uint8Array({ maxLength: 300 });
const TAGS_WITHOUT_NAME = [0, 14, 15, 21, 200, 255] as const;

const elements: fc.Arbitrary<CapfElements> = fc.record(
  {
    reason: byte,
    reasonInfo: bytes,
    certificateType: byte,
    certificate: fc.record({ type: byte, der: bytes }),
    certificateId: bytes,
    signedData: bytes,
    version: byte,
    authType: byte,
    publicKey: bytes,
    keySize: fc.nat(0xffff),
    password: text,
    retryDelaySeconds: fc.nat(0xffffffff),
    deviceName: text,
    sudi: fc.record({ certificate: bytes, sha1: bytes, sha512: bytes }),
    keyType: byte,
    curve: byte,
    digestType: byte,
    sha2SignedData: fc.record({ hash: byte, value: bytes }),
    unknown: fc.array(fc.record({ tag: fc.constantFrom(...TAGS_WITHOUT_NAME), value: bytes }), {
      minLength: 1,
      maxLength: 3,
    }),
  },
  { requiredKeys: [] },
);

export const capfMessage: fc.Arbitrary<CapfMessage> = fc.record({
  command: byte,
  sessionId: fc.nat(0xffffffff),
  elements,
});
