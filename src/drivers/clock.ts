/**
 * The run's clock: milliseconds, with fractions, since an origin on CLOCK_MONOTONIC, which all processes of one
 * machine share and which no time server moves. Before the origin the clock is negative.
 */
export interface Clock {
  now(): number;
}

/** CLOCK_MONOTONIC in milliseconds: what the shared schedule's instants are given in. */
export function monotonicMilliseconds(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

export function clockSince(originMs: number): Clock {
  return { now: () => monotonicMilliseconds() - originMs };
}
