import * as z from 'zod';

const count = z.int().nonnegative();
const seconds = z.number().nonnegative();
const percentile = seconds.nullable().describe('Seconds; null: nothing was measured.');

/** How the generator itself fared: whether the run measured the servers or itself. */
export const generatorSchema = z.strictObject({
  latenessP99Seconds: percentile.describe('How late timers were: 99th percentile of the worst ten seconds.'),
  eventLoopLagP99Seconds: percentile.describe('99th percentile of the worst ten seconds.'),
  longestBlockSeconds: seconds.describe('Longest time for which the event loop of a worker stood still.'),
  droppedDatagrams: count.describe(
    'What the kernel dropped at the relay sockets (DHCP), because they were not read in time.',
  ),
  relayedReplies: count.describe('Datagrams that came to the relay sockets.'),
  networkDrops: count.describe(
    'What the kernel dropped at any UDP socket of the generator’s network namespaces, those of other programs among them, such as an embedded lab; it is no part of the verdict.',
  ),
  fewestFreeDescriptors: count
    .nullable()
    .describe(
      'Of the process that came closest to `ulimit -n`, looked at once a second; null: the kernel does not say.',
    ),
  lostSnapshots: count
    .nullable()
    .describe(
      'Seconds without news of a shard that was heard again, beyond the first two of each silence; null: nobody collected them.',
    ),
  cpuSeconds: seconds,
  peakRssBytes: count,
  bytesPerRegisteredPhone: count.nullable().describe('peakRssBytes over registered phones, all included.'),
  grownBytesPerRegisteredPhone: count
    .nullable()
    .describe('What memory grew by from the armed start to its peak, over registered phones.'),
  startedAhead: count.describe('Phones that were started before a steer was known that puts them off.'),
  withheld: count.describe('Phones whose start was withheld while their agent was out of contact.'),
  limits: z
    .strictObject({
      latenessP99Seconds: seconds,
      eventLoopLagP99Seconds: seconds,
      longestBlockSeconds: seconds,
      droppedDatagramsShare: z.number().min(0).max(1).describe('Of those that came to the relay sockets.'),
      freeDescriptors: count,
      lostSnapshots: count,
    })
    .describe('Beyond these the run is INVALID.'),
  node: z.string(),
});
