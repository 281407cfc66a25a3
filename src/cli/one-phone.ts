/** One phone on the drivers of this very process, watched from all sides. */
import { writeFileSync } from 'node:fs';
import { clockSince, monotonicMilliseconds } from '../drivers/clock.ts';
import { openKeyLog } from '../drivers/key-log.ts';
import { PcapWriter } from '../drivers/pcap-writer.ts';
import { RelayEndpoint } from '../drivers/relay-endpoint.ts';
import type { Tap } from '../drivers/tap.ts';
import { TargetGuard } from '../drivers/target-guard.ts';
import { TlsClient } from '../drivers/tls-client.ts';
import type { BootEvent } from '../phone/boot-event.ts';
import type { Failure, FailureCause } from '../phone/failure-causes.ts';
import { deviceName } from '../phone/identity.ts';
import { createPhone } from '../phone/phone.ts';
import { createEnvironment, type PhoneEnvironment } from '../phone/phone-environment.ts';
import type { PhoneEndpoint } from '../phone/phone-effects.ts';
import { concealPasswords } from '../protocols/capf/describe.ts';
import { HostedPhone, PhoneHost, type PhoneRecorder } from '../runner/phone-host.ts';
import { openPhoneSecrets } from '../runner/phone-secrets.ts';
import { tlsNeedOf } from '../runner/tls-need.ts';
import { EffectRecorder, eventLine, RECORDING_FORMAT } from '../runner/recording.ts';
import type { Stage } from '../phone/stages.ts';
import { identityOf, relayAddressOf, type RunPlan, sourceAddressOf } from '../scenario/plan.ts';
import { failureVerdict, PhoneTrace, seconds } from './phone-trace.ts';

export interface OnePhoneOptions {
  /** A plan with one phone. */
  readonly plan: RunPlan;
  /** How long the phone stays in service. */
  readonly holdMs: number;
  /** The boot is broken off after this. */
  readonly timeoutMs: number;
  readonly pcap: string | null;
  readonly record: string | null;
  /** File for the secrets of its TLS connections. */
  readonly keyLog: string | null;
  readonly print: (line: string) => void;
}

/** A stage in which nobody has answered yet: what it will be called when its time is over. */
const SILENCE: Readonly<Partial<Record<Stage, FailureCause>>> = {
  dhcp: 'dhcp-timeout',
  tftpServer: 'dns-timeout',
  ctl: 'tftp-timeout',
  config: 'tftp-timeout',
  dns: 'dns-timeout',
};

type HostedTap = Tap<HostedPhone, PhoneEndpoint>;

/** Boots the phone, lets it leave, and prints the verdict. Returns whether it was in service. */
export async function bootOnePhone(options: OnePhoneOptions): Promise<boolean> {
  const { plan, print } = options;
  const relayAddress = relayAddressOf(plan, 0);
  const { dhcp } = plan.boot;
  const relay =
    dhcp && relayAddress
      ? new RelayEndpoint<HostedPhone, PhoneEndpoint>(relayAddress, dhcp.replyPort, 'dhcp')
      : null;
  const secrets = await openPhoneSecrets(plan);
  const tls = new TlsClient<HostedPhone>(
    Infinity,
    options.keyLog === null ? null : openKeyLog(options.keyLog),
  );
  const need = tlsNeedOf(plan, 0, secrets);
  if (need !== null) tls.prepare(need.profile, need.credential);
  const environment = createEnvironment(plan.boot, relayAddress, secrets);
  await relay?.start();
  const boot = new OneBoot(options, relay, environment, tls);
  try {
    return await boot.run();
  } finally {
    boot.close();
    relay?.close();
    for (const line of boot.verdict()) print(line);
  }
}

class OneBoot {
  readonly #options: OnePhoneOptions;
  readonly #hosted: HostedPhone;
  readonly #host: PhoneHost;
  readonly #trace: PhoneTrace;
  readonly #clock = clockSince(monotonicMilliseconds());
  readonly #recording: string[] = [];
  #ready: Extract<BootEvent, { type: 'ready' }> | null = null;
  #lastFailure: Failure | null = null;
  /** The stage under way, and whether it has had to ask again. */
  #stage: { readonly stage: Stage; askedAgain: boolean } | null = null;
  #losses = 0;
  #inServiceAtEnd = false;
  #timers: NodeJS.Timeout[] = [];
  #finish: (ready: boolean) => void = () => {};

