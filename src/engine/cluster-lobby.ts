/** How an agent finds a run that wants it, and takes a seat there. */
import type { Redis } from 'ioredis';
import { BootstormError } from '../errors.ts';
import { redisFailure } from '../redis/connection.ts';
import { OPEN_RUNS, runKeys } from '../redis/run-keys.ts';
import { CLUSTER_PROTOCOL, type Member, type OpenRun, SILENCE_LIMIT_MS } from './cluster-contract.ts';
import { join, noteRefusal } from './cluster-scripts.ts';

export interface Seat {
  readonly run: string;
  readonly member: Member;
}

export interface LobbyOptions {
  readonly redis: Redis;
  readonly member: Omit<Member, 'index'>;
  /** Null: the first that takes it. */
  readonly run: string | null;
  readonly wantedIndex: number | null;
  /** Runs that it has taken part in. */
  readonly done: ReadonlySet<string>;
  /** Goes on looking for other runs when one refuses it. */
  readonly isPatient: boolean;
  readonly say: (line: string) => void;
}

/** An agent that was lost may come back under its name: the lost one is believed to live for so long, ms. */
const NAME_PATIENCE_MS = SILENCE_LIMIT_MS + 5000;

export class Lobby {
  readonly #options: LobbyOptions;
  readonly #said = new Set<string>();
  readonly #nameTakenSinceMs = new Map<string, number>();

  constructor(options: LobbyOptions) {
    this.#options = options;
  }

  /**
   * One look at the runs; null: none takes this agent now, or Redis is away. Throws `run-refused` for a run that never
   * will, where it is the only one.
   */
  async look(nowMs: number): Promise<Seat | null> {
    try {
      return await this.#look(nowMs);
    } catch (error) {
      if (!(error instanceof BootstormError) || !error.retryable) throw error;
      this.#sayOnce(error.message);
      return null;
    }
  }

  async #look(nowMs: number): Promise<Seat | null> {
    const { run, done, isPatient } = this.#options;
    const open = (await this.#openRuns()).filter((one) => !done.has(one.run) && (run ?? one.run) === one.run);
    if (open.length === 0) this.#sayOnce(run === null ? 'waiting for a run' : `waiting for run ${run}`);
    if (open.length === 0 && run !== null && !isPatient && (await this.#isOver(run))) {
      throw await this.#refused(run, 'it is over', 'name a run that wants agents, or leave --run out');
    }
    let refusal: BootstormError | null = null;
    for (const one of open) {
      const outcome = (await this.#versionRefusal(one)) ?? (await this.#tryToJoin(one, nowMs));
      if (outcome instanceof BootstormError) refusal = outcome;
      else if (outcome !== null) return outcome;
    }
    if (refusal === null) return null;
    if (open.length === 1 && !isPatient) throw refusal;
    this.#sayOnce(refusal.message);
    return null;
  }

  async #openRuns(): Promise<OpenRun[]> {
    const { redis } = this.#options;
    const all = await redis.hgetall(OPEN_RUNS).catch((error: unknown) => {
      throw redisFailure(error, redis);
    });
    return Object.values(all).map((text) => JSON.parse(text) as OpenRun);
  }

  /** Its end was ordered: it does not look for agents any more, and never will. */
  async #isOver(run: string): Promise<boolean> {
    const { redis } = this.#options;
    const stop = await redis.hget(runKeys(run).state, 'stop').catch((error: unknown) => {
      throw redisFailure(error, redis);
    });
    return stop !== null && stop !== '';
  }

  async #versionRefusal({ run, version, protocol }: OpenRun): Promise<BootstormError | null> {
    const { member } = this.#options;
    if (version === member.version && protocol === CLUSTER_PROTOCOL) return null;
    const reason = `it is bootstorm ${member.version} (protocol ${CLUSTER_PROTOCOL}), the run ${version} (protocol ${protocol})`;
    return this.#refused(run, reason, 'install the same version of bootstorm on every machine');
  }

  async #tryToJoin({ run, agents: seats }: OpenRun, nowMs: number): Promise<Seat | BootstormError | null> {
    const { redis, member, wantedIndex } = this.#options;
    const joined = await join(redis, runKeys(run), member, { seats, wantedIndex });
    if (joined.verdict === 'joined') return { run, member: { ...member, index: joined.index } };
    if (joined.verdict === 'leaderless') {
      this.#sayOnce(`run ${run} has no coordinator at present: waiting for it, or for another run`);
      return null;
    }
    if (joined.verdict === 'full') {
      this.#sayOnce(`run ${run} has its ${seats} agents: waiting for another`);
      return null;
    }
    const since = this.#nameTakenSinceMs.get(run) ?? nowMs;
    this.#nameTakenSinceMs.set(run, since);
    this.#sayOnce(`run ${run} has an agent ${member.name}: waiting for the name`);
    if (nowMs - since < NAME_PATIENCE_MS) return null;
    return this.#refused(run, 'a living agent has its name', 'give each agent a --name of its own');
  }

  async #refused(run: string, reason: string, hint: string): Promise<BootstormError> {
    const { redis, member } = this.#options;
    await noteRefusal(redis, runKeys(run), member.name, reason);
    return new BootstormError('run-refused', `run ${run} does not take agent ${member.name}: ${reason}`, {
      hint,
    });
  }

  #sayOnce(line: string): void {
    if (this.#said.has(line)) return;
    this.#said.add(line);
    this.#options.say(line);
  }
}
