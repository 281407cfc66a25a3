import type { CloseCause } from '../../../src/protocols/effects.ts';
import { LAST_OUT_OF_SERVICE } from '../../../src/protocols/sccp/greeting.ts';
import { KEEP_ALIVE_LOSS } from '../../../src/protocols/sccp/keep-alive.ts';
import { decodeFrame, SCCP_FRAME_RULE } from '../../../src/protocols/sccp/header.ts';
import { decodeMessage, encodeMessage, type SccpMessage } from '../../../src/protocols/sccp/message-table.ts';
import {
  abandonRegistration,
  applyConfiguration,
  createRegistration,
  type RegistrationConfig,
  type RegistrationEvent,
  type SccpNotice,
  type SccpResult,
  type SccpTimer,
  stepRegistration,
} from '../../../src/protocols/sccp/registration.ts';
import type { OpenConnection } from '../../../src/protocols/sccp/standby.ts';
import { StreamFramer } from '../../../src/wire/stream-framer.ts';
import { RecordingEffects } from '../../support/recording-effects.ts';

export const SETTINGS = {
  seed: 1,
  instance: 0,
  deviceType: 30018,
  maxLines: 6,
  load: 'SCCP41.8-5-4S',
  protocolVersion: 17,
  connectTimeoutMs: 10_000,
  registerTimeoutMs: 20_000,
  answerTimeoutMs: 8_000,
  unregisterTimeoutMs: 2_000,
  keepAliveLoss: KEEP_ALIVE_LOSS['79x1'],
  tokenTimeoutMs: 20_000,
  tokenRetryMs: 60_000,
} as const;

export const CONFIG: RegistrationConfig = {
  settings: SETTINGS,
  deviceName: 'SEP001122334455',
  mac: '001122334455',
  phoneIndex: 7,
  host: '127.0.0.2',
  port: 2000,
  leasedAddress: '127.1.0.7',
  alarm: LAST_OUT_OF_SERVICE.initialized,
};

/** How a scripted server answers one message of the phone. */
export type Answer = (message: SccpMessage) => readonly SccpMessage[];

/** Bytes of a server's messages, in one piece. */
export function wire(
  messages: readonly SccpMessage[],
  headerVersion = 17,
  formVersion = headerVersion,
): Buffer {
  return Buffer.concat(messages.map((message) => encodeMessage(message, headerVersion, formVersion)));
}

/** A phone on a virtual clock. Everything it asks for is kept as one word or line of text, in order. */
export class PhoneSession {
  now = 0;
  result: SccpResult | null = null;
  readonly notices: SccpNotice[] = [];
  /** Types of the messages that the phone sent, one list for each write. */
  readonly writes: string[][] = [];
  readonly sent: SccpMessage[] = [];
  readonly timers = new Map<SccpTimer, number>();
  open = false;
  /** Messages of the phone that the server of `converse` has taken. */
  #heard = 0;
  readonly #machine;
  readonly #effects = new RecordingEffects<SccpTimer, SccpNotice, SccpResult>();
  readonly #framer = new StreamFramer(SCCP_FRAME_RULE);

  constructor(config: RegistrationConfig = CONFIG, open: OpenConnection | null = null) {
    this.#machine = createRegistration(config, open);
    this.open = open !== null;
  }

  get state(): string {
    return this.#machine.state;
  }

  /** One event; what came of it, as text. */
  step(event: RegistrationEvent): string[] {
    this.now = event.now;
    stepRegistration(this.#machine, event, this.#effects);
    return this.#taken();
  }

  applyConfiguration(): string[] {
    applyConfiguration(this.#machine, this.#effects);
    return this.#taken();
  }

  abandon(): string[] {
    abandonRegistration(this.#machine, this.#effects);
    return this.#taken();
  }

  /** What the machine has asked for, as text. */
  #taken(): string[] {
    const written: string[] = [];
    const lines = this.#effects.take().flatMap((effect): string[] => {
      switch (effect.effect) {
        case 'connect':
          return [`connect ${effect.address}:${effect.port}`];
        case 'send': {
          const messages = this.#read(effect.bytes);
          written.push(...messages);
          return messages.map((type) => `send ${type}`);
        }
        case 'setTimer':
          this.timers.set(effect.timer as SccpTimer, this.now + effect.delayMs);
          return [`set ${effect.timer}`];
        case 'clearTimer':
          this.timers.delete(effect.timer as SccpTimer);
          return [`clear ${effect.timer}`];
        case 'close':
          this.open = false;
          return ['close'];
        case 'notice':
          this.notices.push(effect.notice as SccpNotice);
          return [`notice ${(effect.notice as SccpNotice).type}`];
        case 'done':
          if (this.result !== null) throw new Error('done twice');
          this.result = effect.result as SccpResult;
          return [`done ${JSON.stringify(effect.result)}`];
        default:
          throw new Error(`a stream has no ${effect.effect}`);
      }
    });
    if (written.length > 0) this.writes.push(written);
    return lines;
  }

  start(): string[] {
    return this.step({ type: 'start', now: this.now });
  }

  connected(localAddress = '127.1.0.8'): string[] {
    this.open = true;
    return this.step({ type: 'connected', localAddress, localPort: 40_000, now: this.now });
  }

  receive(bytes: Uint8Array): string[] {
    return this.step({ type: 'data', bytes, now: this.now });
  }

  from(...messages: SccpMessage[]): string[] {
    return this.receive(wire(messages));
  }

  stop(): string[] {
    return this.step({ type: 'stop', now: this.now });
  }

  closed(cause: CloseCause): string[] {
    this.open = false;
    return this.step({ type: 'closed', cause, now: this.now });
  }

  /** Lets the next timer fire. */
  tick(): string[] {
    const next = [...this.timers].toSorted(([, a], [, b]) => a - b)[0];
    if (next === undefined) throw new Error('no timer is set');
    const [timer, due] = next;
    this.timers.delete(timer);
    return this.step({ type: 'timer', timer, now: due });
  }

  /** Plays the server until the phone has nothing more to say that it was not answered to before. */
  converse(answer: Answer, deliver: (messages: readonly SccpMessage[]) => void): void {
    while (this.#heard < this.sent.length && this.result === null) {
      const heard = this.sent.slice(this.#heard);
      this.#heard = this.sent.length;
      const replies = heard.flatMap((message) => answer(message));
      if (replies.length > 0) deliver(replies);
    }
  }

  #read(bytes: Uint8Array): string[] {
    const types: string[] = [];
    this.#framer.push(bytes);
    for (let frame = this.#framer.next(); frame !== null; frame = this.#framer.next()) {
      const message = decodeMessage(decodeFrame(Buffer.from(frame)));
      this.sent.push(message);
      types.push(message.type);
    }
    return types;
  }
}
