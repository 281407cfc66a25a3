/** What the process and the sockets of a shard cost, read once with each snapshot. */
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { descriptorLimit, openDescriptors } from '../drivers/descriptors.ts';
import { namespaceDrops } from '../drivers/kernel-drops.ts';
import type { RelayEndpoint } from '../drivers/relay-endpoint.ts';
import type { GeneratorSample } from '../metrics/shard-snapshot.ts';
import type { PhoneHost } from './phone-host.ts';

export interface GeneratorWatchOptions {
  /** Name of the process, unique in the run. */
  readonly agent: string;
  readonly host: PhoneHost;
  readonly relay: Pick<RelayEndpoint<never, never>, 'drops' | 'received'> | null;
}

export class GeneratorWatch {
  readonly #options: GeneratorWatchOptions;
  readonly #armedRssBytes = process.memoryUsage.rss();
  readonly #descriptorLimit = descriptorLimit();
  readonly #network = networkName();
  readonly #dropsBefore = namespaceDrops();
  #namespaceDrops = 0;
  #relayDrops = 0;
  #peakDescriptors: number | null = null;

  /** To be made when the run is armed: what was there before its first phone is no figure of the run. */
  constructor(options: GeneratorWatchOptions) {
    this.#options = options;
  }

  sample(): GeneratorSample {
    const { agent, host, relay } = this.#options;
    const { user, system } = process.cpuUsage();
    const { contextsBuilt, contextsEvicted } = host.tlsCounters;
    const { openUdp, openTcp, datagramsSent, datagramsReceived } = host.counters;
    const open = openDescriptors();
    if (open !== null) this.#peakDescriptors = Math.max(this.#peakDescriptors ?? 0, open);
    this.#countDrops();
    return {
      agent,
      atMs: host.clock.now(),
      cpuSeconds: (user + system) / 1e6,
      rssBytes: process.memoryUsage.rss(),
      armedRssBytes: this.#armedRssBytes,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
      openSockets: openUdp + openTcp,
      openDescriptors: open,
      peakDescriptors: this.#peakDescriptors,
      descriptorLimit: this.#descriptorLimit,
      datagramsSent,
      datagramsReceived,
      relayedReplies: relay?.received ?? 0,
      droppedDatagrams: this.#relayDrops,
      network: this.#network,
      networkDrops: this.#namespaceDrops,
      tlsContextsBuilt: contextsBuilt,
      tlsContextsEvicted: contextsEvicted,
    };
  }

  /** The table of sockets is as long as there are phones with one: it is read only when somebody's buffer overflowed. */
  #countDrops(): void {
    const drops = namespaceDrops() - this.#dropsBefore;
    if (drops === this.#namespaceDrops) return;
    this.#namespaceDrops = drops;
    this.#relayDrops = Math.max(this.#relayDrops, this.#options.relay?.drops ?? 0);
  }
}

/** Tells one network namespace from another, also on other machines. */
function networkName(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/net')}`;
  } catch {
    return hostname();
  }
}
