/** The life of `bootstorm agent`: from its flags to the last run that it takes part in. */
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { monotonicMilliseconds } from '../drivers/clock.ts';
import type { MachineAddresses } from '../engine/cluster-addresses.ts';
import { ClusterAgent, type ClusterAgentOutcome } from '../engine/cluster-agent.ts';
import { BEAT_INTERVAL_MS, type Member } from '../engine/cluster-contract.ts';
import { Lobby, type Seat } from '../engine/cluster-lobby.ts';
import { BootstormError, problemList } from '../errors.ts';
import { redisName } from '../redis/address.ts';
import { onEndingSignal } from '../drivers/ending-signals.ts';
import { openRedis } from '../redis/connection.ts';
import { aggregate } from '../metrics/aggregate.ts';
import type { ExporterFacts } from '../metrics/run-facts.ts';
import { type MetricsServer, startMetricsServer } from '../metrics/server.ts';
import { addressField, portField } from '../scenario/host-port.ts';
import { type AddressPool, poolSize } from '../scenario/address-pool.ts';
import { addressPoolField } from '../scenario/address-pool-field.ts';
import { logFormatOf } from './cluster-options.ts';
import type { ExitReason } from './exit-codes.ts';
import { machineCapacity } from './machine.ts';
import { lingerForScrape, lingerOf } from './metrics-linger.ts';
import { redisFlaw } from './needed-redis.ts';
import { isRunId, RUN_ID_EXPECTED } from './run-id.ts';
import { toolVersion } from './version.ts';

/** What was said by flag or variable; null: nothing. */
export interface AgentSettings {
  readonly redis: string | null;
  readonly name: string | null;
  readonly run: string | null;
  readonly sources: string | null;
  readonly relays: string | null;
  readonly certificates: string | null;
  readonly results: string | null;
  readonly metricsPort: string | null;
  readonly metricsAddress: string | null;
  readonly metricsLinger: string | null;
  readonly logFormat: string | null;
  readonly serve: boolean;
  /** Of a pod of an Indexed Job: the same again when the pod is replaced. */
  readonly kubernetesIndex: string | null;
  /** Tells the user something. */
  readonly say: (line: string) => void;
}

/** An agent may be started before its Redis, ms. */
const REDIS_PATIENCE_MS = 60_000;
const LOOK_INTERVAL_MS = BEAT_INTERVAL_MS;
const NAME = /^[\w.-]{1,63}$/;

interface MetricsPlace {
  readonly port: number;
  readonly host: string;
}

interface Agent {
  readonly url: string;
  readonly run: string | null;
  readonly serve: boolean;
  readonly wantedIndex: number | null;
  readonly member: Omit<Member, 'index'>;
  readonly own: MachineAddresses;
  readonly certificates: string | null;
  readonly results: string;
  readonly say: (line: string) => void;
  readonly metrics: MetricsPlace | null;
  /** Seconds. */
  readonly metricsLinger: number;
  /** The run that it takes part in, or did at last. */
  present: { readonly seat: Seat; readonly taking: ClusterAgent } | null;
}

/** Takes part in one run, or in one after the other. Throws operator errors, all that is wrong with the flags at once. */
export async function serveAgent(settings: AgentSettings): Promise<ExitReason> {
  const agent = agentOf(settings);
  const signals = new StopSignals();
  const redis = await connect(agent, signals);
  if (redis === null) return 'aborted';
  agent.say(`agent ${agent.member.name} at ${redisName(agent.url)}`);
  let metrics: MetricsServer | null = null;
  try {
    metrics = await serveMetrics(agent);
    const reason = await takePart(agent, redis, signals);
    if (metrics !== null && agent.present !== null && !agent.serve && signals.count < 2)
      await lingerForScrape(metrics, agent.metricsLinger, agent.say);
    return reason;
  } finally {
    await metrics?.close();
    redis.disconnect();
    signals.close();
  }
}

