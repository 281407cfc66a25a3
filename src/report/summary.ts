import { type AgentFacts, type StartSkew, startSkewOf } from '../metrics/agent-facts.ts';
import { dipsOf } from '../metrics/dips.ts';
import { Histogram } from '../metrics/histogram.ts';
import { stageRecord } from '../metrics/ledger.ts';
import type { PlannedWave, RunFacts } from '../metrics/run-facts.ts';
import type { RunState, ServerState, StageState, TokenState, WaveState } from '../metrics/run-state.ts';
import { type CurvePoints, secondOf, toPairs } from '../metrics/step-curve.ts';
import { STAGES } from '../phone/stages.ts';
import { DEFAULT_THRESHOLDS, type Threshold } from '../scenario/threshold-field.ts';
import { DEFAULT_GENERATOR_LIMITS, type GeneratorLimits } from '../scenario/validity.ts';
import type { LabObservation } from './lab-series.ts';
import { inSeconds, rounded } from './rounding.ts';
import { securitySummary, serverTlsSummary } from './security-summary.ts';
import { MOST_BINS, type RunSummary } from './summary-schema.ts';
import { endedFor, evaluateThreshold } from './thresholds.ts';
import { judge } from './verdict.ts';

export const LAB_TITLE = 'embedded lab, not CUCM';

/** How a run ended. */
export interface RunEnding {
  /** From the armed instant to the end of the hold, or to the abort, seconds. */
  readonly durationSeconds: number;
  /** Why the run was ended before its time; null when it was not. */
  readonly abortReason: string | null;
  readonly limits?: GeneratorLimits;
  readonly thresholds?: readonly Threshold[];
  /** The thresholds for which it was ended, with the second. */
  readonly endedBy?: ReadonlyMap<string, number>;
  /** What was seen of the lab, when there was one. */
  readonly lab?: LabObservation | null;
  /** What happened to the phones and their servers meanwhile, in the order of time. */
  readonly events?: RunSummary['events'];
  /** The scenario, as YAML. */
  readonly scenario?: string;
  /** When the schedule had come to a second of its own, in seconds of the run, where it was steered. */
  readonly secondOf?: (scheduleSeconds: number) => number;
  /** The run log, in words. */
  readonly runLog?: RunSummary['runLog'];
}

const NOTHING_SEEN: LabObservation = { events: [], tokenQueue: [], registered: [] };

/**
 * The summary of a run whose ledger has been read.
 * @throws Error when the ledger does not add up to the phones asked: a bug, never a result
 */
export function buildSummary(state: RunState, facts: RunFacts, ending: RunEnding): RunSummary {
  const end = secondOf(ending.durationSeconds * 1000);
  const { abortReason, limits = DEFAULT_GENERATOR_LIMITS } = ending;
  const thresholds = (ending.thresholds ?? DEFAULT_THRESHOLDS).map((threshold) =>
    endedFor(evaluateThreshold(state, facts.waves, threshold), ending.endedBy?.get(threshold.text)),
  );
  return {
    run: identityOf(facts, ending),
    scenario: ending.scenario ?? null,
    lab:
      facts.labLimits === null
        ? null
        : { title: LAB_TITLE, limits: [...facts.labLimits], ...(ending.lab ?? NOTHING_SEEN) },
    timing: { compression: facts.compression, note: compressionNote(facts.compression) },
    phones: phonesOf(state),
    recovery: {
      fromPower: {
        ...timesOf(state.recovery.fromPower, state.asked),
        curve: toPairs(state.recovery.inService, end),
        bins: binsOf(state.recovery.fromPower),
      },
      network: {
        ...timesOf(state.recovery.network, state.asked),
        curve: cumulative(state.recovery.network),
        bins: binsOf(state.recovery.network),
      },
      waves: wavesOf(state, facts, ending),
      dips: dipsOf(state.recovery.inService),
    },
    events: (ending.events ?? []).map(({ second, what }) => ({ second: rounded(second), what })),
    runLog: boundedLog(ending.runLog ?? []),
    stages: stageRecord((stage) => ({
      ...stageSummary(state.stages[stage]),
      modelled: STAGES[stage].time === 'modelled',
    })),
    servers: state.servers.map(serverSummary),
    failures: [...state.failures],
    failureTexts: [...state.failureTexts],
    ...roundTripsOf(state),
    retransmissions: { ...state.retransmissions },
    group: { ...state.group },
    tokens: tokenSummary(state.tokens),
    security: securitySummary(state, facts.handshakeCpu),
    unfinished: [...state.unfinished],
    stragglers: {
      notInService: state.asked - state.ledger.ready,
      phones: [...state.stragglers],
    },
    power: { vanished: state.power.vanished, closedInOrder: state.power.closedInOrder },
    agents: facts.agents.map(agentSummary),
    startSkew: roundedSkew(startSkewOf(facts.agents)),
    generator: generatorSummary(state, facts, limits),
    warnings: [...facts.warnings, ...startWarnings(state)],
    thresholds,
    verdict: judge({ state, abortReason, lostSnapshots: facts.lostSnapshots, limits, thresholds }),
  };
}

