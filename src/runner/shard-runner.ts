/**
 * The phones of one shard, from their endpoints to their last goodbye: powers each phone when the shared schedule
 * says so, closes the ledger at the ordered instant, and lets the phones leave at the plan's pace.
 */
import { setImmediate } from 'node:timers/promises';
import { clockSince } from '../drivers/clock.ts';
import { RelayEndpoint } from '../drivers/relay-endpoint.ts';
import { SourceBlackhole } from '../drivers/source-blackhole.ts';
import { TargetGuard } from '../drivers/target-guard.ts';
import { TimerQueue } from '../drivers/timer-queue.ts';
import { TlsClient } from '../drivers/tls-client.ts';
import type { RowChunk } from '../metrics/phone-rows.ts';
import { ShardMetrics } from '../metrics/shard-metrics.ts';
import type { ShardSnapshot } from '../metrics/shard-snapshot.ts';
import { createEnvironment, type PhoneEnvironment } from '../phone/phone-environment.ts';
import type { PhoneEndpoint } from '../phone/phone-effects.ts';
import type { PhoneGroup } from '../metrics/site-tally.ts';
import type { NamedPhone } from '../metrics/stragglers.ts';
import { type RampState, type Stop, warpSinceStart } from '../ramp/ramp-store.ts';
import { groupFinder } from '../scenario/phone-groups.ts';
import type { RunPlan } from '../scenario/plan.ts';
import { GeneratorWatch } from './generator-watch.ts';
import { type HostedPhone, PhoneHost } from './phone-host.ts';
import { openPhoneSecrets } from './phone-secrets.ts';
import { PowerFeed, type PowerFeedOptions } from './power-feed.ts';
import { PowerList } from './power-list.ts';
import type { ShardGrant } from './shard-grant.ts';
import { ShardPhones } from './shard-phones.ts';
import { SleepFence } from './sleep-fence.ts';
import { tlsNeedOf } from './tls-need.ts';

export interface ShardRunnerOptions extends ShardGrant {
  readonly plan: RunPlan;
  readonly shards: number;
  /** Name of the process, unique in the run. */
  readonly agent: string;
  /** A process that was asleep for longer ends the shard at once, see sleep-fence.ts; null: never. */
  readonly fenceAfterMs: number | null;
  /** Takes the rows of the phones when the ledger is closed, where the plan asks for them. */
  readonly onRows?: (chunk: RowChunk) => void;
}

/** What a shard comes to. */
export interface ShardEnd {
  readonly snapshot: ShardSnapshot;
  /** The process had been asleep for so long, ms, and connections were closed without Unregister. */
  readonly fencedAfterMs: number | null;
}

/** Event-loop lag is the lateness of a timer this often. */
const LAG_PROBE_MS = 20;
/** Phones that are told to leave, or contexts that are built, before the event loop gets a turn. */
const BATCH = 64;
/** Longer than any phone's orderly end takes: Unregister and its time-out, then DHCPRELEASE. */
const LEAVE_LIMIT_MS = 10_000;

export class ShardRunner {
  /** When every phone has left or was cut off. */
  readonly ended: Promise<ShardEnd>;
  readonly #options: ShardRunnerOptions;
  readonly #phones: ShardPhones;
  readonly #tls: TlsClient<HostedPhone>;
  readonly #relay: RelayEndpoint<HostedPhone, PhoneEndpoint> | null;
  #environment: PhoneEnvironment;
  readonly #powerList: PowerList;
  #blackhole: SourceBlackhole | null = null;
  #resolveEnded: (end: ShardEnd) => void = () => {};
  #run: ArmedRun | null = null;
  #leaving = 0;
  #left = 0;
  #holdsStarts = false;
  #stopKind: Stop['kind'] | null = null;

  constructor(options: ShardRunnerOptions) {
    const { plan, shard, shards, relayAddress } = options;
    this.#options = options;
    const place = { index: shard, of: shards };
    this.#phones = new ShardPhones(plan, place, options.sources);
    const { dhcp } = plan.boot;
    this.#relay =
      dhcp !== null && relayAddress !== null
        ? new RelayEndpoint<HostedPhone, PhoneEndpoint>(relayAddress, dhcp.replyPort, 'dhcp')
        : null;
    this.#tls = new TlsClient(plan.boot.security.contexts.most);
    this.#environment = createEnvironment(plan.boot, relayAddress);
    this.#powerList = new PowerList(plan, place, options.restart);
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
  }

