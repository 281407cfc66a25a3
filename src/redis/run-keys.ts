/**
 * Where things are in Redis. All keys of a run share one hash tag, so that they lie on one node and one script may
 * touch several of them; runs that look for agents are listed under a tag of their own.
 */
const PREFIX = 'bootstorm';

/** Runs that look for agents: a hash of run id to `OpenRun`, see `cluster-contract.ts`. */
export const OPEN_RUNS = `${PREFIX}:{lobby}:runs`;

/** How long anything of a run is kept after it was last written, seconds: a day. */
export const KEEP_SECONDS = 24 * 3600;

export interface RunKeys {
  /** Hash: the shared schedule without its plan, the coordinator's epoch; see redis-ramp-store.ts. */
  readonly state: string;
  /** Channel: the state has changed. A hint, never the truth. */
  readonly changed: string;
  /** The plan in compressed chunks: this, a colon and a number. */
  readonly plan: string;
  /** String: `ClusterTerms`. */
  readonly terms: string;
  /** String with an expiry: who coordinates. */
  readonly lease: string;
  /** Hash: name of an agent to `Member`. */
  readonly members: string;
  /** Hash: name of an agent that was turned away to the reason. */
  readonly refusals: string;
  /** Hash: shard to the epoch of its present grant. */
  readonly epochs: string;
  /** Hash: shard to the name of the agent that has taken its present grant. */
  readonly owners: string;
  /** Hash: name of an agent to its latest `Beat`. */
  readonly beats: string;
  /** Sorted set: name of an agent by Redis TIME of its latest beat, ms: whether a name is free again. */
  readonly seen: string;
  /** Hash: shard to its latest snapshot, packed. */
  readonly snapshots: string;
  /** Hash: shard to its `DeliveredResult`, packed. */
  readonly results: string;
  /**
   * Hash: shard to the epoch of the result that a coordinator has taken over. The agent sends a result again until
   * it is here, and at last writes a file of its own.
   */
  readonly taken: string;
  /** Rows of phones in compressed chunks, see chunks.ts: this, a colon and the shard; its result has the reference. */
  readonly rows: string;
  /** List: entries of the run log, JSON. */
  readonly log: string;
  /** Prefix of the queue of shards, which BullMQ keeps. */
  readonly queue: string;
}

export function runKeys(run: string): RunKeys {
  const key = (name: string): string => `${PREFIX}:{${run}}:${name}`;
  return {
    state: key('state'),
    changed: key('changed'),
    plan: key('plan'),
    terms: key('terms'),
    lease: key('lease'),
    members: key('members'),
    refusals: key('refusals'),
    epochs: key('epochs'),
    owners: key('owners'),
    beats: key('beats'),
    seen: key('seen'),
    snapshots: key('snapshots'),
    results: key('results'),
    taken: key('taken'),
    rows: key('rows'),
    log: key('log'),
    queue: key('queue'),
  };
}
