import * as z from 'zod';
import { AGENT_STATES } from '../metrics/agent-facts.ts';
import { PHONE_STATES } from '../metrics/ledger.ts';
import { generatorSchema } from './generator-schema.ts';
import { securitySchema, serverTlsSchema } from './security-schema.ts';
import { FAILURE_CAUSE_NAMES } from '../phone/failure-causes.ts';
import { SERVER_ROLES, STAGE_NAMES } from '../phone/stages.ts';

const count = z.int().nonnegative();
const seconds = z.number().nonnegative();
const reachedSeconds = seconds.nullable().describe('Seconds; null: not reached.');
const percentile = seconds.nullable().describe('Seconds; null: nothing was measured.');
const server = z.string().nullable().describe('address:port; null: none was known.');
const stage = z.enum(STAGE_NAMES);
const cause = z.enum(FAILURE_CAUSE_NAMES);

const run = z.strictObject({
  id: z.string(),
  name: z.string().describe('Name of the scenario.'),
  seed: z.int().describe('The same seed gives the same schedule.'),
  version: z.string().describe('Version of bootstorm.'),
  started: z.iso.datetime().nullable().describe('The armed instant, UTC; null: the run was never armed.'),
  duration: seconds.describe('From the armed instant to the end of the hold, seconds.'),
});

const phones = z
  .strictObject({
    asked: count,
    registered: count.describe('With RegisterAck; includes those that are ready.'),
    ready: count.describe('In service (DefineTimeDate): a part of registered.'),
    dropped: count.describe('Was registered, is not, and is not back.'),
    failed: count.describe('Its own policy ended its attempts.'),
    trying: count,
    lostWithAgent: count.describe('The process that booted it was lost.'),
    notStarted: count,
  })
  .describe(
    'The ledger at the end of the hold: ' +
      'notStarted + trying + registered + dropped + failed + lostWithAgent = asked.',
  );

const curve = z
  .array(z.tuple([count, count]))
  .describe('Pairs [second, phones in service], to be joined by straight lines.');

/** Bins of a duration; where there are more, neighbours are put together. */
export const MOST_BINS = 128;

const bins = z.array(z.tuple([seconds, count])).max(MOST_BINS);

const times = {
  t50Seconds: reachedSeconds,
  t90Seconds: reachedSeconds,
  t99Seconds: reachedSeconds,
  t100Seconds: reachedSeconds,
};

const recoveryBins = bins.describe(
  'The times by bins that are not empty, ascending: [upper edge in seconds, phones above the edge before it and up to this one]; who was never in service is in none.',
);

const recovery = z.strictObject({
  fromPower: z
    .strictObject({ ...times, curve, bins: recoveryBins })
    .describe("From the run's start to the time when that share of the phones asked had been in service."),
  network: z
    .strictObject({ ...times, curve, bins: recoveryBins })
    .describe('The same from each phone’s first packet to its first time in service.'),
  waves: z
    .array(
      z.strictObject({
        name: z.string(),
        startSeconds: seconds.describe('When the wave begins, in schedule time.'),
        startedSecond: seconds
          .nullable()
          .describe(
            'When that was, from the run’s start, as steering moved it; null: it did not come to it.',
          ),
        phones: count.describe('Phones that got power with it.'),
        isRestart: z.boolean().describe('Phones of a lost agent began anew: no return of power.'),
        ...times,
      }),
    )
    .describe(
      'Each return of power: from its start to the time when that share of the phones that were to get it had been in service, whether they got it or not.',
    ),
  dips: z
    .array(
      z.strictObject({
        fromSecond: count,
        before: count.describe('Phones in service before it.'),
        lowest: count,
        lowestSecond: count,
        backSecond: count.nullable().describe('When all but 1 % were back; null: they are not.'),
      }),
    )
    .describe('Where more than 1 % of the phones in service lost it.'),
});

const latency = {
  count: count.describe('Phones that passed the stage.'),
  p50Seconds: percentile,
  p90Seconds: percentile,
  p99Seconds: percentile,
  maxSeconds: percentile,
};

const stageSummary = z.strictObject({
  ...latency,
  attempts: count.describe('Tries that began.'),
  failures: count.describe('Tries that failed.'),
  failedSeconds: seconds.describe('Time in tries that failed, of all phones together.'),
  bins: bins.describe(
    'The latency by bins that are not empty, ascending: [upper edge in seconds, phones above the edge before it and up to this one].',
  ),
  modelled: z.boolean().describe('The time comes from the scenario, not from the network.'),
  fromIntendedStart: z
    .strictObject(latency)
    .describe('From the intended power return of the phone to the end of the stage: cumulative.'),
});

