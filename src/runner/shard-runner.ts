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
import { ShardMetrics } from '../metrics/shard-metrics.ts';
import type { GeneratorSample, ShardSnapshot } from '../metrics/shard-snapshot.ts';
import type { NamedPhone } from '../metrics/stragglers.ts';
import { type Flash, initialFlash } from '../phone/flash.ts';
import { deviceName, type PhoneIdentity } from '../phone/identity.ts';
import { createPhone } from '../phone/phone.ts';
import { createEnvironment, type PhoneEnvironment } from '../phone/phone-environment.ts';
import type { PhoneEndpoint } from '../phone/phone-effects.ts';
import { type RampState, type Stop, warpSinceStart } from '../ramp/ramp-store.ts';
import { identityOf, type RunPlan, sourceAddressOf } from '../scenario/plan.ts';
import { shardPhone, shardSize } from '../schedule/shards.ts';
import { HostedPhone, PhoneHost } from './phone-host.ts';
import { openPhoneSecrets } from './phone-secrets.ts';
import { PowerFeed } from './power-feed.ts';
import { PowerList } from './power-list.ts';
import { tlsNeedOf } from './tls-need.ts';

export interface ShardRunnerOptions {
  readonly plan: RunPlan;
  readonly shard: number;
  readonly shards: number;
  readonly epoch: number;
  readonly relayAddress: string | null;
  /** Phones that lose power vanish, see source-blackhole.ts; otherwise they close their connections in order. */
  readonly vanish: boolean;
  /** Name of the agent that runs the shard. */
  readonly agent: string;
}

/** Event-loop lag is the lateness of a timer this often. */
const LAG_PROBE_MS = 20;
/** Phones that are told to leave, or contexts that are built, before the event loop gets a turn. */
const BATCH = 64;
/** Longer than any phone's orderly end takes: Unregister and its time-out, then DHCPRELEASE. */
const LEAVE_LIMIT_MS = 10_000;

