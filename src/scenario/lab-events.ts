import * as z from 'zod';
import { durationField } from './duration.ts';

/** Where the time of events and faults is counted from. */
export const LAB_ORIGINS = ['lab', 'start', 'hold'] as const;
export type LabOrigin = (typeof LAB_ORIGINS)[number];

/** Instants that a run tells its lab: the armed start, and the begin of the hold. */
export type RunOrigin = Exclude<LabOrigin, 'lab'>;

/** Processes of the lab that are no CallManager of the group. */
const OTHER_NODES = ['srst', 'tftp', 'network', 'security'] as const;
const NODES_EXPECTED =
  'expected 1, 2 or 3 (a CallManager), "all" (of them), "srst", "tftp", "network" or "security"';

const PACE_EXPECTED = 'expected a number of phones a second, or a share such as "5%"';

/** Phones a second, or the share of a node's phones. */
export type ResetPace = number | { readonly share: number };

const pace = z
  .union(
    [
      z.number({ error: PACE_EXPECTED }).positive({ error: PACE_EXPECTED }),
      z.string().regex(/^(?=.*[1-9])\d{1,3}(?:\.\d+)?%$/, PACE_EXPECTED),
    ],
    { error: PACE_EXPECTED },
  )
  .transform(
    (value): ResetPace => (typeof value === 'string' ? { share: Number.parseFloat(value) / 100 } : value),
  )
  .meta({ title: 'count or share' });

const eventShape = z.strictObject({
  at: durationField.describe('How long after `from`.'),
  from: z
    .enum(['start', 'hold'])
    .default('start')
    .describe('Counted from the start of the run (its first power) or from the begin of the hold.'),
  do: z
    .enum(['kill', 'restart', 'reset'])
    .describe(
      '`kill`: SIGKILL of the process; `restart`: a new process on the same ports, which has forgotten everything; `reset`: Reset to every registered phone.',
    ),
  node: z
    .union([z.int({ error: NODES_EXPECTED }).min(1).max(3), z.enum(['all', ...OTHER_NODES])], {
      error: NODES_EXPECTED,
    })
    .default('all')
    .describe(
      'Whose process: a CallManager by its number, `all` of them, `srst`, `tftp`, `network` (DHCP and DNS), or `security` (CAPF and TVS).',
    ),
  resetType: z.literal([1, 2, 3]).default(1).describe('For `reset`: 1 reset, 2 restart, 3 apply config.'),
  perSecond: pace
    .optional()
    .describe(
      'For `reset`: phones a second on each node, or a share of them such as `5%`; default: all at once.',
    ),
});

/** Something that is done to the lab at its time. */
export type LabEvent = z.output<typeof eventShape>;

export const eventField = eventShape.superRefine((event, context) => {
  const isReset = event.do === 'reset';
  if (isReset && ['tftp', 'network', 'security'].includes(String(event.node))) {
    context.addIssue({ code: 'custom', message: 'has no phones that could be reset', path: ['node'] });
  }
  if (!isReset && event.perSecond !== undefined) {
    context.addIssue({ code: 'custom', message: 'only for `do: reset`', path: ['perSecond'] });
  }
});
