/** *Generator*: whether it measured the cluster, or itself. */
import { DEFAULT_GENERATOR_LIMITS } from '../src/scenario/validity.ts';
import { dashboard, type DashboardModel, datasourceVariable, runVariable, type Section } from './board.ts';
import type { Threshold } from '@grafana/grafana-foundation-sdk/dashboard';
import { ALL_FACTS, GENERATOR_FACTS } from './facts.ts';
import { BAD, GOOD, NEUTRAL, NOTICE, PERCENTILE_COLOURS, QUIET, WARNING } from './palette.ts';
import { figures, lines, type PlacedPanel, type Query, type Size, table } from './panels.ts';
import { atLast, gained, of, quantile, rate, recentQuantile, sum } from './promql.ts';
import { durationsPanel, verdictPanel } from './shared-panels.ts';

export function generatorDashboard(): DashboardModel {
  return dashboard(
    GENERATOR_FACTS,
    ALL_FACTS,
    [datasourceVariable(), runVariable()],
    [validity(), punctuality(), machine(), agents()],
  );
}

const { latenessP99Seconds, eventLoopLagP99Seconds, longestBlockSeconds, freeDescriptors, lostSnapshots } =
  DEFAULT_GENERATOR_LIMITS;

/** Eight of them in two lines. */
const FIGURE: Size = { width: 6, height: 4 };

function validity(): Section {
  return {
    title: 'Did it measure the cluster, or itself?',
    panels: [
      verdict(),
      p99('Lateness, p99', 'start_lateness_seconds', latenessP99Seconds),
      p99('Event-loop lag, p99', 'event_loop_lag_seconds', eventLoopLagP99Seconds),
      longestBlock(),
      dropped(),
      descriptorsLeft(),
      lostShards(),
      snapshotsLost(),
    ],
  };
}

function verdict(): PlacedPanel {
  return verdictPanel(
    'invalid: the generator passed a limit of this dashboard, and the figures say nothing of the cluster. The limits are the defaults of the scenario key validity.',
    FIGURE,
  );
}

function p99(title: string, metric: string, limit: number): PlacedPanel {
  return figures({
    title,
    description: `Over the whole run, to the width of a bucket. Above ${limit} s in its worst ten seconds the run is INVALID: fewer phones for each agent, more agents, or less on their machines.`,
    size: FIGURE,
    queries: [{ expr: atLast(quantile(0.99, metric)) }],
    unit: 's',
    limits: upTo(limit),
  });
}

function longestBlock(): PlacedPanel {
  return figures({
    title: 'Longest block',
    description: `Longest time for which a worker stood still, once. Above ${longestBlockSeconds} s the run is INVALID: something else had the processor.`,
    size: FIGURE,
    queries: [{ expr: atLast(`max(${of('event_loop_longest_block_seconds')})`) }],
    unit: 's',
    limits: upTo(longestBlockSeconds),
  });
}

function dropped(): PlacedPanel {
  return figures({
    title: 'Dropped datagrams',
    description:
      'Datagrams that the kernel dropped at the relay sockets, because the generator did not read them in time: answers of servers that seem lost. Raise the receive buffer, or use more agents.',
    size: FIGURE,
    queries: [{ expr: atLast(sum(of('dropped_datagrams_total'))) }],
    unit: 'none',
    limits: [
      { value: null, color: GOOD },
      { value: 1, color: NOTICE },
    ],
  });
}

function descriptorsLeft(): PlacedPanel {
  return figures({
    title: 'Descriptors left',
    description: `Of the agent that has fewest. With fewer than ${freeDescriptors} in a process connections fail on the generator, and the run is INVALID: raise ulimit -n, or use more agents.`,
    size: FIGURE,
    queries: [{ expr: atLast(`min(${of('descriptor_limit')} - ${of('open_descriptors')})`) }],
    unit: 'none',
    limits: [
      { value: null, color: BAD },
      { value: freeDescriptors, color: NOTICE },
      { value: freeDescriptors * 5, color: GOOD },
    ],
  });
}

function lostShards(): PlacedPanel {
  return figures({
    title: 'Lost shards',
    description:
      'Shards whose agent was lost: their phones are missing from the figures, unless others begin them anew.',
    size: FIGURE,
    queries: [{ expr: atLast(sum(of('run_lost_shards'))) }],
    unit: 'none',
    limits: [
      { value: null, color: GOOD },
      { value: 1, color: BAD },
    ],
  });
}

function snapshotsLost(): PlacedPanel {
  return figures({
    title: 'Lost snapshots',
    description: `Seconds without news of a shard that lived. More than ${lostSnapshots} make the run INVALID. Only runs on many machines have them.`,
    size: FIGURE,
    queries: [{ expr: atLast(sum(of('run_lost_snapshots_total'))) }],
    unit: 'none',
    limits: upTo(lostSnapshots),
  });
}

/** Green, from half of a limit on yellow, at the limit red. */
function upTo(limit: number): Threshold[] {
  return [
    { value: null, color: GOOD },
    { value: limit / 2, color: NOTICE },
    { value: limit, color: BAD },
  ];
}

