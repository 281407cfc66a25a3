import { AGENT_STATES } from './agent-facts.ts';
import { type CatalogueMetric, counter, gauge, METRIC_LABELS, one, type Sample } from './metric.ts';
import { RUN_PHASES, type RunMark, VERDICTS } from './run-progress.ts';
import type { RunState } from './run-state.ts';
import { MOST_MARKS } from './series-bounds.ts';

/** What is known of a run as a whole: its coordinator exports it. */
export const RUN_METRICS: readonly CatalogueMetric[] = [
  gauge('run_info', 'The run, with its scenario and the versions of bootstorm and Node: always 1.', {
    labels: ['name', 'version', 'node', 'seed'],
    scope: 'run',
    aggregator: 'first',
    read: (_, { name, version, node, seed }) => [
      { labels: { name, version, node, seed: String(seed) }, value: 1 },
    ],
  }),
  gauge('run_phase', 'Where the run is in its life: 1 for its phase, 0 for the others.', {
    labels: ['phase'],
    scope: 'run',
    aggregator: 'first',
    read: (_state, _facts, { phase }) =>
      RUN_PHASES.map((name) => ({ labels: { phase: name }, value: name === phase ? 1 : 0 })),
  }),
  gauge('run_elapsed_seconds', 'Time since the start that all agents share; negative before it.', {
    labels: [],
    scope: 'run',
    aggregator: 'first',
    read: (_state, _facts, { elapsedSeconds }) => one(elapsedSeconds),
  }),
  gauge('run_schedule_slope_ratio', 'Schedule time that passes in a second: 1 is real time, 0 a pause.', {
    labels: [],
    scope: 'run',
    aggregator: 'first',
    read: (_state, _facts, { slope }) => one(slope),
  }),
  gauge('run_verdict', 'What the run came out as: 1 for its verdict; all 0 until it is judged.', {
    labels: ['verdict'],
    scope: 'run',
    aggregator: 'first',
    read: (_state, _facts, { verdict }) =>
      VERDICTS.map((name) => ({ labels: { verdict: name }, value: name === verdict ? 1 : 0 })),
  }),
  gauge('run_threshold_holds', 'Whether a threshold holds as the figures are now: 1 or 0.', {
    labels: ['threshold'],
    scope: 'run',
    aggregator: 'first',
    read: (_state, _facts, { thresholds }) =>
      [...new Map(thresholds.map(({ text, holds }) => [text, holds]))].map(([threshold, holds]) => ({
        labels: { threshold },
        value: holds ? 1 : 0,
      })),
  }),
  gauge(
    'run_mark_timestamp_seconds',
    'Unix time of what is marked on a time axis: the start, waves, steers, the end and others; the newest.',
    {
      labels: ['mark', 'what', 'number'],
      scope: 'run',
      aggregator: 'first',
      read: (_state, _facts, { marks }) => newestMarks(marks),
    },
  ),
  gauge('run_phones_asked', 'Phones in the plan of the run.', {
    labels: [],
    scope: 'run',
    read: (state) => one(state.asked),
  }),
  gauge('run_armed_timestamp_seconds', 'Unix time of the start that all agents share.', {
    labels: [],
    scope: 'run',
    aggregator: 'first',
    read: (_, facts) => (facts.startedUtc === null ? [] : one(Date.parse(facts.startedUtc) / 1000)),
  }),
  gauge('run_time_compression_ratio', 'Modelled times were divided by this; 1 is real time.', {
    labels: [],
    scope: 'run',
    aggregator: 'first',
    read: (_, facts) => one(facts.compression),
  }),
  gauge('run_embedded_lab', 'Whether the servers are the embedded lab, which is not CUCM: 1 or 0.', {
    labels: [],
    scope: 'run',
    aggregator: 'first',
    read: (_, facts) => one(facts.labLimits === null ? 0 : 1),
  }),
  gauge('run_agents', 'Processes that boot the phones of the run, by how far they are.', {
    labels: ['state'],
    scope: 'run',
    read: (_, { agents }) =>
      AGENT_STATES.map((name) => ({
        labels: { state: name },
        value: agents.filter(({ state }) => state === name).length,
      })),
  }),
  gauge('run_lost_shards', 'Shards whose agent was lost.', {
    labels: [],
    scope: 'run',
    read: (state) => one(state.shards.lost.length),
  }),
  counter('run_lost_snapshots_total', 'Seconds without news of a shard that lived.', {
    labels: [],
    scope: 'run',
    read: (_, { lostSnapshots }) => (lostSnapshots === null ? [] : one(lostSnapshots)),
  }),
  gauge(
    'run_time_to_fraction_seconds',
    'Time until a fraction of the phones asked was in service, once it is.',
    {
      labels: ['recovery', 'fraction'],
      scope: 'run',
      aggregator: 'max',
      read: timesToFraction,
    },
  ),
];

/** Numbers count the marks of a type, from 1: a mark keeps its number, whatever else comes before or after it. */
function newestMarks(marks: readonly RunMark[]): Sample<number>[] {
  const counts = new Map<string, number>();
  const numbered = marks.map(({ type, what, utc }) => {
    const number = (counts.get(type) ?? 0) + 1;
    counts.set(type, number);
    return { labels: { mark: type, what, number: String(number) }, value: Date.parse(utc) / 1000 };
  });
  return numbered.slice(-MOST_MARKS);
}

function timesToFraction(state: RunState): Sample<number>[] {
  const samples: Sample<number>[] = [];
  for (const recovery of METRIC_LABELS.recovery) {
    for (const fraction of METRIC_LABELS.fraction) {
      const ms = state.recovery[recovery].quantileOf(state.asked, Number(fraction));
      if (ms !== null) samples.push({ labels: { recovery, fraction }, value: ms / 1000 });
    }
  }
  return samples;
}
