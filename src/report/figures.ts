/** How figures are written for people: three significant digits, which is what a histogram's 1 % can carry. */

/** `0.42 ms`, `12.3 ms`, `1.23 s`, `123 s`; null is a dash. */
export function formatSeconds(seconds: number | null): string {
  if (seconds === null) return '-';
  return seconds < 0.9995 ? `${threeDigits(seconds * 1000)} ms` : `${threeDigits(seconds)} s`;
}

/** `12,345`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Null is a dash. */
export function countOrDash(count: number | null): string {
  return count === null ? '-' : formatCount(count);
}

/** `12.3 MB`, in powers of 1000; null is a dash. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return '-';
  if (bytes < 999.5) return `${bytes} B`;
  if (bytes < 999_500) return `${threeDigits(bytes / 1e3)} kB`;
  if (bytes < 999_500_000) return `${threeDigits(bytes / 1e6)} MB`;
  return `${threeDigits(bytes / 1e9)} GB`;
}

/** `41.2 %`; never rounded up to 100. */
export function formatShare(part: number, whole: number): string {
  const percent = whole === 0 ? 0 : Math.floor((part / whole) * 1000) / 10;
  return `${Number.isInteger(percent) ? percent : percent.toFixed(1)} %`;
}

/** `0.125 %`: what is small by nature. */
export function formatFineShare(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}

/** `1:02:03` or `02:03`. */
export function formatClock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = String(Math.floor((whole % 3600) / 60)).padStart(2, '0');
  const rest = String(whole % 60).padStart(2, '0');
  return hours === 0 ? `${minutes}:${rest}` : `${hours}:${minutes}:${rest}`;
}

function threeDigits(value: number): string {
  if (value < 0) return `-${threeDigits(-value)}`.replace(/^-(?=[0.]+$)/, '');
  if (value === 0) return '0';
  if (value < 9.995) return value.toFixed(2);
  return value < 99.95 ? value.toFixed(1) : value.toFixed(0);
}
