import { createHash, createPublicKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_CAPF_REQUESTS } from '../../../src/protocols/capf/client.ts';
import type { CapfClientConfig } from '../../../src/protocols/capf/client-contract.ts';
import { CAPF_COMMANDS, encodeCapf } from '../../../src/protocols/capf/message.ts';
import { capfMessage } from './arbitraries.ts';
import {
  asked,
  authReq,
  closed,
  connected,
  data,
  endSession,
  type Event,
  ISSUED,
  keyGenReq,
  keyTime,
  LSC,
  MIC,
  NEW_KEY,
  ScriptedSession,
  SESSION,
  served,
  start,
  stop,
  storeCertReq,
  timer,
} from './scripted-session.ts';

const END = ['clear answer', 'clear key', 'close'];
const ended = (result: object): string[] => [...END, `done ${JSON.stringify(result)}`];
const failed = (cause: string, facts: object = {}): object => ({ outcome: 'failed', cause, ...facts });

describe('the transition table', () => {
  it('connects, and waits for the server to speak', () => {
    const session = new ScriptedSession({}, [start]);
    expect(session.take()).toEqual(['connect 127.0.0.2:3804', 'timer answer 10000']);
    session.step(connected);
    expect([session.machine.state, session.take()]).toEqual(['greeting', ['timer answer 10000']]);
  });

  it('installs: one send for each message, and the key takes its time', () => {
    const session = new ScriptedSession({}, [start, connected]);
    session.take();
    session.step(authReq);
    expect([session.machine.state, session.take()]).toEqual(['serving', ['timer answer 10000', 'AuthRes 1']]);
    session.step(keyGenReq);
    expect(session.take()).toEqual([
      'timer answer 10000',
      'RequestInProgress',
      'clear answer',
      'timer key 90000',
    ]);
    expect(session.machine.state).toBe('generating');
    session.step(keyTime);
    const [keyGenRes] = session.sent();
    const publicKey = createPublicKey(NEW_KEY).export({ type: 'spki', format: 'der' });
    expect(keyGenRes).toEqual({
      command: CAPF_COMMANDS.KeyGenRes,
      sessionId: SESSION,
      elements: { publicKey },
    });
    expect(session.machine.state).toBe('storing');
    session.step(storeCertReq);
    expect(session.take()).toEqual(['timer answer 10000', 'StoreCertRes 1']);
    session.step(endSession(1));
    expect(session.result()).toEqual({
      outcome: 'installed',
      credential: {
        origin: 'lsc',
        certificate: Buffer.from(ISSUED),
        digest: createHash('sha256').update(ISSUED).digest('hex'),
        privateKey: NEW_KEY,
      },
    });
  });

  it('fetches and deletes in one session, and then has nothing more to show', () => {
    const session = served({ lsc: LSC });
    session.step(asked('FetchCertReq'));
    expect(session.sent()[0]?.elements).toMatchObject({
      reason: 1,
      certificate: { type: 1, der: Buffer.from(LSC.certificate) },
    });
    session.step(asked('DeleteCertReq'));
    expect(session.take()).toEqual(['timer answer 10000', 'DeleteCertRes 1']);
    session.step(asked('FetchCertReq'));
    expect(session.take()).toEqual(['timer answer 10000', 'FetchCertRes 7']);
    session.step(endSession(0));
    expect(session.result()).toEqual(failed('no-certificate', { detail: 'the phone has no LSC' }));
  });

  it.each([
    ['no connection in time', [start, timer], failed('timeout')],
    ['RST for the SYN', [start, closed('refused')], failed('refused')],
    ['a server that says nothing', [start, connected, timer], failed('no-answer')],
    ['a server that hangs up', [start, connected, closed('fin')], failed('fin')],
    ['silence after the proof', [start, connected, authReq, timer], failed('no-answer')],
    ['RST while the key is made', [start, connected, authReq, keyGenReq, closed('reset')], failed('reset')],
    ['silence after the key', [start, connected, authReq, keyGenReq, keyTime, timer], failed('no-answer')],
    ['stop while it connects', [start, stop], { outcome: 'stopped' }],
    ['stop while the key is made', [start, connected, authReq, keyGenReq, stop], { outcome: 'stopped' }],
    ['nothing pending', [start, connected, authReq, endSession(0)], { outcome: 'nothing-pending' }],
    ['updated, of nothing', [start, connected, authReq, endSession(1)], { outcome: 'nothing-pending' }],
    ['a wrong password', [start, connected, authReq, endSession(7)], failed('rejected', { reason: 7 })],
    [
      'an unknown device',
      [start, connected, authReq, endSession(9)],
      failed('unknown-device', { reason: 9 }),
    ],
    ['an end without reason', [start, connected, authReq, asked('EndSession')], failed('rejected')],
    [
      'an end while the key is made',
      [start, connected, authReq, keyGenReq, endSession(0)],
      failed('rejected', { reason: 0 }),
    ],
    [
      'later',
      [start, connected, asked('RetryLater', { retryDelaySeconds: 60 })],
      { outcome: 'retry-later', seconds: 60 },
    ],
    [
      'later, no word when',
      [start, connected, asked('RetryLater')],
      { outcome: 'retry-later', seconds: null },
    ],
    [
      'abort',
      [start, connected, authReq, asked('AbortReq', { reason: 5 })],
      failed('aborted', { reason: 5 }),
    ],
    [
      'RST after the certificate',
      [start, connected, authReq, asked('FetchCertReq'), closed('reset')],
      { outcome: 'fetched' },
    ],
    [
      'nonsense after the certificate',
      [start, connected, authReq, asked('FetchCertReq'), authReq],
      { outcome: 'fetched' },
    ],
  ] as [string, Event[], object][])('%s', (_, events, result) => {
    expect(new ScriptedSession({ lsc: LSC }, events).result()).toEqual(result);
  });

  it('an installed certificate is kept however the session ends', () => {
    for (const last of [endSession(7), closed('reset'), timer, asked('AbortReq'), asked('AuthRes')]) {
      const session = served();
      session.step(keyGenReq, keyTime, storeCertReq, last);
      expect(session.result()).toMatchObject({ outcome: 'installed' });
    }
  });

  it('answers StatusReq anywhere, waits on at RequestInProgress, and knows nothing of encrypting', () => {
    const session = new ScriptedSession({}, [start, connected, asked('StatusReq'), authReq]);
    session.step(asked('RequestInProgress'), asked('EncryptReq'), asked('DecryptReq'), asked('SignCertReq'));
    session.step(keyGenReq, asked('StatusReq'));
    expect(session.take().filter((line) => /^[A-Z]/.test(line))).toEqual([
      'StatusRes 0',
      'AuthRes 1',
      'EncryptRes 7',
      'DecryptRes 7',
      'SignCertRes 7',
      'RequestInProgress',
      'StatusRes 0',
    ]);
    expect(session.machine.state).toBe('generating');
  });

  it('answers AbortReq before it ends', () => {
    const session = served();
    session.step(asked('AbortReq', { reason: 2 }));
    expect(session.take()).toEqual([
      'timer answer 10000',
      'AbortRes 0',
      ...ended(failed('aborted', { reason: 2 })),
    ]);
  });

  it('ends without having begun', () => {
    const session = new ScriptedSession({}, [stop]);
    expect(session.take()).toEqual(['done {"outcome":"stopped"}']);
  });
});