/** Those of its phones: what is known of the whole run, its coordinator exports. */
async function serveMetrics(agent: Agent): Promise<MetricsServer | null> {
  if (agent.metrics === null) return null;
  const server = await startMetricsServer({
    ...agent.metrics,
    scopes: ['agent'],
    read: () => agent.present?.taking.measured ?? aggregate([], []),
    exporter: () => exporterOf(agent),
  });
  agent.say(`metrics: ${server.url}`);
  return server;
}

function exporterOf({ present, member }: Agent): ExporterFacts {
  const { name } = present?.seat.member ?? member;
  return {
    id: present?.seat.run ?? null,
    version: member.version,
    node: process.version,
    agents: [{ name }],
  };
}

/** Null: a signal came first. */
async function connect({ url, say }: Agent, signals: StopSignals): Promise<Redis | null> {
  const deadlineMs = monotonicMilliseconds() + REDIS_PATIENCE_MS;
  for (let attempt = 0; !signals.seen; attempt++) {
    try {
      return await openRedis(url);
    } catch (error) {
      const mayCome = error instanceof BootstormError && error.retryable;
      if (!mayCome || monotonicMilliseconds() >= deadlineMs) throw error;
      if (attempt === 0) say(`${error.message}: trying for ${REDIS_PATIENCE_MS / 1000} s`);
    }
    await signals.pause(LOOK_INTERVAL_MS);
  }
  return null;
}

async function takePart(agent: Agent, redis: Redis, signals: StopSignals): Promise<ExitReason> {
  const done = new Set<string>();
  for (;;) {
    const seat = await findSeat(agent, redis, done, signals);
    if (seat === null) return 'aborted';
    done.add(seat.run);
    agent.say(`run ${seat.run}: joined as ${seat.member.name}, index ${seat.member.index}`);
    const reason = await runOnce(agent, redis, seat, signals).catch((error: unknown) => {
      if (!agent.serve || !(error instanceof BootstormError)) throw error;
      agent.say(error.message);
      return null;
    });
    if (reason === 'aborted' || (reason !== null && !agent.serve)) return reason;
  }
}

/** Null: a signal came first. */
async function findSeat(
  { run, member, wantedIndex, serve, say }: Agent,
  redis: Redis,
  done: ReadonlySet<string>,
  signals: StopSignals,
): Promise<Seat | null> {
  const lobby = new Lobby({ redis, member, run, wantedIndex, done, isPatient: serve, say });
  for (;;) {
    if (signals.seen) return null;
    const seat = await lobby.look(monotonicMilliseconds());
    if (seat !== null) return seat;
    await signals.pause(LOOK_INTERVAL_MS);
  }
}

async function runOnce(agent: Agent, redis: Redis, seat: Seat, signals: StopSignals): Promise<ExitReason> {
  const { url, own, certificates, results, say } = agent;
  const taking = new ClusterAgent({ redis, url, ...seat, own, certificates, results, say });
  agent.present = { seat, taking };
  const forget = signals.each(() => taking.stop());
  try {
    const outcome = await taking.run();
    say(`run ${seat.run}: ${ENDINGS[outcome.ending]}`);
    return reasonOf(outcome);
  } finally {
    forget();
  }
}

function reasonOf({ ending, failure }: ClusterAgentOutcome): ExitReason {
  if (ending === 'fenced') return 'fenced';
  if (ending === 'drained') return 'aborted';
  if (failure === null) return 'ok';
  throw failure;
}

const ENDINGS: Readonly<Record<ClusterAgentOutcome['ending'], string>> = {
  finished: 'finished',
  drained: 'ended by a signal',
  fenced: 'fenced: this machine was asleep for too long, or its process was stopped',
};

