/** Whether the run measured the servers or itself. */
import { countOrDash, formatBytes, formatCount, formatFineShare, formatSeconds } from '../figures.ts';
import { droppedText } from '../sections/generator.ts';
import type { RunSummary } from '../summary-schema.ts';
import { left, right } from '../table.ts';
import type { BarPart } from './bars.ts';
import { factList } from './elements.ts';
import { html, type Markup } from './markup.ts';
import { type TableCell, type TableData, tableMarkup } from './table-data.ts';

export function generatorBody(summary: RunSummary): Markup {
  return html`${tableMarkup(healthTable(summary))}${factList(generatorFacts(summary))}`;
}

export function healthTable({ generator }: RunSummary): TableData {
  const { limits } = generator;
  const came = generator.droppedDatagrams + generator.relayedReplies;
  return {
    name: 'How far the generator was from the limits beyond which the run is INVALID; lateness and lag are the 99th percentile of the worst ten seconds',
    columns: [left('figure'), left('share of the limit'), right('found'), right('limit')],
    rows: [
      slownessRow('lateness of timers', generator.latenessP99Seconds, limits.latenessP99Seconds),
      slownessRow('event-loop lag', generator.eventLoopLagP99Seconds, limits.eventLoopLagP99Seconds),
      slownessRow(
        'longest block of an event loop',
        generator.longestBlockSeconds,
        limits.longestBlockSeconds,
      ),
      healthRow('datagrams dropped at relay sockets', {
        share: shareOfLimit(generator.droppedDatagrams, limits.droppedDatagramsShare * came),
        found: droppedText(generator),
        limit: formatFineShare(limits.droppedDatagramsShare),
      }),
      healthRow('snapshots lost', {
        share: shareOfLimit(generator.lostSnapshots ?? 0, limits.lostSnapshots),
        found: countOrDash(generator.lostSnapshots),
        limit: formatCount(limits.lostSnapshots),
      }),
      healthRow('descriptors left, at least', {
        share: shareOfLimit(
          limits.freeDescriptors,
          generator.fewestFreeDescriptors ?? Number.POSITIVE_INFINITY,
        ),
        found: countOrDash(generator.fewestFreeDescriptors),
        limit: formatCount(limits.freeDescriptors),
      }),
    ],
  };
}

function generatorFacts({ generator, phones, agents }: RunSummary): [string, string][] {
  const { cpuSeconds, peakRssBytes, bytesPerRegisteredPhone, node } = generator;
  const perPhone = phones.registered === 0 ? null : cpuSeconds / phones.registered;
  return [
    ['CPU', `${formatSeconds(cpuSeconds)} (${formatSeconds(perPhone)} per registered phone)`],
    [
      'memory at its peak',
      `${formatBytes(peakRssBytes)} (${formatBytes(bytesPerRegisteredPhone)} per registered phone)`,
    ],
    [
      'datagrams dropped at any UDP socket of its network, servers’ among them',
      formatCount(generator.networkDrops),
    ],
    ['processes', formatCount(agents.length)],
    ['Node', node],
  ];
}

function slownessRow(name: string, seconds: number | null, limit: number): TableCell[] {
  const share = shareOfLimit(seconds ?? 0, limit);
  return healthRow(name, { share, found: formatSeconds(seconds), limit: formatSeconds(limit) });
}

interface Health {
  /** Above 1: the limit is passed. */
  readonly share: number;
  readonly found: string;
  readonly limit: string;
}

function healthRow(name: string, { share, found, limit }: Health): TableCell[] {
  const bar: BarPart[] = [
    { kind: 'idle', from: 0, to: 1 },
    { kind: share > 1 ? 'bad' : 'good', from: 0, to: Math.min(share, 1) },
  ];
  return [name, { bars: [bar] }, found, limit];
}

/** Nothing is no part of a limit that is nothing. */
function shareOfLimit(found: number, limit: number): number {
  if (found <= 0) return 0;
  return limit === 0 ? Number.POSITIVE_INFINITY : found / limit;
}
