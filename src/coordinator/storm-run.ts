/**
 * A run from its plan to its last Unregister, on whatever agents it has.
 *
 *   phase      begins when                                  ends when
 *   ---------  -------------------------------------------  ---------------------------------------------------
 *   preparing  the plan is published                         every shard has bound its endpoints
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
import type { ShardRestart } from '../engine/agent-contract.ts';
import { asError, BootstormError } from '../errors.ts';
import type { FleetAgent } from '../metrics/agent-facts.ts';
import type { PlannedWave } from '../metrics/run-facts.ts';
import type { RunPhase } from '../metrics/run-progress.ts';
import type { RunState } from '../metrics/run-state.ts';
import type { ShardSnapshot } from '../metrics/shard-snapshot.ts';
import type { RampState } from '../ramp/ramp-store.ts';
import type { RunPlan } from '../scenario/plan.ts';
import { STEER_LEAD_MS } from '../schedule/warp.ts';
import { type AbortJudge, AbortWatch } from './abort-watch.ts';
import type { AgentFleet } from './agent-fleet.ts';
import { armStart } from './common-start.ts';
import { EndPatience } from './end-patience.ts';
import { PowerLog } from './power-log.ts';
import { RunClock } from './run-clock.ts';
import type { RunLog, StopReason } from './run-log.ts';
import { pastOf } from './run-past.ts';
import { Settlement } from './settlement.ts';
import { type LostShards, ShardRoll } from './shard-roll.ts';
import type { InstantListener, StormOutcome } from './storm-outcome.ts';

/** How often the phase is looked at; snapshots come once a second. */
const TICK_MS = 100;
const PREPARE_LIMIT_MS = 60_000;

export interface StormRunOptions {
  readonly plan: RunPlan;
  readonly fleet: AgentFleet;
  readonly log: RunLog;
  readonly abortJudge?: AbortJudge | null;
}

export class StormRun {
  readonly #plan: RunPlan;
  readonly #fleet: AgentFleet;
  readonly #log: RunLog;
  readonly #roll: ShardRoll;
  readonly #settled = new Settlement();
  readonly #power: PowerLog;
  readonly #patience: EndPatience;
  #onInstant: InstantListener = () => {};
  readonly #clock = new RunClock();
  readonly #abort: AbortWatch;
  #steers = 0;
  #phase: RunPhase = 'preparing';
  #holdUntilMs: number | null = null;
  #reason: StopReason | null = null;
  #failure: Error | null = null;
  #ledgerLogged = false;
  #isArming = false;

  constructor({ plan, fleet, log, abortJudge = null }: StormRunOptions) {
    this.#abort = new AbortWatch(abortJudge);
    this.#plan = plan;
    this.#fleet = fleet;
    this.#log = log;
    this.#power = new PowerLog(plan, log);
    this.#patience = new EndPatience(plan);
    this.#roll = new ShardRoll(fleet.shardCount, plan.phoneCount);
  }

  get phase(): RunPhase {
    return this.#phase;
  }

  /** Seconds since the start; negative before it, 0 while it is not known. */
  get elapsedSeconds(): number {
    return this.#clock.second ?? 0;
  }

  get startedUtc(): string | null {
    return this.#clock.startedUtc;
  }

  /** The run as its latest snapshots have it. */
  get state(): RunState {
    return this.#roll.state;
  }

  /** Seconds without news of a shard that lived, see `NewsWatch`. */
  get lostSnapshots(): number {
    return this.#roll.lostSnapshots;
  }

  get agents(): readonly FleetAgent[] {
    return this.#fleet.agents;
  }

