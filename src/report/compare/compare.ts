/** Two runs side by side: what changed, how surely, and what makes them unlike. */
import { FAILURE_CAUSES, type FailureCause } from '../../phone/failure-causes.ts';
import { STAGE_NAMES, type Stage } from '../../phone/stages.ts';
import type { RunSummary } from '../summary-schema.ts';
import { type Bins, differenceInterval, quantileInterval } from './quantile-interval.ts';

export interface Difference {
  /** Null: not reached, or not measured. */
  readonly a: number | null;
  readonly b: number | null;
  /** Of b - a, 95 %; null: not known. */
  readonly interval: { readonly low: number; readonly high: number } | null;
}

export interface RunComparison {
  readonly a: RunSummary;
  readonly b: RunSummary;
  /** In what the runs differ besides their outcome, and why a figure may say nothing. */
  readonly cautions: readonly string[];
  /** Time to service, seconds; without an interval where phones of one return of power are meant. */
  readonly times: readonly (Difference & { readonly name: string })[];
  /** Stages that either run had, seconds. */
  readonly stages: readonly (Difference & { readonly stage: Stage; readonly percentile: string })[];
  /** Counts. */
  readonly counts: readonly (Difference & { readonly name: string })[];
}

export function compareRuns(a: RunSummary, b: RunSummary): RunComparison {
  return {
    a,
    b,
    cautions: cautionsOf(a, b),
    times: timesOf(a, b),
    stages: stagesOf(a, b),
    counts: countsOf(a, b),
  };
}

/** What every comparison has to say of its intervals. */
export const INTERVAL_NOTE =
  'The range is a 95 % interval for the difference, from the order statistics of each run, phones taken as independent of ' +
  'each other. They are not quite: phones of one storm wait for the same servers. And one run of each does not say how much ' +
  'two runs of the same differ: repeat both with other seeds before you rely on a small difference.';

/** `b is slower`, where the interval leaves no doubt. */
export function verdictOf({
  a,
  b,
  interval,
}: Difference): 'slower' | 'faster' | 'no clear difference' | 'not known' {
  if (a === null || b === null || interval === null) return 'not known';
  if (interval.low > 0) return 'slower';
  return interval.high < 0 ? 'faster' : 'no clear difference';
}

function cautionsOf(a: RunSummary, b: RunSummary): string[] {
  const unlike = (name: string, of: (run: RunSummary) => string | number | null): string[] => {
    const [first, second] = [of(a) ?? 'none', of(b) ?? 'none'];
    return first === second ? [] : [`${name} differ: A has ${first}, B has ${second}`];
  };
  const untrusted = ([name, { verdict }]: readonly [string, RunSummary]): string[] => {
    if (verdict.result === 'invalid') {
      return [
        `${name} is INVALID: its generator was the bottleneck, so its figures say nothing of the servers`,
      ];
    }
    return verdict.result === 'aborted'
      ? [`${name} was aborted: its figures are those of a part of the run`]
      : [];
  };
  return [
    ...(a.run.id === b.run.id ? ['A and B are the same run'] : []),
    ...(
      [
        ['A', a],
        ['B', b],
      ] as const
    ).flatMap(untrusted),
    ...unlike('servers', ({ lab }) => (lab === null ? 'those that the user named' : lab.title)),
    ...unlike('scenarios', ({ run }) => run.name),
    ...unlike('numbers of phones', ({ phones }) => phones.asked),
    ...unlike('seeds', ({ run }) => run.seed),
    ...unlike('divisors of modelled times', ({ timing }) => timing.compression),
    ...unlike('numbers of power returns', ({ recovery }) => recovery.waves.length),
    ...unlike(
      'limits of the lab',
      ({ lab }) => lab?.limits.filter((line) => !line.includes('CallManager 1 is')).join('; ') ?? null,
    ),
    ...unlike('versions of bootstorm', ({ run }) => run.version),
  ];
}

