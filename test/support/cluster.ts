/**
 * Many machines on one: a Redis, a lab that no coordinator has started, agents and a coordinator, each a process of its
 * own, all of the built program. What a test has begun is gone when it is over.
 */
import { Redis } from 'ioredis';
import type { SteerOrder } from '../../src/coordinator/steer-order.ts';
import { steerRun } from '../../src/coordinator/steering.ts';
import { type LabCluster, startLab } from '../../src/lab/lab-cluster.ts';
import type { ServiceStats } from '../../src/lab/lab-contract.ts';
import { OPEN_RUNS, runKeys } from '../../src/redis/run-keys.ts';
import { labSettingsSchema } from '../../src/scenario/lab-settings.ts';
import {
  type CommandOptions,
  type FinishedStorm,
  type LogLine,
  pause,
  type RunningCommand,
  startCommand,
} from './bootstorm-command.ts';
import { Prometheus } from './prometheus.ts';
import { RedisServer } from './redis-server.ts';

export type AgentName = 'anna' | 'berta' | 'clara';
/** As many as it takes to be a cluster: each of them is a process and a thread. */
export const TWO: readonly AgentName[] = ['anna', 'berta'];
export const THREE: readonly AgentName[] = [...TWO, 'clara'];

export interface ClusterOptions {
  readonly agents?: readonly AgentName[];
  /** Of the scenario, besides phones, target and times. */
  readonly scenario?: string;
  readonly phones?: number;
  readonly flags?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Ports on which agents, by their names, and the coordinator serve metrics, until they have been scraped at last. */
  readonly metricsPorts?: Readonly<Record<AgentName | 'coordinator', number>>;
  /** Longest time that a process of it may take. */
  readonly timeoutMs?: number;
}

/** What is common to all: phones that boot in a third of a second. */
function scenarioOf(lab: LabCluster | null, { phones = PHONES, scenario = '' }: ClusterOptions): string {
  return `
name: cluster
phones: { generate: { count: ${phones} }, restartPause: 0.2s, reconnectPause: 0.1s..0.3s }
timing: { power: 0s, image: 0.2s, vlan: 0.1s }
sourceAddresses: 127.16.0.0/12
workers: { threads: 1 }
maxDuration: 5m
${lab === null ? NO_SERVERS : serversOf(lab)}
${scenario}`;
}

/** Every step is left out: phones need nobody. */
const NO_SERVERS = `skip: [power, image, vlan, dhcp, ctl, config, callManager]
target: { tftp: { servers: [127.0.0.1:6969] } }`;

function serversOf({ endpoints: { dhcp, dhcpReplyPort, dns, tftp, http } }: LabCluster): string {
  return `target:
  dhcp: { server: ${dhcp.host}:${dhcp.port}, replyPort: ${dhcpReplyPort}, relayAddresses: 127.0.64.1-127.0.67.254, initReboot: false }
  dns: { port: ${dns.port} }
  tftp: { port: ${tftp[0]?.port} }
  files: { httpPort: ${http.port} }
  sccp: { unregisterTimeoutSeconds: 1s }`;
}

export const PHONES = 30;
/** Half of the phones have power at once, the others one after the other. */
export const AT_ONCE = PHONES / 2;
export const LONG_RAMP = `ramp: [{ duration: 200ms, phones: ${AT_ONCE} }, { duration: 20s }]\nhold: 1s\n`;
/** The last of its phones have power when the test has said so: see `Cluster.hurry`. */
export const LONGEST_RAMP = `ramp: [{ duration: 200ms, phones: ${AT_ONCE} }, { duration: 2m }]
hold: 1s
`;

export class Cluster {
  readonly #commands = new Set<RunningCommand>();
  #prometheus: Prometheus | null = null;
  #redis: RedisServer | null = null;
  #lab: LabCluster | null = null;
  readonly agents = new Map<string, RunningCommand>();
  #coordinator: RunningCommand | null = null;
  run = 'run-1';

