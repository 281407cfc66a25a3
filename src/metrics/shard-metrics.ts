import type { BootEvent } from '../phone/boot-event.ts';
import type { Stage } from '../phone/stages.ts';
import { GroupTally } from './group-tally.ts';
import { Histogram } from './histogram.ts';
import { FailureTexts } from './failure-texts.ts';
import { Ledger, stageRecord } from './ledger.ts';
import { PhoneHistory } from './phone-history.ts';
import { type RowChunk, rowChunks } from './phone-rows.ts';
import { ServerTallies } from './server-tally.ts';
import { SecurityTally } from './security-tally.ts';
import type { ShardFacts } from './shard-facts.ts';
import {
  type FirstStart,
  type GeneratorSample,
  NO_POWER,
  type PowerCounts,
  type ReportedState,
  type RetransmittingProtocol,
  type ShardSnapshot,
} from './shard-snapshot.ts';
import { SiteTally } from './site-tally.ts';
import { StageTally } from './stage-tally.ts';
import { type Straggler, stragglersOf } from './stragglers.ts';
import { secondOf, StepCurve } from './step-curve.ts';
import { TransferTally } from './transfer-tally.ts';
import { WaveTally } from './wave-tally.ts';
import { WorstWindow } from './worst-window.ts';

/** A try to register that fails in one of these is over. */
const ENDS_CONTACT: ReadonlySet<Stage> = new Set(['connect', 'handshake', 'register']);

/** The fold of one shard's events: counters, histograms, curves and the ledger, local to a worker. */
export class ShardMetrics {
  readonly #facts: ShardFacts;
  readonly #ledger: Ledger;
  readonly #servers: ServerTallies;
  readonly #group: GroupTally;
  readonly #waves: WaveTally;
  readonly #sites: SiteTally;
  readonly #history: PhoneHistory;
  readonly #texts = new FailureTexts();
  readonly #stages: Record<Stage, StageTally> = stageRecord(() => new StageTally());
  readonly #fromPower = new Histogram();
  readonly #network = new Histogram();
  readonly #inService = new StepCurve();
  readonly #security: SecurityTally;
  /** When the phone began to contact the CallManager that it is not registered with yet, ms; else NaN. */
  readonly #contactSince: Float64Array;
  readonly #transfers = new TransferTally();
  readonly #retransmissions: Record<RetransmittingProtocol, number> = { dhcp: 0, tftp: 0, dns: 0 };
  readonly #keepAlive = new Histogram();
  readonly #registrationRequestDelay = new Histogram();
  readonly #lateness = new Histogram();
  readonly #eventLoopLag = new Histogram();
  readonly #worstLateness = new WorstWindow();
  readonly #worstLag = new WorstWindow();
  #registrations = 0;
  #unregistrations = 0;
  #servicesLost = 0;
  #restarts = 0;
  #sequence = 0;
  #phonesInService = 0;
  /** What the snapshot said of phones, curves and failures when the ledger was closed. */
  #closed: ReportedState | null = null;
  #goneAtSecond: number | null = null;
  #firstStart: FirstStart | null = null;
  #stragglers: readonly Straggler[] = [];

  constructor(facts: ShardFacts) {
    this.#facts = facts;
    this.#ledger = new Ledger(facts.phones);
    this.#servers = new ServerTallies(facts.phones);
    this.#group = new GroupTally(facts.phones);
    this.#security = new SecurityTally(facts.phones, this.#servers);
    this.#waves = new WaveTally(facts.phones, facts.waveStartsAt ?? (() => facts.armedAt));
    this.#sites = new SiteTally(facts.phones, facts.groupOf);
    this.#contactSince = new Float64Array(facts.phones).fill(Number.NaN);
    this.#history = new PhoneHistory(facts.phones, facts.keepsRows ?? false);
    this.#inService.set(0, 0);
  }

