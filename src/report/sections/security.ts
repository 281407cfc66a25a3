import { FAILURE_CAUSES } from '../../phone/failure-causes.ts';
import { STAGE_NAMES } from '../../phone/stages.ts';
import { SECURITY_LEVELS, TRUST_VERDICTS } from '../../phone/boot-event.ts';
import { wrap } from '../../scenario/plain-text.ts';
import { formatBytes, formatCount, formatSeconds, formatShare } from '../figures.ts';
import type { RunSummary } from '../summary-schema.ts';
import { left, right, table } from '../table.ts';
import { type Paint, section, WIDTH } from './section.ts';

/** What phones did about security; empty where no phone was secured, or tried to be. */
export function securitySection(summary: RunSummary, paint: Paint): string[] {
  if (!triedSecurity(summary)) return [];
  const { security, servers } = summary;
  const callManagers = servers.filter(({ tls }) => tls.full + tls.resumed > 0);
  return section(paint, 'Security', [
    `in service: ${counted(security.inService, SECURITY_LEVELS)}`,
    '',
    ...handshakeTable(security),
    ...costLines(summary),
    ...(callManagers.length === 0 ? [] : ['']),
    ...callManagers.flatMap(serverLines),
    ...trustLines(security),
    ...security.trustListRefusals.flatMap(refusalLines),
  ]);
}

/** Whether any phone was secured, or did anything that only secure phones do. */
export function triedSecurity({ security, stages }: RunSummary): boolean {
  const { trustLists, tvs, enrolments } = security;
  const lists = [trustLists.CTL, trustLists.ITL];
  const verdicts = TRUST_VERDICTS.filter((verdict) => verdict !== 'none').flatMap((verdict) =>
    lists.map((list) => list[verdict]),
  );
  const done = [...verdicts, ...Object.values(tvs), ...Object.values(enrolments)];
  const tried = STAGE_NAMES.filter((stage) => stage === 'handshake' || stage === 'capf');
  return done.some((count) => count > 0) || tried.some((stage) => stages[stage].attempts > 0);
}

function handshakeTable({ handshakes }: Security): string[] {
  const columns = ['handshakes', 'p50', 'p95', 'p99', 'max'].map(right);
  const row = (name: string, times: Security['handshakes']['full']): string[] => [
    name,
    formatCount(times.count),
    ...[times.p50Seconds, times.p95Seconds, times.p99Seconds, times.maxSeconds].map(formatSeconds),
  ];
  return table([left('TLS'), ...columns], [row('full', handshakes.full), row('resumed', handshakes.resumed)]);
}

/** What security costs the generator, and how that was found. */
function costLines({ security, generator }: RunSummary): string[] {
  const { handshakeCpu: cpu, contextsBuilt, contextsEvicted } = security;
  const lines = [];
  if (cpu !== null) {
    const each = `${formatSeconds(cpu.fullMilliseconds / 1000)} a full one, ${formatSeconds(cpu.resumedMilliseconds / 1000)} a resumed one`;
    lines.push(
      `CPU of handshakes: ${formatSeconds(cpu.seconds)}, ${formatShare(cpu.share, 1)} of the generator’s (their number times ${each}, measured on this machine by itself)`,
    );
  }
  lines.push(
    `memory: grew by ${formatBytes(generator.grownBytesPerRegisteredPhone)} per registered phone, from the armed start to its peak, all included`,
  );
  if (contextsBuilt > 0) {
    lines.push(
      `TLS contexts: ${formatCount(contextsBuilt)} built, ${formatCount(contextsEvicted)} made room for others`,
    );
  }
  return lines.flatMap((line) => wrap(line, WIDTH - 2, '  '));
}

function serverLines({ address, tls }: RunSummary['servers'][number]): string[] {
  const suites = tls.suites.map(({ version, suite, count }) => `${version} ${suite} ${formatCount(count)}`);
  const line = `${address}: ${formatCount(tls.full)} full, ${formatCount(tls.resumed)} resumed; ${suites.join(', ')}`;
  return wrap(line, WIDTH - 2, '    ');
}

/** Trust lists, TVS and CAPF: a line for each that occurred. */
function trustLines({ trustLists, tvs, enrolments }: Security): string[] {
  const lines = (
    [
      ['CTL files', trustLists.CTL],
      ['ITL files', trustLists.ITL],
      ['TVS', tvs],
      ['CAPF', enrolments],
    ] as const
  ).flatMap(([name, counts]) => {
    const occurred = Object.entries(counts).filter(([, count]) => count > 0);
    if (occurred.length === 0) return [];
    return [`${name}: ${occurred.map(([what, count]) => `${what} ${formatCount(count)}`).join(', ')}`];
  });
  return lines.length === 0 ? [] : ['', ...lines];
}

function refusalLines({ cause, count }: Security['trustListRefusals'][number]): string[] {
  const { text, hint, look } = FAILURE_CAUSES[cause];
  return [
    `${formatCount(count)} x trust list refused: ${cause}`,
    ...[text, `do:   ${hint}`, `look: ${look}`].flatMap((line) =>
      wrap(line, WIDTH - 2, '          ', '    '),
    ),
  ];
}

function counted<Name extends string>(
  counts: Readonly<Record<Name, number>>,
  names: readonly Name[],
): string {
  return names.map((name) => `${formatCount(counts[name])} ${name}`).join(', ');
}

type Security = RunSummary['security'];
