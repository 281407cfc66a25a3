import * as z from 'zod';
import { PHONE_MODEL_NAMES } from '../phone/models.ts';
import { addressPoolField } from './address-pool-field.ts';
import { clusterSchema } from './cluster-schema.ts';
import { distributionField } from './distribution-field.ts';
import { durationField } from './duration.ts';
import { firmwareSchema } from './firmware-schema.ts';
import { addressField, portField } from './host-port.ts';
import { pagePlaceField } from './page-place.ts';
import { labSettingsSchema } from './lab-settings.ts';
import { outageSchema, powerShapeField } from './power-schema.ts';
import { phoneSecuritySchema } from './security-schema.ts';
import { targetSchema } from './target-schema.ts';
import { thresholdsField } from './threshold-field.ts';
import { validitySchema } from './validity.ts';

/** Steps of Table 2-4 that a scenario can leave out. */
export const SKIPPABLE_STEPS = ['power', 'image', 'vlan', 'dhcp', 'ctl', 'config', 'callManager'] as const;
export type SkippableStep = (typeof SKIPPABLE_STEPS)[number];

const modelField = z.enum(PHONE_MODEL_NAMES);

/** IEEE 802: of the first octet, bit 1 says "assigned by whoever runs the network", bit 0 would be multicast. */
function isLocallyAdministered(macPrefix: string): boolean {
  return (Number.parseInt(macPrefix.slice(0, 2), 16) & 0b11) === 0b10;
}

const layoutSchema = z
  .strictObject({
    perSwitch: z.int().min(1).max(1000).default(48).describe('Phones on a switch.'),
    switchesPerFloor: z.int().min(1).max(1000).default(4).describe('Switches on a floor.'),
    floorsPerSite: z.int().min(1).max(1000).default(10).describe('Floors of a site.'),
  })
  .describe('Where made-up phones are connected; power returns by it. An inventory has columns instead.');

const generate = z
  .strictObject({
    count: z.int().min(1).max(1_000_000).default(100).describe('Number of phones.'),
    macPrefix: z
      .string()
      .regex(/^[0-9a-f]{2}(?:[:-]?[0-9a-f]{2}){0,4}$/i, 'expected one to five octets such as "02:00:00"')
      .refine(isLocallyAdministered, {
        error:
          'is not locally administered, a real phone may have such a MAC: begin with 02, 06, 0A or 0E, or list the phones in an inventory',
      })
      .default('02:00:00')
      .describe('First octets of every MAC; must be locally administered, so that no real phone is hit.'),
    layout: layoutSchema.prefault({}),
  })
  .describe('Phones that are made up.');

const phones = z
  .strictObject({
    inventory: z
      .string()
      .min(1)
      .optional()
      .describe('File with one phone a line (MAC, or CSV), instead of `generate`; relative to this file.'),
    generate: generate.optional(),
    model: modelField
      .default('7961G')
      .describe('Model of generated phones, and of those that the inventory gives none.'),
    models: z
      .partialRecord(modelField, z.int().min(1).max(1000))
      .optional()
      .describe(
        'Several models instead of `model`, with their shares: `7961G: 3` and `7941G: 1` is 75 % and 25 %.',
      ),
    protocolVersion: z
      .literal([17, 22])
      .default(22)
      .describe('Highest SCCP version that the phones announce: 17 (8.x loads) or 22 (9.x loads).'),
    flash: z
      .enum(['warm', 'factory'])
      .default('warm')
      .describe('What phones remember: lease and locale files (`warm`), or nothing.'),
    keepLastConfig: z
      .boolean()
      .default(true)
      .describe(
        'Phones go on with their last good configuration where no server gives a usable one. General knowledge, no source.',
      ),
    restartPause: distributionField
      .prefault('20s..60s')
      .describe('Pause before a phone whose boot failed starts again. Inference.'),
    reconnectPause: distributionField
      .prefault('1s..5s')
      .describe(
        'Pause of a phone that lost its CallManager, or was reset by it, before it goes on. Inference.',
      ),
    quickLoss: durationField
      .prefault('10s')
      .describe(
        'A phone that loses its CallManager sooner than this after it came into service takes `reconnectPause` even where a standby connection is up. Inference.',
      ),
    maxBootAttempts: z
      .int()
      .min(1)
      .optional()
      .describe(
        'Boots after which a phone gives up (a DHCP server silent for the whole back-off counts as one); default: never.',
      ),
    security: phoneSecuritySchema,
  })
  .prefault({})
  .describe('Which phones boot.');

const modelTime = z
  .strictObject({ mean: durationField, sd: durationField.prefault('0s') })
  .meta({ title: '{ mean, sd }' });

