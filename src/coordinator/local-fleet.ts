/** The agents of this machine: forked processes that read the schedule over their IPC channels. */
import { hostname } from 'node:os';
import { receiveError } from '../drivers/transported-error.ts';
import type { AgentMessage, ShardGrant } from '../engine/agent-contract.ts';
import { forkAgents, type LocalAgents } from '../engine/local-agents.ts';
import type { BootstormError } from '../errors.ts';
import type { FleetAgent } from '../metrics/agent-facts.ts';
import { MemoryRampStore } from '../ramp/memory-ramp-store.ts';
import type { RunPlan } from '../scenario/plan.ts';
import type { AgentFleet, FleetListener } from './agent-fleet.ts';
import { RowRoll } from './row-roll.ts';

interface LocalAgent {
  readonly name: string;
  readonly grants: readonly ShardGrant[];
  readonly open: Set<number>;
  state: FleetAgent['state'];
}

export class LocalFleet implements AgentFleet {
  readonly store = new MemoryRampStore<RunPlan>();
  readonly rows = new RowRoll();
  readonly shardCount: number;
  /** A start message reaches every worker in this time; an end takes effect as soon as it is heard. */
  readonly lead = { startMs: 250, stopMs: 0 };
  readonly obstacle = null;
  readonly #agents: readonly LocalAgent[];
  #processes: LocalAgents | null = null;
  #listener: FleetListener | null = null;

  /** @param grants the shards of each agent */
  constructor(grants: readonly (readonly ShardGrant[])[]) {
    this.shardCount = grants.flat().length;
    this.#agents = grants.map((own, index) => ({
      name: `agent-${index}`,
      grants: own,
      open: new Set(own.map(({ shard }) => shard)),
      state: 'preparing',
    }));
  }

  get agents(): readonly FleetAgent[] {
    return this.#agents.map(({ name, grants, state }) => ({
      name,
      host: hostname(),
      state,
      shards: grants.map(({ shard }) => shard),
      clockErrorMs: 0,
      clockDriftMs: 0,
    }));
  }

  start(listener: FleetListener): void {
    this.#listener = listener;
    this.#processes = forkAgents(this.#agents, this.store, {
      message: (index, message) => this.#onMessage(index, message),
      ended: (index, error) => this.#onEnded(index, error),
    });
  }

  shardsOf(agent: string): readonly number[] {
    return this.#agents.find(({ name }) => name === agent)?.grants.map(({ shard }) => shard) ?? [];
  }

  isHeard(): boolean {
    return true;
  }

  canRestart(): boolean {
    return false;
  }

  async restart(): Promise<void> {
    throw new Error('phones of an agent of this machine are not begun anew');
  }

  async close(): Promise<void> {
    this.#processes?.kill();
    await this.#processes?.ended;
  }

  #onMessage(index: number, message: AgentMessage): void {
    const agent = this.#agents[index];
    const listener = this.#listener;
    if (agent === undefined || listener === null) return;
    switch (message.type) {
      case 'prepared':
        return listener.prepared(message.shard);
      case 'snapshot':
        agent.state = 'running';
        return listener.snapshot(message.snapshot);
      case 'rows':
        return this.rows.take(message.chunk);
      case 'finished':
        agent.open.delete(message.result.shard);
        if (agent.open.size === 0) agent.state = 'finished';
        return listener.finished(message.result);
      case 'failed': {
        const shards = message.shard === null ? this.shardsOf(agent.name) : [message.shard];
        for (const shard of shards) agent.open.delete(shard);
        return listener.lost(agent.name, shards, receiveError(message.error, agent.name));
      }
      default:
        return message satisfies never;
    }
  }

  #onEnded(index: number, error: BootstormError | null): void {
    const agent = this.#agents[index];
    if (agent === undefined || error === null) return;
    agent.state = 'lost';
    this.#listener?.lost(agent.name, [...agent.open], error);
  }
}