export class ShardRunner {
  /** The last snapshot, when every phone has left or was cut off. */
  readonly ended: Promise<ShardSnapshot>;
  readonly #options: ShardRunnerOptions;
  readonly #size: number;
  readonly #tls: TlsClient<HostedPhone>;
  readonly #relay: RelayEndpoint<HostedPhone, PhoneEndpoint> | null;
  #environment: PhoneEnvironment;
  readonly #powerList: PowerList;
  /** By place in the shard, and in the order of their first start. */
  readonly #phones: (HostedPhone | undefined)[] = [];
  readonly #started: HostedPhone[] = [];
  #blackhole: SourceBlackhole | null = null;
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
    this.#tls = new TlsClient(plan.boot.security.contexts.most);
    this.#environment = createEnvironment(plan.boot, relayAddress);
    this.#powerList = new PowerList(plan, { index: shard, of: shards });
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
    const { plan, shard, shards } = this.#options;
    for (let position = 0; position < this.#size; position++) {
      if (this.#tls.counters.contextsBuilt >= most) return;
      if (position % BATCH === 0) await setImmediate();
      const index = shardPhone({ index: shard, of: shards }, position);
      const need = tlsNeedOf(plan, index, this.#environment.secrets);
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

  /** Everything so far; null before the run is armed. */
  snapshot(): ShardSnapshot | null {
    return this.#run === null
      ? null
      : this.#run.metrics.snapshot(this.#sample(this.#run), this.#run.feed.counts);
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
    const nameOf = (phone: number): NamedPhone => {
      const { index, mac } = this.#identityAt(phone);
      return { index, device: deviceName(mac) };
    };
    const metrics = new ShardMetrics({ shard, epoch, phones: this.#size, armedAt: 0, waveStartsAt, nameOf });
    const host = new PhoneHost({
      clock,
      guard: new TargetGuard(plan.allow),
      tls: this.#tls,
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
      feed: this.#feedOf(host, schedule, metrics),
      lag: schedule.create(() => probeLag(run)),
      leave: schedule.create(() => this.#leaveDue(run)),
      end: schedule.create(() => this.#end(run)),
      stop: schedule.create(() => this.#beginStop(run)),
      leavingSince: 0,
      armedRssBytes: process.memoryUsage.rss(),
    };
    schedule.setAt(run.lag, 0);
    return run;
  }

  #feedOf(host: PhoneHost, timers: TimerQueue<() => void>, metrics: ShardMetrics): PowerFeed {
    const { plan, shard, shards } = this.#options;
    const place = { index: shard, of: shards };
    return new PowerFeed({
      list: this.#powerList,
      clock: host.clock,
      timers,
      blackhole: this.#blackhole,
      addressOf: (position) => sourceAddressOf(plan, shardPhone(place, position)),
      on: (position, intendedAt, wave) => {
        const hosted = this.#phones[position] ?? this.#create(position);
        hosted.unreachable = false;
        host.step(hosted, { type: 'powerOn', intendedAt, wave, now: host.clock.now() });
      },
      freeze: (position) => {
        const hosted = this.#phones[position];
        if (hosted !== undefined) hosted.frozen = true;
      },
      off: (position, unreachable) => {
        const hosted = this.#phones[position];
        if (hosted === undefined) return;
        hosted.frozen = false;
        hosted.unreachable = unreachable;
        host.step(hosted, { type: 'powerOff', now: host.clock.now() });
      },
      onLateness: (lateMs) => metrics.lateness(lateMs),
    });
  }

  /** Who the phone at `position` of the shard is. */
  #identityAt(position: number): PhoneIdentity {
    const { plan, shard, shards } = this.#options;
    return identityOf(plan, shardPhone({ index: shard, of: shards }, position));
  }

  /** When a wave of the plan began, ms on the run's clock. */
  #waveStartsAt(wave: number): number {
    const startMs = (this.#options.plan.waves[wave]?.startSeconds ?? 0) * 1000;
    return this.#run === null ? startMs : this.#run.feed.wallMsAt(startMs);
  }

  #create(position: number): HostedPhone {
    const { plan } = this.#options;
    const identity = this.#identityAt(position);
    const source = sourceAddressOf(plan, identity.index);
    const lsc = this.#environment.secrets.credentialOf(deviceName(identity.mac), 'lsc');
    const flash = initialFlash(plan.boot, identity.model, rememberedLease(plan, source), lsc);
    const phone = createPhone(identity, source ?? '0.0.0.0', this.#environment, flash);
    const hosted = new HostedPhone(position, phone, source ?? undefined);
    this.#phones[position] = hosted;
    this.#started.push(hosted);
    return hosted;
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
    const last = run.metrics.snapshot(this.#sample(run), run.feed.counts);
    void this.#restoreRoutes().then(() => this.#resolveEnded(last));
  }

  #sample(run: ArmedRun): GeneratorSample {
    const { user, system } = process.cpuUsage();
    const { contextsBuilt, contextsEvicted } = run.host.tlsCounters;
    const { openUdp, openTcp, datagramsSent, datagramsReceived } = run.host.counters;
    return {
      agent: this.#options.agent,
      cpuSeconds: (user + system) / 1e6,
      rssBytes: process.memoryUsage.rss(),
      armedRssBytes: run.armedRssBytes,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
      openSockets: openUdp + openTcp,
      datagramsSent,
      datagramsReceived,
      tlsContextsBuilt: contextsBuilt,
      tlsContextsEvicted: contextsEvicted,
    };
  }
}

/** What exists from the armed start on. */
interface ArmedRun {
  readonly clock: ReturnType<typeof clockSince>;
  readonly metrics: ShardMetrics;
  readonly host: PhoneHost;
  readonly schedule: TimerQueue<() => void>;
  readonly feed: PowerFeed;
  readonly lag: ScheduleTimer;
  readonly leave: ScheduleTimer;
  readonly end: ScheduleTimer;
  readonly stop: ScheduleTimer;
  /** When the phones began to leave, ms on the run's clock. */
  leavingSince: number;
  /** Resident memory before the first phone. */
  readonly armedRssBytes: number;
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
