import { uniform01 } from '../../random/counter-random.ts';

/*
 * Keepalive of a 7961 with load 8.5(4) whose CallManager has fallen silent, interval 20 s (Asterisk's Skinny
 * development notes, "Keepalives"):
 *
 *   seconds      0      20      40      60      80     100     120
 *   ticks               1       2       3       4       5       6
 *                       send            send            send    give up
 *
 * As long as answers come, every tick sends.
 */

/** Unanswered ticks, counted from the one that sent, at which the next KeepAliveReq goes out. */
const RESEND_TICKS: readonly number[] = [2, 4];
const GIVE_UP_TICK = 5;

/**
 * A tick comes up to this part of the interval early, never late: FreeSWITCH drops a phone after 1.1 intervals.
 * The figure is our inference; phones spread by their own clocks.
 */
export const EARLY_PART = 0.05;

/** CUCM's default (service parameter Station KeepAlive Interval), taken when an acknowledgement says 0. */
export const DEFAULT_KEEP_ALIVE_MS = 30_000;

/** A longer interval is cut to this, which every timer can hold. Our inference. */
export const MAX_KEEP_ALIVE_MS = 24 * 60 * 60 * 1000;

/** What is remembered of a connection's keepalive. */
export interface KeepAlive {
  readonly intervalMs: number;
  /** Ticks so far: numbers the random draws. */
  ticks: number;
  /** Ticks since the oldest unanswered KeepAliveReq; null: nothing is unanswered. */
  unansweredTicks: number | null;
  /** When the oldest unanswered KeepAliveReq was sent, milliseconds. */
  sentAt: number;
}

/** @param intervalSeconds as the acknowledgement has it */
export function keepAliveEvery(intervalSeconds: number): KeepAlive {
  const asked = intervalSeconds === 0 ? DEFAULT_KEEP_ALIVE_MS : intervalSeconds * 1000;
  return { intervalMs: Math.min(asked, MAX_KEEP_ALIVE_MS), ticks: 0, unansweredTicks: null, sentAt: 0 };
}

/** Time to the next tick, milliseconds: a pure function of the seed, the phone and the number of the tick. */
export function keepAliveDelayMs(keepAlive: KeepAlive, seed: number, phone: number): number {
  const early = EARLY_PART * uniform01(seed, phone, 'keepalive-jitter', keepAlive.ticks);
  return keepAlive.intervalMs * (1 - early);
}

/** What is to be done now that the interval is over. */
export function keepAliveTick(keepAlive: KeepAlive, now: number): 'send' | 'wait' | 'give-up' {
  keepAlive.ticks++;
  if (keepAlive.unansweredTicks === null) {
    keepAlive.unansweredTicks = 0;
    keepAlive.sentAt = now;
    return 'send';
  }
  keepAlive.unansweredTicks++;
  if (keepAlive.unansweredTicks >= GIVE_UP_TICK) return 'give-up';
  return RESEND_TICKS.includes(keepAlive.unansweredTicks) ? 'send' : 'wait';
}

/** Milliseconds since the oldest unanswered request, or null when nothing was asked: answers carry no number. */
export function keepAliveAnswered(keepAlive: KeepAlive, now: number): number | null {
  if (keepAlive.unansweredTicks === null) return null;
  keepAlive.unansweredTicks = null;
  return now - keepAlive.sentAt;
}
