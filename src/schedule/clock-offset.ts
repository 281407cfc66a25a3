/**
 * How two clocks lie to each other, from questions that went there and back (Cristian, "Probabilistic clock
 * synchronization", 1989): the answer was written somewhere between sending and receiving. If it is taken for the
 * middle, the error is at most half of the round trip, however unequal the two ways are; the shortest round trip says
 * most.
 */
export interface ClockProbe {
  /** On this machine's clock. */
  readonly sentMs: number;
  /** What the other clock said. */
  readonly serverMs: number;
  /** On this machine's clock. */
  readonly receivedMs: number;
}

export interface ClockEstimate {
  /** The other clock minus this machine's, ms. */
  readonly offsetMs: number;
  /** The estimate is at most this far from the truth of its instant: half of the shortest round trip, ms. */
  readonly errorMs: number;
}

/** The estimate from the probe with the shortest round trip. Throws RangeError without a probe. */
export function estimateClock(probes: readonly ClockProbe[]): ClockEstimate {
  let best: ClockEstimate | null = null;
  for (const { sentMs, serverMs, receivedMs } of probes) {
    const errorMs = (receivedMs - sentMs) / 2;
    if (best !== null && errorMs >= best.errorMs) continue;
    best = { offsetMs: serverMs - (sentMs + receivedMs) / 2, errorMs };
  }
  if (best === null) throw new RangeError('no probe of the clock');
  return best;
}

/** How far the other clock has gone ahead (negative: fallen behind) since `frozen`, ms; known to the sum of both errors. */
export function driftMsOf(frozen: ClockEstimate, later: ClockEstimate): number {
  return later.offsetMs - frozen.offsetMs;
}
