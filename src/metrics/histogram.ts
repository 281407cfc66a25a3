/**
 * A mergeable log-linear histogram of durations in milliseconds. Nine decades from 10 us to 10,000 s are each
 * divided into 900 bins of equal width, so that a bin is never wider than 1 % of its values:
 *
 *     decade d covers (10^(d-2) ms, 10^(d-1) ms]; bin b of it covers (width * (100 + b), width * (101 + b)],
 *     width = 10^(d-4) ms
 *
 * A bin is closed above, as Prometheus' `le` is: every decimal number of three digits (2.5 ms, 300 s) is the upper
 * edge of a bin, and the number of values at or below it is exact. Values at or below 10 us share one bin, values
 * above 10,000 s another. `count` and `max` are exact; `sum` is as exact as floating point.
 */
const DECADES = 9;
const BINS_PER_DECADE = 900;
/** The bin for everything at or below 10 us. */
const UNDERFLOW = 0;
/** The bin for everything above 10,000 s. */
const OVERFLOW = 1 + DECADES * BINS_PER_DECADE;

const LOWEST_MS = 0.01;
const HIGHEST_MS = 1e7;
/** The decade whose bins are 1 ms wide: below it bins are fractions, above it multiples of a millisecond. */
const UNIT_DECADE = 4;
/** Upper edge of each decade, ms. */
const DECADE_TOPS = new Float64Array([1e-1, 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, HIGHEST_MS]);
/** Powers of ten that are exact, so that an edge divided or multiplied by one of them is exact too. */
const POWERS = new Float64Array([1, 1e1, 1e2, 1e3, 1e4]);

/** A histogram as plain data: `bins` alternates the distance to the previous bin that is not empty, and its count. */
export interface SparseHistogram {
  readonly count: number;
  readonly sum: number;
  readonly max: number;
  readonly bins: readonly number[];
}

const EMPTY_HISTOGRAM: SparseHistogram = { count: 0, sum: 0, max: 0, bins: [] };

export class Histogram {
  /** One array per decade in use: most series touch two or three of the nine. */
  readonly #decades: (Uint32Array | undefined)[] = [];
  #underflow = 0;
  #overflow = 0;
  #count = 0;
  #sum = 0;
  #max = 0;

  get count(): number {
    return this.#count;
  }

  /** Sum of all values, ms. */
  get sum(): number {
    return this.#sum;
  }

  /** The largest value, ms; 0 when there is none. */
  get max(): number {
    return this.#max;
  }

