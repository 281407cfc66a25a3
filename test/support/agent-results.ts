/** Files as agents leave them: a run of four shards with three phones each, of which the last gets no lease. */
import type { ResultFile } from '../../src/coordinator/merged-run.ts';
import type { AgentResult } from '../../src/engine/agent-result.ts';
import type { AgentState } from '../../src/metrics/agent-facts.ts';
import { ShardMetrics } from '../../src/metrics/shard-metrics.ts';
import type { RunPlan } from '../../src/scenario/plan.ts';
import { GENERATOR } from '../metrics/generator-sample.ts';
import { bootEvents, interleaved, WHOLE_BOOT } from '../metrics/phone-stories.ts';
import { planOf } from '../scenario/load-yaml.ts';

export const SHARDS = 4;
export const PLAN: RunPlan = planOf(
  'name: apart\nphones: { generate: { count: 12 } }\noutput: { phonesCsv: phones.csv }',
);

type Grant = AgentResult['results'][number];

export function grantOf(shard: number, { epoch = 1, closed = true, healthy = false } = {}): Grant {
  const metrics = new ShardMetrics({ shard, epoch, phones: 3, armedAt: 0, keepsRows: true });
  const phones = [
    bootEvents(WHOLE_BOOT, { from: shard }),
    bootEvents(WHOLE_BOOT, { from: 1000 + shard }),
    healthy
      ? bootEvents(WHOLE_BOOT)
      : bootEvents(['pass', 'pass', 'pass', 'fail'], { cause: 'dhcp-timeout' }),
  ];
  for (const { phone, event } of interleaved(phones)) metrics.observe(phone, event);
  metrics.lateness(1);
  metrics.eventLoopLag(1);
  if (closed) metrics.closeLedger(60_000);
  const generator = { ...GENERATOR, droppedDatagrams: 0 };
  const [snapshot, rows] = [metrics.snapshot(generator), metrics.rows()];
  return { shard, epoch, snapshot, rows, fencedAfterMs: null, failure: null };
}

export type FileOptions = Partial<
  Pick<AgentResult, 'run' | 'plan' | 'shards' | 'results' | 'steers' | 'startUtc' | 'stop'>
> & { readonly state?: AgentState };

/** The file `NAME.json` of an agent. */
export function resultFile(name: string, { state = 'finished', ...differs }: FileOptions = {}): ResultFile {
  const result: AgentResult = {
    format: 'bootstorm-agent-result',
    version: '0.1.0',
    node: 'v20.20.2',
    run: 'run-1',
    agent: { name, index: 0, host: `host-${name}`, state },
    clock: { errorMs: 0.2, driftMs: 0.01 },
    plan: PLAN,
    shards: SHARDS,
    startUtc: '2026-01-02T03:04:05.000Z',
    steers: [],
    stop: { kind: 'drain', atSecond: 60 },
    results: [],
    ...differs,
  };
  return { file: `${name}.json`, result };
}