describe('a change that is not allowed', () => {
  it.each([
    ['install', keyGenReq],
    ['delete', asked('DeleteCertReq')],
  ])('%s is aborted', (_, request) => {
    const session = served({ mayChange: false, lsc: LSC });
    session.step(request);
    expect(session.take()).toEqual([
      'timer answer 10000',
      'AbortReq 0',
      ...ended(failed('change-forbidden')),
    ]);
  });

  it('does not ask for a key, and a fetch is no change', () => {
    const newKey: CapfClientConfig['newKey'] = () => expect.unreachable('a key was asked for');
    const session = served({ mayChange: false, lsc: LSC, newKey });
    session.step(asked('FetchCertReq'), keyGenReq);
    expect(session.result()).toEqual(failed('change-forbidden'));
  });
});

describe('keys', () => {
  it.each([
    ['RSA of another size', { keyType: 0, keySize: 4096 }, 'rsa 4096'],
    ['RSA without size', { keyType: 0 }, 'a kind of key that is not known'],
    ['EC', { keyType: 1, curve: 2 }, 'ec 521'],
    ['EC on a curve without number', { keyType: 1, curve: 3 }, 'a kind of key that is not known'],
    ['another kind', { keyType: 2, keySize: 2048 }, 'a kind of key that is not known'],
    ['nothing said', {}, 'a kind of key that is not known'],
  ])('%s: KeyGenRes without a key', (_, elements, detail) => {
    const session = served();
    session.step(asked('KeyGenReq', elements));
    expect(session.take()).toEqual([
      'timer answer 10000',
      'KeyGenRes 7',
      ...ended(failed('no-key', { detail })),
    ]);
  });

  const pem = Buffer.from(
    `-----BEGIN CERTIFICATE-----\n${Buffer.from(ISSUED).toString('base64')}\n-----END CERTIFICATE-----\n`,
  );
  it.each([
    ['of another key', LSC.certificate],
    ['that is none', Uint8Array.of(0x30, 2, 5, 0)],
    ['with bytes behind it', Buffer.concat([ISSUED, Uint8Array.of(0)])],
    ['cut short', ISSUED.subarray(0, -1)],
    ['in PEM', pem],
    ['of no bytes', new Uint8Array(0)],
  ])('a certificate %s is not stored', (_, der) => {
    const session = served();
    session.step(keyGenReq, keyTime);
    session.take();
    session.step(asked('StoreCertReq', { certificate: { type: 1, der } }));
    const detail = 'StoreCertReq without a certificate of the new key';
    expect(session.take()).toEqual([
      'timer answer 10000',
      'StoreCertRes 7',
      ...ended(failed('malformed', { detail })),
    ]);
  });
});

