/**
 * An agent of a run on many machines, from its seat to its last result.
 *
 *   state      begins when                                    ends when
 *   ---------  ---------------------------------------------  -------------------------------------------------------
 *   joined     it has a seat                                  its first shard comes from the queue
 *   preparing  then                                           each of its shards has bound its endpoints
 *   ready      then                                           the common start
 *   running    then                                           the end was ordered and every shard is over
 *   finished   then                                           a coordinator has its results, or it wrote them to a file
 *   drained    a signal has ordered the end, on this machine  as finished
 *   fenced     it was asleep for too long: its connections    as finished
 *              are closed without Unregister
 *
 * Who orders the end: the shared schedule, a signal, its own clock (`maxDuration` is long over and nobody spoke, or it
 * slept). Everything that Redis has to know goes with a beat each second, as absolute state; while Redis is away, phones
 * go on by the schedule that they have.
 */
import type { Redis } from 'ioredis';
import { monotonicMilliseconds } from '../drivers/clock.ts';
import { BootstormError } from '../errors.ts';
import type { AgentState } from '../metrics/agent-facts.ts';
import type { RunState } from '../metrics/run-state.ts';
import type { RampState } from '../ramp/ramp-store.ts';
import { type RunKeys, runKeys } from '../redis/run-keys.ts';
import type { RunPlan } from '../scenario/plan.ts';
import type { MachineAddresses } from './cluster-addresses.ts';
import { type AgentPatience, Contact, USUAL_PATIENCE } from './cluster-contact.ts';
import { BEAT_INTERVAL_MS, type Beat, type Member } from './cluster-contract.ts';
import { runAbandoned, workerOverdue } from './cluster-errors.ts';
import { writeAgentResult } from './cluster-results.ts';
import { LocalSchedule } from './cluster-schedule.ts';
import { deliver, leave, sendBeat } from './cluster-scripts.ts';
import type { ClusterShards, ShardEnd } from './cluster-shards.ts';
import { failureText } from './cluster-shards.ts';
import { ShardIntake } from './cluster-intake.ts';

export interface ClusterAgentOptions {
  /** Its owner closes it. */
  readonly redis: Redis;
  readonly url: string;
  readonly run: string;
  readonly member: Member;
  readonly own: MachineAddresses;
  /** Where this machine has the certificates of the phones; null: where the plan says. */
  readonly certificates: string | null;
  /** Folder of result files. */
  readonly results: string;
  readonly say: (line: string) => void;
  readonly patience?: Partial<AgentPatience>;
}

export interface ClusterAgentOutcome {
  readonly ending: 'finished' | 'drained' | 'fenced';
  /** Written because nobody took over its results. */
  readonly file: string | null;
  /** Of a shard that could not be run. */
  readonly failure: BootstormError | null;
}

type Order = 'schedule' | 'signal' | 'silence' | 'sleep';

export class ClusterAgent {
  readonly #options: ClusterAgentOptions;
  readonly #patience: AgentPatience;
  readonly #keys: RunKeys;
  readonly #schedule: LocalSchedule;
  readonly #intake: ShardIntake;
  readonly #contact: Contact;
  readonly #settled: Promise<void>;
  #settle!: (error?: Error) => void;
  #order: Order | null = null;
  /** When phones and workers have to be gone at last. */
  #endLimitMs = Number.POSITIVE_INFINITY;
  /** Since when every shard is over, after the order to end. */
  #overSinceMs: number | null = null;
  #lastBeatWasHeard = false;
  #sequence = 0;
  /** What Redis failed with last; null: it answers. */
  #silence: string | null = null;
  #exchanging = false;
  #lastExchange: Promise<void> = Promise.resolve();
  #isSettled = false;
  #holdsStarts = false;
  #sleptMs: number | null = null;
  #file: string | null = null;