  constructor(
    options: OnePhoneOptions,
    relay: RelayEndpoint<HostedPhone, PhoneEndpoint> | null,
    environment: PhoneEnvironment,
    tls: TlsClient<HostedPhone>,
  ) {
    const { plan, pcap, record } = options;
    this.#options = options;
    this.#trace = new PhoneTrace(options.print);
    const identity = identityOf(plan, 0);
    const source = sourceAddressOf(plan, 0);
    const phone = createPhone(identity, source ?? '0.0.0.0', environment);
    this.#hosted = new HostedPhone(0, phone, source ?? undefined);
    const taps: HostedTap[] = [this.#trace];
    if (pcap !== null) taps.push(new PcapWriter(pcap, Date.now()));
    this.#recording.push(
      JSON.stringify({
        format: RECORDING_FORMAT,
        identity,
        sourceAddress: source ?? '0.0.0.0',
        relayAddress: environment.relayAddress,
        settings: plan.boot,
      }),
    );
    this.#host = new PhoneHost({
      clock: this.#clock,
      guard: new TargetGuard(plan.allow),
      relay,
      tap: tapAll(taps),
      observe: (_, event) => this.#observe(event),
      onEnd: () => this.#finish(this.#inServiceAtEnd),
      tls,
      ...(record === null ? {} : { recorder: this.#recorder() }),
    });
  }

  run(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#finish = resolve;
      this.#after(this.#options.timeoutMs, () => this.#leave());
      process.once('SIGINT', () => this.#leave());
      const now = this.#clock.now();
      this.#host.step(this.#hosted, { type: 'powerOn', intendedAt: now, wave: 0, now });
    });
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#host.release(this.#hosted);
    this.#host.shutDown();
    const { record } = this.#options;
    if (record !== null) writeFileSync(record, `${this.#recording.join('\n')}\n`);
  }

  verdict(): string[] {
    if (this.#ready !== null && this.#inServiceAtEnd) {
      const { now, intendedAt, firstPacketAt, server } = this.#ready;
      return [
        `IN SERVICE: ${deviceName(this.#hosted.phone.identity.mac)} with ${server || 'no CallManager (left out)'}`,
        `  after ${seconds(now - intendedAt)}, of it on the network ${seconds(now - firstPacketAt)}`,
        ...(this.#losses === 0 ? [] : [`  service was lost ${this.#losses} times since: see above`]),
      ];
    }
    return failureVerdict(this.#failure());
  }

  /** What keeps the phone out of service: the stage that it hangs in, or the one that failed last. */
  #failure(): Failure {
    if (this.#stage === null) {
      return this.#lastFailure ?? { stage: 'power', cause: 'in-progress', server: null };
    }
    const { stage, askedAgain } = this.#stage;
    const cause = askedAgain ? (SILENCE[stage] ?? 'in-progress') : 'in-progress';
    return { stage, cause, server: null };
  }

  #observe(event: BootEvent): void {
    this.#trace.event(event);
    this.#follow(event);
    if (event.type === 'ready') {
      if (this.#ready === null) this.#after(this.#options.holdMs, () => this.#leave());
      this.#ready ??= event;
    }
    if (event.type === 'gaveUp') this.#after(0, () => this.#leave());
  }

  #follow(event: BootEvent): void {
    switch (event.type) {
      case 'stageStarted':
        this.#stage = { stage: event.stage, askedAgain: false };
        return;
      case 'retransmitted':
        if (this.#stage) this.#stage.askedAgain = true;
        return;
      case 'stagePassed':
        this.#stage = null;
        return;
      case 'stageFailed':
        this.#stage = null;
        this.#lastFailure = event.failure;
        return;
      case 'serviceLost':
        this.#losses++;
        this.#lastFailure = event.failure;
        return;
      default:
        return;
    }
  }

  /** The orderly end; whatever a server keeps back, it is over soon after. */
  #leave(): void {
    if (this.#hosted.phone.state === 'stopped') return this.#finish(this.#inServiceAtEnd);
    if (this.#hosted.phone.state !== 'stopping')
      this.#inServiceAtEnd = this.#hosted.phone.state === 'inService';
    this.#host.step(this.#hosted, { type: 'stop', now: this.#clock.now() });
    this.#after(this.#options.plan.boot.sccp.unregisterTimeoutMs + 1000, () =>
      this.#finish(this.#inServiceAtEnd),
    );
  }

  #after(ms: number, action: () => void): void {
    this.#timers.push(setTimeout(action, ms));
  }

  #recorder(): PhoneRecorder {
    const write = (line: string): void => {
      this.#recording.push(line);
    };
    return {
      wrap: (effects) => new EffectRecorder(write, effects),
      event: (event) => write(eventLine(event)),
    };
  }
}

/** To all of them; none sees a password. */
function tapAll(taps: readonly HostedTap[]): HostedTap {
  return {
    datagram: (owner, endpoint, packet) => {
      for (const tap of taps) tap.datagram(owner, endpoint, packet);
    },
    stream: (owner, endpoint, kind, packet) => {
      const conceals = endpoint === 'capf' && kind === 'data' && packet.direction === 'sent';
      const shown = conceals ? { ...packet, bytes: concealPasswords(packet.bytes) } : packet;
      for (const tap of taps) tap.stream(owner, endpoint, kind, shown);
    },
  };
}