const timing = z
  .strictObject({
    power: distributionField
      .optional()
      .describe(
        'Step 1: from power at the switch to power at the phone. Default: 0s..14.4s, 48 ports with 0.3 s each; 0s where switches power their ports one by one (`portInterval`). Inference.',
      ),
    image: z
      .union([z.literal('model'), distributionField], {
        error: 'expected "model", or a time such as "45s", "40s..50s" or { mean: 45, sd: 5 }',
      })
      .prefault('model')
      .describe('Step 2: loading the stored image; `model`: each model’s own figure. Inference.'),
    models: z
      .partialRecord(modelField, modelTime)
      .optional()
      .describe(
        'Step 2 by model, instead of 45 s (sd 5 s) for 7941G, 7961G, 7970G and 7971G, 50 s (sd 6 s) for the others. Inference.',
      ),
    vlan: distributionField.prefault('0.5s..3s').describe('Step 3: waiting for the voice VLAN. Inference.'),
    compression: z
      .number()
      .min(1)
      .max(100_000)
      .default(1)
      .describe('Modelled times are divided by this; every report says so.'),
  })
  .prefault({})
  .describe('Steps 1 to 3: modelled time, nothing is sent.');

const workerCount = z.union([z.literal('auto'), z.int().min(1).max(256)], {
  error: 'expected "auto" or a whole number from 1 to 256',
});

export const LOG_FORMATS = ['text', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** A scenario as it is written; the output is complete: every default is filled in, every duration in seconds. */
export const scenarioSchema = z.strictObject({
  name: z.string().min(1).max(100).default('unnamed').describe('Shown in every report.'),
  seed: z
    .int()
    .min(0)
    .max(0xffff_ffff)
    .default(1)
    .describe('The same seed gives the same schedule, whatever the number of workers.'),
  phones,
  target: targetSchema,
  sourceAddresses: z
    .union([z.literal('shared'), addressPoolField], {
      error: 'expected "shared", or addresses such as "127.16.0.0/16"',
    })
    .optional()
    .describe(
      'One address of this machine for each phone, or `shared`: the host’s own. Default: 127.16.0.0/12 with the lab, else shared.',
    ),
  skip: z
    .array(z.enum(SKIPPABLE_STEPS))
    .default([])
    .describe('Steps of the start-up process that are left out.'),
  timing,
  firmware: firmwareSchema,
  ramp: powerShapeField
    .prefault('all at once')
    .describe('How power comes first: everybody at one instant (the worst case), stages, or a shape.'),
  outage: outageSchema.optional(),
  hold: durationField
    .prefault('30s')
    .describe('How long phones stay up, sending keepalives, once all are in service or have given up.'),
  maxDuration: durationField
    .prefault('30m')
    .describe('The hold ends at the latest this long after the start, whatever the phones have come to.'),
  drain: z
    .strictObject({
      perSecond: z.number().positive().default(200).describe('Phones that unregister each second.'),
      patience: durationField
        .prefault('15s')
        .describe(
          'How much longer processes of the generator may take for it before they are given up with their phones; a phone that gets no answer to Unregister takes up to 10 s.',
        ),
    })
    .prefault({})
    .describe('The end of the run.'),
  thresholds: thresholdsField.describe(
    'What the run has to fulfil, judged at the end of the hold: see the table of metrics. Missed: FAIL, exit code 99.',
  ),
  lab: labSettingsSchema.prefault({}).describe('The embedded lab, used when `target` names no server.'),
  validity: validitySchema,
  workers: z
    .strictObject({
      agents: workerCount.default('auto').describe('Processes; `auto`: as many as descriptors ask for.'),
      threads: workerCount.default('auto').describe('Worker threads in each process.'),
    })
    .prefault({})
    .describe('How the load generator itself runs.'),
  cluster: clusterSchema,
  output: z
    .strictObject({
      json: z.string().min(1).optional().describe('File for the summary as JSON.'),
      junit: z.string().min(1).optional().describe('File for thresholds and verdict as JUnit XML.'),
      phonesCsv: z.string().min(1).optional().describe('File for a row of each phone, as CSV.'),
      metricsPort: portField.optional().describe('Port for Prometheus, while the run lasts.'),
      metricsAddress: addressField
        .default('127.0.0.1')
        .describe('Address of this machine for that port; `0.0.0.0` lets other machines scrape.'),
      metricsLinger: durationField
        .default(0)
        .describe(
          'How long that port stays after the report at most, for one scrape of the final figures; 0: not at all.',
        ),
      ui: pagePlaceField,
      quiet: z
        .boolean()
        .default(false)
        .describe('Nothing on standard output but the report, or with `json` the verdict.'),
      logFormat: z
        .enum(LOG_FORMATS)
        .default('text')
        .describe(
          'What standard output is for: `text` for people, or `json`, one object a line: run log, progress, verdict.',
        ),
    })
    .prefault({})
    .describe('Where results go.'),
});

export type Scenario = z.output<typeof scenarioSchema>;