function identityOf(facts: RunFacts, { durationSeconds }: RunEnding): RunSummary['run'] {
  const { id, name, seed, version, startedUtc } = facts;
  return { id, name, seed, version, started: startedUtc, duration: rounded(durationSeconds) };
}

const LOG_LINES = 1000;

/** What a run that went astray logs without end must not swell its summary. */
function boundedLog(lines: RunSummary['runLog']): RunSummary['runLog'] {
  const kept =
    lines.length <= LOG_LINES ? lines : [...lines.slice(0, LOG_LINES / 2), ...lines.slice(-LOG_LINES / 2)];
  return kept.map(({ utc, second, what }) => ({
    utc,
    second: second === null ? null : rounded(second),
    what,
  }));
}

/** What a reader has to know of times that are shorter than real ones; null for real time. */
export function compressionNote(compression: number): string | null {
  if (compression === 1) return null;
  return `modelled times (switch, image, VLAN) are divided by ${compression}: recovery from power is not real time`;
}

function phonesOf({ asked, ledger }: RunState): RunSummary['phones'] {
  const sum = Object.values(ledger).reduce((total, count) => total + count, 0);
  if (sum !== asked) {
    throw new Error(`the ledger does not close: ${sum} of ${asked} phones in ${JSON.stringify(ledger)}`);
  }
  return {
    asked,
    registered: ledger.registered + ledger.ready,
    ready: ledger.ready,
    dropped: ledger.dropped,
    failed: ledger.failed,
    trying: ledger.trying,
    lostWithAgent: ledger.lostWithAgent,
    notStarted: ledger.notStarted,
  };
}

function timesOf(
  histogram: Histogram,
  asked: number,
): Omit<RunSummary['recovery']['network'], 'curve' | 'bins'> {
  return {
    t50Seconds: inSeconds(histogram.quantileOf(asked, 0.5)),
    t90Seconds: inSeconds(histogram.quantileOf(asked, 0.9)),
    t99Seconds: inSeconds(histogram.quantileOf(asked, 0.99)),
    t100Seconds: inSeconds(histogram.quantileOf(asked, 1)),
  };
}

function wavesOf(
  { recovery }: RunState,
  { waves, startedUtc }: RunFacts,
  { secondOf: runSecondOf = (second) => second, durationSeconds }: RunEnding,
): RunSummary['recovery']['waves'] {
  return waves.map((wave, number) => {
    const second = runSecondOf(wave.startSeconds);
    const hasCome = startedUtc !== null && second <= durationSeconds;
    return waveSummary(wave, hasCome ? rounded(second) : null, recovery.waves[number]);
  });
}

function waveSummary(
  { name, startSeconds, phones: planned, isRestart = false }: PlannedWave,
  startedSecond: number | null,
  wave: WaveState | undefined,
): RunSummary['recovery']['waves'][number] {
  const { phones, toService } = wave ?? { phones: 0, toService: new Histogram() };
  const startsAt = rounded(startSeconds);
  return { name, startSeconds: startsAt, startedSecond, phones, isRestart, ...timesOf(toService, planned) };
}

function roundTripsOf(
  state: RunState,
): Pick<RunSummary, 'registrationRequestDelay' | 'ineffectiveRegistrationAttempts' | 'keepAliveRoundTrip'> {
  const { failures: failed, attempts } = state.stages.register;
  return {
    registrationRequestDelay: latencyOf(state.registrationRequestDelay),
    ineffectiveRegistrationAttempts: { failed, attempts },
    keepAliveRoundTrip: latencyOf(state.keepAlive),
  };
}

/** How many values there were up to each second, until all had come. */
function cumulative(histogram: Histogram): [number, number][] {
  const end = secondOf(histogram.max);
  const points: number[] = [];
  let before = 0;
  for (let second = 0; second <= end; second += 1) {
    const count = histogram.countAtOrBelow(second * 1000);
    if (count !== before) points.push(second, count);
    before = count;
  }
  return toPairs(points satisfies CurvePoints, end);
}

function stageSummary(stage: StageState): Omit<RunSummary['stages']['dhcp'], 'modelled'> {
  const { count, ...percentiles } = latencyOf(stage.latency);
  return {
    count,
    attempts: stage.attempts,
    failures: stage.failures,
    failedSeconds: rounded(stage.failedMs / 1000),
    ...percentiles,
    bins: binsOf(stage.latency),
    fromIntendedStart: latencyOf(stage.fromIntendedStart),
  };
}

