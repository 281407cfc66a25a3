import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { expect } from 'vitest';
import { createCapfClient, stepCapfClient } from '../../../src/protocols/capf/client.ts';
import type { CapfClientConfig, CapfResult, CapfTimer } from '../../../src/protocols/capf/client-contract.ts';
import {
  CAPF_COMMANDS,
  type CapfCommandName,
  type CapfElements,
  type CapfMessage,
  capfCommandName,
  decodeCapf,
  encodeCapf,
} from '../../../src/protocols/capf/message.ts';
import type { Credential, CredentialOrigin } from '../../../src/protocols/credential.ts';
import type { MachineEvent } from '../../../src/protocols/effects.ts';
import { RecordingEffects } from '../../support/recording-effects.ts';
import { holder, rsaKey } from '../trust/openssl.ts';

export type Event = MachineEvent<CapfTimer>;

export function credential(origin: CredentialOrigin, key: KeyObject, name = DEVICE): Credential {
  const { raw } = holder(`/O=Lab/CN=${name}`, '77', key).certificate;
  const certificate = Uint8Array.from(raw);
  const digest = createHash('sha256').update(certificate).digest('hex');
  return { origin, certificate, digest, privateKey: key };
}

export const DEVICE = 'SEP001122334455';
export const NEW_KEY = rsaKey(1024);
export const EC_KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
export const MIC = credential('mic', rsaKey(1024), `CP-7961G-${DEVICE}`);
export const LSC = credential('lsc', rsaKey(1024));
/** A certificate of the key that phones here make. */
export const ISSUED = credential('lsc', NEW_KEY).certificate;

export const CLIENT_CONFIG: CapfClientConfig = {
  host: '127.0.0.2',
  port: 3804,
  deviceName: DEVICE,
  authentication: { type: 'null-string' },
  lsc: null,
  mic: null,
  mayChange: true,
  newKey: (kind, bits) => (kind === 'rsa' && bits === 2048 ? NEW_KEY : null),
  keyTimeMs: 90_000,
  timeoutMs: 10_000,
};

export const start: Event = { type: 'start', now: 0 };
export const connected: Event = { type: 'connected', localAddress: '127.0.0.1', localPort: 40_000, now: 10 };
export const timer: Event = { type: 'timer', timer: 'answer', now: 10_000 };
export const keyTime: Event = { type: 'timer', timer: 'key', now: 90_000 };
export const stop: Event = { type: 'stop', now: 20 };
export const closed = (cause: 'fin' | 'reset' | 'refused'): Event => ({ type: 'closed', cause, now: 20 });
export const data = (bytes: Uint8Array): Event => ({ type: 'data', bytes, now: 20 });

export const SESSION = 0x01020304;
export const asked = (command: CapfCommandName, elements: CapfElements = {}, sessionId = SESSION): Event =>
  data(encodeCapf({ command: CAPF_COMMANDS[command], sessionId, elements }));

export const authReq = asked('AuthReq', { version: 3, authType: 0 });
export const keyGenReq = asked('KeyGenReq', { keyType: 0, keySize: 2048 });
export const storeCertReq = asked('StoreCertReq', {
  certificateType: 1,
  certificate: { type: 1, der: ISSUED },
});
export const endSession = (reason: number): Event => asked('EndSession', { reason });

/** A phone in front of a server that a test plays. */
export class ScriptedSession {
  readonly out = new RecordingEffects<CapfTimer, never, CapfResult>();
  readonly machine;

  constructor(changes: Partial<CapfClientConfig> = {}, events: readonly Event[] = []) {
    this.machine = createCapfClient({ ...CLIENT_CONFIG, ...changes });
    for (const event of events) this.step(event);
  }

  step(...events: readonly Event[]): void {
    for (const event of events) stepCapfClient(this.machine, event, this.out);
  }

  /** What was done since the last call: messages by their name and reason, timers with their delays. */
  take(): string[] {
    return this.out.take().map((effect) => {
      switch (effect.effect) {
        case 'connect':
          return `connect ${effect.address}:${effect.port}`;
        case 'send': {
          const { command, sessionId, elements } = decodeCapf(effect.bytes);
          expect(sessionId).toBe(this.machine.sessionId);
          return [capfCommandName(command), elements.reason ?? []].flat().join(' ');
        }
        case 'setTimer':
          return `timer ${effect.timer} ${effect.delayMs}`;
        case 'clearTimer':
          return `clear ${effect.timer}`;
        case 'done':
          return `done ${JSON.stringify(effect.result, (key, value) => (key === 'credential' ? 'LSC' : value))}`;
        default:
          return effect.effect;
      }
    });
  }

  /** The messages since the last call. */
  sent(): CapfMessage[] {
    return this.out.take().flatMap((effect) => (effect.effect === 'send' ? [decodeCapf(effect.bytes)] : []));
  }

  /** What the session came to, and that everything was released, once, before. */
  result(): CapfResult {
    const effects = this.out.take();
    expect(this.machine.state).toBe('ended');
    expect(effects.slice(-4)).toMatchObject([
      { effect: 'clearTimer', timer: 'answer' },
      { effect: 'clearTimer', timer: 'key' },
      { effect: 'close' },
      { effect: 'done' },
    ]);
    const results = effects.flatMap((effect) => (effect.effect === 'done' ? [effect.result] : []));
    expect(results).toHaveLength(1);
    return results[0] as CapfResult;
  }
}

export function served(changes: Partial<CapfClientConfig> = {}): ScriptedSession {
  const session = new ScriptedSession(changes, [start, connected, authReq]);
  session.out.take();
  return session;
}