  /** The returns of power that were planned, and those of phones that began anew. */
  get waves(): readonly PlannedWave[] {
    return [...this.#plan.waves, ...this.#roll.restartsAfter(this.#plan.waves.length)];
  }

  onInstant(listener: InstantListener): void {
    this.#onInstant = listener;
  }

  /** Asks for the end: phones that are up take their leave. The second time everything stops at once. */
  stop(reason: 'interrupted' | 'steered' = 'interrupted'): void {
    const again = this.#reason !== null;
    this.#orderEnd(again ? 'interrupted-twice' : reason);
  }

  /**
   * Runs the storm. Rejects only when it could not be prepared, or is in other hands: after the start every trouble is
   * in the outcome.
   *
   * @param resumed the schedule of a run that another coordinator began; what has happened since is in the log
   */
  async run(resumed: RampState<RunPlan> | null = null): Promise<StormOutcome> {
    if (resumed === null) await this.#fleet.store.publish(this.#plan);
    else this.#resume(resumed);
    const unwatch = this.#fleet.store.watch((state) => this.#follow(state));
    this.#fleet.start({
      prepared: (shard) => this.#onPrepared(shard),
      snapshot: (snapshot) => this.#take(snapshot),
      finished: ({ shard, snapshot }) => {
        this.#take(snapshot);
        this.#roll.finished(shard);
        this.#settleIfOver();
      },
      lost: (agent, shards, error) => {
        if (this.#clock.startAtMs === null) this.#fail(error);
        else this.#lose(agent, shards, error.message);
      },
      deposed: (error) => this.#settle(error),
      note: (entry) => this.#log.add(entry, this.#clock.second),
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
      unwatch();
      await this.#fleet.close();
    }
    this.#phase = 'done';
    if (this.#failure) throw this.#failure;
    this.#log.add({ type: 'ended' }, this.#clock.second);
    return {
      state: this.state,
      startedUtc: this.startedUtc,
      durationSeconds: this.#clock.durationSeconds,
      reason: this.#reason ?? 'no-agent-left',
    };
  }

  /** Where the coordinator before this one left the run; the end, if it was ordered, is the end. */
  #resume({ startAtMs, steers, stop }: RampState<RunPlan>): void {
    if (startAtMs === null) return;
    const past = pastOf(this.#log.entries);
    this.#clock.set(startAtMs);
    this.#clock.steer(steers);
    this.#steers = past.steers;
    if (stop !== null) this.#clock.end(stop.atMs);
    for (const { agent, shards, second, restarted } of past.losses) {
      const lost = this.#roll.lose(agent, shards, this.#clock.beforeEnd(second));
      if (restarted) this.#beginAnew(lost);
    }
    this.#phase = past.holdUntilSecond === null ? 'ramping' : 'holding';
    this.#holdUntilMs = startAtMs + (past.holdUntilSecond ?? 0) * 1000;
    if (stop === null) return;
    this.#phase = 'draining';
    this.#reason = past.stopReason ?? 'steered';
    this.#ledgerLogged = past.ledgerClosed;
  }

  /** The shared schedule as it is now: others may steer it, or order the end. */
  #follow({ startAtMs, steers, stop }: RampState<RunPlan>): void {
    if (startAtMs === null) return;
    this.#begin(startAtMs);
    this.#clock.steer(steers);
    for (const { fromMs, slope } of steers.slice(this.#steers)) {
      this.#log.add({ type: 'steered', fromSecond: (fromMs - startAtMs) / 1000, slope }, this.#clock.second);
    }
    this.#steers = Math.max(this.#steers, steers.length);
    if (stop !== null && this.#reason === null) this.#beginEnd('steered', stop.atMs);
  }

  #onPrepared(shard: number): void {
    this.#roll.prepared(shard);
    if (this.#roll.isPrepared && this.#clock.startAtMs === null) void this.#arm();
  }

  async #arm(): Promise<void> {
    if (this.#reason !== null || this.#isArming) return;
    this.#isArming = true;
    const { phoneCount: phones } = this.#plan;
    const { agents, lead, store } = this.#fleet;
    this.#log.add({ type: 'prepared', agents: agents.length, shards: this.#roll.size, phones }, null);
    const isWanted = (): boolean => this.#reason === null && this.#failure === null;
    const startAtMs = await armStart(store, lead.startMs, isWanted).catch(asError);
    if (startAtMs instanceof Error) return this.#settle(startAtMs);
    if (startAtMs !== null) this.#begin(startAtMs);
  }

  /** The start is ordered: the answer to it, or the schedule itself, is the first to say so. */
  #begin(startAtMs: number): void {
    if (this.#reason !== null || this.#clock.startAtMs !== null) return;
    this.#clock.set(startAtMs);
    this.#onInstant('start', startAtMs);
    this.#phase = 'ramping';
    this.#log.add({ type: 'armed', startUtc: this.startedUtc ?? '' }, this.#clock.second);
  }

  #take(snapshot: ShardSnapshot): void {
    if (this.#roll.take(snapshot)) this.#noteLedger();
  }

  /** Every shard has closed its ledger, or is lost. */
  #noteLedger(): void {
    if (this.#ledgerLogged || this.#reason === null || !this.#roll.ledgerIsClosed) return;
    this.#ledgerLogged = true;
    this.#log.add({ type: 'ledgerClosed' }, this.#clock.second);
  }

  #tick(): void {
    const now = monotonicMilliseconds();
    const second = this.#clock.secondOf(now);
    if (second === null) return;
    this.#roll.look(now, this.#fleet.isHeard(now));
    if (this.#reason === null && second >= this.#plan.maxDurationSeconds) {
      return this.#orderEnd('max-duration');
    }
    if (this.#reason === null) this.#power.advance(this.#clock);
    if (this.#reason === null && this.#abort.isMissed(second, () => this.state, this.#log))
      return this.#orderEnd('threshold-missed');
    switch (this.#phase) {
      case 'ramping':
        if (this.#roll.everyPhoneIsDecided) this.#beginHold(now);
        return;
      case 'holding':
        if (now >= (this.#holdUntilMs ?? 0)) this.#orderEnd('hold-over');
        return;
      case 'draining':
        if (this.#patience.isOver(now, this.#clock.endedAtMs ?? 0, this.#fleet.isHeard(now))) this.#abandon();
        return;
      case 'preparing':
      case 'done':
        return;
      default:
        this.#phase satisfies never;
    }
  }

  #beginHold(now: number): void {
    this.#phase = 'holding';
    this.#onInstant('hold', now);
    this.#holdUntilMs = now + this.#plan.holdSeconds * 1000;
    this.#log.add({ type: 'holding', seconds: this.#plan.holdSeconds }, this.#clock.second);
  }

  #orderEnd(reason: StopReason): void {
    const kind = reason === 'interrupted-twice' ? 'now' : 'drain';
    if (this.#reason !== null && kind === 'drain') return;
    const atMs = monotonicMilliseconds() + (kind === 'now' ? 0 : this.#fleet.lead.stopMs);
    const isArmed = this.#clock.startAtMs !== null;
    this.#beginEnd(reason, atMs);
    if (isArmed) this.#fleet.store.stop(kind, atMs).catch((error: unknown) => this.#fail(asError(error)));
  }

  #beginEnd(reason: StopReason, atMs: number): void {
    this.#reason ??= reason;
    this.#clock.end(atMs);
    this.#log.add({ type: 'stopping', reason }, this.#clock.second);
    if (this.#clock.startAtMs === null) this.#settled.resolve();
    else this.#phase = 'draining';
  }

  /** Who has not closed its ledger stands still: nobody knows what its phones do, whatever it said last. */
  #abandon(): void {
    const silent = this.#roll.silent();
    for (const { name } of this.#fleet.agents) {
      const own = this.#fleet.shardsOf(name).filter((shard) => silent.includes(shard));
      this.#lose(name, own, `${name} did not answer the order to end`);
    }
    this.#lose('no agent', silent, 'no agent had taken them when the run ended');
    this.#settled.resolve();
  }

  #lose(agent: string, shards: readonly number[], why: string): void {
    const lost = this.#roll.lose(agent, shards, this.#clock.beforeEnd(this.#clock.second ?? 0));
    if (lost.phones === 0) return;
    const isWanted = this.#plan.cluster.onAgentLoss === 'restart' && this.#reason === null;
    const restarted = isWanted && this.#fleet.canRestart(lost.shards);
    const message = isWanted && !restarted ? `${why}; no agent has room to begin its phones anew` : why;
    const { shards: gone, phones } = lost;
    this.#log.add({ type: 'agentLost', agent, shards: gone, phones, message, restarted }, this.#clock.second);
    if (restarted) return this.#restart(lost);
    if (this.#plan.cluster.onAgentLoss === 'abort') this.#orderEnd('agent-lost');
    this.#noteLedger();
    this.#settleIfOver();
  }

  #restart(loss: LostShards): void {
    this.#fleet
      .restart(loss.shards, this.#beginAnew(loss))
      .catch((error: unknown) => this.#lose(loss.agent, loss.shards, asError(error).message));
  }

  /** At an instant that lies as far ahead as a steer: the grants have to find their agents. In a pause: behind it. */
  #beginAnew(loss: LostShards): ShardRestart {
    const atMs = Math.max(0, this.#clock.scheduleMsAt(loss.second + STEER_LEAD_MS / 1000)) + 1;
    const wave = this.waves.length;
    this.#roll.restart(loss, atMs / 1000);
    return { atMs, wave };
  }

  #settleIfOver(): void {
    if (!this.#roll.isOver) return;
    this.#reason ??= 'no-agent-left';
    this.#clock.end(monotonicMilliseconds());
    this.#settled.resolve();
  }

  #fail(error: Error): void {
    // Agents that were ended because the run was, before its start, have lost nothing.
    if (this.#clock.startAtMs === null && this.#reason === null) this.#settle(error);
  }

  /** The run is over for this coordinator, whatever its phones do. */
  #settle(error: Error): void {
    this.#failure ??= error;
    this.#settled.resolve();
  }
}
