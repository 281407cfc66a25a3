/**
 * The phones of one shard, from their endpoints to their last goodbye: powers each phone when the shared schedule
 * says so, closes the ledger at the ordered instant, and lets the phones leave at the plan's pace.
 */
import { clockSince } from '../drivers/clock.ts';
import { RelayEndpoint } from '../drivers/relay-endpoint.ts';
import { TargetGuard } from '../drivers/target-guard.ts';
import { TimerQueue } from '../drivers/timer-queue.ts';
import { ShardMetrics } from '../metrics/shard-metrics.ts';
import type { GeneratorSample, ShardSnapshot } from '../metrics/shard-snapshot.ts';
import type { NamedPhone } from '../metrics/stragglers.ts';
import { type Flash, initialFlash } from '../phone/flash.ts';
import { deviceName, type PhoneIdentity } from '../phone/identity.ts';
import { createEnvironment, createPhone } from '../phone/phone.ts';
import type { PhoneEndpoint } from '../phone/phone-effects.ts';
import type { RampState, Stop } from '../ramp/ramp-store.ts';
import { identityOf, type RunPlan, sourceAddressOf, startSecondsOf } from '../scenario/plan.ts';
import { shardPhone, shardSize } from '../schedule/shards.ts';
import { type Warp, wallMsAt, warpOf } from '../schedule/warp.ts';
import { HostedPhone, PhoneHost } from './phone-host.ts';

export interface ShardRunnerOptions {
  readonly plan: RunPlan;
  readonly shard: number;
  readonly shards: number;
  readonly epoch: number;
  readonly relayAddress: string | null;
}

/** Event-loop lag is the lateness of a timer this often. */
const LAG_PROBE_MS = 20;
/** Phones that are powered, or told to leave, before the event loop gets a turn. */
const BATCH = 64;
/** Longer than any phone's orderly end takes: Unregister and its time-out, then DHCPRELEASE. */
const LEAVE_LIMIT_MS = 10_000;

export class ShardRunner {
  /** The last snapshot, when every phone has left or was cut off. */
  readonly ended: Promise<ShardSnapshot>;
  readonly #options: ShardRunnerOptions;
  readonly #size: number;
  readonly #relay: RelayEndpoint<HostedPhone, PhoneEndpoint> | null;
  readonly #started: HostedPhone[] = [];
  #resolveEnded: (snapshot: ShardSnapshot) => void = () => {};
  #run: ArmedRun | null = null;
  #leaving = 0;
  #left = 0;
  #stopKind: Stop['kind'] | null = null;

  constructor(options: ShardRunnerOptions) {
    const { plan, shard, shards, relayAddress } = options;
    this.#options = options;
    this.#size = shardSize({ index: shard, of: shards }, plan.phoneCount);
    const { dhcp } = plan.boot;
    this.#relay =
      dhcp !== null && relayAddress !== null
        ? new RelayEndpoint<HostedPhone, PhoneEndpoint>(relayAddress, dhcp.replyPort, 'dhcp')
        : null;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
  }

  /** Binds what the shard needs before any phone starts. */
  async prepare(): Promise<void> {
    await this.#relay?.start();
  }

