import { STAGE_NAMES, STAGES, type Stage } from '../../phone/stages.ts';
import { formatCount, formatSeconds, formatShare } from '../figures.ts';
import type { RunSummary } from '../summary-schema.ts';
import { left, right, table } from '../table.ts';
import { type Paint, PERCENTILE_COLUMNS, section } from './section.ts';

export function stageSection(summary: RunSummary, paint: Paint): string[] {
  const { stages } = summary;
  const rows = stagesMet(stages).map((stage) => {
    const { count, attempts, p50Seconds, p90Seconds, p99Seconds, maxSeconds } = stages[stage];
    const times = [p50Seconds, p90Seconds, p99Seconds, maxSeconds].map(formatSeconds);
    return [...stageCells(stage), formatCount(count), formatCount(attempts), ...times];
  });
  const counts = [right('count'), right('attempts')];
  const columns = [right('step'), left('stage'), ...counts, ...PERCENTILE_COLUMNS];
  return section(paint, "Latency per stage, from the stage's own first try (* modelled, not measured)", [
    ...table(columns, rows),
    ...registrationLines(summary),
  ]);
}

/** The figures that RFC 6076 has names for (sections 4.1 and 4.2). */
function registrationLines({
  registrationRequestDelay: delay,
  ineffectiveRegistrationAttempts: { failed, attempts },
}: RunSummary): string[] {
  if (attempts === 0) return [];
  const { count, p50Seconds, p99Seconds, maxSeconds } = delay;
  const [p50, p99, max] = [p50Seconds, p99Seconds, maxSeconds].map(formatSeconds);
  return [
    `Register to RegisterAck, ${formatCount(count)} times: p50 ${p50}, p99 ${p99}, max ${max} (RRD of RFC 6076)`,
    `Tries to register that failed: ${formatCount(failed)} of ${formatCount(attempts)}, ${formatShare(failed, attempts)} (IRA of RFC 6076)`,
  ];
}

export function cumulativeSection({ stages }: RunSummary, paint: Paint): string[] {
  const rows = stagesMet(stages).map((stage) => {
    const { count, p50Seconds, p90Seconds, p99Seconds, maxSeconds } = stages[stage].fromIntendedStart;
    const times = [p50Seconds, p90Seconds, p99Seconds, maxSeconds].map(formatSeconds);
    return [...stageCells(stage), formatCount(count), ...times];
  });
  const columns = [right('step'), left('stage'), right('count'), ...PERCENTILE_COLUMNS];
  return section(paint, 'From intended power return to the end of the stage', table(columns, rows));
}

/** Stages that the run had; a step that was left out has no row. */
function stagesMet(stages: RunSummary['stages']): Stage[] {
  return STAGE_NAMES.filter((stage) => stages[stage].attempts > 0 || stages[stage].count > 0);
}

function stageCells(stage: Stage): [string, string] {
  const { step, title, time } = STAGES[stage];
  return [String(step), `${title}${time === 'modelled' ? ' *' : ''}`];
}
