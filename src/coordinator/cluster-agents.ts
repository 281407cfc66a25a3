/** The agents of a cluster as their beats tell of them: what each is at, which have troubles, which are silent. */
import { receiveError } from '../drivers/transported-error.ts';
import { type Beat, type Member, SILENCE_LIMIT_MS } from '../engine/cluster-contract.ts';
import { BootstormError } from '../errors.ts';
import type { AgentState, FleetAgent } from '../metrics/agent-facts.ts';
import type { ClusterBook } from './cluster-book.ts';
import type { ClusterLook } from './cluster-look.ts';
import { Liveness } from './liveness.ts';
import type { RunLogEntry } from './run-log.ts';

/** Shards that are to be given up. */
export interface Loss {
  readonly agent: string;
  readonly shards: readonly number[];
  readonly error: BootstormError;
}

export interface AgentNews {
  /** Beats that were not seen before. */
  readonly beats: readonly Beat[];
  readonly losses: readonly Loss[];
  readonly notes: readonly RunLogEntry[];
}

interface Known {
  readonly member: Member;
  beat: Beat | null;
  state: AgentState;
  /** What it had when it last had any. */
  shards: readonly number[];
}

/** An agent in one of these says no more about phones. */
const AT_END: ReadonlySet<AgentState> = new Set(['finished', 'drained', 'fenced', 'lost']);

export class ClusterAgents {
  readonly #book: ClusterBook;
  readonly #clockErrorMs: number;
  readonly #liveness = new Liveness();
  readonly #known = new Map<string, Known>();

  /** @param clockErrorMs how far the coordinator's own clock may be off */
  constructor(book: ClusterBook, clockErrorMs: number) {
    this.#book = book;
    this.#clockErrorMs = clockErrorMs;
    for (const member of book.members.values()) this.#meet(member);
  }

  get views(): readonly FleetAgent[] {
    const known = [...this.#known.values()].sort((a, b) => a.member.index - b.member.index);
    return known.map(({ member, beat, state, shards }) => ({
      name: member.name,
      host: member.host,
      state,
      shards,
      clockErrorMs: this.#clockErrorMs + (beat?.clock.errorMs ?? 0),
      clockDriftMs: beat?.clock.driftMs ?? null,
    }));
  }

  /** How many more shards the living could take, if each may have `most`. */
  freeSeats(most: number): number {
    const living = [...this.#known.values()].filter(({ state }) => !AT_END.has(state));
    return living.reduce((seats, { member }) => seats + most - this.#open(member.name).length, 0);
  }

  take(look: ClusterLook, answeredAtMs: number): AgentNews {
    const beats: Beat[] = [];
    const losses: Loss[] = [];
    const notes: RunLogEntry[] = [];
    this.#takeOwners(look.owners);
    for (const member of look.members) this.#meet(member);
    for (const known of this.#known.values()) {
      const beat = look.beats.get(known.member.name);
      if (beat === undefined || beat.sequence === known.beat?.sequence) continue;
      beats.push(beat);
      known.beat = beat;
      notes.push(...this.#follow(known, beat));
      losses.push(...this.#troubles(beat));
    }
    const sequences = new Map([...look.beats].map(([name, { sequence }]) => [name, sequence]));
    for (const agent of this.#liveness.look(answeredAtMs, sequences)) losses.push(this.#silence(agent));
    return { beats, losses, notes };
  }

  /** Its shards were given up. */
  lost(agent: string): void {
    const known = this.#known.get(agent);
    if (known === undefined) return;
    if (known.state !== 'fenced') known.state = 'lost';
    this.#liveness.forget(agent);
  }

  /** Its last result was taken over: nobody waits for it. */
  settle(): void {
    for (const { member, state } of this.#known.values()) {
      if (AT_END.has(state) && this.#open(member.name).length === 0) this.#liveness.forget(member.name);
    }
  }

  #meet(member: Member): void {
    this.#book.members.set(member.name, member);
    if (this.#known.has(member.name)) return;
    this.#known.set(member.name, { member, beat: null, state: 'joined', shards: [] });
    this.#liveness.expect(member.name);
  }

  #takeOwners(owners: ReadonlyMap<number, string>): void {
    this.#book.owners.clear();
    for (const [shard, owner] of owners) this.#book.owners.set(shard, owner);
    for (const known of this.#known.values()) {
      const shards = this.#book.shardsOf(known.member.name);
      if (shards.length > 0) known.shards = shards.sort((a, b) => a - b);
    }
  }

  #follow(known: Known, { agent, state, sleptMs }: Beat): RunLogEntry[] {
    const before = known.state;
    // One that was lost is heard of again only when it has just come, to say that it fenced itself, or with new shards.
    const isBack = state === 'joined' || this.#open(agent).length > 0;
    if (before === 'lost' && !isBack && state !== 'fenced') return [];
    known.state = state;
    if (before === 'lost' && state !== 'fenced') this.#liveness.expect(agent);
    if (state === before) return [];
    if (state === 'drained') return [{ type: 'agentDrained', agent }];
    if (state !== 'fenced') return [];
    return [{ type: 'agentFenced', agent, sleptSeconds: sleptMs === null ? null : sleptMs / 1000 }];
  }

  #troubles({ agent, state, failures, sleptMs }: Beat): Loss[] {
    const losses = failures
      .filter(({ shard, epoch }) => shard === null || this.#book.epochs.get(shard) === epoch)
      .map(({ shard, error }) => ({
        agent,
        shards: shard === null ? this.#open(agent) : [shard],
        error: receiveError(error, agent),
      }));
    if (state !== 'fenced') return losses;
    const slept = sleptMs === null ? '' : ` for ${(sleptMs / 1000).toFixed(0)} s`;
    return [...losses, this.#loss(agent, `was asleep${slept} and has closed its connections`)];
  }

  #silence(agent: string): Loss {
    return this.#loss(agent, `was not heard of for ${SILENCE_LIMIT_MS / 1000} s`);
  }

  #loss(agent: string, what: string): Loss {
    const error = new BootstormError('agent-failed', `agent ${agent} ${what}`);
    return { agent, shards: this.#open(agent), error };
  }

  /** Shards of the agent whose result was not taken over. */
  #open(agent: string): number[] {
    return this.#book.shardsOf(agent).filter((shard) => !this.#book.results.has(shard));
  }
}
