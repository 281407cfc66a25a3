import { formatCount, formatSeconds } from '../figures.ts';
import { usedGroup, groupRow, GROUP_COLUMNS } from '../sections/group.ts';
import type { RunSummary } from '../summary-schema.ts';
import { left, right } from '../table.ts';
import { bulletList, dataTable, paragraph } from './elements.ts';
import { html, type Markup, NOTHING } from './markup.ts';
import { type TableData, tableMarkup } from './table-data.ts';

/** What phones did within their groups of CallManagers. */
export function groupBody(summary: RunSummary): Markup {
  if (!usedGroup(summary)) return NOTHING;
  const { servers, group } = summary;
  const callManagers = servers.filter(({ role }) => role === 'callManager');
  const lost = callManagers.filter((server) => server.lost.length > 0);
  return html`${paragraph(
    `Phones that failed over: ${formatCount(group.phonesFailedOver)}; that fell back: ${formatCount(group.phonesFellBack)}.`,
  )}${tableMarkup(groupTable(callManagers))}${bulletList(
    lost.map(
      (server) =>
        `${server.address} was lost: ${server.lost.map(({ cause, count }) => `${cause} ${formatCount(count)}`).join(', ')}`,
    ),
  )}${tokenTable(callManagers)}`;
}

export function groupTable(callManagers: readonly Server[]): TableData {
  return {
    name: 'Registrations and connections that stand by, at the end; what moved, over the run',
    columns: [left('CallManager'), ...GROUP_COLUMNS.map(right)],
    rows: callManagers.map(groupRow),
  };
}

function tokenTable(callManagers: readonly Server[]): Markup {
  const asked = callManagers.filter(({ tokens }) => tokens.granted + tokens.rejected + tokens.unanswered > 0);
  if (asked.length === 0) return NOTHING;
  const columns = ['granted', 'rejected', 'unanswered', 'answer p50', 'p99', 'wait p50', 'p99'];
  return dataTable(
    'Tokens that phones asked for before they fell back (RegisterTokenReq)',
    [left('CallManager'), ...columns.map(right)],
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

type Server = RunSummary['servers'][number];
