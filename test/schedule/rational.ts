/** Exact arithmetic for oracles: slow, and right. Every finite double is a fraction with a power of two below. */
export interface Rational {
  readonly above: bigint;
  readonly below: bigint;
}

export function rationalOf(value: number): Rational {
  let below = 1n;
  let scaled = value;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    below *= 2n;
  }
  return { above: BigInt(scaled), below };
}

export function add(a: Rational, b: Rational): Rational {
  return reduce(a.above * b.below + b.above * a.below, a.below * b.below);
}

export function subtract(a: Rational, b: Rational): Rational {
  return add(a, { above: -b.above, below: b.below });
}

export function multiply(a: Rational, b: Rational): Rational {
  return reduce(a.above * b.above, a.below * b.below);
}

export function divide(a: Rational, b: Rational): Rational {
  return b.above < 0n
    ? reduce(-a.above * b.below, a.below * -b.above)
    : reduce(a.above * b.below, a.below * b.above);
}

export function isLess(a: Rational, b: Rational): boolean {
  return a.above * b.below < b.above * a.below;
}

/** To within a few units of the last place. */
export function toNumber(value: Rational): number {
  const whole = value.above / value.below;
  const rest = value.above % value.below;
  const scale = 1n << 64n;
  return Number(whole) + Number((rest * scale) / value.below) / Number(scale);
}

function reduce(above: bigint, below: bigint): Rational {
  let a = above < 0n ? -above : above;
  let b = below;
  while (b !== 0n) [a, b] = [b, a % b];
  return a === 0n ? { above: 0n, below: 1n } : { above: above / a, below: below / a };
}