function punctuality(): Section {
  const percentiles = (name: string): Query[] =>
    [0.5, 0.9, 0.99].map((q) => ({ expr: recentQuantile(q, name), legend: `p${q * 100}` }));
  const limited = (title: string, metric: string, limit: number, description: string): PlacedPanel =>
    lines({
      title,
      description: `${description} The dashed line is the limit of p99, above which the run is INVALID.`,
      size: { width: 8, height: 9 },
      queries: percentiles(metric),
      unit: 's',
      colours: PERCENTILE_COLOURS,
      limits: [
        { value: null, color: 'transparent' },
        { value: limit, color: BAD },
      ],
    });
  return {
    title: 'Punctuality',
    panels: [
      limited(
        'Lateness of timers',
        'start_lateness_seconds',
        latenessP99Seconds,
        'How late timers that were due were served, starts of phones among them.',
      ),
      limited(
        'Event-loop lag',
        'event_loop_lag_seconds',
        eventLoopLagP99Seconds,
        'How long event loops were blocked: nothing is read or sent in that time.',
      ),
      durationsPanel('start_lateness_seconds', 8, {
        title: 'Lateness, all timers',
        description:
          'How many timers were how late. A few far up are pauses of the machine; a band that climbs is load.',
      }),
    ],
  };
}

function machine(): Section {
  return { title: 'Machines', panels: [cpu(), memory(), sockets(), descriptors(), datagrams(), drops()] };
}

/** One panel with a line for each agent that Prometheus scrapes. */
function byAgent(title: string, description: string, expr: string, unit: string): PlacedPanel {
  return lines({
    title,
    description,
    size: { width: 8, height: 8 },
    queries: [{ expr, legend: '{{instance}}' }],
    unit,
  });
}

function cpu(): PlacedPanel {
  return byAgent(
    'Processor',
    'Processor time per second, user and system: 1 is one core. At the number of cores of the machine the generator is the bottleneck.',
    sum(rate(of('cpu_seconds_total')), 'instance'),
    'suffix: cores',
  );
}

function memory(): PlacedPanel {
  return byAgent(
    'Memory',
    'Resident memory of the processes that boot phones.',
    sum(of('resident_memory_bytes'), 'instance'),
    'bytes',
  );
}

function sockets(): PlacedPanel {
  return byAgent(
    'Open sockets',
    'Sockets of phones that are open: one for each registration and each connection that stands by, more while phones boot.',
    sum(of('open_sockets'), 'instance'),
    'none',
  );
}

function descriptors(): PlacedPanel {
  const used = `${sum(of('open_descriptors'), 'instance')} / ${sum(of('descriptor_limit'), 'instance')}`;
  return lines({
    title: 'Descriptors used',
    description:
      'Share of the descriptors that the processes may have (ulimit -n). At 100 % connections fail on the generator: the run is INVALID.',
    size: { width: 8, height: 8 },
    queries: [{ expr: used, legend: '{{instance}}' }],
    unit: 'percentunit',
    max: 1,
  });
}

function datagrams(): PlacedPanel {
  return lines({
    title: 'Datagrams',
    description: 'DHCP, DNS and TFTP, per second. Received falls behind sent where servers do not answer.',
    size: { width: 8, height: 8 },
    queries: [{ expr: sum(rate(of('datagrams_total')), 'direction'), legend: '{{direction}}' }],
    unit: 'suffix: /s',
    colours: { sent: NEUTRAL, received: GOOD },
  });
}

function drops(): PlacedPanel {
  return byAgent(
    'Dropped datagrams over time',
    'That the kernel dropped at the relay sockets because the generator did not read them in time, per second: answers of servers that seem lost.',
    sum(rate(of('dropped_datagrams_total')), 'instance'),
    'suffix: /s',
  );
}

function agents(): Section {
  return {
    title: 'Agents',
    panels: [
      lines({
        title: 'Agents by state',
        description:
          'Processes that boot phones, by how far they are. Lost ones take their phones out of the figures, unless the scenario has others begin them anew.',
        size: { width: 8, height: 8 },
        queries: [{ expr: sum(of('run_agents'), 'state'), legend: '{{state}}' }],
        unit: 'none',
        kind: 'stacked',
      }),
      lines({
        title: 'Starts withheld, starts ahead',
        description:
          'withheld: phones not started while their agent was out of contact; ahead: phones started before a steer was known that puts them off.',
        size: { width: 8, height: 8 },
        queries: [
          { expr: sum(gained(of('starts_withheld_total'))), legend: 'withheld' },
          { expr: sum(gained(of('starts_ahead_total'))), legend: 'ahead' },
        ],
        unit: 'none',
        kind: 'bars',
        colours: { withheld: WARNING, ahead: QUIET },
      }),
      table({
        title: 'Agents of the run',
        description: 'Who boots the phones, where Prometheus finds it, and its versions: they must be equal.',
        size: { width: 8, height: 8 },
        queries: [{ expr: atLast(`max by (instance, agent, version, node) (${of('agent_info')})`) }],
        unit: 'none',
        columns: [
          { field: 'agent', title: 'Agent' },
          { field: 'instance', title: 'Scraped at' },
          { field: 'version', title: 'bootstorm', width: 100 },
          { field: 'node', title: 'Node', width: 100 },
        ],
      }),
    ],
  };
}