function agentOf(settings: AgentSettings): Agent {
  const problems: string[] = [];
  const url = settings.redis ?? '';
  const flaw = redisFlaw(settings.redis);
  if (flaw !== null) problems.push(`--redis: ${flaw}`);
  if (settings.run !== null && !isRunId(settings.run))
    problems.push(`--run ${settings.run}: ${RUN_ID_EXPECTED}`);
  const index = settings.kubernetesIndex;
  const name = settings.name ?? (index === null ? `${hostname()}-${process.pid}` : `agent-${index}`);
  if (!NAME.test(name)) {
    problems.push(`--name ${name}: expected up to 63 letters, digits, dots, dashes and underscores`);
  }
  if (settings.certificates !== null && !existsSync(settings.certificates)) {
    problems.push(`--certificates ${settings.certificates}: there is no such folder`);
  }
  const own = {
    sources: poolOf('--source-addresses', settings.sources, problems),
    relays: poolOf('--relay-addresses', settings.relays, problems),
  };
  const metrics = metricsOf(settings, problems);
  const metricsLinger = lingerOf(settings.metricsLinger, problems);
  logFormatOf(settings.logFormat, problems);
  if (problems.length > 0) {
    throw new BootstormError('invalid-scenario', problemList('bootstorm agent', problems));
  }
  return {
    url,
    own,
    run: settings.run,
    serve: settings.serve,
    wantedIndex: index !== null && /^\d+$/.test(index) ? Number(index) : null,
    member: memberOf(name, own),
    certificates: settings.certificates === null ? null : resolve(settings.certificates),
    results: settings.results ?? 'bootstorm-results',
    metrics,
    say: settings.say,
    metricsLinger,
    present: null,
  };
}

function memberOf(name: string, own: MachineAddresses): Omit<Member, 'index'> {
  const { cpus, descriptorLimit, blackholeObstacle } = machineCapacity();
  const version = toolVersion();
  const relays = own.relays && poolSize(own.relays);
  return { name, host: hostname(), version, cpus, descriptorLimit, blackholeObstacle, relays };
}

function metricsOf(settings: AgentSettings, problems: string[]): Agent['metrics'] {
  const { metricsPort, metricsAddress: host } = settings;
  if (host !== null && !addressField.safeParse(host).success) {
    problems.push(`--metrics-address ${host}: expected an IP address`);
  }
  if (metricsPort === null) return null;
  const port = portField.safeParse(Number(metricsPort));
  if (port.success) return { port: port.data, host: host ?? '127.0.0.1' };
  problems.push(`--metrics-port ${metricsPort}: expected a port, from 1 to 65535`);
  return null;
}

function poolOf(flag: string, text: string | null, problems: string[]): AddressPool | null {
  if (text === null) return null;
  const pool = addressPoolField.safeParse(text);
  if (pool.success) return pool.data;
  problems.push(`${flag} ${text}: ${pool.error.issues[0]?.message}`);
  return null;
}

/** npm passes on the Ctrl-C that the terminal has sent us already: both are one. */
const ONE_KEYSTROKE_MS = 500;

/** Ctrl-C and the like, from the begin to the end of the command. */
class StopSignals {
  /** Those that were not the keystroke of the one before. */
  count = 0;
  readonly #controller = new AbortController();
  #listener: (() => void) | null = null;
  #lastAtMs = Number.NEGATIVE_INFINITY;
  readonly #forget = onEndingSignal(() => {
    if (performance.now() - this.#lastAtMs < ONE_KEYSTROKE_MS) return;
    this.#lastAtMs = performance.now();
    this.count += 1;
    this.#controller.abort();
    this.#listener?.();
  });

  get seen(): boolean {
    return this.#controller.signal.aborted;
  }

  /** A signal ends it early. */
  async pause(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#controller.signal }).catch(() => {});
  }

  /** Returns a function that ends listening; a signal that came before is heard at once. */
  each(listener: () => void): () => void {
    this.#listener = listener;
    if (this.seen) listener();
    return () => {
      this.#listener = null;
    };
  }

  close(): void {
    this.#forget();
  }
}
