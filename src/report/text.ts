import { FAILURE_CAUSES, type FailureCause } from '../phone/failure-causes.ts';
import { STAGE_NAMES, STAGES, type Stage } from '../phone/stages.ts';
import { formatBytes, formatCount, formatSeconds } from './figures.ts';
import type { RunSummary } from './summary-schema.ts';
import { left, painter, right, type Style, table, wrap } from './table.ts';

export interface ReportOptions {
  /** Where the summary was written; null when it was not. */
  readonly summaryPath: string | null;
  readonly color?: boolean;
}

/** Columns that the report keeps to; only addresses and paths that are longer themselves exceed it. */
const WIDTH = 100;
/** Failures shown with hint and place to look; the summary has them all. */
const FAILURES_SHOWN = 10;

const PERCENTILE_COLUMNS = ['p50', 'p90', 'p99', 'max'].map(right);

/** The report at the end of a run, for people. */
export function renderReport(summary: RunSummary, options: ReportOptions): string {
  const paint = painter(options.color ?? false);
  const sections = [
    headingSection(summary, paint),
    recoverySection(summary, paint),
    ledgerSection(summary, paint),
    stageSection(summary, paint),
    cumulativeSection(summary, paint),
    failureSection(summary, paint),
    serverSection(summary, paint),
    generatorSection(summary, paint),
    closingSection(summary, options.summaryPath, paint),
  ];
  const filled = sections.filter((lines) => lines.length > 0);
  return `${filled.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

type Paint = (style: Style, text: string) => string;

function headingSection({ run, lab, timing, warnings }: RunSummary, paint: Paint): string[] {
  const started = run.started === null ? 'never armed' : `started ${run.started}`;
  const lines = lab === null ? [] : [paint('yellow', lab.title)];
  for (const limit of lab?.limits ?? []) lines.push(...wrap(limit, WIDTH, '    ', '  '));
  if (lab !== null) lines.push('');
  lines.push(
    paint('bold', `bootstorm ${run.version}: ${run.name}`),
    `run ${run.id}, seed ${run.seed}, ${started}, ${formatSeconds(run.duration)}`,
  );
  const notes = [...(timing.note === null ? [] : [timing.note]), ...warnings];
  for (const note of notes) {
    lines.push(...wrap(`note: ${note}`, WIDTH, '      ').map((line) => paint('yellow', line)));
  }
  return lines;
}

function recoverySection({ recovery, timing }: RunSummary, paint: Paint): string[] {
  const reached = (seconds: number | null): string =>
    seconds === null ? 'not reached' : formatSeconds(seconds);
  const row = (name: string, times: RunSummary['recovery']['network']): string[] => [
    name,
    reached(times.t50Seconds),
    reached(times.t90Seconds),
    reached(times.t99Seconds),
    reached(times.t100Seconds),
  ];
  const compressed = timing.compression === 1 ? '' : ' (compressed)';
  return section(
    paint,
    'Recovery: time until a share of the phones asked was in service',
    table(
      [left(''), right('50 %'), right('90 %'), right('99 %'), right('100 %')],
      [
        row(`from power return${compressed}`, recovery.fromPower),
        row('network only (first packet to ready)', recovery.network),
      ],
    ),
  );
}

function ledgerSection({ phones, unfinished }: RunSummary, paint: Paint): string[] {
  const sum = [
    `${formatCount(phones.registered)} registered (${formatCount(phones.ready)} ready)`,
    `${formatCount(phones.trying)} trying`,
    `${formatCount(phones.dropped)} dropped`,
    `${formatCount(phones.failed)} failed`,
    `${formatCount(phones.notStarted)} not started`,
    `${formatCount(phones.lostWithAgent)} lost with agent`,
  ].join(' + ');
  const lines = wrap(`${formatCount(phones.asked)} asked = ${sum}`, WIDTH - 2, '  ');
  if (unfinished.length > 0) {
    lines.push(
      '',
      ...table(
        [right('phones'), left('state'), left('stage'), left('last failure'), left('server')],
        unfinished.map((row) => [formatCount(row.count), row.state, row.stage, row.cause, row.server ?? '-']),
      ),
    );
  }
  return section(paint, 'Phones at the end of the hold', lines);
}

function stageSection({ stages }: RunSummary, paint: Paint): string[] {
  const rows = stagesMet(stages).map((stage) => {
    const { count, attempts, p50Seconds, p90Seconds, p99Seconds, maxSeconds } = stages[stage];
    const times = [p50Seconds, p90Seconds, p99Seconds, maxSeconds].map(formatSeconds);
    return [...stageCells(stage), formatCount(count), formatCount(attempts), ...times];
  });
  const counts = [right('count'), right('attempts')];
  const columns = [right('step'), left('stage'), ...counts, ...PERCENTILE_COLUMNS];
  return section(
    paint,
    "Latency per stage, from the stage's own first try (* modelled, not measured)",
    table(columns, rows),
  );
}

function cumulativeSection({ stages }: RunSummary, paint: Paint): string[] {
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

function failureSection({ failures, retransmissions }: RunSummary, paint: Paint): string[] {
  const { dhcp, tftp, dns } = retransmissions;
  const again = `datagrams sent again for want of an answer: DHCP ${formatCount(dhcp)}, TFTP ${formatCount(tftp)}, DNS ${formatCount(dns)}`;
  if (failures.length === 0) return section(paint, 'Failed attempts', ['none', again]);
  const lines: string[] = [again];
  const explained = new Set<FailureCause>();
  for (const { stage, cause, server, count } of failures.slice(0, FAILURES_SHOWN)) {
    const where = server === null ? '' : ` with ${server}`;
    lines.push(`${formatCount(count)} x ${stage}: ${cause}${where}`);
    if (explained.has(cause)) continue;
    explained.add(cause);
    const { text, hint, look } = FAILURE_CAUSES[cause];
    for (const line of [text, `do:   ${hint}`, `look: ${look}`]) {
      lines.push(...wrap(line, WIDTH - 2, '          ', '    '));
    }
  }
  const rest = failures.length - FAILURES_SHOWN;
  if (rest > 0) lines.push(`and ${rest} more kinds: the summary has them all`);
  return section(paint, 'Failed attempts, by stage, cause and server', lines);
}

function serverSection({ servers }: RunSummary, paint: Paint): string[] {
  if (servers.length === 0) return [];
  const rows = servers.map((server) => [
    server.role,
    server.address,
    formatCount(server.attempts),
    ...(server.role === 'callManager'
      ? [formatCount(server.registeredNow), formatCount(server.registeredPeak)]
      : ['-', '-']),
    formatCount(server.refused),
    formatCount(server.resets),
    formatSeconds(server.p50Seconds),
    formatSeconds(server.p99Seconds),
  ]);
  const columns = [
    left('role'),
    left('address'),
    right('attempts'),
    right('registered'),
    right('peak'),
    right('refused'),
    right('resets'),
    right('p50'),
    right('p99'),
  ];
  return section(paint, 'Servers', table(columns, rows));
}

function generatorSection({ generator, phones }: RunSummary, paint: Paint): string[] {
  const { bytesPerRegisteredPhone, cpuSeconds, peakRssBytes, agents, node } = generator;
  const perPhone = phones.registered === 0 ? null : cpuSeconds / phones.registered;
  return section(
    paint,
    "The generator's own health",
    table(
      [left(''), left('')],
      [
        ['lateness p99, worst 10 s', formatSeconds(generator.latenessP99Seconds)],
        ['event-loop lag p99, worst 10 s', formatSeconds(generator.eventLoopLagP99Seconds)],
        ['CPU', `${formatSeconds(cpuSeconds)} (${formatSeconds(perPhone)} per registered phone)`],
        [
          'memory',
          `${formatBytes(peakRssBytes)} (${formatBytes(bytesPerRegisteredPhone)} per registered phone)`,
        ],
        ['processes', `${agents}, Node ${node}`],
      ],
    ).slice(1),
  );
}

const VERDICT_STYLE = { pass: 'green', fail: 'red', invalid: 'red', aborted: 'yellow' } as const;

function closingSection({ verdict }: RunSummary, summaryPath: string | null, paint: Paint): string[] {
  const lines = summaryPath === null ? [] : [`Summary written to ${summaryPath}`];
  const [first = '', ...others] = verdict.reasons;
  const word = verdict.result.toUpperCase();
  const indent = ' '.repeat(word.length + 2);
  const [head = '', ...tail] = wrap(`${word}: ${first}`, WIDTH, indent);
  lines.push(`${paint(VERDICT_STYLE[verdict.result], word)}${head.slice(word.length)}`, ...tail);
  for (const reason of others) lines.push(...wrap(indent + reason, WIDTH, indent));
  return lines;
}

function section(paint: Paint, title: string, lines: readonly string[]): string[] {
  return [paint('bold', title), ...lines.map((line) => (line === '' ? '' : `  ${line}`))];
}
