import type { PhoneGroup } from './site-tally.ts';
import type { NamedPhone } from './stragglers.ts';

/** What the fold of a shard's events has to know before the first of them. */
export interface ShardFacts {
  readonly shard: number;
  readonly epoch: number;
  readonly phones: number;
  /** The run's start on the clock of the events, ms: second 0 of every curve. */
  readonly armedAt: number;
  /** When a wave of power began, ms on the clock of the events; left out: all begin with the run. */
  readonly waveStartsAt?: (wave: number) => number;
  /** Who a phone is, by its index within the shard; left out: its index is its name. */
  readonly nameOf?: (phone: number) => NamedPhone;
  /** The same object for all phones of a group, by their index within the shard; left out: they are one group. */
  readonly groupOf?: (phone: number) => PhoneGroup;
  /** Whether rows of the phones will be asked for. */
  readonly keepsRows?: boolean;
}
