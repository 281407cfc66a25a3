/** The grants that an agent of a cluster has: their workers, what these have told, what is left to deliver. */
import { monotonicMilliseconds } from '../drivers/clock.ts';
import type { BootstormError } from '../errors.ts';
import { receiveError, transportError, type TransportedError } from '../drivers/transported-error.ts';
import type { RowChunk } from '../metrics/phone-rows.ts';
import { aggregate } from '../metrics/aggregate.ts';
import type { RunState } from '../metrics/run-state.ts';
import type { ShardSnapshot } from '../metrics/shard-snapshot.ts';
import type { RampState, Stop } from '../ramp/ramp-store.ts';
import { secondOf } from '../metrics/step-curve.ts';
import { pack } from '../redis/packing.ts';
import { shardSize } from '../schedule/shards.ts';
import type { RunPlan } from '../scenario/plan.ts';
import type { AgentMessage, ShardGrant } from './agent-contract.ts';
import { type MachineAddresses, relayOf, sourcesOf, suffices } from './cluster-addresses.ts';
import { type Beat, type ClusterTerms, type ShardJob, SILENCE_LIMIT_MS } from './cluster-contract.ts';
import type { BeatPart } from './cluster-scripts.ts';
import { ScheduleMirror } from './schedule-mirror.ts';
import { ShardPool } from './shard-pool.ts';
import type { ShardResult } from './worker-contract.ts';

/** How a shard has come to its end. */
export interface ShardEnd {
  readonly grant: ShardGrant;
  readonly result: ShardResult | null;
  readonly failure: TransportedError | null;
}

export interface OpenResult {
  readonly epoch: number;
  readonly result: ShardResult;
  /** Those that the plan asks for. */
  readonly rows: readonly RowChunk[];
}

export interface LeftOverShard {
  readonly end: ShardEnd;
  readonly snapshot: ShardSnapshot | null;
  readonly rows: readonly RowChunk[];
}

interface Held {
  readonly grant: ShardGrant;
  readonly slot: number;
  readonly mirror: ScheduleMirror;
  isPrepared: boolean;
  snapshot: ShardSnapshot | null;
  /** Packed for the next beat; null: Redis has it. */
  unsent: Buffer | null;
  end: ShardEnd | null;
  readonly rows: RowChunk[];
  /** Null: there is none, or nobody wants it. */
  result: ShardResult | null;
  isTaken: boolean;
  /** Another grant of the shard counts. */
  isRefused: boolean;
  /** Why, and since when, its phones are gone although the run did not end; null: they are not. */
  gone: { readonly sleptMs: number | null; readonly atSecond: number } | null;
}

/** A shard of which nothing was heard yet. */
const UNHEARD = {
  isPrepared: false,
  snapshot: null,
  unsent: null,
  end: null,
  result: null,
  isTaken: false,
  isRefused: false,
  gone: null,
} as const;

export interface ClusterShardsOptions {
  readonly agent: string;
  readonly plan: RunPlan;
  readonly shards: number;
  readonly terms: ClusterTerms;
  /** Of the agent among all. */
  readonly index: number;
  readonly own: MachineAddresses;
  /** Something has happened that the coordinator should know at once. */
  readonly heard: () => void;
  readonly ended: (end: ShardEnd) => void;
}

export class ClusterShards {
  readonly #options: ClusterShardsOptions;
  readonly #pool: ShardPool;
  readonly #all: Held[] = [];
  #schedule: RampState<RunPlan>;

