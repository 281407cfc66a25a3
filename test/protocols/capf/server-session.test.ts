import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCapfClient, stepCapfClient } from '../../../src/protocols/capf/client.ts';
import type {
  CapfAuthentication,
  CapfClientConfig,
  CapfResult,
} from '../../../src/protocols/capf/client-contract.ts';
import {
  CAPF_COMMANDS,
  type CapfCommandName,
  capfCommandName,
  type CapfElements,
  decodeCapf,
  encodeCapf,
} from '../../../src/protocols/capf/message.ts';
import {
  type CapfOrder,
  type CapfServerConfig,
  type CapfServerResult,
  createCapfServer,
  stepCapfServer,
} from '../../../src/protocols/capf/server-session.ts';
import type { MachineEvent } from '../../../src/protocols/effects.ts';
import { type RecordedEffect, RecordingEffects } from '../../support/recording-effects.ts';
import { capfMessage } from './arbitraries.ts';
import { CLIENT_CONFIG, credential, DEVICE, EC_KEY, LSC, MIC, NEW_KEY } from './scripted-session.ts';

type Event = MachineEvent<'answer'>;

const ORDER: CapfOrder = {
  operation: 'install',
  authentication: { type: 'null-string' },
  key: { kind: 'rsa', bits: 1024 },
};
const start: Event = { type: 'start', now: 0 };
const timer: Event = { type: 'timer', timer: 'answer', now: 1 };
const data = (bytes: Uint8Array): Event => ({ type: 'data', bytes, now: 1 });
const says = (command: CapfCommandName, elements: CapfElements = {}, sessionId = 5): Event =>
  data(encodeCapf({ command: CAPF_COMMANDS[command], sessionId, elements }));
const authRes = (changes: CapfElements = {}): Event =>
  says('AuthRes', { reason: 1, version: 3, deviceName: DEVICE, password: '', ...changes });
const NEW_PUBLIC = createPublicKey(NEW_KEY).export({ type: 'spki', format: 'der' });
const keyGenRes = says('KeyGenRes', { publicKey: NEW_PUBLIC });
/** Self-signed: what stands for an LSC here is of the right key, and that is all that is looked at. */
const ISSUED = credential('lsc', NEW_KEY).certificate;
const ISSUED_EC = credential('lsc', EC_KEY).certificate;

function server(order: Partial<CapfOrder> | null, changes: Partial<CapfServerConfig> = {}) {
  const machine = createCapfServer({
    sessionId: 5,
    order: (deviceName) => (deviceName === DEVICE && order !== null ? { ...ORDER, ...order } : null),
    trusts: ({ subject }) => subject.includes(DEVICE),
    issue: (_, publicKey) => (publicKey.asymmetricKeyType === 'ec' ? ISSUED_EC : ISSUED),
    answerTimeoutMs: 10_000,
    keyTimeoutMs: 600_000,
    ...changes,
  });
  const out = new RecordingEffects<'answer', never, CapfServerResult>();
  const step = (...events: readonly Event[]): void => {
    for (const event of events) stepCapfServer(machine, event, out);
  };
  return { machine, out, step };
}

function show(effects: readonly RecordedEffect[]): string[] {
  return effects.map((effect) => {
    switch (effect.effect) {
      case 'send': {
        const { command, elements } = decodeCapf(effect.bytes);
        return [capfCommandName(command), elements.reason ?? []].flat().join(' ');
      }
      case 'setTimer':
        return `timer ${effect.delayMs}`;
      case 'done':
        return (effect.result as CapfServerResult).outcome;
      default:
        return effect.effect;
    }
  });
}

const ended = (...lines: readonly string[]): string[] => [
  ...lines.slice(0, -1),
  'clearTimer',
  'close',
  ...lines.slice(-1),
];

