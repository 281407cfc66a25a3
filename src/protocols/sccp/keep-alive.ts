import { type RandomPurpose, uniform01 } from '../../random/counter-random.ts';

/*
 * Keepalive of a phone whose CallManager has fallen silent, by the class of the phone (Asterisk's Skinny development
 * notes, "Keepalives"; interval 20 s):
 *
 *   seconds              10      20      30      40      50      60      70      80     100     120
 *   79x1 (7961 8.5(4))           send                            send                    send    give up
 *   7960 (7.2)           send            send            send            give up
 *   7920                         send            send            send            send    reset
 *
 * As long as answers come, every tick sends. Cisco's own description, three missed keepalives, fits all three.
 */

/** One row of the table. Ticks are unanswered intervals, counted from the KeepAliveReq that got no answer. */
export interface KeepAliveLoss {
  /** The first KeepAliveReq after RegisterAck comes after this part of the interval. */
  readonly firstPart: number;
  /** Ticks at which the next KeepAliveReq goes out. */
  readonly resendTicks: readonly number[];
  readonly giveUpTick: number;
  /** How it ends: the phone goes to the next CallManager, or starts again from its image. */
  readonly end: 'failover' | 'reset';
}

export const KEEP_ALIVE_LOSS = {
  '79x1': { firstPart: 1, resendTicks: [2, 4], giveUpTick: 5, end: 'failover' },
  '7960': { firstPart: 0.5, resendTicks: [1, 2], giveUpTick: 3, end: 'failover' },
  // That the reset comes one interval after the fourth is our inference.
  '7920': { firstPart: 1, resendTicks: [1, 2, 3], giveUpTick: 4, end: 'reset' },
} as const satisfies Record<string, KeepAliveLoss>;

export type KeepAliveLossName = keyof typeof KEEP_ALIVE_LOSS;

export const KEEP_ALIVE_LOSS_NAMES = Object.keys(KEEP_ALIVE_LOSS) as readonly KeepAliveLossName[];

/**
 * A tick comes up to this part of the interval early, never late: FreeSWITCH drops a phone after 1.1 intervals.
 * The figure is our inference; phones spread by their own clocks.
 */
export const EARLY_PART = 0.05;

/** CUCM's defaults when an acknowledgement says 0: service parameters Station KeepAlive Interval and its second one. */
export const DEFAULT_KEEP_ALIVE_MS = 30_000;
export const DEFAULT_STANDBY_KEEP_ALIVE_MS = 60_000;

/** A longer interval is cut to this, which every timer can hold. Our inference. */
export const MAX_KEEP_ALIVE_MS = 24 * 60 * 60 * 1000;

/** What is remembered of a connection's keepalive. */
export interface KeepAlive {
  readonly intervalMs: number;
  readonly loss: KeepAliveLoss;
  readonly jitter: RandomPurpose;
  /** Ticks so far: numbers the random draws. */
  ticks: number;
  /** Ticks since the oldest unanswered KeepAliveReq; null: nothing is unanswered. */
  unansweredTicks: number | null;
  /** When the oldest unanswered KeepAliveReq was sent, milliseconds. */
  sentAt: number;
}

/** @param intervalSeconds as the acknowledgement has it */
export function keepAliveEvery(intervalSeconds: number, loss: KeepAliveLoss): KeepAlive {
  const intervalMs = keepAliveMs(intervalSeconds, DEFAULT_KEEP_ALIVE_MS);
  return { intervalMs, loss, jitter: 'keepalive-jitter', ticks: 0, unansweredTicks: null, sentAt: 0 };
}

export function standbyKeepAliveEvery(intervalMs: number, loss: KeepAliveLoss): KeepAlive {
  const jitter = 'standby-keepalive-jitter';
  return { intervalMs, loss, jitter, ticks: 0, unansweredTicks: null, sentAt: 0 };
}

/** An interval of RegisterAck in milliseconds: 0 stands for the default. */
export function keepAliveMs(seconds: number, defaultMs: number): number {
  return Math.min(seconds === 0 ? defaultMs : seconds * 1000, MAX_KEEP_ALIVE_MS);
}

/** Time to the next tick, milliseconds: a pure function of the seed, the phone and the number of the tick. */
export function keepAliveDelayMs(keepAlive: KeepAlive, seed: number, phone: number): number {
  const { intervalMs, loss, jitter, ticks } = keepAlive;
  const early = EARLY_PART * uniform01(seed, phone, jitter, ticks);
  return intervalMs * (ticks === 0 ? loss.firstPart : 1) * (1 - early);
}

/** What is to be done now that the interval is over. */
export function keepAliveTick(keepAlive: KeepAlive, now: number): 'send' | 'wait' | 'give-up' {
  keepAlive.ticks++;
  if (keepAlive.unansweredTicks === null) {
    keepAlive.unansweredTicks = 0;
    keepAlive.sentAt = now;
    return 'send';
  }
  const { giveUpTick, resendTicks } = keepAlive.loss;
  keepAlive.unansweredTicks++;
  if (keepAlive.unansweredTicks >= giveUpTick) return 'give-up';
  return resendTicks.includes(keepAlive.unansweredTicks) ? 'send' : 'wait';
}

/** Milliseconds since the oldest unanswered request, or null when nothing was asked: answers carry no number. */
export function keepAliveAnswered(keepAlive: KeepAlive, now: number): number | null {
  if (keepAlive.unansweredTicks === null) return null;
  keepAlive.unansweredTicks = null;
  return now - keepAlive.sentAt;
}

/** An interval has gone by without the answer. */
export function isSilent({ unansweredTicks }: KeepAlive): boolean {
  return unansweredTicks !== null && unansweredTicks > 0;
}