  constructor(options: ClusterAgentOptions) {
    this.#options = options;
    this.#patience = { ...USUAL_PATIENCE, ...options.patience };
    this.#keys = runKeys(options.run);
    this.#contact = new Contact(this.#patience, monotonicMilliseconds());
    this.#schedule = new LocalSchedule(options.redis, options.run, options.certificates);
    this.#settled = new Promise((resolve, reject) => {
      this.#settle = (error) => (error === undefined ? resolve() : reject(error));
    });
    this.#intake = new ShardIntake({
      ...options,
      keys: this.#keys,
      schedule: () => this.#schedule.state,
      heard: () => this.#kick(),
      ended: (end) => this.#onShardEnd(end),
    });
  }

  /** Rejects with `run-abandoned` before the start, when there is nobody to order it, and with what Redis refuses. */
  async run(): Promise<ClusterAgentOutcome> {
    let ticks: NodeJS.Timeout | undefined;
    try {
      await this.#schedule.watch((state, before) => this.#follow(state, before));
      ticks = setInterval(() => this.#tick(), BEAT_INTERVAL_MS);
      this.#tick();
      await this.#settled;
    } finally {
      this.#isSettled = true;
      clearInterval(ticks);
      this.#schedule.close();
      await this.#intake.close();
    }
    const ending = this.#order === 'signal' ? 'drained' : this.#order === 'sleep' ? 'fenced' : 'finished';
    return { ending, file: this.#file, failure: this.#intake.failure };
  }

  /** A signal: phones that are up take their leave; the second time everything stops at once. Needs no Redis. */
  stop(): void {
    if (this.#order === 'signal') return this.#shards?.stop('now');
    if (!this.#isArmed) return this.#endBeforeStart('signal', 'it was stopped before the start');
    this.#options.say('stopping: phones take their leave; once more to stop at once');
    if (this.#order === null) this.#shards?.leave();
    else this.#shards?.stop('drain');
    this.#beginEnd('signal');
  }

  /** What its phones have done so far; null: it has none yet. */
  get measured(): RunState | null {
    return this.#shards?.measured ?? null;
  }

  get #shards(): ClusterShards | null {
    return this.#intake.shards;
  }

  get #isArmed(): boolean {
    return this.#schedule.startAtMs !== null;
  }

  get #state(): AgentState {
    if (this.#order === 'sleep') return 'fenced';
    if (this.#order === 'signal') return 'drained';
    const { startAtMs } = this.#schedule;
    if (this.#order !== null && this.#isOver) return 'finished';
    if (startAtMs !== null && monotonicMilliseconds() >= startAtMs) return 'running';
    if (this.#shards === null) return 'joined';
    return this.#intake.isReady ? 'ready' : 'preparing';
  }

  get #isOver(): boolean {
    return (this.#shards?.running ?? 0) === 0 && !this.#intake.isBusy;
  }

  /** Takes over what the coordinator has written. */
  #follow(state: RampState<RunPlan>, before: RampState<RunPlan> | null): void {
    this.#intake.follow(state);
    const { startAtMs, stop } = state;
    if (startAtMs !== null && (before === null || before.startAtMs === null)) {
      const inSeconds = ((startAtMs - monotonicMilliseconds()) / 1000).toFixed(1);
      this.#options.say(`armed: the start is at ${this.#schedule.clock.utcOf(startAtMs)}, in ${inSeconds} s`);
    }
    if (stop === null || this.#order !== null) return;
    if (startAtMs === null) this.#endBeforeStart('schedule', 'the run was ended before its start');
    else this.#beginEnd('schedule');
  }

  #tick(): void {
    const now = monotonicMilliseconds();
    const sleptMs = this.#contact.sleptMs(now);
    if (sleptMs !== null) this.#fence(sleptMs);
    this.#holdOrRelease(now);
    this.#endAlone(now);
    if (now > this.#endLimitMs) this.#intake.abandon(workerOverdue());
    this.#kick();
    this.#intake.fetch();
  }

  /** A beat now, unless one is on its way. */
  #kick(): void {
    if (this.#exchanging || this.#isSettled || !this.#schedule.isWatched) return;
    this.#exchanging = true;
    this.#lastExchange = this.#exchange()
      .then(() => {
        this.#exchanging = false;
        this.#settleIfOver();
      })
      .catch((error: Error) => this.#settle(error));
  }

  async #exchange(): Promise<void> {
    const askedAtMs = monotonicMilliseconds();
    const { redis, member } = this.#options;
    const shards = this.#shards;
    const parts = shards?.beatParts() ?? [];
    const isLast = this.#order !== null && this.#isOver;
    try {
      const answer = await sendBeat(redis, this.#keys, this.#beat(), member, parts);
      this.#onAnswer(askedAtMs, answer.isCoordinated);
      if (isLast) this.#lastBeatWasHeard = true;
      shards?.sent(parts);
      for (const shard of answer.taken) shards?.taken(shard);
      for (const shard of answer.refused) this.#refused(shard);
      for (const shard of answer.missing) await this.#deliver(shard);
      await this.#intake.readTerms();
      await this.#schedule.clock.look();
    } catch (error) {
      if (!(error instanceof BootstormError)) throw error;
      this.#onSilence(error);
    }
  }

  #onAnswer(askedAtMs: number, isCoordinated: boolean): void {
    this.#contact.answered(askedAtMs, isCoordinated);
    if (this.#silence !== null) this.#options.say('Redis answers again');
    this.#silence = null;
  }

  /** Phones go on whatever Redis says; before the start there is no point in going on with one that refuses. */
  #onSilence(error: BootstormError): void {
    if (!error.retryable && !this.#isArmed) throw error;
    this.#contact.unanswered();
    if (this.#silence === error.message) return;
    this.#silence = error.message;
    this.#options.say(error.message);
  }

  async #deliver(shard: number): Promise<void> {
    const result = this.#shards?.resultOf(shard) ?? null;
    if (result === null) return;
    const isTaken = await deliver(this.#options.redis, this.#keys, result);
    if (!isTaken) this.#refused(shard);
  }

  #refused(shard: number): void {
    this.#options.say(`shard ${shard} was taken from this agent, which was taken for lost: its phones stop`);
    this.#shards?.refused(shard);
  }

  #beat(): Beat {
    const { clock } = this.#schedule;
    return {
      agent: this.#options.member.name,
      sequence: ++this.#sequence,
      state: this.#state,
      ...(this.#shards?.facts() ?? { grants: [], prepared: [], failures: [] }),
      clock: { errorMs: clock.errorMs, driftMs: clock.driftMs },
      holdsStarts: this.#holdsStarts,
      sleptMs: this.#sleptMs,
    };
  }

  #onShardEnd(end: ShardEnd): void {
    const text = failureText(end);
    const { shard } = end.grant;
    this.#options.say(text === null ? `shard ${shard} has finished` : `shard ${shard} failed: ${text}`);
    const fencedAfterMs = end.result?.fencedAfterMs ?? null;
    if (fencedAfterMs !== null) this.#fence(fencedAfterMs);
    this.#kick();
  }

  /** Outside the lab: who does not know what others decide starts no phone. */
  #holdOrRelease(now: number): void {
    const held = this.#intake.stopsStartsWhenAlone && this.#contact.isAlone(now);
    if (held === this.#holdsStarts) return;
    this.#holdsStarts = held;
    this.#shards?.holdStarts(held);
    this.#options.say(held ? 'out of contact: no phone is started' : 'in contact again: phones are started');
  }

  #fence(sleptMs: number): void {
    // Who has no phones has nothing to close.
    if (this.#order === 'sleep' || !this.#isArmed || this.#isOver) return;
    this.#sleptMs = sleptMs;
    const seconds = (sleptMs / 1000).toFixed(1);
    this.#options.say(
      `fenced: asleep for ${seconds} s, so its phones close their connections without a word`,
    );
    this.#shards?.fence(sleptMs);
    this.#beginEnd('sleep');
  }

  /** Nobody speaks: before the start there is nothing to wait for, and after `maxDuration` the run ends by itself. */
  #endAlone(now: number): void {
    if (this.#order !== null) return;
    const { startAtMs, plan } = this.#schedule;
    if (startAtMs === null || plan === null) {
      if (this.#contact.uncoordinatedMs(now) < this.#patience.coordinatorMs) return;
      return this.#settle(runAbandoned(this.#options.run, this.#patience.coordinatorMs));
    }
    const patienceMs = this.#contact.isLeaderless(now) ? 0 : this.#patience.endMs;
    if (now < startAtMs + plan.maxDurationSeconds * 1000 + patienceMs) return;
    this.#options.say('nobody ended the run in its time: phones take their leave');
    this.#shards?.stop('drain');
    this.#beginEnd('silence');
  }

  #beginEnd(order: Order): void {
    this.#order = order;
    this.#intake.end();
    const { plan } = this.#schedule;
    const leaveMs = plan === null ? 0 : (plan.phoneCount / plan.drain.perSecond + plan.drain.patience) * 1000;
    const fromMs = Math.max(monotonicMilliseconds(), this.#schedule.state?.stop?.atMs ?? 0);
    this.#endLimitMs = fromMs + leaveMs + this.#patience.workersMs;
    this.#kick();
  }

  /** Workers know no end before the start. */
  #endBeforeStart(order: Order, reason: string): void {
    const { redis, member, say } = this.#options;
    say(`${member.name}: ${reason}`);
    this.#intake.abandon(new BootstormError('run-abandoned', `${member.name}: ${reason}`));
    const keepsSeat = this.#shards !== null || order !== 'signal';
    // A beat would take the seat again.
    this.#isSettled = !keepsSeat;
    this.#beginEnd(order);
    if (keepsSeat) return;
    const settle = (): void => this.#settle();
    this.#lastExchange.then(() => leave(redis, this.#keys, member.name)).then(settle, settle);
  }

  #settleIfOver(): void {
    if (this.#order === null || !this.#isOver) return;
    const now = monotonicMilliseconds();
    this.#overSinceMs ??= now;
    const isDelivered = (this.#shards?.open ?? []).length === 0;
    if (isDelivered && this.#lastBeatWasHeard) return this.#settle();
    if (now - this.#overSinceMs < this.#patience.resultsMs && !this.#contact.isLeaderless(now)) return;
    this.#file = this.#writeFile();
    this.#settle();
  }

  /** Null: there is nothing to write. */
  #writeFile(): string | null {
    const shards = this.#shards;
    const { state: schedule, clock } = this.#schedule;
    if (shards === null || schedule === null) return null;
    const { run, member, results, say } = this.#options;
    const path = writeAgentResult({ run, member, state: this.#state, clock, schedule, shards }, results);
    say(`nobody took over the results: written to ${path}`);
    return path;
  }
}