  /** @param schedule as it is now, with instants of this machine and the plan for it */
  constructor(options: ClusterShardsOptions, schedule: RampState<RunPlan>) {
    const { agent, shards, terms } = options;
    this.#options = options;
    this.#schedule = schedule;
    this.#pool = new ShardPool({
      agent,
      shards,
      threads: { least: terms.threads, most: terms.mostThreads },
      fenceAfterMs: SILENCE_LIMIT_MS,
      report: (message, grant) => this.#onMessage(message, grant),
    });
  }

  /** Shards that are at work. */
  get running(): number {
    return this.#all.filter(({ end }) => end === null).length;
  }

  /** Grants that it has had. */
  get size(): number {
    return this.#all.length;
  }

  /** Shards of the run, over all agents. */
  get total(): number {
    return this.#options.shards;
  }

  get isPrepared(): boolean {
    return this.#present.length > 0 && this.#present.every(({ isPrepared }) => isPrepared);
  }

  /** The sum of its shards as they are now. */
  get measured(): RunState {
    const { plan, shards: of } = this.#options;
    const planned = this.#present.map(({ grant: { shard, epoch } }) => ({
      shard,
      epoch,
      phones: shardSize({ index: shard, of }, plan.phoneCount),
    }));
    return aggregate(
      planned,
      this.#present.flatMap(({ snapshot }) => snapshot ?? []),
    );
  }

  has({ shard, epoch }: Pick<ShardJob, 'shard' | 'epoch'>): boolean {
    return this.#all.some(({ grant }) => grant.shard === shard && grant.epoch === epoch);
  }

  /** Begins a shard. */
  take({ shard, epoch, vanish, restart }: ShardJob): void {
    const { plan, own, index, terms } = this.#options;
    const slot = this.#freeSlot();
    const place = { index, slot };
    const sources = sourcesOf(plan, own, place, terms);
    const phones = shardSize({ index: shard, of: this.total }, plan.phoneCount);
    const grant: ShardGrant = {
      shard,
      epoch,
      relayAddress: relayOf(plan, own, place, terms),
      vanish: vanish && (sources === null || suffices(sources, phones)),
      sources,
      restart,
    };
    const mirror = new ScheduleMirror();
    this.refused(shard);
    this.#all.push({ grant, slot, mirror, rows: [], ...UNHEARD });
    mirror.follow(this.#schedule);
    void this.#pool.run(grant, mirror.store);
  }

  follow(schedule: RampState<RunPlan>): void {
    this.#schedule = schedule;
    for (const { mirror } of this.#all) mirror.follow(schedule);
  }

  /** An order of the agent's own, about phones that the run lets go as well. */
  stop(kind: Stop['kind']): void {
    for (const { mirror } of this.#all) mirror.stop(kind, monotonicMilliseconds());
  }

  /** Phones take their leave before the run ends. */
  leave(): void {
    this.#lose(null);
    this.stop('drain');
  }

  /** The process was asleep: its phones are gone, also where a worker was awake, or has slept a little less. */
  fence(sleptMs: number): void {
    this.#lose(sleptMs);
    this.stop('now');
  }

  /** Phones that had not closed their ledger before are gone from now on, or since the process fell asleep. */
  #lose(sleptMs: number | null): void {
    const atMs = monotonicMilliseconds() - (sleptMs ?? 0);
    const atSecond = secondOf(Math.max(0, atMs - (this.#schedule.startAtMs ?? atMs)));
    for (const held of this.#all) {
      if (held.end === null && held.snapshot?.ledgerClosed !== true) held.gone ??= { sleptMs, atSecond };
    }
  }

  holdStarts(held: boolean): void {
    this.#pool.holdStarts(held);
  }

  /** What the next beat says of the grants. */
  facts(): Pick<Beat, 'grants' | 'prepared' | 'failures'> {
    return {
      grants: this.#present.map(({ grant: { shard, epoch } }) => ({ shard, epoch })),
      prepared: this.#present.filter(({ isPrepared }) => isPrepared).map(({ grant }) => grant.shard),
      failures: this.#present.flatMap(({ grant: { shard, epoch }, end }) =>
        end?.failure ? [{ shard, epoch, error: end.failure }] : [],
      ),
    };
  }

  beatParts(): BeatPart[] {
    return this.#present.map(({ grant: { shard, epoch }, unsent, result }) => ({
      shard,
      epoch,
      hasResult: result !== null,
      snapshot: unsent,
    }));
  }

  /** Redis has what these parts carried. */
  sent(parts: readonly BeatPart[]): void {
    for (const held of this.#all) {
      if (parts.some(({ snapshot }) => snapshot === held.unsent)) held.unsent = null;
    }
  }

  /** The result of a shard that is still to be taken over; null: there is none. */
  resultOf(shard: number): OpenResult | null {
    const held = this.#presentOf(shard);
    return held?.result ? { epoch: held.grant.epoch, result: held.result, rows: held.rows } : null;
  }

  /** A coordinator has the result. */
  taken(shard: number): void {
    const held = this.#presentOf(shard);
    if (held === undefined) return;
    held.isTaken = true;
    held.result = null;
  }

  /** Another grant of the shard counts: what this one measured from now on does not. */
  refused(shard: number): void {
    const held = this.#presentOf(shard);
    if (held === undefined) return;
    held.isRefused = true;
    held.result = null;
    held.mirror.stop('now', monotonicMilliseconds());
  }

  /** Shards that have ended and that nobody has taken over. */
  get open(): readonly number[] {
    return this.#present.filter(({ result }) => result !== null).map(({ grant }) => grant.shard);
  }

  /** What is left for a file. */
  leftOver(): LeftOverShard[] {
    return this.#present.flatMap(({ end, grant, snapshot, rows, isTaken }) =>
      isTaken ? [] : [{ end: end ?? { grant, result: null, failure: null }, snapshot, rows }],
    );
  }

  /** Shards that are at work end with this error, and their workers at once. */
  abandon(error: BootstormError): void {
    for (const held of this.#all) {
      if (held.end === null)
        this.#end(held, { grant: held.grant, result: null, failure: transportError(error) });
    }
    void this.#pool.destroy();
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  get #present(): Held[] {
    return this.#all.filter(({ isRefused }) => !isRefused);
  }

  #presentOf(shard: number): Held | undefined {
    return this.#present.find(({ grant }) => grant.shard === shard);
  }

  #freeSlot(): number {
    const used = new Set(this.#all.filter(({ end }) => end === null).map(({ slot }) => slot));
    let slot = 0;
    while (used.has(slot)) slot++;
    return slot;
  }

  #onMessage(message: AgentMessage, grant: ShardGrant): void {
    const held = this.#all.find((one) => one.grant === grant);
    if (held === undefined || held.end !== null) return;
    switch (message.type) {
      case 'prepared':
        held.isPrepared = true;
        return this.#options.heard();
      case 'snapshot':
        this.#takeSnapshot(held, message.snapshot);
        return;
      case 'rows':
        held.rows.push(message.chunk);
        return;
      case 'finished':
        return this.#finish(held, message.result);
      case 'failed':
        return this.#end(held, { grant: held.grant, result: null, failure: message.error });
      default:
        return message satisfies never;
    }
  }

  #finish(held: Held, { shard, snapshot, fencedAfterMs }: ShardResult): void {
    const last = this.#takeSnapshot(held, snapshot);
    const slept = fencedAfterMs ?? held.gone?.sleptMs ?? null;
    const result = { shard, snapshot: last, fencedAfterMs: slept };
    held.result = held.isRefused ? null : result;
    this.#end(held, { grant: held.grant, result, failure: null });
  }

  #takeSnapshot(held: Held, said: ShardSnapshot): ShardSnapshot {
    const goneAtSecond = said.goneAtSecond ?? held.gone?.atSecond ?? null;
    const snapshot = { ...said, goneAtSecond };
    held.snapshot = snapshot;
    held.unsent = pack(snapshot);
    return snapshot;
  }

  #end(held: Held, end: ShardEnd): void {
    held.end = end;
    this.#options.ended(end);
  }
}

/** Why a shard ended before its time, in one line. */
export function failureText({ failure, grant }: ShardEnd): string | null {
  return failure && receiveError(failure, `shard ${grant.shard}`).message.split('\n', 1).join('');
}