  /** Binds what the shard needs before any phone starts. */
  async prepare(): Promise<void> {
    await this.#relay?.start();
    if (this.#options.vanish) this.#blackhole = new SourceBlackhole();
    const { plan, relayAddress } = this.#options;
    this.#environment = createEnvironment(plan.boot, relayAddress, await openPhoneSecrets(plan));
    const { build, most } = plan.boot.security.contexts;
    await this.#buildContexts(build === 'before-start' ? most : 1);
  }

  /** At least one: a profile that this machine cannot do keeps the run from starting. */
  async #buildContexts(most: number): Promise<void> {
    const { plan } = this.#options;
    for (let position = 0; position < this.#phones.size; position++) {
      if (this.#tls.counters.contextsBuilt >= most) return;
      if (position % BATCH === 0) await setImmediate();
      const need = tlsNeedOf(plan, this.#phones.indexOf(position), this.#environment.secrets);
      if (need !== null) this.#tls.prepare(need.profile, need.credential);
    }
  }

  /** Takes a newer state of the shared schedule: the start, a change of pace, the end. */
  follow(state: RampState<RunPlan>): void {
    const { startAtMs, steers, stop } = state;
    if (startAtMs !== null) {
      this.#run ??= this.#arm(startAtMs);
      this.#run.feed.follow(warpSinceStart(startAtMs, steers));
    }
    if (stop !== null) this.#orderStop(stop, startAtMs);
  }

  /** While starts are held, power that is due is withheld. */
  holdStarts(held: boolean): void {
    this.#holdsStarts = held;
    this.#run?.feed.hold(held);
  }

  /** Everything so far; null before the run is armed. */
  snapshot(): ShardSnapshot | null {
    return this.#run === null
      ? null
      : this.#run.metrics.snapshot(this.#run.generator.sample(), this.#run.feed.counts);
  }

  async close(): Promise<void> {
    this.#run?.feed.stop();
    this.#run?.schedule.close();
    this.#run?.host.shutDown();
    this.#relay?.close();
    await this.#restoreRoutes();
  }

  async #restoreRoutes(): Promise<void> {
    await this.#blackhole?.close();
  }

  #arm(startAtMs: number): ArmedRun {
    const { plan, shard, epoch } = this.#options;
    const clock = clockSince(startAtMs);
    const waveStartsAt = (wave: number): number => this.#waveStartsAt(wave);
    const { size: phones } = this.#phones;
    const nameOf = (phone: number): NamedPhone => this.#phones.nameOf(phone);
    const keepsRows = plan.output.phonesCsv !== null;
    const groups = groupFinder(plan);
    const groupOf = (phone: number): PhoneGroup => groups(this.#phones.indexOf(phone));
    const about = { shard, epoch, phones, armedAt: 0, waveStartsAt, nameOf, groupOf, keepsRows };
    const metrics = new ShardMetrics(about);
    const fence = this.#fenceOf(clock.now(), (at) => this.#fence(run, at));
    const watch = fence === null ? {} : { isAwake: (now: number): boolean => fence.isAwake(now) };
    const host = new PhoneHost({
      clock,
      guard: new TargetGuard(plan.allow),
      tls: this.#tls,
      relay: this.#relay,
      observe: (hosted, event) => metrics.observe(hosted.index, event),
      onEnd: () => this.#onPhoneEnd(),
      onLateness: (lateMs) => metrics.lateness(lateMs),
      ...watch,
    });
    const schedule = new TimerQueue<() => void>({ clock, fire: (action) => action(), ...watch });
    const run: ArmedRun = {
      clock,
      metrics,
      host,
      fence,
      schedule,
      feed: this.#feedOf(host, schedule, metrics, watch),
      lag: schedule.create(() => probeLag(run)),
      leave: schedule.create(() => this.#leaveDue(run)),
      end: schedule.create(() => this.#end(run)),
      stop: schedule.create(() => this.#beginStop(run)),
      leavingSince: 0,
      generator: new GeneratorWatch({ agent: this.#options.agent, host, relay: this.#relay }),
    };
    run.feed.hold(this.#holdsStarts);
    schedule.set(run.lag, 0);
    return run;
  }

  #feedOf(
    host: PhoneHost,
    timers: TimerQueue<() => void>,
    metrics: ShardMetrics,
    watch: Pick<PowerFeedOptions, 'isAwake'>,
  ): PowerFeed {
    const phones = this.#phones;
    return new PowerFeed({
      list: this.#powerList,
      clock: host.clock,
      timers,
      blackhole: this.#blackhole,
      addressOf: (position) => phones.addressOf(position),
      on: (position, intendedAt, wave) => {
        const hosted = phones.start(position, this.#environment);
        hosted.unreachable = false;
        host.step(hosted, { type: 'powerOn', intendedAt, wave, now: host.clock.now() });
      },
      freeze: (position) => {
        const hosted = phones.at(position);
        if (hosted !== undefined) hosted.frozen = true;
      },
      off: (position, unreachable) => {
        const hosted = phones.at(position);
        if (hosted === undefined) return;
        hosted.frozen = false;
        hosted.unreachable = unreachable;
        host.step(hosted, { type: 'powerOff', now: host.clock.now() });
      },
      onLateness: (lateMs) => metrics.lateness(lateMs),
      ...watch,
    });
  }

  #fenceOf(now: number, onSlept: (fellAsleepAt: number) => void): SleepFence | null {
    const { fenceAfterMs: limitMs } = this.#options;
    if (limitMs === null) return null;
    return new SleepFence({ now, limitMs, onSlept: (_, fellAsleepAt) => onSlept(fellAsleepAt) });
  }

  /** When a wave began, ms on the run's clock. */
  #waveStartsAt(wave: number): number {
    const { plan, restart } = this.#options;
    const startMs = wave === restart?.wave ? restart.atMs : (plan.waves[wave]?.startSeconds ?? 0) * 1000;
    return this.#run === null ? startMs : this.#run.feed.wallMsAt(startMs);
  }

  #orderStop(stop: Stop, startAtMs: number | null): void {
    if (this.#stopKind === 'now' || this.#stopKind === stop.kind) return;
    const run = this.#run;
    this.#stopKind = stop.kind;
    if (run === null || startAtMs === null) return void this.close();
    run.feed.stop();
    run.schedule.setAt(run.stop, stop.atMs - startAtMs);
  }

  #beginStop(run: ArmedRun): void {
    const { plan, onRows } = this.#options;
    run.metrics.closeLedger(run.clock.now());
    if (plan.output.phonesCsv !== null) for (const chunk of run.metrics.rows()) onRows?.(chunk);
    if (this.#stopKind === 'now') return this.#end(run);
    run.leavingSince = run.clock.now();
    this.#leaveDue(run);
  }

  /** Lets phones leave at this shard's part of the plan's pace. */
  #leaveDue(run: ArmedRun): void {
    const { plan, shards } = this.#options;
    const perMs = plan.drain.perSecond / shards / 1000;
    const now = run.clock.now();
    const due = Math.min(this.#phones.started.length, Math.floor((now - run.leavingSince) * perMs) + 1);
    for (let batch = 0; batch < BATCH && this.#leaving < due; batch++) {
      if (run.fence?.isAwake(run.clock.now()) === false) return;
      const hosted = this.#phones.started[this.#leaving++];
      if (hosted) run.host.step(hosted, { type: 'stop', now });
    }
    if (this.#leaving < this.#phones.started.length) {
      return run.schedule.setAt(run.leave, run.leavingSince + this.#leaving / perMs);
    }
    run.schedule.set(run.end, LEAVE_LIMIT_MS);
    if (this.#left >= this.#phones.started.length) run.schedule.set(run.end, 0);
  }

  /** The process slept for too long: what stands is what was so before, and nobody hears of it any more. */
  #fence(run: ArmedRun, fellAsleepAt: number): void {
    this.#stopKind = 'now';
    run.feed.stop();
    run.metrics.fence(fellAsleepAt);
    this.#end(run);
  }

  #onPhoneEnd(): void {
    this.#left++;
    const run = this.#run;
    const everybodyWasAsked = this.#stopKind === 'drain' && this.#leaving >= this.#phones.started.length;
    if (run && everybodyWasAsked && this.#left >= this.#phones.started.length) run.schedule.set(run.end, 0);
  }

  #end(run: ArmedRun): void {
    for (const hosted of this.#phones.started) run.host.release(hosted);
    run.schedule.close();
    run.host.shutDown();
    const snapshot = run.metrics.snapshot(run.generator.sample(), run.feed.counts);
    const fencedAfterMs = run.fence?.sleptMs ?? null;
    void this.#restoreRoutes().then(() => this.#resolveEnded({ snapshot, fencedAfterMs }));
  }
}

/** What exists from the armed start on. */
interface ArmedRun {
  readonly clock: ReturnType<typeof clockSince>;
  readonly metrics: ShardMetrics;
  readonly host: PhoneHost;
  readonly fence: SleepFence | null;
  readonly schedule: TimerQueue<() => void>;
  readonly feed: PowerFeed;
  readonly lag: ScheduleTimer;
  readonly leave: ScheduleTimer;
  readonly end: ScheduleTimer;
  readonly stop: ScheduleTimer;
  /** When the phones began to leave, ms on the run's clock. */
  leavingSince: number;
  readonly generator: GeneratorWatch;
}

type ScheduleTimer = ReturnType<TimerQueue<() => void>['create']>;

function probeLag(run: ArmedRun): void {
  // Every probe that a stall swallowed was late too: one sample for a second's freeze would hide it.
  for (let lag = run.clock.now() - Math.max(0, run.lag.dueAt); lag >= 0; lag -= LAG_PROBE_MS)
    run.metrics.eventLoopLag(lag);
  run.schedule.set(run.lag, LAG_PROBE_MS);
}
