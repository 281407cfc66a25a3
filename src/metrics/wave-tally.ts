import { Histogram, type SparseHistogram } from './histogram.ts';

/** One return of power, as the phones of a shard lived it, plain data. */
export interface WaveSnapshot {
  /** Phones that got power with it. */
  readonly phones: number;
  /** From the wave's start to each phone's first time in service after it, ms. */
  readonly toService: SparseHistogram;
}

interface Wave {
  phones: number;
  readonly toService: Histogram;
}

/** The waves of one shard, and which of them each phone is to come into service for: 2 bytes for each phone. */
export class WaveTally {
  readonly #waves: Wave[] = [];
  /** The wave that gave the phone its power, plus 1; negative once the phone has come into service for it. */
  readonly #awaited: Int16Array;
  readonly #startsAt: (wave: number) => number;

  /** `startsAt` is when a wave began, ms on the clock of the events. */
  constructor(phones: number, startsAt: (wave: number) => number) {
    this.#awaited = new Int16Array(phones);
    this.#startsAt = startsAt;
  }

  /** Power that fails and returns within one wave does not make two phones of one. */
  poweredOn(phone: number, wave: number): void {
    if (Math.abs(this.#awaited[phone] as number) === wave + 1) return;
    this.#awaited[phone] = wave + 1;
    this.#of(wave).phones += 1;
  }

  inService(phone: number, now: number): void {
    const awaited = this.#awaited[phone] as number;
    if (awaited <= 0) return;
    this.#awaited[phone] = -awaited;
    this.#of(awaited - 1).toService.record(now - this.#startsAt(awaited - 1));
  }

  /** The wave that gave the phone its power last; null: none did. */
  waveOf(phone: number): number | null {
    const awaited = this.#awaited[phone] as number;
    return awaited === 0 ? null : Math.abs(awaited) - 1;
  }

  /** By the wave's number. */
  snapshot(): WaveSnapshot[] {
    return this.#waves.map(({ phones, toService }) => ({ phones, toService: toService.toSparse() }));
  }

  #of(wave: number): Wave {
    while (this.#waves.length <= wave) this.#waves.push({ phones: 0, toService: new Histogram() });
    return this.#waves[wave] as Wave;
  }
}