const straggler = z.strictObject({
  index: count.describe('Its position in the plan.'),
  device: z.string().describe('Device name.'),
  state: z.enum(PHONE_STATES),
  stage: stage.nullable().describe('Where it stands; of a phone in service, where it failed last.'),
  cause: cause.nullable(),
  server,
  secondsToService: seconds
    .nullable()
    .describe('From intended power return to its first time in service after it; null: it has not been.'),
  boots: count.describe('Power returns, and boots that began again.'),
  stages: z
    .partialRecord(stage, z.strictObject({ attempts: count, seconds }))
    .describe('Tries of each stage since the run began, and the time in them.'),
});

const stragglers = z
  .strictObject({
    notInService: count,
    phones: z
      .array(straggler)
      .describe('At most 100: those not in service by state, then those in service, the slowest first.'),
  })
  .describe('Phones by name at the end of the hold; those of lost agents have none.');

const tokens = z
  .strictObject({
    granted: count,
    rejected: count,
    unanswered: count,
    roundTripP50Seconds: percentile,
    roundTripP99Seconds: percentile,
    waitP50Seconds: percentile.describe('Wait that a rejection ordered.'),
    waitP99Seconds: percentile,
  })
  .describe('Requests for a token (RegisterTokenReq) of phones that want to fall back.');

const serverSummary = z.strictObject({
  address: z.string(),
  role: z.enum(SERVER_ROLES),
  attempts: count.describe('Leases, files, names, or connections that were asked for.'),
  registeredNow: count,
  registeredPeak: count.describe('Most phones registered at the end of any second.'),
  standbyNow: count.describe('Connections that stand by, of phones that are registered elsewhere.'),
  standbyLost: count.describe('Such connections that it ended.'),
  standbyFailed: count.describe('Such connections that did not come up.'),
  failedOverTo: count.describe('Registrations of phones that had lost another CallManager.'),
  failedOverFrom: count.describe('Phones that lost this one and registered elsewhere.'),
  fellBackTo: count.describe('Phones that came back to it by its priority.'),
  lost: z.array(z.strictObject({ cause, count })).describe('Registrations that were lost.'),
  tokens,
  tls: serverTlsSchema,
  refused: count.describe('The server said no.'),
  resets: count.describe('The server ended what it had begun.'),
  p50Seconds: percentile,
  p99Seconds: percentile,
});

const agent = z.strictObject({
  name: z.string(),
  host: z.string(),
  state: z.enum(AGENT_STATES),
  shards: z.array(count),
  phones: count.describe('Those that its shards have in the plan.'),
  clockErrorMs: z
    .number()
    .nonnegative()
    .describe('How far its clock and the coordinator’s may differ; 0 on one machine.'),
  clockDriftMs: z.number().nullable().describe('How far its clock has moved since; null: not measured.'),
  firstStartLateMs: z.number().nullable().describe('Of the first of its phones; null: it started none.'),
  trouble: z.string().nullable().describe('What happened to it; null: nothing.'),
});

const startSkew = z
  .strictObject({
    betweenAgentsMs: z.number().nonnegative().nullable().describe('Null: no agent has started a phone.'),
    clockErrorMs: z.number().nonnegative().describe('How far any two of their clocks may differ.'),
  })
  .describe(
    'How far apart the agents started: from the earliest to the latest first start, each against its own intended instant.',
  );

const samples = z
  .array(z.tuple([seconds, count]))
  .describe('Pairs [seconds, value], about one sample a second, to be joined by straight lines.');

const lab = z.strictObject({
  title: z.literal('embedded lab, not CUCM'),
  limits: z.array(z.string()),
  events: z
    .array(z.strictObject({ second: seconds, what: z.string() }))
    .describe('What was done to the lab by its schedule, seconds since the start of the run.'),
  tokenQueue: z
    .array(
      z.strictObject({
        node: z.string(),
        granted: count,
        rejected: count,
        peak: count.describe('Most phones that waited at one time.'),
        curve: samples.describe('Phones that waited for a token: pairs [second, phones].'),
      }),
    )
    .describe('RegisterTokenReq at each CallManager.'),
  registered: z
    .array(z.strictObject({ node: z.string(), curve: samples }))
    .describe('Phones registered, as each CallManager counts them.'),
});