describe('the transition table', () => {
  it('installs', () => {
    const { out, step, machine } = server({});
    step(start);
    const [greeting] = out.effects;
    expect(greeting?.effect === 'send' && decodeCapf(greeting.bytes)).toEqual({
      command: CAPF_COMMANDS.AuthReq,
      sessionId: 5,
      elements: { version: 3, authType: 0 },
    });
    expect(show(out.take())).toEqual(['AuthReq', 'timer 10000']);
    step(authRes());
    const [request] = out.effects;
    expect(request?.effect === 'send' && decodeCapf(request.bytes).elements).toEqual({
      keyType: 0,
      keySize: 1024,
    });
    out.take();
    step(says('RequestInProgress'));
    expect(show(out.take())).toEqual(['timer 600000']);
    step(keyGenRes);
    expect(show(out.take())).toEqual(['StoreCertReq', 'timer 10000']);
    step(says('StoreCertRes', { reason: 1 }));
    expect([machine.deviceName, show(out.take())]).toEqual([DEVICE, ended('EndSession 1', 'installed')]);
  });

  const certificate = { type: 1, der: ISSUED };
  it.each([
    ['an unknown device', null, [authRes()], ended('EndSession 9', 'unknown-device')],
    ['nothing pending', { operation: 'none' }, [authRes()], ended('EndSession 0', 'nothing-pending')],
    [
      'fetched',
      { operation: 'fetch' },
      [authRes(), says('FetchCertRes', { reason: 1, certificate })],
      ended('EndSession 0', 'fetched'),
    ],
    [
      'nothing to fetch',
      { operation: 'fetch' },
      [authRes(), says('FetchCertRes', { reason: 7 })],
      ended('EndSession 0', 'declined'),
    ],
    [
      'fetched without certificate',
      { operation: 'fetch' },
      [authRes(), says('FetchCertRes', { reason: 1 })],
      ended('EndSession 7', 'malformed'),
    ],
    [
      'deleted',
      { operation: 'delete' },
      [authRes(), says('DeleteCertRes', { reason: 1 })],
      ended('EndSession 1', 'deleted'),
    ],
    [
      'nothing to delete',
      { operation: 'delete' },
      [authRes(), says('DeleteCertRes', { reason: 7 })],
      ended('EndSession 1', 'declined'),
    ],
    ['no such key', {}, [authRes(), says('KeyGenRes', { reason: 7 })], ended('EndSession 7', 'declined')],
    [
      'not stored',
      {},
      [authRes(), keyGenRes, says('StoreCertRes', { reason: 7 })],
      ended('EndSession 1', 'declined'),
    ],
    [
      'a key that is none',
      {},
      [authRes(), says('KeyGenRes', { publicKey: ISSUED })],
      ended('EndSession 7', 'malformed'),
    ],
    [
      'a key of another size',
      { key: { kind: 'rsa', bits: 2048 } },
      [authRes(), keyGenRes],
      ended('EndSession 7', 'malformed'),
    ],
    [
      'a key of another kind',
      { key: { kind: 'ec', bits: 256 } },
      [authRes(), keyGenRes],
      ended('EndSession 7', 'malformed'),
    ],
    ['abort', {}, [authRes(), says('AbortReq', { reason: 0 })], ended('AbortRes 0', 'aborted')],
    ['another version', {}, [authRes({ version: 2 })], ended('EndSession 7', 'malformed')],
    ['no name', {}, [says('AuthRes', { version: 3 })], ended('EndSession 7', 'malformed')],
    ['an answer before its time', {}, [keyGenRes], ended('EndSession 7', 'malformed')],
    ['progress of nothing', {}, [says('RequestInProgress')], ended('EndSession 7', 'malformed')],
    ['another session', {}, [says('AuthRes', {}, 6)], ended('EndSession 7', 'malformed')],
    ['no CAPF', {}, [data(Buffer.from('GET / HTTP/1.1'))], ended('EndSession 7', 'malformed')],
    ['silence', {}, [timer], ended('no-answer')],
    ['FIN', {}, [{ type: 'closed', cause: 'fin', now: 1 }], ended('gone')],
    ['stop', {}, [{ type: 'stop', now: 1 }], ended('stopped')],
  ] as [string, Partial<CapfOrder> | null, Event[], string[]][])('%s', (_, order, events, last) => {
    const { out, step } = server(order);
    step(start, ...events);
    expect(show(out.take()).slice(-last.length)).toEqual(last);
    step(start, timer, ...events);
    expect(out.take()).toEqual([]);
  });

  it.each([
    [{ type: 'null-string' }, { password: '1234' }],
    [{ type: 'password', password: '1234' }, {}],
    [{ type: 'password', password: '1234' }, { password: '12345' }],
    [{ type: 'certificate' }, {}],
  ] as [CapfOrder['authentication'], CapfElements][])(
    'a phone that does not prove who it is: %o',
    (authentication, elements) => {
      const { out, step } = server({ authentication });
      step(start, authRes(elements));
      expect(show(out.take()).slice(-4)).toEqual(ended('EndSession 7', 'not-authentic'));
    },
  );
});