  /** Takes a newer state of the shared schedule: the start, a change of pace, the end. */
  follow(state: RampState<RunPlan>): void {
    const { startAtMs, steers, stop } = state;
    if (startAtMs !== null) {
      this.#run ??= this.#arm(startAtMs);
      const later = steers.map(({ fromMs, slope }, i) => ({
        version: i + 2,
        fromWallMs: fromMs - startAtMs,
        slope,
      }));
      this.#run.warp = warpOf([{ version: 1, fromWallMs: 0, slope: 1 }, ...later]);
      if (this.#stopKind === null) this.#scheduleNextStart(this.#run);
    }
    if (stop !== null) this.#orderStop(stop, startAtMs);
  }

  /** Everything so far; null before the run is armed. */
  snapshot(): ShardSnapshot | null {
    return this.#run === null ? null : this.#run.metrics.snapshot(this.#sample(this.#run));
  }

  close(): void {
    this.#run?.schedule.close();
    this.#run?.host.shutDown();
    this.#relay?.close();
  }

  #arm(startAtMs: number): ArmedRun {
    const { plan, shard, epoch, relayAddress } = this.#options;
    const clock = clockSince(startAtMs);
    const waveStartsAt = (wave: number): number => this.#waveStartsAt(wave);
    const nameOf = (phone: number): NamedPhone => {
      const { index, mac } = this.#identityAt(phone);
      return { index, device: deviceName(mac) };
    };
    const metrics = new ShardMetrics({ shard, epoch, phones: this.#size, armedAt: 0, waveStartsAt, nameOf });
    const host = new PhoneHost({
      clock,
      guard: new TargetGuard(plan.allow),
      relay: this.#relay,
      observe: (hosted, event) => metrics.observe(hosted.index, event),
      onEnd: () => this.#onPhoneEnd(),
      onLateness: (lateMs) => metrics.lateness(lateMs),
    });
    const schedule = new TimerQueue<() => void>({ clock, fire: (action) => action() });
    const run: ArmedRun = {
      clock,
      metrics,
      host,
      schedule,
      environment: createEnvironment(plan.boot, relayAddress),
      warp: warpOf([{ version: 1, fromWallMs: 0, slope: 1 }]),
      start: schedule.create(() => this.#startDue(run)),
      lag: schedule.create(() => probeLag(run)),
      leave: schedule.create(() => this.#leaveDue(run)),
      end: schedule.create(() => this.#end(run)),
      stop: schedule.create(() => this.#beginStop(run)),
      leavingSince: 0,
    };
    schedule.setAt(run.lag, 0);
    return run;
  }

  /** Powers the phones that are due, and waits for the next one. Lateness counts from the scheduled instant. */
  #startDue(run: ArmedRun): void {
    for (let batch = 0; batch < BATCH && this.#started.length < this.#size; batch++) {
      const dueAt = this.#dueAt(run, this.#started.length);
      const now = run.clock.now();
      if (dueAt > now) break;
      run.metrics.lateness(now - dueAt);
      run.host.step(this.#create(run, this.#started.length), { type: 'powerOn', intendedAt: dueAt, now });
    }
    this.#scheduleNextStart(run);
  }

  #scheduleNextStart(run: ArmedRun): void {
    if (this.#started.length >= this.#size) return;
    const dueAt = this.#dueAt(run, this.#started.length);
    if (Number.isFinite(dueAt)) run.schedule.setAt(run.start, dueAt);
    else run.schedule.clear(run.start);
  }

  /** When the phone at `position` of the shard is to get power, ms on the run's clock. */
  #dueAt(run: ArmedRun, position: number): number {
    const { plan, shard, shards } = this.#options;
    const index = shardPhone({ index: shard, of: shards }, position);
    return wallMsAt(run.warp, startSecondsOf(plan, index) * 1000);
  }

  /** Who the phone at `position` of the shard is. */
  #identityAt(position: number): PhoneIdentity {
    const { plan, shard, shards } = this.#options;
    return identityOf(plan, shardPhone({ index: shard, of: shards }, position));
  }

  /** When a wave of the plan began, ms on the run's clock. */
  #waveStartsAt(wave: number): number {
    const startMs = (this.#options.plan.waves[wave]?.startSeconds ?? 0) * 1000;
    return this.#run === null ? startMs : wallMsAt(this.#run.warp, startMs);
  }

  #create(run: ArmedRun, position: number): HostedPhone {
    const { plan } = this.#options;
    const identity = this.#identityAt(position);
    const source = sourceAddressOf(plan, identity.index);
    const flash = initialFlash(plan.boot, identity.model, rememberedLease(plan, source));
    const phone = createPhone(identity, source ?? '0.0.0.0', run.environment, flash);
    const hosted = new HostedPhone(position, phone, source ?? undefined);
    this.#started.push(hosted);
    return hosted;
  }

  #orderStop(stop: Stop, startAtMs: number | null): void {
    if (this.#stopKind === 'now' || this.#stopKind === stop.kind) return;
    const run = this.#run;
    this.#stopKind = stop.kind;
    if (run === null || startAtMs === null) return this.close();
    run.schedule.clear(run.start);
    run.schedule.setAt(run.stop, stop.atMs - startAtMs);
  }

  #beginStop(run: ArmedRun): void {
    run.metrics.closeLedger(run.clock.now());
    if (this.#stopKind === 'now') return this.#end(run);
    run.leavingSince = run.clock.now();
    this.#leaveDue(run);
  }

  /** Lets phones leave at this shard's part of the plan's pace. */
  #leaveDue(run: ArmedRun): void {
    const { plan, shards } = this.#options;
    const perMs = plan.drain.perSecond / shards / 1000;
    const now = run.clock.now();
    const due = Math.min(this.#started.length, Math.floor((now - run.leavingSince) * perMs) + 1);
    for (let batch = 0; batch < BATCH && this.#leaving < due; batch++) {
      const hosted = this.#started[this.#leaving++];
      if (hosted) run.host.step(hosted, { type: 'stop', now });
    }
    if (this.#leaving < this.#started.length) {
      return run.schedule.setAt(run.leave, run.leavingSince + this.#leaving / perMs);
    }
    run.schedule.set(run.end, LEAVE_LIMIT_MS);
    if (this.#left >= this.#started.length) run.schedule.set(run.end, 0);
  }

  #onPhoneEnd(): void {
    this.#left++;
    const run = this.#run;
    const everybodyWasAsked = this.#stopKind === 'drain' && this.#leaving >= this.#started.length;
    if (run && everybodyWasAsked && this.#left >= this.#started.length) run.schedule.set(run.end, 0);
  }

  #end(run: ArmedRun): void {
    for (const hosted of this.#started) run.host.release(hosted);
    run.schedule.close();
    run.host.shutDown();
    this.#resolveEnded(run.metrics.snapshot(this.#sample(run)));
  }

  #sample(run: ArmedRun): GeneratorSample {
    const { user, system } = process.cpuUsage();
    const { openUdp, openTcp, datagramsSent, datagramsReceived } = run.host.counters;
    return {
      agent: String(process.pid),
      cpuSeconds: (user + system) / 1e6,
      rssBytes: process.memoryUsage.rss(),
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
      openSockets: openUdp + openTcp,
      datagramsSent,
      datagramsReceived,
    };
  }
}

/** What exists from the armed start on. */
interface ArmedRun {
  readonly clock: ReturnType<typeof clockSince>;
  readonly metrics: ShardMetrics;
  readonly host: PhoneHost;
  readonly schedule: TimerQueue<() => void>;
  readonly environment: ReturnType<typeof createEnvironment>;
  warp: Warp;
  readonly start: ScheduleTimer;
  readonly lag: ScheduleTimer;
  readonly leave: ScheduleTimer;
  readonly end: ScheduleTimer;
  readonly stop: ScheduleTimer;
  /** When the phones began to leave, ms on the run's clock. */
  leavingSince: number;
}

type ScheduleTimer = ReturnType<TimerQueue<() => void>['create']>;

function probeLag(run: ArmedRun): void {
  // Every probe that a stall swallowed was late too: one sample for a second's freeze would hide it.
  for (let lag = run.clock.now() - run.lag.dueAt; lag >= 0; lag -= LAG_PROBE_MS)
    run.metrics.eventLoopLag(lag);
  run.schedule.set(run.lag, LAG_PROBE_MS);
}

/**
 * With an address of its own a phone remembers that one, and asks for it again (INIT-REBOOT). A configuration is
 * remembered from the phone's first boot in the run on.
 */
function rememberedLease({ boot }: RunPlan, source: string | null): Flash['lease'] {
  return boot.dhcp === null || source === null ? null : { address: source, serverId: boot.dhcp.server.host };
}
