import type { Effects } from '../../src/protocols/effects.ts';

/** One effect as plain data, for tables and snapshots. */
export type RecordedEffect =
  | { effect: 'bind' }
  | { effect: 'sendTo'; address: string; port: number; bytes: Uint8Array }
  | { effect: 'connect'; address: string; port: number }
  | { effect: 'send'; bytes: Uint8Array }
  | { effect: 'close' }
  | { effect: 'setTimer'; timer: string; delayMs: number }
  | { effect: 'clearTimer'; timer: string }
  | { effect: 'notice'; notice: unknown }
  | { effect: 'done'; result: unknown };

/** A sink that keeps what a machine asked for, in order. */
export class RecordingEffects<Timer extends string, Notice, Result>
  implements Effects<Timer, Notice, Result>
{
  effects: RecordedEffect[] = [];

  /** What was asked for since the last call. */
  take(): RecordedEffect[] {
    const taken = this.effects;
    this.effects = [];
    return taken;
  }

  bind(): void {
    this.effects.push({ effect: 'bind' });
  }

  sendTo(address: string, port: number, bytes: Uint8Array): void {
    this.effects.push({ effect: 'sendTo', address, port, bytes });
  }

  connect(address: string, port: number): void {
    this.effects.push({ effect: 'connect', address, port });
  }

  send(bytes: Uint8Array): void {
    this.effects.push({ effect: 'send', bytes });
  }

  close(): void {
    this.effects.push({ effect: 'close' });
  }

  setTimer(timer: Timer, delayMs: number): void {
    this.effects.push({ effect: 'setTimer', timer, delayMs });
  }

  clearTimer(timer: Timer): void {
    this.effects.push({ effect: 'clearTimer', timer });
  }

  notice(notice: Notice): void {
    this.effects.push({ effect: 'notice', notice });
  }

  done(result: Result): void {
    this.effects.push({ effect: 'done', result });
  }
}
