import { STAGE_NAMES } from '../phone/stages.ts';
import type { FailureRow } from './ledger.ts';
import {
  type CatalogueMetric,
  counter,
  gauge,
  histogram,
  type LabelValues,
  LEDGER_STATES,
  one,
  type Sample,
} from './metric.ts';
import { RUN_METRICS } from './run-metrics.ts';
import type { RunState } from './run-state.ts';
import { SECURITY_METRICS } from './security-metrics.ts';
import { SERVER_METRICS } from './server-metrics.ts';
import { TOKEN_OUTCOMES } from './server-tally.ts';
import { RETRANSMITTING_PROTOCOLS, TRANSFER_OUTCOMES } from './shard-snapshot.ts';
import { SITE_METRICS } from './site-metrics.ts';
import { sumRows } from './sums.ts';

const STAGE_METRICS: readonly CatalogueMetric[] = [
  histogram('stage_duration_seconds', 'Time from the first try of a stage to its first pass.', {
    labels: ['stage'],
    read: (state) => STAGE_NAMES.map((stage) => ({ labels: { stage }, value: state.stages[stage].latency })),
  }),
  histogram('stage_from_intended_start_seconds', 'Time from intended power return to the end of a stage.', {
    labels: ['stage'],
    read: (state) =>
      STAGE_NAMES.map((stage) => ({ labels: { stage }, value: state.stages[stage].fromIntendedStart })),
  }),
  counter('stage_attempts_total', 'Tries of a stage that began.', {
    labels: ['stage'],
    read: (state) => STAGE_NAMES.map((stage) => ({ labels: { stage }, value: state.stages[stage].attempts })),
  }),
  counter('stage_failures_total', 'Tries of a stage that failed, and losses of service, by cause.', {
    labels: ['stage', 'cause'],
    read: (state) => failuresByStageAndCause(state.failures),
  }),
];

const PHONE_METRICS: readonly CatalogueMetric[] = [
  gauge('phones', 'Phones in each state of the ledger; registered means not yet in service.', {
    labels: ['state'],
    read: (state) => LEDGER_STATES.map((name) => ({ labels: { state: name }, value: state.ledger[name] })),
  }),
  gauge('phones_in_stage', 'Phones that have a stage under way.', {
    labels: ['stage'],
    read: (state) => STAGE_NAMES.map((stage) => ({ labels: { stage }, value: state.inStage[stage] })),
  }),
  counter(
    'registrations_total',
    'Registrations with a CallManager by outcome; failed and lost ones by cause.',
    {
      labels: ['outcome', 'cause'],
      read: registrations,
    },
  ),
  histogram(
    'registration_request_delay_seconds',
    'Time from Register to RegisterAck, of each registration: RRD of RFC 6076 section 4.1.',
    {
      labels: [],
      read: (state) => one(state.registrationRequestDelay),
    },
  ),
  counter('restarts_total', 'Boots that began again, after a failure or with new firmware.', {
    labels: [],
    read: (state) => one(state.restarts),
  }),
  histogram('keepalive_round_trip_seconds', 'Time from KeepAlive to KeepAliveAck.', {
    labels: [],
    read: (state) => one(state.keepAlive),
  }),
];

const GROUP_METRICS: readonly CatalogueMetric[] = [
  counter('failovers_total', 'Registrations of phones that had lost another CallManager of their group.', {
    labels: [],
    read: (state) => one(state.group.failovers),
  }),
  counter('fallbacks_total', 'Registrations of phones that came back to a CallManager of higher priority.', {
    labels: [],
    read: (state) => one(state.group.fallbacks),
  }),
  counter('tokens_total', 'Requests for a token (RegisterTokenReq) by what became of them.', {
    labels: ['outcome'],
    read: (state) =>
      TOKEN_OUTCOMES.map((outcome) => ({ labels: { outcome }, value: state.tokens.outcomes[outcome] })),
  }),
  gauge('standby_connections', 'Connections to CallManagers that stand by, beside a registration.', {
    labels: [],
    read: (state) => one(state.servers.reduce((sum, { standbyNow }) => sum + standbyNow, 0)),
  }),
  counter('service_lost_total', 'Registrations that phones lost, by cause.', {
    labels: ['cause'],
    read: (state) =>
      sumRows(
        state.servers.flatMap(({ lost }) => lost),
        ({ cause }) => cause,
      ).map(({ cause, count }) => ({ labels: { cause }, value: count })),
  }),
];