/** Both sides in front of each other, with every message cut where `cuts` says; what each comes to. */
function meet(order: Partial<CapfOrder>, phone: Partial<CapfClientConfig>, cuts: () => number = () => 4096) {
  const made = server(order);
  const client = createCapfClient({ ...CLIENT_CONFIG, ...phone });
  const out = new RecordingEffects<'answer' | 'key', never, CapfResult>();
  const results: { client?: CapfResult; server?: CapfServerResult } = {};
  stepCapfClient(client, { type: 'start', now: 0 }, out);
  stepCapfClient(client, { type: 'connected', localAddress: '', localPort: 1, now: 0 }, out);
  made.step(start);
  const pieces = (bytes: Uint8Array): Uint8Array[] => {
    const cut: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; ) {
      const size = Math.max(1, cuts());
      cut.push(Uint8Array.from(bytes.subarray(at, at + size)));
      at += size;
    }
    return cut;
  };
  for (let turn = 0; turn < 20 && (results.client === undefined || results.server === undefined); turn++) {
    for (const effect of made.out.take()) {
      if (effect.effect === 'done') results.server = effect.result as CapfServerResult;
      if (effect.effect !== 'send') continue;
      for (const piece of pieces(effect.bytes))
        stepCapfClient(client, { type: 'data', bytes: piece, now: 0 }, out);
    }
    for (const effect of out.take()) {
      if (effect.effect === 'done') results.client = effect.result as CapfResult;
      if (effect.effect === 'send') for (const piece of pieces(effect.bytes)) made.step(data(piece));
      if (effect.effect === 'setTimer' && effect.timer === 'key') {
        stepCapfClient(client, { type: 'timer', timer: 'key', now: 0 }, out);
      }
    }
  }
  return { client: results.client?.outcome, server: results.server?.outcome, results };
}

describe('client and server', () => {
  const phone: Partial<CapfClientConfig> = {
    lsc: LSC,
    mic: MIC,
    newKey: (kind) => (kind === 'ec' ? EC_KEY : NEW_KEY),
  };

  it.each([
    ['none', 'nothing-pending', 'nothing-pending'],
    ['install', 'installed', 'installed'],
    ['fetch', 'fetched', 'fetched'],
    ['delete', 'deleted', 'deleted'],
  ] as const)('%s, in any pieces', (operation, client, served) => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.integer({ min: 1, max: 700 })), (sizes) => {
        const cuts = (): number => sizes.next().value ?? 1;
        expect(meet({ operation }, phone, cuts)).toMatchObject({ client, server: served });
      }),
      { numRuns: 20 },
    );
  });

  it('both have the same certificate at the end, of an EC key as well', () => {
    for (const key of [
      { kind: 'rsa', bits: 1024 },
      { kind: 'ec', bits: 256 },
    ] as const) {
      const { results } = meet({ key }, phone);
      const installed =
        results.client?.outcome === 'installed' ? results.client.credential.certificate : null;
      expect(installed).toEqual(Buffer.from(results.server?.certificate ?? []));
      expect(new X509Certificate(installed ?? '').publicKey.asymmetricKeyType).toBe(key.kind);
    }
  });

  it.each([
    [{ type: 'none' }, { type: 'null-string' }],
    [{ type: 'null-string' }, { type: 'none' }],
    [
      { type: 'password', password: '0815' },
      { type: 'password', password: '0815' },
    ],
    [{ type: 'certificate' }, { type: 'lsc' }],
    [{ type: 'certificate' }, { type: 'mic' }],
  ] as [CapfOrder['authentication'], CapfAuthentication][])(
    'asked for %o, the phone proves itself with %o',
    (authentication, own) => {
      const result = meet({ authentication }, { ...phone, authentication: own });
      expect(result).toMatchObject({ client: 'installed', server: 'installed' });
    },
  );

  it('a certificate of another phone, or of nobody, is refused', () => {
    const authentication = { type: 'lsc' } as const;
    const order = { authentication: { type: 'certificate' } } as const;
    const other = credential('lsc', NEW_KEY, 'SEP665544332211');
    const stolen = { ...LSC, privateKey: generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey };
    for (const lsc of [other, stolen]) {
      const { results } = meet(order, { ...phone, lsc, authentication });
      expect(results).toMatchObject({
        client: { outcome: 'failed', cause: 'rejected', reason: 7 },
        server: { outcome: 'not-authentic' },
      });
    }
  });

  it('a phone that must not be changed says so, and the server hears it', () => {
    expect(meet({}, { ...phone, mayChange: false }).results).toMatchObject({
      client: { outcome: 'failed', cause: 'change-forbidden' },
      server: { outcome: 'aborted' },
    });
  });
});

it('any messages and bytes: never a throw, and the time ends them all', () => {
  const message = capfMessage.map((value) =>
    data(encodeCapf({ ...value, sessionId: 5, command: value.command % 25 })),
  );
  const genuine = fc.constantFrom(
    authRes(),
    keyGenRes,
    says('StoreCertRes', { reason: 1 }),
    says('RequestInProgress'),
  );
  const anything = fc.uint8Array({ maxLength: 40 }).map(data);
  const operation = fc.constantFrom('install', 'fetch', 'delete', 'none');
  const type = fc.constantFrom('none', 'certificate');
  const events = fc.array(fc.oneof(genuine, message, anything), { maxLength: 8 });
  fc.assert(
    fc.property(events, operation, type, (told, wanted, proof) => {
      const { machine, out, step } = server({ operation: wanted, authentication: { type: proof } });
      step(start, ...told, timer);
      expect(machine.state).toBe('ended');
      expect(out.effects.filter(({ effect }) => effect === 'done')).toHaveLength(1);
    }),
    { numRuns: 500 },
  );
});
