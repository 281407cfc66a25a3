import { formatCount, formatSeconds } from '../figures.ts';
import type { RunSummary } from '../summary-schema.ts';
import { wrap } from '../../scenario/plain-text.ts';
import { left, right, table } from '../table.ts';
import { type Paint, section, WIDTH } from './section.ts';

/** What phones did within their groups of CallManagers; empty where they stayed with the first. */
export function groupSection(summary: RunSummary, paint: Paint): string[] {
  if (!usedGroup(summary)) return [];
  const { servers, group, tokens } = summary;
  const callManagers = servers.filter(({ role }) => role === 'callManager');
  const asked = tokens.granted + tokens.rejected + tokens.unanswered;
  const lost = callManagers.filter((server) => server.lost.length > 0);
  return section(paint, 'CallManagers as a group', [
    `${phones(group.phonesFailedOver)} failed over, ${phones(group.phonesFellBack)} fell back`,
    '',
    ...groupTable(callManagers),
    ...(lost.length === 0 ? [] : ['', ...lost.flatMap(lostLines)]),
    ...(asked === 0 ? [] : ['', ...tokenTable(callManagers)]),
  ]);
}

/** Whether any phone had to do with a CallManager that was not its first, or lost one. */
export function usedGroup({ servers, group, tokens }: RunSummary): boolean {
  const asked = tokens.granted + tokens.rejected + tokens.unanswered;
  const touched = servers.some(
    ({ lost, standbyNow, standbyLost, standbyFailed }) =>
      lost.length > 0 || standbyNow + standbyLost + standbyFailed > 0,
  );
  return touched || asked + group.failovers + group.fallbacks > 0;
}

function groupTable(callManagers: readonly Server[]): string[] {
  return table([left('CallManager'), ...GROUP_COLUMNS.map(right)], callManagers.map(groupRow));
}

export const GROUP_COLUMNS = [
  'registered',
  'peak',
  'standby',
  'failover to',
  'from',
  'fallback to',
  'standby failed',
] as const;

/** A CallManager and its figures, in the order of `GROUP_COLUMNS`. */
export function groupRow(server: Server): string[] {
  const figures = [
    server.registeredNow,
    server.registeredPeak,
    server.standbyNow,
    server.failedOverTo,
    server.failedOverFrom,
    server.fellBackTo,
    server.standbyLost + server.standbyFailed,
  ];
  return [server.address, ...figures.map(formatCount)];
}

function lostLines({ address, lost }: Server): string[] {
  const causes = lost.map(({ cause, count }) => `${cause} ${formatCount(count)}`).join(', ');
  return wrap(`${address} was lost: ${causes}`, WIDTH - 2, '    ');
}

function tokenTable(callManagers: readonly Server[]): string[] {
  const columns = ['granted', 'rejected', 'unanswered', 'answer p50', 'p99', 'wait p50', 'p99'];
  const asked = callManagers.filter(({ tokens }) => tokens.granted + tokens.rejected + tokens.unanswered > 0);
  return table(
    [left('tokens asked of'), ...columns.map(right)],
    asked.map(({ address, tokens }) => [
      address,
      ...[tokens.granted, tokens.rejected, tokens.unanswered].map(formatCount),
      ...[
        tokens.roundTripP50Seconds,
        tokens.roundTripP99Seconds,
        tokens.waitP50Seconds,
        tokens.waitP99Seconds,
      ].map(formatSeconds),
    ]),
  );
}

function phones(count: number): string {
  return `${formatCount(count)} phone${count === 1 ? '' : 's'}`;
}

type Server = RunSummary['servers'][number];