  /**
   * Counts one duration. A negative one counts as 0.
   * @throws RangeError for NaN, which is a bug of the caller
   */
  record(ms: number): void {
    if (ms > LOWEST_MS && ms <= HIGHEST_MS) {
      let decade = 0;
      while (ms > (DECADE_TOPS[decade] as number)) decade += 1;
      const bins = (this.#decades[decade] ??= new Uint32Array(BINS_PER_DECADE));
      const bin = binWithin(decade, ms);
      bins[bin] = (bins[bin] as number) + 1;
    } else if (ms > HIGHEST_MS) {
      this.#overflow += 1;
    } else if (ms <= LOWEST_MS) {
      this.#underflow += 1;
    } else {
      throw new RangeError('a duration that is not a number');
    }
    this.#count += 1;
    if (ms > 0) this.#sum += ms;
    if (ms > this.#max) this.#max = ms;
  }

  /** The value, ms, at or below which the fraction `q` of the recorded values lies; null when there is none. */
  quantile(q: number): number | null {
    return this.#count === 0 ? null : this.quantileOf(this.#count, q);
  }

  /**
   * The value, ms, at or below which the fraction `q` of `total` lies, where `total` counts also what has not been
   * recorded: the time until 90 % of all phones were in service. Null while so many have not been recorded. The
   * upper edge of the bin is given, so the answer is at most 1 % too high; the last value is exact.
   */
  quantileOf(total: number, q: number): number | null {
    // The tolerance keeps 0.07 * 100 = 7.000000000000001 from asking for the eighth value.
    const rank = Math.max(1, Math.ceil(q * total - 1e-9));
    if (total <= 0 || rank > this.#count) return null;
    if (rank === this.#count) return this.#max;
    let seen = this.#underflow;
    if (seen >= rank) return Math.min(LOWEST_MS, this.#max);
    for (let decade = 0; decade < DECADES; decade += 1) {
      const bins = this.#decades[decade];
      if (bins === undefined) continue;
      for (let bin = 0; bin < BINS_PER_DECADE; bin += 1) {
        seen += bins[bin] as number;
        if (seen >= rank) return Math.min(upperEdgeMs(decade, bin), this.#max);
      }
    }
    return this.#max;
  }

  /** How many values are at most `edgeMs`: exact when it is the edge of a bin, otherwise up to the bin's end. */
  countAtOrBelow(edgeMs: number): number {
    if (edgeMs >= this.#max) return this.#count;
    if (edgeMs < 0) return 0;
    let total = this.#underflow;
    for (let decade = 0; decade < DECADES; decade += 1) {
      const bins = this.#decades[decade];
      const within = edgeMs <= (DECADE_TOPS[decade] as number);
      if (bins !== undefined) {
        const last = within ? (edgeMs > LOWEST_MS ? binWithin(decade, edgeMs) : -1) : BINS_PER_DECADE - 1;
        for (let bin = 0; bin <= last; bin += 1) total += bins[bin] as number;
      }
      if (within) return total;
    }
    return total;
  }

  /** The bins that are not empty, ascending: the upper edge of each, ms, and its count. The last edge is the maximum. */
  filledBins(): [number, number][] {
    const bins: [number, number][] = [];
    const { bins: sparse } = this.toSparse();
    let index = 0;
    for (let i = 0; i + 1 < sparse.length; i += 2) {
      index += sparse[i] as number;
      const edge = index === UNDERFLOW ? LOWEST_MS : edgeOf(index);
      bins.push([Math.min(edge, this.#max), sparse[i + 1] as number]);
    }
    return bins;
  }

  merge(other: Histogram): this {
    return this.mergeSparse(other.toSparse());
  }

  /** Adds what another histogram, perhaps of another process, has counted. */
  mergeSparse(sparse: SparseHistogram): this {
    let index = 0;
    for (let i = 0; i + 1 < sparse.bins.length; i += 2) {
      index += sparse.bins[i] as number;
      this.#add(index, sparse.bins[i + 1] as number);
    }
    this.#count += sparse.count;
    this.#sum += sparse.sum;
    if (sparse.max > this.#max) this.#max = sparse.max;
    return this;
  }

  /** Plain data for a message or a file: the bins that are not empty. */
  toSparse(): SparseHistogram {
    if (this.#count === 0) return EMPTY_HISTOGRAM;
    const sparse: number[] = [];
    let previous = 0;
    const push = (index: number, count: number): void => {
      if (count === 0) return;
      sparse.push(index - previous, count);
      previous = index;
    };
    push(UNDERFLOW, this.#underflow);
    for (let decade = 0; decade < DECADES; decade += 1) {
      const bins = this.#decades[decade];
      if (bins === undefined) continue;
      const base = 1 + decade * BINS_PER_DECADE;
      for (let bin = 0; bin < BINS_PER_DECADE; bin += 1) push(base + bin, bins[bin] as number);
    }
    push(OVERFLOW, this.#overflow);
    return { count: this.#count, sum: this.#sum, max: this.#max, bins: sparse };
  }

  static fromSparse(sparse: SparseHistogram): Histogram {
    return new Histogram().mergeSparse(sparse);
  }

  #add(index: number, count: number): void {
    if (index === UNDERFLOW) {
      this.#underflow += count;
    } else if (index >= OVERFLOW) {
      this.#overflow += count;
    } else {
      const decade = Math.floor((index - 1) / BINS_PER_DECADE);
      const bin = (index - 1) % BINS_PER_DECADE;
      const bins = (this.#decades[decade] ??= new Uint32Array(BINS_PER_DECADE));
      bins[bin] = (bins[bin] as number) + count;
    }
  }
}

/** The bin of a value that lies in the decade; values that rounding puts just outside stay in it. */
function binWithin(decade: number, ms: number): number {
  const units =
    decade <= UNIT_DECADE
      ? ms * (POWERS[UNIT_DECADE - decade] as number)
      : ms / (POWERS[decade - UNIT_DECADE] as number);
  const bin = Math.ceil(units) - 101;
  return bin < 0 ? 0 : bin >= BINS_PER_DECADE ? BINS_PER_DECADE - 1 : bin;
}

/** Upper edge of a bin by its number in a sparse histogram; the overflow has none. */
function edgeOf(index: number): number {
  if (index >= OVERFLOW) return Number.POSITIVE_INFINITY;
  return upperEdgeMs(Math.floor((index - 1) / BINS_PER_DECADE), (index - 1) % BINS_PER_DECADE);
}

function upperEdgeMs(decade: number, bin: number): number {
  return decade <= UNIT_DECADE
    ? (101 + bin) / (POWERS[UNIT_DECADE - decade] as number)
    : (101 + bin) * (POWERS[decade - UNIT_DECADE] as number);
}
