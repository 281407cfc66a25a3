export function inSeconds(ms: number | null): number | null {
  return ms === null ? null : rounded(ms / 1000);
}

/** To the millionth: of seconds, to the microsecond. */
export function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
