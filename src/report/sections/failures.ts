import { FAILURE_CAUSES, type FailureCause } from '../../phone/failure-causes.ts';
import { formatCount } from '../figures.ts';
import type { RunSummary } from '../summary-schema.ts';
import { wrap } from '../table.ts';
import { type Paint, section, WIDTH } from './section.ts';

/** Failures shown with hint and place to look; the summary has them all. */
const FAILURES_SHOWN = 10;

export function failureSection({ failures, retransmissions }: RunSummary, paint: Paint): string[] {
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
