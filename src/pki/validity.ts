const DAY_MS = 86_400_000;

/** A certificate is valid from a day before it is made: clocks differ, and time zones are set wrong. */
const START_SLACK_MS = DAY_MS;

/** When a certificate is valid: until `notAfter`, or for `days` from now; by default as long as its authority. */
export interface Validity {
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly days?: number;
}

/**
 * Never beyond the authority's own end. What ended in the past (a fault that a test asks for) began a day before
 * its end. Throws RangeError where the end is not after the beginning.
 */
export function settleValidity(validity: Validity, authorityEnd: Date): { notBefore: Date; notAfter: Date } {
  const wanted =
    validity.notAfter ?? (validity.days === undefined ? authorityEnd : daysFromNow(validity.days));
  const notAfter = wanted < authorityEnd ? wanted : authorityEnd;
  const start = Math.min(Date.now(), notAfter.getTime()) - START_SLACK_MS;
  const notBefore = validity.notBefore ?? new Date(start);
  if (notAfter <= notBefore) throw new RangeError('a certificate that ends before it begins');
  return { notBefore, notAfter };
}

export function daysFromNow(days: number): Date {
  return new Date(Date.now() + days * DAY_MS);
}
