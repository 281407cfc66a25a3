/** From where on the generator's own troubles make a run INVALID: the scenario key `validity`. */
import * as z from 'zod';
import { durationField } from './duration.ts';

const SHARE_EXPECTED = 'expected a share such as "0.1%"';

const shareField = z
  .string({ error: SHARE_EXPECTED })
  .regex(/^(?:100|\d{1,2}(?:\.\d+)?)%$/, SHARE_EXPECTED)
  .transform((text) => Number(text.slice(0, -1)) / 100)
  .meta({ title: 'share' });

/**
 * Where the defaults come from. The shortest timer of a phone is a second: a quarter of it is the error that a
 * recovery time given in seconds can bear in general, and half of it, less the 20 ms between two probes and a margin
 * for them, in a single instant. A thousandth of the answers moves no 99th percentile. A process has some 100
 * descriptors planned for itself, see budget.ts. Ten snapshots are the window in which slowness is judged.
 */
export const validitySchema = z
  .strictObject({
    latenessP99: durationField
      .prefault('250ms')
      .describe('Most that timers may be late: 99th percentile of the worst ten seconds.'),
    eventLoopLagP99: durationField
      .prefault('250ms')
      .describe('Most event-loop lag: 99th percentile of the worst ten seconds.'),
    longestBlock: durationField
      .prefault('400ms')
      .describe('Longest time for which the event loop of a worker may stand still, once.'),
    droppedDatagrams: shareField
      .prefault('0.1%')
      .describe(
        'Most datagrams that the kernel may drop at the generator’s relay sockets (DHCP), of all that came there.',
      ),
    freeDescriptors: z
      .int()
      .min(0)
      .default(20)
      .describe('Fewest descriptors below `ulimit -n` that a process must have left at any time.'),
    lostSnapshots: z
      .int()
      .min(0)
      .default(10)
      .describe(
        'Most snapshots that may be lost: seconds without news of a shard that lives, beyond the first two of each silence, once it is heard again; while Redis does not answer none is.',
      ),
  })
  .prefault({})
  .describe('Beyond these the generator was the bottleneck, and the run is INVALID.');

export interface GeneratorLimits {
  readonly latenessP99Seconds: number;
  readonly eventLoopLagP99Seconds: number;
  readonly longestBlockSeconds: number;
  /** 0.001 is a thousandth. */
  readonly droppedDatagramsShare: number;
  readonly freeDescriptors: number;
  readonly lostSnapshots: number;
}

export function generatorLimits(validity: z.output<typeof validitySchema>): GeneratorLimits {
  return {
    latenessP99Seconds: validity.latenessP99,
    eventLoopLagP99Seconds: validity.eventLoopLagP99,
    longestBlockSeconds: validity.longestBlock,
    droppedDatagramsShare: validity.droppedDatagrams,
    freeDescriptors: validity.freeDescriptors,
    lostSnapshots: validity.lostSnapshots,
  };
}

export const DEFAULT_GENERATOR_LIMITS = generatorLimits(validitySchema.parse(undefined));
