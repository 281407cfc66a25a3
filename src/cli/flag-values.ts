/** A flag's whole number; what it is instead is added to the problems, and counts as `least`. */
export function wholeNumber(
  flag: string,
  text: string,
  least: number,
  most: number,
  problems: string[],
): number {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  problems.push(`${flag} ${text}: expected a whole number from ${least} to ${most}`);
  return least;
}
