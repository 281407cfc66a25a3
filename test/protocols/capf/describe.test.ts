import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concealPasswords, describeCapf } from '../../../src/protocols/capf/describe.ts';
import { CAPF_COMMANDS, decodeCapf, encodeCapf } from '../../../src/protocols/capf/message.ts';
import { fromHex } from '../../../src/wire/hex.ts';
import VECTORS from '../../vectors/capf/messages.json' with { type: 'json' };
import { capfMessage } from './arbitraries.ts';
import { authReq, connected, keyGenReq, ScriptedSession, start } from './scripted-session.ts';

const SECRET = '90817263544536271809';

const described = (name: string): string => {
  const hex = VECTORS.find((vector) => vector.name === name)?.hex ?? '';
  return describeCapf(decodeCapf(fromHex(hex)));
};

describe('describeCapf', () => {
  it('is one line, in the order of the wire', () => {
    expect(described('AuthReq')).toBe('AuthReq session=1 version=3 authType=0');
    expect(described('RequestInProgress')).toBe('RequestInProgress session=1');
    expect(described('StoreCertReq')).toBe(
      'StoreCertReq session=1 certificateType=1 certificate={type=1 der=4 bytes}',
    );
  });

  it('does not tell a password', () => {
    expect(described('AuthRes, password')).toBe(
      'AuthRes session=1 reason=1 version=3 deviceName="SEP001122334455" password=hidden',
    );
  });
});

describe('concealPasswords', () => {
  it('of what a phone sends, shows all but the password', () => {
    const authentication = { type: 'password', password: SECRET } as const;
    const session = new ScriptedSession({ authentication }, [start, connected, authReq, keyGenReq]);
    const sent = session.out.effects.flatMap((effect) => (effect.effect === 'send' ? [effect.bytes] : []));
    const [authRes, progress] = sent.map(concealPasswords);
    expect(decodeCapf(authRes ?? Buffer.alloc(0)).elements).toEqual({
      reason: 1,
      version: 3,
      deviceName: 'SEP001122334455',
      password: '********',
    });
    expect(progress).toEqual(sent[1]);
    // Several at once, and again.
    const both = concealPasswords(Buffer.concat(sent));
    expect(both).toEqual(Buffer.concat([authRes ?? [], progress ?? []].map((bytes) => Buffer.from(bytes))));
    expect(concealPasswords(both)).toEqual(both);
  });

  it('leaves no trace of one, whatever the bytes', () => {
    const elements = { deviceName: 'SEP001122334455', password: SECRET };
    const whole = encodeCapf({ command: CAPF_COMMANDS.AuthRes, sessionId: 1, elements });
    fc.assert(
      fc.property(
        capfMessage,
        fc.nat(whole.length),
        fc.nat(whole.length - 1),
        fc.nat(255),
        (other, end, at, byte) => {
          const spoiled = Buffer.from(whole);
          spoiled[at] = byte;
          const cut = whole.subarray(0, end);
          for (const bytes of [cut, Buffer.concat([encodeCapf(other), whole])]) {
            expect(Buffer.from(concealPasswords(bytes)).includes(SECRET)).toBe(false);
          }
          // A spoiled tag may make another element of it: what the machine sends is never spoiled.
          expect(() => concealPasswords(spoiled)).not.toThrow();
        },
      ),
    );
  });
});
