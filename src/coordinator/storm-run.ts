/**
 * A run from its plan to its last Unregister, on the agents of this machine.
 *
 *   phase      begins when                                  ends when
 *   ---------  -------------------------------------------  ---------------------------------------------------
 *   preparing  the agents are forked                        every shard has bound its endpoints
 *   ramping    the common start instant is armed            no power event is left, and every phone is in service, has
 *                                                           failed or is lost
 *   holding    then                                         the hold is over
 *   draining   the end is ordered: at one instant every     every shard has finished, or the time for it is over
 *              shard closes its ledger, then phones leave
 *   done       then
 *
 * Whatever the phase, `maxDuration` after the start orders the end, and so does `stop()`: once in order, a second
 * time at once. Every path ends in `done` with a closed ledger.
 */
import { monotonicMilliseconds } from '../drivers/clock.ts';
import { BootstormError } from '../errors.ts';
import type { AgentMessage, ShardGrant } from '../engine/agent-contract.ts';
import { forkAgents, type LocalAgents } from '../engine/local-agents.ts';
import { receiveError } from '../drivers/transported-error.ts';
import { aggregate, supersedes } from '../metrics/aggregate.ts';
import type { RunState } from '../metrics/run-state.ts';
import type { PlannedShard } from '../metrics/shard-part.ts';
import type { ShardSnapshot } from '../metrics/shard-snapshot.ts';
import { secondOf } from '../metrics/step-curve.ts';
import { MemoryRampStore } from '../ramp/memory-ramp-store.ts';
import type { RunOrigin } from '../scenario/lab-events.ts';
import { warpSinceStart } from '../ramp/ramp-store.ts';
import type { RunPlan } from '../scenario/plan.ts';
import { shardSize } from '../schedule/shards.ts';
import { scheduleMsAt, type Warp } from '../schedule/warp.ts';
import { PowerLog } from './power-log.ts';
import type { RunLog, StopReason } from './run-log.ts';

export type RunPhase = 'preparing' | 'ramping' | 'holding' | 'draining' | 'done';

/** From the order to start to the start: time for the message to reach every worker. */
const ARM_AHEAD_MS = 250;
/** How often the phase is looked at; snapshots come once a second. */
const TICK_MS = 100;
const PREPARE_LIMIT_MS = 60_000;

/** Hears the run's instants on CLOCK_MONOTONIC: its start as soon as it is armed, and the begin of the hold. */
export type InstantListener = (origin: RunOrigin, atMs: number) => void;

export interface StormOutcome {
  readonly state: RunState;
  readonly startedUtc: string | null;
  readonly durationSeconds: number;
  readonly reason: StopReason;
}

export class StormRun {
  readonly #plan: RunPlan;
  readonly #log: RunLog;
  readonly #store = new MemoryRampStore<RunPlan>();
  readonly #grants: readonly (readonly ShardGrant[])[];
  readonly #shards: { -readonly [Key in keyof PlannedShard]: PlannedShard[Key] }[];
  readonly #snapshots = new Map<number, ShardSnapshot>();
  readonly #prepared = new Set<number>();
  readonly #finished = new Set<number>();
  readonly #settled = new Settlement();
  #onInstant: InstantListener = () => {};
  readonly #power: PowerLog;
  #warp: Warp = warpSinceStart(0, []);
  #agents: LocalAgents | null = null;
  #phase: RunPhase = 'preparing';
  #state: RunState | null = null;
  #startAtMs: number | null = null;
  #startedUtc: string | null = null;
  #holdUntilMs: number | null = null;
  #endedAtMs: number | null = null;
  #reason: StopReason | null = null;
  #failure: Error | null = null;
  #ledgerLogged = false;

