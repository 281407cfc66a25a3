/**
 * What an agent of a cluster writes to its own disk when nobody took over what it has: `bootstorm report` makes one
 * report of the files of all agents.
 */
import * as z from 'zod';
import { BootstormError } from '../errors.ts';
import { AGENT_STATES } from '../metrics/agent-facts.ts';
import type { ShardSnapshot } from '../metrics/shard-snapshot.ts';
import { packedText, unpackedText } from '../redis/packing.ts';
import type { RunPlan } from '../scenario/plan.ts';

/** What the file says of itself. */
const FORMAT = 'bootstorm-agent-result';

/** Of the same version of bootstorm, or refused: the version vouches for what is inside. */
function asWritten<T extends object>(): z.ZodType<T> {
  return z.custom<T>((value) => typeof value === 'object' && value !== null);
}

const resultSchema = z.strictObject({
  format: z.literal(FORMAT),
  /** Of bootstorm. */
  version: z.string(),
  /** Version of Node, as `process.version` has it. */
  node: z.string(),
  run: z.string(),
  agent: z.strictObject({ name: z.string(), index: z.int(), host: z.string(), state: z.enum(AGENT_STATES) }),
  clock: z.strictObject({
    /** Half of the best round trip to Redis, ms. */
    errorMs: z.number(),
    /** Since it was frozen, ms; null: not measured. */
    driftMs: z.number().nullable(),
  }),
  plan: asWritten<RunPlan>(),
  /** Shards of the run, over all agents. */
  shards: z.int(),
  /** Null: the run was never armed. */
  startUtc: z.iso.datetime().nullable(),
  /** Seconds since the start. */
  steers: z.array(z.strictObject({ fromSecond: z.number(), slope: z.number() })),
  stop: z.strictObject({ kind: z.enum(['drain', 'now']), atSecond: z.number().nullable() }).nullable(),
  /** The grants that the agent had. */
  results: z.array(
    z.strictObject({
      shard: z.int(),
      epoch: z.int(),
      /** The last; null: it never began. */
      snapshot: asWritten<ShardSnapshot>().nullable(),
      /** Those that the plan asks for. */
      rows: z.array(z.strictObject({ shard: z.int(), epoch: z.int(), first: z.int(), rows: z.string() })),
      /** How long its worker was asleep when it closed its connections without Unregister, ms. */
      fencedAfterMs: z.number().nullable(),
      /** Why it ended before its time. */
      failure: z.string().nullable(),
    }),
  ),
});

export type AgentResult = z.infer<typeof resultSchema>;

export function renderAgentResult(result: Omit<AgentResult, 'format'>): string {
  return `${packedText({ format: FORMAT, ...result })}\n`;
}

/** Reads such a file. Throws `file-unreadable` where it is something else, or of another version of bootstorm. */
export function parseAgentResult(text: string, file: string, version: string): AgentResult {
  const json = parseJson(text);
  const written = z.looseObject({ format: z.literal(FORMAT), version: z.string() }).safeParse(json);
  if (!written.success) {
    throw new BootstormError('file-unreadable', `${file} is not the result of an agent`, {
      hint: 'agents write bootstorm-results/RUN/agent-NAME.json when no coordinator took their results',
    });
  }
  if (written.data.version !== version) {
    throw new BootstormError(
      'file-unreadable',
      `${file} was written by bootstorm ${written.data.version}, and this is ${version}`,
      { hint: 'read it with the version that wrote it' },
    );
  }
  const result = resultSchema.safeParse(json);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new BootstormError('file-unreadable', `${file} is damaged: ${issues.join('; ')}`);
}

function parseJson(text: string): unknown {
  try {
    return unpackedText(text);
  } catch {
    return null;
  }
}