/** Neighbours are put together until they are few enough: each time half of the resolution is lost, and no phone. */
function binsOf(histogram: Histogram): RunSummary['stages']['dhcp']['bins'] {
  let bins = histogram.filledBins();
  while (bins.length > MOST_BINS) {
    bins = bins.flatMap(([edge, count], i): [number, number][] => {
      const before = i % 2 === 1 ? (bins[i - 1]?.[1] ?? 0) : 0;
      return i % 2 === 1 || i === bins.length - 1 ? [[edge, count + before]] : [];
    });
  }
  return bins.map(([edgeMs, count]) => [rounded(edgeMs / 1000), count]);
}

function latencyOf(histogram: Histogram): RunSummary['stages']['dhcp']['fromIntendedStart'] {
  return {
    count: histogram.count,
    p50Seconds: inSeconds(histogram.quantile(0.5)),
    p90Seconds: inSeconds(histogram.quantile(0.9)),
    p99Seconds: inSeconds(histogram.quantile(0.99)),
    maxSeconds: inSeconds(histogram.quantile(1)),
  };
}

function serverSummary(server: ServerState): RunSummary['servers'][number] {
  return {
    address: server.address,
    role: server.role,
    attempts: server.attempts,
    registeredNow: server.registeredNow,
    registeredPeak: server.registeredPeak,
    standbyNow: server.standbyNow,
    standbyLost: server.standbyLost,
    standbyFailed: server.standbyFailed,
    failedOverTo: server.failedOverTo,
    failedOverFrom: server.failedOverFrom,
    fellBackTo: server.fellBackTo,
    lost: [...server.lost],
    tokens: tokenSummary(server.tokens),
    tls: serverTlsSummary(server.tls),
    refused: server.refused,
    resets: server.resets,
    p50Seconds: inSeconds(server.latency.quantile(0.5)),
    p99Seconds: inSeconds(server.latency.quantile(0.99)),
  };
}

function tokenSummary({ outcomes, roundTrip, wait }: TokenState): RunSummary['tokens'] {
  return {
    ...outcomes,
    roundTripP50Seconds: inSeconds(roundTrip.quantile(0.5)),
    roundTripP99Seconds: inSeconds(roundTrip.quantile(0.99)),
    waitP50Seconds: inSeconds(wait.quantile(0.5)),
    waitP99Seconds: inSeconds(wait.quantile(0.99)),
  };
}

function agentSummary(agent: AgentFacts): RunSummary['agents'][number] {
  const { name, host, state, shards, phones, clockErrorMs, clockDriftMs, firstStartLateMs, trouble } = agent;
  return {
    name,
    host,
    state,
    shards: [...shards],
    phones,
    clockErrorMs: rounded(clockErrorMs),
    clockDriftMs: clockDriftMs === null ? null : rounded(clockDriftMs),
    firstStartLateMs: firstStartLateMs === null ? null : rounded(firstStartLateMs),
    trouble,
  };
}

function roundedSkew({ betweenAgentsMs, clockErrorMs }: StartSkew): RunSummary['startSkew'] {
  return {
    betweenAgentsMs: betweenAgentsMs === null ? null : rounded(betweenAgentsMs),
    clockErrorMs: rounded(clockErrorMs),
  };
}

/** Starts that were not those of the schedule. */
function startWarnings({ power: { withheld, startedAhead } }: RunState): string[] {
  const phones = (count: number): string => `${count} ${count === 1 ? 'phone was' : 'phones were'}`;
  const late = `${phones(withheld)} started later than planned, or not at all: an agent was out of contact`;
  const ahead = `${phones(startedAhead)} started ahead of the schedule: an agent learned of a steer when its instant had passed`;
  return [...(withheld > 0 ? [late] : []), ...(startedAhead > 0 ? [ahead] : [])];
}

function generatorSummary(
  { generator, ledger, power }: RunState,
  facts: RunFacts,
  limits: GeneratorLimits,
): RunSummary['generator'] {
  const registered = ledger.registered + ledger.ready;
  const grown = Math.max(0, generator.peakRssBytes - generator.armedRssBytes);
  return {
    latenessP99Seconds: inSeconds(generator.worstWindow.lateness),
    eventLoopLagP99Seconds: inSeconds(generator.worstWindow.eventLoopLag),
    longestBlockSeconds: rounded(generator.longestBlockMs / 1000),
    droppedDatagrams: generator.droppedDatagrams,
    relayedReplies: generator.relayedReplies,
    networkDrops: generator.networkDrops,
    fewestFreeDescriptors: generator.fewestFreeDescriptors,
    lostSnapshots: facts.lostSnapshots,
    cpuSeconds: rounded(generator.cpuSeconds),
    peakRssBytes: generator.peakRssBytes,
    bytesPerRegisteredPhone: registered === 0 ? null : Math.round(generator.peakRssBytes / registered),
    grownBytesPerRegisteredPhone: registered === 0 ? null : Math.round(grown / registered),
    startedAhead: power.startedAhead,
    withheld: power.withheld,
    limits: { ...limits },
    node: facts.node,
  };
}
