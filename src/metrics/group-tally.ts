/** What phones did within their groups of CallManagers, plain data. */
export interface GroupSnapshot {
  readonly failovers: number;
  readonly fallbacks: number;
  /** Phones that did so at least once: a phone that fails over twice is one. */
  readonly phonesFailedOver: number;
  readonly phonesFellBack: number;
}

const FAILED_OVER = 1;
const FELL_BACK = 2;

/** Failovers and fallbacks of the phones of one shard: one byte for each phone. */
export class GroupTally {
  /** Whether the phone has ever failed over, and fallen back. */
  readonly #ever: Uint8Array;
  #failovers = 0;
  #fallbacks = 0;
  #phonesFailedOver = 0;
  #phonesFellBack = 0;

  constructor(phones: number) {
    this.#ever = new Uint8Array(phones);
  }

  failedOver(phone: number): void {
    this.#failovers += 1;
    if (this.#firstTime(phone, FAILED_OVER)) this.#phonesFailedOver += 1;
  }

  fellBack(phone: number): void {
    this.#fallbacks += 1;
    if (this.#firstTime(phone, FELL_BACK)) this.#phonesFellBack += 1;
  }

  snapshot(): GroupSnapshot {
    return {
      failovers: this.#failovers,
      fallbacks: this.#fallbacks,
      phonesFailedOver: this.#phonesFailedOver,
      phonesFellBack: this.#phonesFellBack,
    };
  }

  #firstTime(phone: number, what: number): boolean {
    const ever = this.#ever[phone] as number;
    this.#ever[phone] = ever | what;
    return (ever & what) === 0;
  }
}
