import * as z from 'zod';
import { PHONE_MODEL_NAMES } from '../phone/models.ts';
import { distributionField } from './distribution-field.ts';

const loadName = z
  .string()
  .regex(/^[\x21-\x7e]{1,64}$/, 'expected the name of a load such as "SCCP41.9-4-2SR3-1S", without ".loads"')
  .refine((name) => !/\.loads$/i.test(name), { error: 'is written without ".loads"' });

/** Firmware by model. */
export const loadsByModel = z.partialRecord(z.enum(PHONE_MODEL_NAMES), loadName);

const sharing = z
  .strictObject({
    phonesPerSubnet: z
      .int()
      .min(1)
      .max(65_536)
      .default(250)
      .describe('Phones of one subnet: so many after one another in the plan. Inference.'),
    time: distributionField
      .prefault('60s..180s')
      .describe('Until a phone has the load from its peer: modelled, nothing is sent. Inference.'),
  })
  .meta({ title: 'section' });

export const firmwareSchema = z
  .strictObject({
    download: z
      .boolean()
      .default(false)
      .describe('Phones run an older load, and download the one that their configuration names.'),
    runningLoad: z
      .union([loadName, loadsByModel], { error: 'expected the name of a load, or one for each model' })
      .optional()
      .describe('What phones run before; default: an older load of each model.'),
    maxBytes: z
      .int()
      .min(1)
      .optional()
      .describe('A part is broken off after so many bytes and counts as complete; default: all of it.'),
    loadBytes: z
      .int()
      .min(1)
      .optional()
      .describe('Size of a whole load in what `plan` prints; default: that of the model’s 9.4(2)SR3.'),
    flashTime: distributionField
      .prefault('60s..120s')
      .describe('From the last part until the phone starts again: modelled. Inference.'),
    sharing: sharing
      .optional()
      .describe(
        'Peer firmware sharing: one phone of each model and subnet downloads, the others take it from there.',
      ),
  })
  .prefault({})
  .describe('Step 7: the upgrade of firmware.');
