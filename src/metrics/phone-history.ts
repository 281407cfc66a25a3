import { STAGE_NAMES, type Stage } from '../phone/stages.ts';
import { STAGE_CODE } from './ledger.ts';

/** What a phone went through in one stage since the run began. */
export interface StageEffort {
  readonly attempts: number;
  /** In all its tries, failed ones too. */
  readonly seconds: number;
}

const STAGES_PER_PHONE = STAGE_NAMES.length;
const MOST = 0xffff;

/**
 * What each phone of a shard went through: tries of each stage and time in it, boots, and how long its way to service
 * took. In typed arrays: 6 bytes for each stage and 15 for each phone. What happened last stands in the ledger.
 */
export class PhoneHistory {
  readonly #attempts: Uint16Array;
  readonly #milliseconds: Float32Array;
  readonly #boots: Uint16Array;
  /** The stage under way, plus 1, and since when, ms. */
  readonly #stage: Uint8Array;
  readonly #since: Float64Array;
  /** From intended power return to the first time in service after it, ms; NaN while it has not come. */
  readonly #toService: Float32Array;
  /** The same to the first RegisterAck; null: nobody asks for it. */
  readonly #toRegistered: Float32Array | null;

  /** @param keepsRegistration whether anybody asks when each phone was registered: 4 bytes more for each */
  constructor(phones: number, keepsRegistration: boolean) {
    this.#attempts = new Uint16Array(phones * STAGES_PER_PHONE);
    this.#milliseconds = new Float32Array(phones * STAGES_PER_PHONE);
    this.#boots = new Uint16Array(phones);
    this.#stage = new Uint8Array(phones);
    this.#since = new Float64Array(phones);
    this.#toService = new Float32Array(phones).fill(Number.NaN);
    this.#toRegistered = keepsRegistration ? new Float32Array(phones).fill(Number.NaN) : null;
  }

  poweredOn(phone: number, now: number): void {
    this.stageEnded(phone, now);
    this.#toService[phone] = Number.NaN;
    if (this.#toRegistered !== null) this.#toRegistered[phone] = Number.NaN;
    this.restarted(phone, now);
  }

  restarted(phone: number, now: number): void {
    this.stageEnded(phone, now);
    const boots = this.#boots[phone] as number;
    if (boots < MOST) this.#boots[phone] = boots + 1;
  }

  stageStarted(phone: number, stage: Stage, now: number): void {
    const code = STAGE_CODE[stage];
    const at = phone * STAGES_PER_PHONE + code;
    const attempts = this.#attempts[at] as number;
    if (attempts < MOST) this.#attempts[at] = attempts + 1;
    this.#stage[phone] = code + 1;
    this.#since[phone] = now;
  }

  /** Passed, failed, or cut short: nothing happens where no stage is under way. */
  stageEnded(phone: number, now: number): void {
    const stage = this.#stage[phone] as number;
    if (stage === 0) return;
    const at = phone * STAGES_PER_PHONE + stage - 1;
    this.#milliseconds[at] = (this.#milliseconds[at] as number) + now - (this.#since[phone] as number);
    this.#stage[phone] = 0;
  }

  registered(phone: number, intendedAt: number, now: number): void {
    const times = this.#toRegistered;
    if (times !== null && Number.isNaN(times[phone])) times[phone] = now - intendedAt;
  }

  inService(phone: number, intendedAt: number, now: number): void {
    if (Number.isNaN(this.#toService[phone])) this.#toService[phone] = now - intendedAt;
  }

  /** From intended power return to the first time in service after it, ms; null while it has not come. */
  toServiceMs(phone: number): number | null {
    const ms = this.#toService[phone] as number;
    return Number.isNaN(ms) ? null : ms;
  }

  /** From intended power return to the first RegisterAck after it, ms; null while it has not come, or was not kept. */
  toRegisteredMs(phone: number): number | null {
    const ms = this.#toRegistered?.[phone] ?? Number.NaN;
    return Number.isNaN(ms) ? null : ms;
  }

  /** Power returns, and boots that began again. */
  boots(phone: number): number {
    return this.#boots[phone] as number;
  }

  /** Tries of all stages. */
  attempts(phone: number): number {
    let sum = 0;
    const from = phone * STAGES_PER_PHONE;
    for (let at = from; at < from + STAGES_PER_PHONE; at++) sum += this.#attempts[at] as number;
    return sum;
  }

  /** The stages that the phone tried, with the one under way up to `now`. */
  efforts(phone: number, now: number): Partial<Record<Stage, StageEffort>> {
    const efforts: Partial<Record<Stage, StageEffort>> = {};
    for (const [code, stage] of STAGE_NAMES.entries()) {
      const at = phone * STAGES_PER_PHONE + code;
      const attempts = this.#attempts[at] as number;
      if (attempts === 0) continue;
      const underWay = this.#stage[phone] === code + 1 ? now - (this.#since[phone] as number) : 0;
      const ms = (this.#milliseconds[at] as number) + Math.max(0, underWay);
      efforts[stage] = { attempts, seconds: Math.round(ms) / 1000 };
    }
    return efforts;
  }
}