const SHARES = [
  ['T50', 0.5, 't50Seconds'],
  ['T90', 0.9, 't90Seconds'],
  ['T99', 0.99, 't99Seconds'],
  ['T100', 1, 't100Seconds'],
] as const;

function timesOf(a: RunSummary, b: RunSummary): RunComparison['times'] {
  const rows = (name: string, of: (run: RunSummary) => Times | undefined): RunComparison['times'] =>
    SHARES.map(([share, q, key]) => {
      const known = (run: RunSummary): Known | null => {
        const { [key]: value = null, bins = [] } = of(run) ?? {};
        return knownOf(bins, q, value, run.phones.asked);
      };
      return {
        name: `${share} from ${name}`,
        a: of(a)?.[key] ?? null,
        b: of(b)?.[key] ?? null,
        interval: intervalOf(known(a), known(b)),
      };
    });
  const names = a.recovery.waves.map(({ name }) => name);
  const shared = names.filter((name) => b.recovery.waves.some((wave) => wave.name === name));
  return [
    ...rows('power return', ({ recovery }) => recovery.fromPower),
    ...rows('first packet', ({ recovery }) => recovery.network),
    ...(names.length > 1 ? shared : []).flatMap((name) =>
      rows(name, ({ recovery }) => recovery.waves.find((wave) => wave.name === name)),
    ),
  ];
}

type Times = Record<(typeof SHARES)[number][2], number | null> & { readonly bins?: Bins };

const PERCENTILES = [
  ['p50', 0.5, 'p50Seconds'],
  ['p90', 0.9, 'p90Seconds'],
  ['p99', 0.99, 'p99Seconds'],
] as const;

function stagesOf(a: RunSummary, b: RunSummary): RunComparison['stages'] {
  const met = STAGE_NAMES.filter((stage) => a.stages[stage].count > 0 || b.stages[stage].count > 0);
  return met.flatMap((stage) =>
    PERCENTILES.map(([percentile, q, key]) => {
      const [first, second] = [a.stages[stage], b.stages[stage]];
      const interval = intervalOf(knownOf(first.bins, q, first[key]), knownOf(second.bins, q, second[key]));
      return { stage, percentile, a: first[key], b: second[key], interval };
    }),
  );
}

function intervalOf(a: Known | null, b: Known | null): Difference['interval'] {
  return a === null || b === null ? null : differenceInterval(a, b);
}

interface Known {
  readonly value: number;
  readonly low: number;
  readonly high: number | null;
}

/** A percentile with its interval; the ends are edges of wider bins than the value is of. */
function knownOf(bins: Bins, q: number, value: number | null, total?: number): Known | null {
  const interval = quantileInterval(bins, q, total);
  if (interval === null || value === null) return null;
  const { low, high } = interval;
  return { value, low: Math.min(low, value), high: high === null ? null : Math.max(high, value) };
}

function countsOf(a: RunSummary, b: RunSummary): RunComparison['counts'] {
  const row = (name: string, of: (run: RunSummary) => number): RunComparison['counts'][number] => ({
    name,
    a: of(a),
    b: of(b),
    interval: null,
  });
  const causes = (Object.keys(FAILURE_CAUSES) as FailureCause[]).map((cause) =>
    row(`failed attempts: ${cause}`, ({ failures }) => failuresOf(failures, cause)),
  );
  return [
    row('phones in service at the end', ({ phones }) => phones.ready),
    row('phones that failed over', ({ group }) => group.phonesFailedOver),
    ...causes.filter((cause) => cause.a !== 0 || cause.b !== 0),
    row('datagrams sent again', ({ retransmissions: { dhcp, tftp, dns } }) => dhcp + tftp + dns),
  ];
}

function failuresOf(failures: RunSummary['failures'], cause: FailureCause): number {
  return failures.reduce((sum, row) => (row.cause === cause ? sum + row.count : sum), 0);
}
