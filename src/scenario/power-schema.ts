import * as z from 'zod';
import { MOST_CYCLES } from '../schedule/draw.ts';
import { FEEDERS } from '../schedule/layout.ts';
import { distributionField } from './distribution-field.ts';
import { durationField } from './duration.ts';

const STAGE_PHONES_EXPECTED = 'expected a number of phones, or a share such as "30%"';

const shareField = z
  .string()
  .regex(/^\d{1,3}(?:\.\d+)?%$/, STAGE_PHONES_EXPECTED)
  .transform((text) => ({ share: Number.parseFloat(text) / 100 }));

/** A count, or a share of all phones (0 to 1), so that a scenario fits any number of them. */
const stagePhones = z
  .union(
    [z.int({ error: STAGE_PHONES_EXPECTED }).nonnegative({ error: STAGE_PHONES_EXPECTED }), shareField],
    { error: STAGE_PHONES_EXPECTED },
  )
  .meta({ title: 'count or share' });

const powerStage = z.strictObject({
  duration: durationField.describe('How long power takes to return to the phones of the stage.'),
  phones: stagePhones
    .optional()
    .describe(
      'Phones of the stage, or a share such as `30%`; 0 is a pause. The last may leave it out: the rest.',
    ),
});

/** The shapes with settings of their own, and which of the keys each of them has. */
const SHAPE_KEYS = {
  'per-switch': ['switchBoot', 'portInterval', 'fastPoe'],
  'floor-by-floor': ['interval', 'switchBoot', 'portInterval', 'fastPoe'],
  'ups-staggered': ['within', 'by'],
  'flapping-feeder': ['by', 'cycles', 'up', 'down', 'switchBoot', 'portInterval', 'fastPoe'],
} as const;
const SHAPES = Object.keys(SHAPE_KEYS) as readonly (keyof typeof SHAPE_KEYS)[];

const namedShape = z
  .strictObject({
    shape: z
      .enum(SHAPES)
      .describe(
        '`per-switch`: each switch boots and then powers port after port; `floor-by-floor`: breakers are closed one by one; `ups-staggered`: switches stayed up, phones come back in no order; `flapping-feeder`: power comes and fails several times.',
      ),
    switchBoot: distributionField
      .optional()
      .describe(
        'A switch from its power to that of its first port. Default with `per-switch`: { mean: 240s, sd: 60s, min: 90s, max: 480s } (Catalyst 9300 and 3850; the 2960 and 3560 take half of it); with other shapes the switches have not lost power. Divided by `timing.compression`. Inference.',
      ),
    portInterval: durationField
      .optional()
      .describe(
        'From the power of one port of a switch to that of the next. Default: 0.3s. Divided by `timing.compression`. Inference.',
      ),
    fastPoe: z
      .boolean()
      .optional()
      .describe(
        'Ports get power 15 to 20 s after their switch, not after `switchBoot` (Catalyst 9300 16.11, "Configuring Perpetual PoE and Fast PoE").',
      ),
    interval: durationField
      .optional()
      .describe('`floor-by-floor`: from one floor to the next. Default: 30s. Inference.'),
    within: durationField
      .optional()
      .describe('`ups-staggered`: everybody has power after this. Default: 30s. Inference.'),
    by: z
      .enum(['phone', ...FEEDERS])
      .optional()
      .describe(
        'What comes back in one piece. Default: `phone` with `ups-staggered`, `floor` with `flapping-feeder`. Inference.',
      ),
    cycles: z
      .int()
      .min(1)
      .max(MOST_CYCLES)
      .optional()
      .describe('`flapping-feeder`: times that power returns. Default: 3. Inference.'),
    up: distributionField
      .optional()
      .describe(
        '`flapping-feeder`: how long power stays before it fails again. Default: 20s..60s. Inference.',
      ),
    down: distributionField
      .optional()
      .describe('`flapping-feeder`: how long it is away. Default: 2s..10s. Inference.'),
  })
  .superRefine((value, context) => {
    const keys: readonly string[] = SHAPE_KEYS[value.shape];
    for (const key of Object.keys(value)) {
      if (key === 'shape' || keys.includes(key)) continue;
      context.addIssue({
        code: 'custom',
        message: `not with shape ${value.shape}, which has ${keys.join(', ')}`,
        path: [key],
      });
    }
    if (value.shape === 'flapping-feeder' && value.by === 'phone') {
      context.addIssue({ code: 'custom', message: 'a feeder is a switch, floor or site', path: ['by'] });
    }
  });

/** How power returns. */
export const powerShapeField = z.union([z.literal('all at once'), z.array(powerStage).min(1), namedShape], {
  error: 'expected "all at once", a list of { duration, phones }, or { shape: ... }',
});

const namesField = z
  .array(z.union([z.string().min(1), z.int().min(1)]).transform(String))
  .min(1)
  .optional();

/** Power is cut while the phones are up, and returns. */
export const outageSchema = z
  .strictObject({
    at: durationField.describe('When power is cut, from the start of the run, in schedule time.'),
    duration: durationField
      .refine((seconds) => seconds > 0, 'expected more than 0')
      .prefault('10s')
      .describe('From the cut to the beginning of the return.'),
    which: z
      .strictObject({
        share: shareField
          .optional()
          .meta({ title: 'share' })
          .describe('This share of the phones, spread evenly.'),
        sites: namesField.describe('Phones of these sites.'),
        floors: namesField.describe('Phones of these floors.'),
        switches: namesField.describe(
          'Phones of these switches. Names are those of the inventory; made-up phones have numbers, from 1.',
        ),
      })
      .optional()
      .describe('Whom the outage hits. Default: everybody.'),
    connections: z
      .enum(['vanish', 'close'])
      .default('vanish')
      .describe(
        '`vanish`: no FIN and no RST leaves, where root allows it: meanwhile the addresses of the phones are blackholed in the routing table of this machine. `close`: FIN.',
      ),
    cluster: z
      .enum(['stays-up', 'returns-after'])
      .default('stays-up')
      .describe('Whether the lab’s CallManagers and its TFTP server go down with the power.'),
    clusterReturnsAfter: durationField
      .prefault('20s')
      .describe(
        'With `returns-after`: from the beginning of the return to CallManagers that answer again. General knowledge, no source: real nodes take 3 to 10 minutes.',
      ),
    return: powerShapeField
      .prefault('all at once')
      .meta({ title: 'as `ramp`' })
      .describe(
        'How power returns. Stages count the phones in their order, also those that kept their power.',
      ),
  })
  .describe(
    'Power is cut in the middle of the run: phones vanish without a word and boot again, with warm flash.',
  );