  constructor(plan: RunPlan, grants: readonly (readonly ShardGrant[])[], log: RunLog) {
    this.#plan = plan;
    this.#log = log;
    this.#power = new PowerLog(plan, log);
    this.#grants = grants;
    const count = grants.flat().length;
    this.#shards = grants.flat().map(({ shard }) => ({
      shard,
      phones: shardSize({ index: shard, of: count }, plan.phoneCount),
      lostAtSecond: null,
    }));
  }

  get phase(): RunPhase {
    return this.#phase;
  }

  /** Seconds since the start; negative before it, 0 while it is not known. */
  get elapsedSeconds(): number {
    return this.#second ?? 0;
  }

  get startedUtc(): string | null {
    return this.#startedUtc;
  }

  /** The run as its latest snapshots have it. */
  get state(): RunState {
    this.#state ??= aggregate(this.#shards, this.#snapshots.values());
    return this.#state;
  }

  onInstant(listener: InstantListener): void {
    this.#onInstant = listener;
  }

  /** Asks for the end: phones that are up take their leave. The second time everything stops at once. */
  stop(): void {
    const again = this.#reason !== null;
    this.#orderEnd(again ? 'interrupted-twice' : 'interrupted');
  }

  /** Runs the storm. Rejects only when it could not be prepared: after the start every trouble is in the outcome. */
  async run(): Promise<StormOutcome> {
    await this.#store.publish(this.#plan);
    this.#store.watch(({ startAtMs, steers }) => {
      if (startAtMs !== null) this.#warp = warpSinceStart(startAtMs, steers);
    });
    this.#agents = forkAgents(this.#grants, this.#store, {
      message: (agent, message) => this.#onMessage(agent, message),
      ended: (agent, error) => this.#onAgentEnded(agent, error),
    });
    const preparing = setTimeout(
      () => this.#fail(new BootstormError('agent-failed', 'the agents were not ready within 60 s')),
      PREPARE_LIMIT_MS,
    );
    const tick = setInterval(() => this.#tick(), TICK_MS);
    try {
      await this.#settled.promise;
    } finally {
      clearInterval(tick);
      clearTimeout(preparing);
      this.#agents.kill();
      await this.#agents.ended;
    }
    this.#phase = 'done';
    if (this.#failure) throw this.#failure;
    this.#log.add({ type: 'ended' }, this.#second);
    return {
      state: this.state,
      startedUtc: this.#startedUtc,
      durationSeconds: this.#durationSeconds,
      reason: this.#reason ?? 'no-agent-left',
    };
  }

  #onMessage(agent: number, message: AgentMessage): void {
    switch (message.type) {
      case 'prepared':
        this.#prepared.add(message.shard);
        if (this.#prepared.size === this.#shards.length) void this.#arm();
        return;
      case 'snapshot':
        return this.#take(message.snapshot);
      case 'finished':
        this.#take(message.result.snapshot);
        this.#finished.add(message.result.shard);
        return this.#settleIfOver();
      case 'failed': {
        const error = receiveError(message.error, `agent ${agent}`);
        if (this.#startAtMs === null) return this.#fail(error);
        const lost = message.shard === null ? this.#shardsOf(agent) : [message.shard];
        return this.#lose(agent, lost, error.message);
      }
      default:
        return message satisfies never;
    }
  }

  #onAgentEnded(agent: number, error: BootstormError | null): void {
    if (error === null) return this.#settleIfOver();
    if (this.#startAtMs === null) return this.#fail(error);
    this.#lose(agent, this.#shardsOf(agent), error.message);
  }

  async #arm(): Promise<void> {
    if (this.#reason !== null) return;
    const { phoneCount: phones } = this.#plan;
    this.#log.add(
      { type: 'prepared', agents: this.#grants.length, shards: this.#shards.length, phones },
      null,
    );
    const startAtMs = monotonicMilliseconds() + ARM_AHEAD_MS;
    this.#startAtMs = startAtMs;
    this.#onInstant('start', startAtMs);
    this.#startedUtc = new Date(Date.now() + ARM_AHEAD_MS).toISOString();
    await this.#store.arm(startAtMs);
    this.#phase = 'ramping';
    this.#log.add({ type: 'armed', startUtc: this.#startedUtc }, this.#second);
  }

  #take(snapshot: ShardSnapshot): void {
    if (!supersedes(snapshot, this.#snapshots.get(snapshot.shard))) return;
    this.#snapshots.set(snapshot.shard, snapshot);
    this.#state = null;
    this.#noteLedger();
  }

  /** Every shard has closed its ledger, or is lost. */
  #noteLedger(): void {
    if (this.#ledgerLogged || this.#reason === null || !this.state.shards.ledgerClosed) return;
    this.#ledgerLogged = true;
    this.#log.add({ type: 'ledgerClosed' }, this.#second);
  }

  #tick(): void {
    const now = monotonicMilliseconds();
    if (this.#startAtMs === null) return;
    if (this.#reason === null && now >= this.#startAtMs + this.#plan.maxDurationSeconds * 1000) {
      return this.#orderEnd('max-duration');
    }
    this.#notePower(now - this.#startAtMs);
    switch (this.#phase) {
      case 'ramping':
        if (this.#everyPhoneIsDecided()) this.#beginHold(now);
        return;
      case 'holding':
        if (now >= (this.#holdUntilMs ?? 0)) this.#orderEnd('hold-over');
        return;
      case 'draining':
        if (now >= (this.#endedAtMs ?? 0) + this.#drainLimitMs()) this.#abandon();
        return;
      case 'preparing':
      case 'done':
        return;
      default:
        this.#phase satisfies never;
    }
  }

  /** What has happened to the phones' power, up to the order to end. */
  #notePower(wallMs: number): void {
    if (this.#reason !== null) return;
    this.#power.advance(scheduleMsAt(this.#warp, wallMs) / 1000, wallMs / 1000);
  }

  #everyPhoneIsDecided(): boolean {
    const { ledger, asked, power } = this.state;
    return power.eventsLeft === 0 && ledger.ready + ledger.failed + ledger.lostWithAgent === asked;
  }

  #beginHold(now: number): void {
    this.#phase = 'holding';
    this.#onInstant('hold', now);
    this.#holdUntilMs = now + this.#plan.holdSeconds * 1000;
    this.#log.add({ type: 'holding', seconds: this.#plan.holdSeconds }, this.#second);
  }

  #orderEnd(reason: StopReason): void {
    const kind = reason === 'interrupted-twice' ? 'now' : 'drain';
    if (this.#reason !== null && kind === 'drain') return;
    this.#reason ??= reason;
    const now = monotonicMilliseconds();
    this.#endedAtMs ??= now;
    this.#log.add({ type: 'stopping', reason }, this.#second);
    if (this.#startAtMs === null) return this.#settled.resolve();
    this.#phase = 'draining';
    this.#store.stop(kind, now).catch((error: unknown) => this.#fail(asError(error)));
  }

  /** Unregistering everybody at the planned pace, and some patience. */
  #drainLimitMs(): number {
    const { phoneCount, drain } = this.#plan;
    return (phoneCount / drain.perSecond + drain.patience) * 1000;
  }

  /** Who has not closed its ledger stands still: nobody knows what its phones do, whatever it said last. */
  #abandon(): void {
    for (const agent of this.#grants.keys()) {
      const silent = this.#shardsOf(agent).filter((shard) => !this.#snapshots.get(shard)?.ledgerClosed);
      this.#lose(agent, silent, `agent ${agent} did not answer the order to end`);
    }
    this.#settled.resolve();
  }

  /** Once the end has been ordered, nothing is lost later than at that instant. */
  #lose(agent: number, shards: readonly number[], message: string): void {
    const lost = this.#shards.filter(
      ({ shard, lostAtSecond }) =>
        shards.includes(shard) && lostAtSecond === null && !this.#finished.has(shard),
    );
    if (lost.length === 0) return;
    const lostAtMs = this.#endedAtMs ?? monotonicMilliseconds();
    const lostAtSecond = secondOf(lostAtMs - (this.#startAtMs ?? lostAtMs));
    for (const shard of lost) shard.lostAtSecond = lostAtSecond;
    this.#state = null;
    const phones = lost.reduce((sum, shard) => sum + shard.phones, 0);
    this.#log.add({ type: 'agentLost', agent, phones, message }, this.#second);
    this.#noteLedger();
    this.#settleIfOver();
  }

  #settleIfOver(): void {
    const over = this.#shards.every(
      ({ shard, lostAtSecond }) => this.#finished.has(shard) || lostAtSecond !== null,
    );
    if (!over) return;
    this.#reason ??= 'no-agent-left';
    this.#endedAtMs ??= monotonicMilliseconds();
    this.#settled.resolve();
  }

  #fail(error: Error): void {
    // Agents that were ended because the run was, before its start, have lost nothing.
    if (this.#startAtMs !== null || this.#reason !== null) return;
    this.#failure ??= error;
    this.#settled.resolve();
  }

  #shardsOf(agent: number): number[] {
    return (this.#grants[agent] ?? []).map(({ shard }) => shard);
  }

  /** 0 when the end came before the start. */
  get #durationSeconds(): number {
    if (this.#startAtMs === null || this.#endedAtMs === null) return 0;
    return Math.max(0, this.#endedAtMs - this.#startAtMs) / 1000;
  }

  get #second(): number | null {
    return this.#startAtMs === null ? null : (monotonicMilliseconds() - this.#startAtMs) / 1000;
  }
}

/** A promise and the key to it. */
class Settlement {
  readonly promise: Promise<void>;
  resolve: () => void = () => {};

  constructor() {
    this.promise = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
