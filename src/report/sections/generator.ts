import { countOrDash, formatBytes, formatCount, formatSeconds } from '../figures.ts';
import type { RunSummary } from '../summary-schema.ts';
import { left, table } from '../table.ts';
import { type Paint, section } from './section.ts';

/** `3 of 2,000`. */
export function droppedText({ droppedDatagrams, relayedReplies }: RunSummary['generator']): string {
  return `${formatCount(droppedDatagrams)} of ${formatCount(droppedDatagrams + relayedReplies)}`;
}

export function generatorSection({ generator, phones, agents }: RunSummary, paint: Paint): string[] {
  const { bytesPerRegisteredPhone, cpuSeconds, peakRssBytes, node } = generator;
  const perPhone = phones.registered === 0 ? null : cpuSeconds / phones.registered;
  return section(
    paint,
    "The generator's own health",
    table(
      [left(''), left('')],
      [
        ['lateness p99, worst 10 s', formatSeconds(generator.latenessP99Seconds)],
        ['event-loop lag p99, worst 10 s', formatSeconds(generator.eventLoopLagP99Seconds)],
        ['longest block of an event loop', formatSeconds(generator.longestBlockSeconds)],
        ['datagrams dropped at relay sockets', droppedText(generator)],
        ['dropped in its network', `${formatCount(generator.networkDrops)} (any UDP socket, servers’ too)`],
        ['descriptors left at least', countOrDash(generator.fewestFreeDescriptors)],
        ['snapshots lost', countOrDash(generator.lostSnapshots)],
        ['CPU', `${formatSeconds(cpuSeconds)} (${formatSeconds(perPhone)} per registered phone)`],
        [
          'memory',
          `${formatBytes(peakRssBytes)} (${formatBytes(bytesPerRegisteredPhone)} per registered phone)`,
        ],
        ['processes', `${formatCount(agents.length)}, Node ${node}`],
      ],
    ).slice(1),
  );
}