const TRANSFER_METRICS: readonly CatalogueMetric[] = [
  histogram('tftp_transfer_seconds', 'Duration of TFTP transfers that brought a file.', {
    labels: [],
    read: (state) => one(state.transfers.latency),
  }),
  counter('tftp_transfers_total', 'Files asked for by TFTP, by what the server said.', {
    labels: ['outcome'],
    read: (state) =>
      TRANSFER_OUTCOMES.map((outcome) => ({ labels: { outcome }, value: state.transfers.outcomes[outcome] })),
  }),
  counter('tftp_received_bytes_total', 'Bytes of the files that were received by TFTP.', {
    labels: [],
    read: (state) => one(state.transfers.bytes),
  }),
  counter('retransmissions_total', 'Datagrams that were sent again because no answer came.', {
    labels: ['protocol'],
    read: (state) =>
      RETRANSMITTING_PROTOCOLS.map((protocol) => ({
        labels: { protocol },
        value: state.retransmissions[protocol],
      })),
  }),
];

const GENERATOR_METRICS: readonly CatalogueMetric[] = [
  gauge('agent_info', 'The processes that boot phones: always 1.', {
    labels: ['agent', 'version', 'node'],
    read: (_, { agents, version, node }) =>
      agents.map(({ name }) => ({ labels: { agent: name, version, node }, value: 1 })),
  }),
  histogram(
    'start_lateness_seconds',
    'How late the generator served timers that were due, starts among them.',
    {
      labels: [],
      read: (state) => one(state.generator.lateness),
    },
  ),
  histogram('event_loop_lag_seconds', 'How long the event loops of the generator were blocked.', {
    labels: [],
    read: (state) => one(state.generator.eventLoopLag),
  }),
  counter('starts_withheld_total', 'Phones whose start was withheld while their agent was out of contact.', {
    labels: [],
    read: (state) => one(state.power.withheld),
  }),
  counter('starts_ahead_total', 'Phones that were started before a steer was known that puts them off.', {
    labels: [],
    read: (state) => one(state.power.startedAhead),
  }),
  gauge(
    'event_loop_longest_block_seconds',
    'Longest time for which the event loop of a worker stood still.',
    {
      labels: [],
      aggregator: 'max',
      read: ({ generator }) => one(generator.longestBlockMs / 1000),
    },
  ),
  counter(
    'dropped_datagrams_total',
    'Datagrams that the kernel dropped at the relay sockets of the generator.',
    {
      labels: [],
      read: ({ generator }) => one(generator.droppedDatagrams),
    },
  ),
  gauge('open_descriptors', 'Open descriptors of the processes that boot the phones.', {
    labels: [],
    read: ({ generator: { openDescriptors } }) => (openDescriptors === null ? [] : one(openDescriptors)),
  }),
  gauge('descriptor_limit', 'Descriptors that those processes may have open.', {
    labels: [],
    read: ({ generator }) => one(generator.descriptorLimit),
  }),
  gauge('open_sockets', 'Sockets of the generator that are open.', {
    labels: [],
    read: (state) => one(state.generator.openSockets),
  }),
  counter('datagrams_total', 'Datagrams of the generator.', {
    labels: ['direction'],
    read: ({ generator }) => [
      { labels: { direction: 'sent' }, value: generator.datagramsSent },
      { labels: { direction: 'received' }, value: generator.datagramsReceived },
    ],
  }),
  counter('cpu_seconds_total', 'CPU time of the generator, user and system.', {
    labels: [],
    read: (state) => one(state.generator.cpuSeconds),
  }),
  gauge('resident_memory_bytes', 'Resident memory of the generator.', {
    labels: [],
    read: (state) => one(state.generator.rssBytes),
  }),
];

/** Every metric of bootstorm, once. */
export const CATALOGUE: readonly CatalogueMetric[] = [
  ...STAGE_METRICS,
  ...PHONE_METRICS,
  ...GROUP_METRICS,
  ...SECURITY_METRICS,
  ...SERVER_METRICS,
  ...SITE_METRICS,
  ...TRANSFER_METRICS,
  ...GENERATOR_METRICS,
  ...RUN_METRICS,
];

function failuresByStageAndCause(failures: readonly FailureRow[]): Sample<number>[] {
  const sums = new Map<string, { labels: LabelValues; value: number }>();
  for (const { stage, cause, count } of failures) {
    const key = `${stage} ${cause}`;
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { labels: { stage, cause }, value: count });
    else sum.value += count;
  }
  return [...sums.values()];
}

function registrations(state: RunState): Sample<number>[] {
  const failed = state.failures.filter(({ stage }) => stage === 'connect' || stage === 'register');
  const lost = state.failures.filter(({ stage }) => stage === 'ready');
  return [
    { labels: { outcome: 'registered' }, value: state.registrations },
    { labels: { outcome: 'unregistered' }, value: state.unregistrations },
    ...byCause(failed, 'failed'),
    ...byCause(lost, 'lost'),
  ];
}

function byCause(rows: readonly FailureRow[], outcome: 'failed' | 'lost'): Sample<number>[] {
  const sums = new Map<FailureRow['cause'], number>();
  for (const { cause, count } of rows) sums.set(cause, (sums.get(cause) ?? 0) + count);
  return [...sums].map(([cause, value]) => ({ labels: { outcome, cause }, value }));
}
