/** The report of a run that was put together from the files of its agents. */
import type { LoggedEntry, RunLogEntry } from '../coordinator/run-log.ts';
import type { MergedRun } from '../coordinator/merged-run.ts';
import { labLimits } from '../lab/describe.ts';
import { agentFacts } from '../metrics/agent-facts.ts';
import type { RunFacts } from '../metrics/run-facts.ts';
import { buildSummary } from '../report/summary.ts';
import type { RunSummary } from '../report/summary-schema.ts';
import { shardSize } from '../schedule/shards.ts';
import { runEvents, runSecondOf } from './run-events.ts';
import { toolVersion } from './version.ts';

export function mergedSummary(run: MergedRun): RunSummary {
  const { plan, durationSeconds } = run;
  return buildSummary(run.state, factsOf(run), {
    durationSeconds,
    abortReason: run.stoppedAtOnce ? 'everything stopped at once' : null,
    limits: plan.validity,
    thresholds: plan.thresholds,
    scenario: plan.scenarioText,
    secondOf: runSecondOf(run.steers),
    events: runEvents(entriesOf(run)),
  });
}

function factsOf(run: MergedRun): RunFacts {
  const { plan, state, shards } = run;
  const phonesOf = (index: number): number => shardSize({ index, of: shards }, plan.phoneCount);
  return {
    id: run.id,
    name: plan.name,
    seed: plan.seed,
    version: toolVersion(),
    node: run.node,
    startedUtc: run.startedUtc,
    agents: agentFacts(run.agents, phonesOf, state, run.troubles),
    labLimits: plan.target.type === 'lab' ? labLimits(plan.target.settings) : null,
    compression: plan.boot.timing.compression,
    handshakeCpu: null,
    waves: run.waves,
    lostSnapshots: null,
    warnings: [...plan.warnings, ...run.warnings],
  };
}

/** What the log of a coordinator would have had: steers, and power as the schedule came to it. */
function entriesOf({ plan, steers, waves, startedUtc, durationSeconds }: MergedRun): LoggedEntry[] {
  const secondOf = runSecondOf(steers);
  const logged = (second: number, entry: RunLogEntry): LoggedEntry => ({ utc: '', second, entry });
  const all = [
    ...steers.map(({ fromSecond, slope }) => logged(fromSecond, { type: 'steered', fromSecond, slope })),
    ...waves.map(({ name, startSeconds, phones }) =>
      logged(secondOf(startSeconds), { type: 'wave', name, phones }),
    ),
    ...plan.cuts.map(({ name, startSeconds, phones }) =>
      logged(secondOf(startSeconds), { type: 'powerCut', name, phones }),
    ),
  ];
  return startedUtc === null ? [] : all.filter(({ second }) => second !== null && second <= durationSeconds);
}
