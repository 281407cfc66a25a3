import type { CloseCause } from '../../../src/protocols/effects.ts';
import { decodeFrame, SCCP_FRAME_RULE } from '../../../src/protocols/sccp/header.ts';
import { decodeMessage, type SccpMessage } from '../../../src/protocols/sccp/message-table.ts';
import {
  createStandby,
  handOver,
  type StandbyConfig,
  type StandbyEvent,
  type StandbyNotice,
  type StandbyResult,
  type StandbyState,
  type StandbyTimer,
  stepStandby,
} from '../../../src/protocols/sccp/standby.ts';
import { StreamFramer } from '../../../src/wire/stream-framer.ts';
import { type RecordedEffect, RecordingEffects } from '../../support/recording-effects.ts';
import { CONFIG, wire } from './phone-session.ts';

const { alarm: _alarm, mac: _mac, ...FACTS } = CONFIG;
export const RESERVE: StandbyConfig = { ...FACTS, keepAliveMs: 60_000, monitorMs: null };
export const MONITORED: StandbyConfig = { ...RESERVE, monitorMs: 120_000 };

export const KEEP_ALIVE_ACK: SccpMessage = { type: 'KeepAliveAck' };
export const TOKEN_ACK: SccpMessage = { type: 'RegisterTokenAck' };
export const tokenReject = (waitTimeBeforeNextReq: number): SccpMessage => ({
  type: 'RegisterTokenReject',
  waitTimeBeforeNextReq,
});

/** A standby connection on a virtual clock. */
export class StandbySession {
  now = 0;
  readonly machine;
  readonly timers = new Map<string, number>();
  readonly notices: StandbyNotice[] = [];
  readonly sent: SccpMessage[] = [];
  result: StandbyResult | null = null;
  open = false;
  readonly #effects = new RecordingEffects<StandbyTimer, StandbyNotice, StandbyResult>();
  readonly #framer = new StreamFramer(SCCP_FRAME_RULE);

  constructor(config: StandbyConfig) {
    this.machine = createStandby(config);
  }

  step(event: StandbyEvent): string[] {
    this.now = event.now;
    stepStandby(this.machine, event, this.#effects);
    return this.#effects.take().map((effect) => this.#note(effect));
  }

  start = (): string[] => this.step({ type: 'start', now: this.now });
  stop = (): string[] => this.step({ type: 'stop', now: this.now });
  connected = (): string[] =>
    this.step({ type: 'connected', localAddress: '127.1.0.8', localPort: 40_000, now: this.now });
  closed(cause: CloseCause): string[] {
    this.open = false;
    return this.step({ type: 'closed', cause, now: this.now });
  }
  receive = (bytes: Uint8Array): string[] => this.step({ type: 'data', bytes, now: this.now });
  from = (...messages: SccpMessage[]): string[] => this.receive(wire(messages));

  /** Lets the next timer fire. */
  tick(): string[] {
    const [timer, due] = [...this.timers].toSorted(([, a], [, b]) => a - b)[0] ?? ['', 0];
    this.timers.delete(timer);
    return this.step({ type: 'timer', timer: timer as StandbyTimer, now: due });
  }

  handOver() {
    const open = handOver(this.machine, this.#effects);
    return { open, effects: this.#effects.take().map((effect) => this.#note(effect)) };
  }

  #note(effect: RecordedEffect): string {
    switch (effect.effect) {
      case 'connect':
        this.open = true;
        return `connect ${effect.address}:${effect.port}`;
      case 'close':
        this.open = false;
        return 'close';
      case 'setTimer':
        this.timers.set(effect.timer, this.now + effect.delayMs);
        return `set ${effect.timer}`;
      case 'clearTimer':
        this.timers.delete(effect.timer);
        return `clear ${effect.timer}`;
      case 'send':
        this.#framer.push(effect.bytes);
        this.sent.push(decodeMessage(decodeFrame(Buffer.from(this.#framer.next() ?? []))));
        return `send ${this.sent.at(-1)?.type}`;
      case 'notice': {
        const notice = effect.notice as StandbyNotice;
        this.notices.push(notice);
        return `notice ${notice.type}${'outcome' in notice ? ` ${notice.outcome}` : ''}`;
      }
      case 'done':
        if (this.result !== null) throw new Error('done twice');
        this.result = effect.result as StandbyResult;
        return `done ${JSON.stringify(effect.result)}`;
      default:
        throw new Error(`a stream has no ${effect.effect}`);
    }
  }
}

/** The way into each state. */
const INTO: Record<StandbyState, (session: StandbySession) => void> = {
  idle: () => {},
  connecting: (session) => session.start(),
  up: (session) => {
    session.start();
    session.connected();
  },
  asking: (session) => {
    INTO.up(session);
    for (let acks = 0; session.machine.state === 'up' && acks < 10; acks++) {
      session.from(KEEP_ALIVE_ACK);
      session.tick();
    }
  },
  waiting: (session) => {
    INTO.asking(session);
    session.from(tokenReject(15));
  },
  granted: (session) => {
    INTO.asking(session);
    session.from(TOKEN_ACK);
  },
  ended: (session) => {
    INTO.up(session);
    session.stop();
  },
};

export function sessionIn(state: StandbyState, config = MONITORED): StandbySession {
  const session = new StandbySession(config);
  INTO[state](session);
  if (session.machine.state !== state) throw new Error(`no way into ${state}`);
  return session;
}