const VERDICTS = ['pass', 'fail', 'invalid', 'aborted'] as const;

const power = z
  .strictObject({ vanished: count, closedInOrder: count })
  .describe(
    'Phones that lost power: without a word to their servers, or closing their connections in order.',
  );

const verdict = z.strictObject({
  result: z
    .enum(VERDICTS)
    .describe('invalid: the generator itself was the bottleneck, so the figures say nothing of the servers.'),
  reasons: z.array(z.string()),
});

/** The object that `--json FILE` writes. */
export const summarySchema = z.strictObject({
  run,
  scenario: z
    .string()
    .nullable()
    .describe(
      'The scenario as it was run, as YAML, with what flags and environment have set: it can be run again; null: not known.',
    ),
  lab: lab.nullable().describe('Null: the servers were not the embedded lab.'),
  timing: z.strictObject({
    compression: z.number().positive().describe('Modelled times were divided by this; 1 is real time.'),
    note: z.string().nullable(),
  }),
  phones,
  recovery,
  events: z
    .array(z.strictObject({ second: seconds, what: z.string() }))
    .describe(
      'What happened to the phones from outside: power, lost agents, a lab that failed. The lab’s events are under `lab`.',
    ),
  runLog: z
    .array(
      z.strictObject({
        utc: z.iso.datetime(),
        second: z.number().nullable().describe('Since the armed start; null: before it was known.'),
        what: z.string(),
      }),
    )
    .describe(
      'Everything that the run log tells, in the order of time; at most 1,000 lines, the first and the last.',
    ),
  stages: z.record(stage, stageSummary),
  servers: z.array(serverSummary),
  failures: z
    .array(z.strictObject({ stage, cause, server, count }))
    .describe('Attempts that failed, whatever became of the phone.'),
  failureTexts: z
    .array(z.strictObject({ cause, text: z.string().nullable(), count }))
    .describe(
      'What was said or found where attempts failed: at most 16 texts of each cause, cut to 80 characters; null: all others.',
    ),
  registrationRequestDelay: z
    .strictObject({ ...latency, count: count.describe('Registrations, those of one phone each for itself.') })
    .describe('From each Register to its RegisterAck: RRD of RFC 6076 section 4.1.'),
  ineffectiveRegistrationAttempts: z
    .strictObject({ failed: count, attempts: count })
    .describe(
      'Tries to register that failed, of all: IRA of RFC 6076 section 4.2, which gives it as their ratio.',
    ),
  keepAliveRoundTrip: z
    .strictObject({ ...latency, count: count.describe('KeepAliveAck that answered a KeepAlive.') })
    .describe('From each KeepAlive to its answer, on connections that stand by as well.'),
  retransmissions: z
    .strictObject({ dhcp: count, tftp: count, dns: count })
    .describe('Datagrams that were sent again because no answer came.'),
  group: z
    .strictObject({
      failovers: count,
      fallbacks: count,
      phonesFailedOver: count.describe('Phones that failed over at least once.'),
      phonesFellBack: count.describe('Phones that fell back at least once.'),
    })
    .describe('What phones did within their groups of CallManagers.'),
  tokens,
  security: securitySchema,
  unfinished: z
    .array(z.strictObject({ state: z.enum(['trying', 'dropped', 'failed']), stage, cause, server, count }))
    .describe('Phones that began to boot and are not registered: where they stand, and their last failure.'),
  stragglers,
  power,
  agents: z.array(agent).describe('Processes that booted phones.'),
  startSkew,
  generator: generatorSchema,
  warnings: z.array(z.string()),
  thresholds: z
    .array(
      z.strictObject({
        text: z.string(),
        value: z.number().nullable().describe('What was found, in `unit`; null: never reached.'),
        unit: z.enum(['percent', 'count', 'seconds']),
        holds: z.boolean(),
        endedRunAtSecond: seconds
          .nullable()
          .describe('The run was ended for it then (abortOnFail); null: it was not.'),
      }),
    )
    .describe('What the scenario demands, judged at the end of the hold.'),
  verdict,
});

export type RunSummary = z.infer<typeof summarySchema>;

/** The same as JSON Schema: published as `src/schema/summary.schema.json`. */
export function summaryJsonSchema(): object {
  return {
    ...z.toJSONSchema(summarySchema),
    title: 'bootstorm run summary',
    description: 'The object that `bootstorm run --json FILE` writes.',
  };
}
