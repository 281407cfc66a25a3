import * as z from 'zod';
import { FAILURE_CAUSE_NAMES } from '../phone/failure-causes.ts';
import { SECURITY_LEVELS, TRUST_VERDICTS } from '../phone/boot-event.ts';
import { CAPF_OPERATIONS, HANDSHAKE_OUTCOMES, TRUST_LISTS, TVS_OUTCOMES } from '../metrics/security-tally.ts';

const count = z.int().nonnegative();
const seconds = z.number().nonnegative();
const percentile = seconds.nullable().describe('Seconds; null: nothing was measured.');

const handshakes = z.strictObject({
  count,
  p50Seconds: percentile,
  p95Seconds: percentile,
  p99Seconds: percentile,
  maxSeconds: percentile,
});

/** What a CallManager and the phones agreed on. */
export const serverTlsSchema = z
  .strictObject({
    full: count,
    resumed: count,
    suites: z.array(
      z.strictObject({
        version: z.string(),
        suite: z.string().describe('IANA name.'),
        count,
      }),
    ),
  })
  .describe('Of a CallManager: handshakes that were completed, and what was agreed on in them.');

export const securitySchema = z
  .strictObject({
    inService: z
      .record(z.enum(SECURITY_LEVELS), count)
      .describe('Phones in service by how their registration is protected.'),
    handshakes: z
      .record(z.enum(HANDSHAKE_OUTCOMES), handshakes)
      .describe('TLS handshakes with CallManagers that were completed, for registration and standby.'),
    handshakeCpu: z
      .strictObject({
        fullMilliseconds: z.number().nonnegative(),
        resumedMilliseconds: z.number().nonnegative(),
        seconds: seconds.describe('Handshakes of each kind times their cost.'),
        share: z.number().nonnegative().describe('Of the CPU time of the generator; 1 is all of it.'),
      })
      .nullable()
      .describe(
        'What handshakes cost the generator: CPU of one, measured on this machine by itself, times their number. Null: not measured.',
      ),
    contextsBuilt: count.describe('TLS contexts that workers built.'),
    contextsEvicted: count.describe('TLS contexts that made room for others.'),
    trustLists: z.record(z.enum(TRUST_LISTS), z.record(z.enum(TRUST_VERDICTS), count)),
    trustListRefusals: z
      .array(z.strictObject({ cause: z.enum(FAILURE_CAUSE_NAMES), count }))
      .describe('Trust lists that were refused, by cause: the phone kept the one that it had, and went on.'),
    tvs: z.record(z.enum(TVS_OUTCOMES), count).describe('Questions about certificates.'),
    enrolments: z.record(z.enum(CAPF_OPERATIONS), count).describe('CAPF sessions that ended well.'),
  })
  .describe('What phones did about security; failures are among the others.');
