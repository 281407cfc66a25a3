import { FAILURE_CAUSES, type FailureCause } from '../../phone/failure-causes.ts';
import { STAGE_NAMES } from '../../phone/stages.ts';
import { formatCount, formatSeconds } from '../figures.ts';
import type { RunSummary } from '../summary-schema.ts';
import { wrap } from '../../scenario/plain-text.ts';
import { left, right, table } from '../table.ts';
import { type Paint, section, WIDTH } from './section.ts';

/** Failures shown with hint and place to look, and texts of each cause; the summary has more. */
const FAILURES_SHOWN = 10;
const TEXTS_SHOWN = 3;

export function failureSection(summary: RunSummary, paint: Paint): string[] {
  const { failures, retransmissions } = summary;
  const { dhcp, tftp, dns } = retransmissions;
  const again = `datagrams sent again for want of an answer: DHCP ${formatCount(dhcp)}, TFTP ${formatCount(tftp)}, DNS ${formatCount(dns)}`;
  if (failures.length === 0) return section(paint, 'Failed attempts', ['none', again]);
  const lines: string[] = [again, ...lostTime(summary), ''];
  const explained = new Set<FailureCause>();
  for (const { stage, cause, server, count } of failures.slice(0, FAILURES_SHOWN)) {
    const where = server === null ? '' : ` with ${server}`;
    lines.push(`${formatCount(count)} x ${stage}: ${cause}${where}`);
    if (explained.has(cause)) continue;
    explained.add(cause);
    const { text, hint, look } = FAILURE_CAUSES[cause];
    for (const line of [text, `do:   ${hint}`, `look: ${look}`, ...textLines(summary, cause)]) {
      lines.push(...wrap(line, WIDTH - 2, '          ', '    '));
    }
  }
  const rest = failures.length - FAILURES_SHOWN;
  if (rest > 0) lines.push(`and ${rest} more kinds: the summary has them all`);
  return section(paint, 'Failed attempts, by stage, cause and server', lines);
}

/** Stages in which tries failed: how many of all, and how long they took together. */
function lostTime({ stages }: RunSummary): string[] {
  const rows = STAGE_NAMES.filter((stage) => stages[stage].failures > 0).map((stage) => {
    const { attempts, failures, failedSeconds } = stages[stage];
    const each = formatSeconds(failedSeconds / failures);
    return [stage, formatCount(failures), formatCount(attempts), formatSeconds(failedSeconds), each];
  });
  if (rows.length === 0) return [];
  const columns = [right('failed'), right('of'), right('time lost'), right('each')];
  return ['', ...table([left('stage'), ...columns], rows)];
}

/** What the servers said: the text of a RegisterReject, of a TFTP ERROR. */
function textLines({ failureTexts }: RunSummary, cause: FailureCause): string[] {
  const rows = failureTexts.filter((row) => row.cause === cause);
  const named = rows.filter(({ text }) => text !== null).slice(0, TEXTS_SHOWN);
  const shown = named.map(({ text, count }) => `text: ${formatCount(count)} x "${text ?? ''}"`);
  const rest = rows.filter((row) => !named.includes(row)).reduce((sum, { count }) => sum + count, 0);
  return rest === 0 ? shown : [...shown, `text: ${formatCount(rest)} x others`];
}