  /** Counts one event. `phone` is the phone's index within the shard. */
  observe(phone: number, event: BootEvent): void {
    switch (event.type) {
      case 'poweredOn':
        this.#leaveService(phone, event.now);
        this.#waves.poweredOn(phone, event.wave);
        this.#history.poweredOn(phone, event.now);
        this.#firstStart ??= {
          intendedMs: this.#elapsed(event.intendedAt),
          lateMs: event.now - event.intendedAt,
        };
        return this.#ledger.poweredOn(phone, event.intendedAt);
      case 'poweredOff':
        this.#leaveService(phone, event.now);
        this.#history.stageEnded(phone, event.now);
        return this.#ledger.poweredOff(phone);
      case 'stageStarted':
        this.#stages[event.stage].attempts += 1;
        this.#noteContact(phone, event);
        this.#history.stageStarted(phone, event.stage, event.now);
        return this.#ledger.stageStarted(phone, event.stage);
      case 'stagePassed':
        return this.#stagePassed(phone, event);
      case 'stageFailed':
        return this.#stageFailed(phone, event);
      case 'firstPacket':
        return;
      case 'registered':
        return this.#registered(phone, event.server, event.now);
      case 'ready':
        return this.#ready(phone, event);
      case 'serviceLost':
        return this.#serviceLost(phone, event);
      case 'unregistered':
        this.#unregistrations += 1;
        this.#leaveService(phone, event.now);
        this.#history.stageEnded(phone, event.now);
        return this.#ledger.unregistered(phone);
      case 'restarting':
        this.#restarts += 1;
        this.#history.restarted(phone, event.now);
        return this.#ledger.restarting(phone);
      case 'gaveUp':
        this.#leaveService(phone, event.now);
        return this.#ledger.gaveUp(phone, event.failure);
      case 'retransmitted':
        this.#retransmissions[event.protocol] += 1;
        return;
      case 'fileTransferred':
        return this.#fileTransferred(event);
      case 'keepAliveAnswered':
        return this.#keepAlive.record(event.roundTripMs);
      case 'secured':
      case 'trustListJudged':
      case 'tvsAnswered':
      case 'enrolled':
        return this.#security.observe(phone, event);
      default:
        return this.#observeGroup(phone, event);
    }
  }

  /** What a phone does within its group of CallManagers, beside its registration. */
  #observeGroup(phone: number, event: GroupEvent): void {
    switch (event.type) {
      case 'standbyUp':
        return this.#servers.standbyUp(event.server);
      case 'standbyLeft':
        return this.#servers.standbyLeft(event.server);
      case 'standbyLost':
        return this.#servers.standbyLost(event.server, event.cause);
      case 'standbyFailed':
        return this.#servers.standbyFailed(event.server, event.cause);
      case 'failedOver':
        this.#group.failedOver(phone);
        return this.#servers.failedOver(event.from, event.to);
      case 'fellBack':
        this.#group.fellBack(phone);
        return this.#servers.fellBack(event.to);
      case 'tokenAnswered':
        return this.#servers.tokenAnswered(event.server, event.outcome, event.roundTripMs, event.waitMs);
      default:
        return event satisfies never;
    }
  }

  /** A timer was served `ms` after it was due. */
  lateness(ms: number): void {
    this.#lateness.record(ms);
    if (this.#closed === null) this.#worstLateness.record(ms);
  }

  /** The thread's event loop was blocked for `ms`. */
  eventLoopLag(ms: number): void {
    this.#eventLoopLag.record(ms);
    if (this.#closed === null) this.#worstLag.record(ms);
  }

  /**
   * The end of the hold at `now`, before any phone is asked to unregister: stragglers are named, and what later snapshots say of the ledger, the
   * latencies, the failures, the recovery, the servers and the lateness stays as it is now. Only phones in each
   * stage, unregistrations, and the generator's CPU, memory and sockets go on.
   */
  closeLedger(now: number): void {
    if (this.#closed !== null) return;
    this.#closed = this.#report();
    const { nameOf = (phone) => ({ index: phone, device: String(phone) }) } = this.#facts;
    this.#stragglers = stragglersOf(this.#ledger, this.#history, nameOf, now);
  }

  /** The phones are gone from `now` on. One whose ledger was closed before has nothing to lose. */
  fence(now: number): void {
    if (this.#closed !== null) return;
    this.#goneAtSecond = secondOf(this.#elapsed(now));
    this.closeLedger(now);
  }

  /** Each phone as it stands: to be asked for in the same turn as `closeLedger`. */
  rows(): RowChunk[] {
    const { shard, epoch, armedAt } = this.#facts;
    const sources = { ledger: this.#ledger, history: this.#history, waves: this.#waves, armedAt };
    return rowChunks(shard, epoch, sources);
  }

  snapshot(generator: GeneratorSample | null = null, power: PowerCounts = NO_POWER): ShardSnapshot {
    this.#sequence += 1;
    return {
      shard: this.#facts.shard,
      epoch: this.#facts.epoch,
      sequence: this.#sequence,
      ledgerClosed: this.#closed !== null,
      ...(this.#closed ?? this.#report()),
      stragglers: this.#stragglers,
      inStage: this.#ledger.inStage(),
      unregistrations: this.#unregistrations,
      worstWindow: { lateness: this.#worstLateness.read(), eventLoopLag: this.#worstLag.read() },
      longestBlockMs: this.#worstLag.highest,
      generator,
      power,
      firstStart: this.#firstStart,
      goneAtSecond: this.#goneAtSecond,
    };
  }

  #report(): ReportedState {
    return {
      phones: this.#ledger.counts(),
      stages: stageRecord((stage) => this.#stages[stage].snapshot()),
      failures: this.#ledger.failures(),
      failureTexts: this.#texts.rows(),
      unfinished: this.#ledger.unfinished(),
      recovery: {
        fromPower: this.#fromPower.toSparse(),
        network: this.#network.toSparse(),
        inService: this.#inService.toPoints(),
        waves: this.#waves.snapshot(),
      },
      servers: this.#servers.snapshot(),
      sites: this.#sites.snapshot(),
      security: this.#security.snapshot(),
      registrations: this.#registrations,
      servicesLost: this.#servicesLost,
      group: this.#group.snapshot(),
      restarts: this.#restarts,
      transfers: this.#transfers.snapshot(),
      retransmissions: { ...this.#retransmissions },
      keepAlive: this.#keepAlive.toSparse(),
      registrationRequestDelay: this.#registrationRequestDelay.toSparse(),
      lateness: this.#lateness.toSparse(),
      eventLoopLag: this.#eventLoopLag.toSparse(),
    };
  }

  #stagePassed(phone: number, event: EventOf<'stagePassed'>): void {
    const { stage, server, now } = event;
    this.#history.stageEnded(phone, now);
    if (stage === 'register') this.#registrationRequestDelay.record(now - event.startedAt);
    if (this.#ledger.stagePassed(phone, stage)) {
      const fromIntendedStart = now - this.#ledger.intendedAt(phone);
      this.#stages[stage].passed(now - event.firstStartedAt, fromIntendedStart);
    }
    if (server === null) return;
    if (stage === 'dhcp' || stage === 'dns') this.#servers.answered(stage, server, now - event.startedAt);
    else if (stage === 'connect') this.#servers.tried('callManager', server);
  }

  #stageFailed(phone: number, { failure, now, startedAt }: EventOf<'stageFailed'>): void {
    this.#stages[failure.stage].failed(now - startedAt);
    this.#history.stageEnded(phone, now);
    if (ENDS_CONTACT.has(failure.stage)) this.#contactSince[phone] = Number.NaN;
    if (failure.detail !== undefined) this.#texts.count(failure.cause, failure.detail);
    this.#ledger.stageFailed(phone, failure);
    this.#sites.failed(phone);
    this.#servers.blamed(failure);
    const { stage, server } = failure;
    if (server === null) return;
    if (stage === 'dhcp' || stage === 'dns' || stage === 'capf') this.#servers.tried(stage, server);
    else if (stage === 'connect') this.#servers.tried('callManager', server);
  }

  /** A registration begins with the SYN, or, on a connection that stood by, with Register. */
  #noteContact(phone: number, { stage, now }: EventOf<'stageStarted'>): void {
    const begins = stage === 'connect' || (stage === 'register' && Number.isNaN(this.#contactSince[phone]));
    if (begins) this.#contactSince[phone] = now;
    if (stage === 'connect') this.#security.connecting(phone);
  }

  #registered(phone: number, server: string, now: number): void {
    this.#registrations += 1;
    this.#sites.registered(phone);
    const latency = now - (this.#contactSince[phone] as number);
    this.#contactSince[phone] = Number.NaN;
    if (latency >= 0) this.#security.registered(phone, latency);
    this.#servers.registered(phone, server, latency, this.#elapsed(now));
    this.#history.registered(phone, this.#ledger.intendedAt(phone), now);
    this.#ledger.registered(phone);
  }

  #ready(phone: number, event: EventOf<'ready'>): void {
    const wasReady = this.#ledger.stateOf(phone) === 'ready';
    this.#security.inService(phone, event.security);
    if (this.#ledger.ready(phone)) {
      this.#fromPower.record(this.#elapsed(event.now));
      this.#network.record(event.now - event.firstPacketAt - event.pausedMs);
    }
    if (wasReady) return;
    this.#waves.inService(phone, event.now);
    this.#history.inService(phone, this.#ledger.intendedAt(phone), event.now);
    this.#phonesInService += 1;
    this.#sites.enteredService(phone);
    this.#inService.set(this.#elapsed(event.now), this.#phonesInService);
  }

  #serviceLost(phone: number, { failure, wasReady, now }: EventOf<'serviceLost'>): void {
    this.#servicesLost += 1;
    this.#servers.serviceLost(phone, failure.cause);
    this.#leaveService(phone, now);
    if (wasReady) this.#servers.blamed(failure);
    if (this.#ledger.serviceLost(phone, failure, wasReady)) this.#sites.failed(phone);
  }

  /** To be called before the ledger learns of it: a phone that is in service is not any more. */
  #leaveService(phone: number, now: number): void {
    this.#servers.left(phone, this.#elapsed(now));
    this.#security.leftService(phone);
    if (this.#ledger.stateOf(phone) !== 'ready') return;
    this.#phonesInService -= 1;
    this.#sites.leftService(phone);
    this.#inService.set(this.#elapsed(now), this.#phonesInService);
  }

  #fileTransferred(event: EventOf<'fileTransferred'>): void {
    const duration = event.now - event.startedAt;
    this.#transfers.ended(event.outcome, event.bytes, duration);
    if (event.outcome === 'failed') this.#servers.tried(event.protocol, event.server);
    else this.#servers.answered(event.protocol, event.server, duration);
  }

  #elapsed(now: number): number {
    return now - this.#facts.armedAt;
  }
}

type EventOf<Type extends BootEvent['type']> = Extract<BootEvent, { readonly type: Type }>;

type GroupEvent = EventOf<
  'standbyUp' | 'standbyLeft' | 'standbyLost' | 'standbyFailed' | 'failedOver' | 'fellBack' | 'tokenAnswered'
>;
