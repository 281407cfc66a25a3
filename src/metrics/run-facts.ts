import type { AgentFacts } from './agent-facts.ts';

/** Who exports metrics, of which run. */
export interface ExporterFacts {
  /** Name of the run; null: there is none yet. */
  readonly id: string | null;
  /** Version of bootstorm. */
  readonly version: string;
  /** Version of Node, as `process.version` has it. */
  readonly node: string;
  /** The processes that boot the phones whose figures these are. */
  readonly agents: readonly { readonly name: string }[];
}

/** What is known of a run besides what its phones did: from the plan and the coordinator, not from snapshots. */
export interface RunFacts extends ExporterFacts {
  readonly id: string;
  /** Name of the scenario. */
  readonly name: string;
  readonly seed: number;
  /** The armed instant, ISO 8601, UTC; null until the run is armed. */
  readonly startedUtc: string | null;
  readonly agents: readonly AgentFacts[];
  /** The embedded lab's limits, one line each; null when the servers are not the lab. */
  readonly labLimits: readonly string[] | null;
  /** Modelled times (switch, image, VLAN) were divided by this; 1 is real time. */
  readonly compression: number;
  /** What a TLS handshake costs this machine; null: it was not measured. */
  readonly handshakeCpu: HandshakeCpu | null;
  /** The returns of power that are planned, then the starts of phones that began anew, by number. */
  readonly waves: readonly PlannedWave[];
  /** What a user should know before trusting the figures, one sentence each. */
  /** Seconds without news of a shard that lived, see `NewsWatch`; null: nobody collected them. */
  readonly lostSnapshots: number | null;
  readonly warnings: readonly string[];
}

/** CPU time of the client's side of one handshake, ms. */
export interface HandshakeCpu {
  readonly fullMs: number;
  readonly resumedMs: number;
}

export interface PlannedWave {
  readonly name: string;
  /** Schedule time. */
  readonly startSeconds: number;
  /** Phones that are to get power with it. */
  readonly phones: number;
  /** Phones of a lost agent begin anew with it: no power has returned. */
  readonly isRestart?: boolean;
}