describe('malformed', () => {
  it.each([
    ['a response', asked('AuthRes'), 'AuthRes while greeting'],
    ['a request before its time', keyGenReq, 'KeyGenReq while greeting'],
    ['another version', asked('AuthReq', { version: 2 }), 'protocol version 2'],
    ['no version', asked('AuthReq'), 'protocol version missing'],
    [
      'a command without name',
      data(encodeCapf({ command: 77, sessionId: 1, elements: {} })),
      'command 77 while greeting',
    ],
    ['another protocol', data(Buffer.from('HTTP/1.1')), 'capf.protocol @0: 72, not 85'],
  ])('%s', (_, event, detail) => {
    expect(new ScriptedSession({}, [start, connected, event]).result()).toEqual(
      failed('malformed', { detail }),
    );
  });

  it.each([
    ['AuthReq again', authReq, 'AuthReq while serving'],
    ['a certificate without a key', storeCertReq, 'StoreCertReq while serving'],
    ['another session', asked('StatusReq', {}, SESSION + 1), 'a message of another session'],
  ])('%s', (_, event, detail) => {
    const session = served();
    session.step(event);
    expect(session.result()).toEqual(failed('malformed', { detail }));
  });

  it('a server that never comes to an end', () => {
    const session = served();
    for (let i = 1; i < MAX_CAPF_REQUESTS; i++) session.step(asked('StatusReq'));
    expect(session.machine.state).toBe('serving');
    session.step(asked('StatusReq'));
    expect(session.result()).toEqual(
      failed('malformed', { detail: `more than ${MAX_CAPF_REQUESTS} messages` }),
    );
  });
});

describe('properties', () => {
  const whole = Buffer.concat(
    [authReq, keyGenReq]
      .map((event) => ('bytes' in event ? event.bytes : []))
      .map((bytes) => Buffer.from(bytes)),
  );

  it('the requests may come in any pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(whole.length)), (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), whole.length];
        const session = new ScriptedSession({}, [start, connected]);
        for (let i = 1; i < at.length; i++) {
          const piece = Uint8Array.from(whole.subarray(at[i - 1], at[i]));
          session.step(data(piece));
          piece.fill(0xee); // the driver's again
        }
        expect(session.sent().map(({ command }) => command)).toEqual([2, 17]);
      }),
    );
  });

  it('any events in any order: never a throw, and the time ends them all', () => {
    const genuine = fc.constantFrom(
      start,
      connected,
      authReq,
      keyGenReq,
      keyTime,
      storeCertReq,
      asked('DeleteCertReq'),
      asked('FetchCertReq'),
      asked('StatusReq'),
    );
    const message = capfMessage.map((value) =>
      data(encodeCapf({ ...value, sessionId: SESSION, command: value.command % 25 })),
    );
    const anything = fc.uint8Array({ maxLength: 40 }).map(data);
    const event = fc.oneof({ weight: 6, arbitrary: genuine }, { weight: 3, arbitrary: message }, anything);
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), fc.boolean(), (events, mayChange) => {
        const authentication = { type: mayChange ? 'mic' : 'lsc' } as const;
        const session = new ScriptedSession({ mayChange, authentication, lsc: LSC, mic: MIC }, [
          start,
          ...events,
          connected,
          keyTime,
          timer,
        ]);
        expect(session.machine.state).toBe('ended');
        expect(session.out.effects.filter(({ effect }) => effect === 'done')).toHaveLength(1);
      }),
      { numRuns: 300 },
    );
  });
});