  get redis(): RedisServer {
    if (this.#redis === null) throw new Error('there is no Redis yet');
    return this.#redis;
  }

  get lab(): LabCluster {
    if (this.#lab === null) throw new Error('there is no lab yet');
    return this.#lab;
  }

  get coordinator(): RunningCommand {
    if (this.#coordinator === null) throw new Error('there is no coordinator yet');
    return this.#coordinator;
  }

  /** Redis, lab, coordinator and agents. */
  async start(options: ClusterOptions = {}): Promise<void> {
    await Promise.all([this.#redis ?? this.startRedis(), this.#lab ?? this.startLab(options.phones)]);
    this.coordinate(options);
    for (const name of options.agents ?? TWO) this.join(name, options);
  }

  /** One that scrapes these ports, and ends with the cluster. */
  async startPrometheus(ports: readonly number[]): Promise<Prometheus> {
    const targets = ports.map((port) => `127.0.0.1:${port}`);
    this.#prometheus = await Prometheus.start({ targets, isShared: true });
    return this.#prometheus;
  }

  async startRedis(options: { readonly password?: string } = {}): Promise<RedisServer> {
    this.#redis = await RedisServer.start(options);
    return this.#redis;
  }

  /** What `bootstorm lab` starts: processes of their own. Started from here, its counts can be asked for. */
  async startLab(phones = PHONES): Promise<LabCluster> {
    const settings = labSettingsSchema.parse({ callManagers: 1, keepAliveSeconds: 60 });
    const database = { type: 'generated', macPrefix: '020000', models: ['7961G'] } as const;
    this.#lab = await startLab(settings, { phones: database, phoneCount: phones });
    return this.#lab;
  }

  /** `bootstorm run --redis`, with the report in summary.json; of a cluster without a lab phones that need nobody. */
  coordinate(options: ClusterOptions = {}): RunningCommand {
    const flags = [
      ...['--agents', String((options.agents ?? TWO).length), '--run-id', this.run],
      ...metricsFlags(options.metricsPorts?.coordinator),
      ...(options.flags ?? []),
    ];
    this.#coordinator = this.command(
      ['run', 'storm.yaml', '--json', 'summary.json', '--quiet', ...this.redisFlags, ...flags],
      { ...options, files: { 'storm.yaml': scenarioOf(this.#lab, options) } },
    );
    return this.#coordinator;
  }

  join(name: string, options: CommandOptions & Pick<ClusterOptions, 'metricsPorts'> = {}): RunningCommand {
    const ports: Readonly<Record<string, number>> = options.metricsPorts ?? {};
    const args = ['agent', ...this.redisFlags, '--name', name, '--run', this.run];
    args.push(...metricsFlags(ports[name]));
    const agent = this.command(args, options);
    this.agents.set(name, agent);
    return agent;
  }

  /** It writes where the plan says, in a folder of its own. */
  attach(): RunningCommand {
    this.#coordinator = this.command(['attach', this.run, ...this.redisFlags]);
    return this.#coordinator;
  }

  steer(...order: readonly string[]): RunningCommand {
    return this.command(['steer', this.run, ...order, ...this.redisFlags]);
  }

  /** As `steer` does, without a process for it. */
  async order(order: SteerOrder): Promise<void> {
    await steerRun({ url: this.redis.url, run: this.run }, order);
  }

  /** A ramp of minutes is over in seconds. */
  async hurry(): Promise<void> {
    await this.order({ type: 'rate', slope: 60 });
  }

  command(args: readonly string[], options: CommandOptions = {}): RunningCommand {
    const command = startCommand(args, options);
    this.#commands.add(command);
    return command;
  }

  get redisFlags(): readonly string[] {
    return ['--redis', this.redis.url];
  }

  agent(name: AgentName): RunningCommand {
    const agent = this.agents.get(name);
    if (agent === undefined) throw new Error(`there is no agent ${name}`);
    return agent;
  }

  signal(command: RunningCommand, signal: NodeJS.Signals): void {
    process.kill(command.pid, signal);
  }

  /** What the lab's CallManager counted. */
  async served(): Promise<ServiceStats> {
    const { callManager1 } = await this.lab.stats('callManagers');
    return callManager1 ?? {};
  }

  /** Waits until the lab's CallManager has counted so many; the test's own time-out is the limit. */
  async counted(name: 'registrations' | 'unregistrations' | 'lost', least: number): Promise<void> {
    while (((await this.served())[name] ?? 0) < least) {
      this.#expectAlive();
      await pause(50);
    }
  }

  /** Waits until the run looks for agents. */
  async open(): Promise<void> {
    await this.#until(async (redis) => (await redis.hexists(OPEN_RUNS, this.run)) === 1);
  }

  /** Waits until so many agents have joined the run and told Redis so. */
  async joined(agents: number): Promise<void> {
    await this.#until(async (redis) => (await redis.hlen(runKeys(this.run).beats)) >= agents);
  }

  /** Keys of this Redis, each with the seconds that it has to live: -1 for ever. */
  async keys(): Promise<ReadonlyMap<string, number>> {
    return this.ask(async (redis) => {
      const keys = (await redis.keys('*')).toSorted();
      return new Map(await Promise.all(keys.map(async (key) => [key, await redis.ttl(key)] as const)));
    });
  }

  /** Asks Redis on a connection of its own. */
  async ask<Answer>(question: (redis: Redis) => Promise<Answer>): Promise<Answer> {
    const redis = new Redis(this.redis.url);
    try {
      return await question(redis);
    } finally {
      redis.disconnect();
    }
  }

  /** Ends whatever is left of it. */
  async end(): Promise<void> {
    for (const command of this.#commands) command.kill();
    await Promise.all([...this.#commands].map(({ finished }) => finished));
    await Promise.all([this.#prometheus?.stop(), this.#redis?.stop(), this.#lab?.stop()]);
  }

  async #until(holds: (redis: Redis) => Promise<boolean>): Promise<void> {
    while (!(await this.ask(holds))) {
      this.#expectAlive();
      await pause(50);
    }
  }

  #expectAlive(): void {
    const { coordinator } = this;
    if (coordinator.hasEnded) {
      throw new Error(`the coordinator has ended\n${coordinator.stdout}\n${coordinator.stderr}`);
    }
  }
}

function metricsFlags(port: number | undefined): readonly string[] {
  return port === undefined ? [] : ['--metrics-port', String(port), '--metrics-linger', '1m'];
}

export function reasonsOf(log: readonly LogLine[]): readonly string[] {
  return log.flatMap((line) => (line.type === 'stopping' ? [line.reason] : []));
}

/** What the report tells of the run from outside, one thing a line. */
export function eventsOf({ summary, stdout }: FinishedStorm): string {
  const events = summary.events.map(({ what }) => what);
  for (const event of events) expectIn(stdout, event);
  return events.join('\n');
}

/** What became of each agent, by name, as summary and report have it. */
export function statesOf({ summary, stdout }: FinishedStorm): readonly (readonly [string, string])[] {
  return summary.agents
    .map(({ name, state }) => {
      if (!new RegExp(`${name} .*${state}`).test(stdout)) throw new Error(`no ${name} ${state}:\n${stdout}`);
      return [name, state] as const;
    })
    .toSorted(([a], [b]) => a.localeCompare(b));
}

/** The report breaks lines between words. */
function expectIn(report: string, text: string): void {
  if (report.replaceAll(/\s+/g, ' ').includes(text)) return;
  throw new Error(`the report does not say "${text}":\n${report}`);
}

/** Whoever was in service has unregistered; who was about to register may have gone in the midst of it. */
export async function expectLeave(cluster: Cluster, { summary }: FinishedStorm): Promise<void> {
  const { registrations, unregistrations = 0, lost = 0 } = await cluster.served();
  if (unregistrations >= summary.phones.ready && registrations === unregistrations + lost) return;
  const seen = `${registrations} registered, ${unregistrations} unregistered, ${lost} lost`;
  throw new Error(`${summary.phones.ready} phones were in service, and the lab saw ${seen}`);
}
