/** Attempts that failed: by stage, cause and server, with what to do and where to look. */
import { FAILURE_CAUSES, type FailureCause } from '../../phone/failure-causes.ts';
import { STAGE_NAMES, STAGES } from '../../phone/stages.ts';
import { formatCount, formatSeconds } from '../figures.ts';
import type { RunSummary } from '../summary-schema.ts';
import { left, right } from '../table.ts';
import { bulletList, dataTable, paragraph } from './elements.ts';
import { html, type Markup, NOTHING } from './markup.ts';

/** Servers of a cause that are named. */
const PLACES_SHOWN = 25;

export function failuresBody(summary: RunSummary): Markup {
  const { failures, retransmissions } = summary;
  const { dhcp, tftp, dns } = retransmissions;
  const again = paragraph(
    `Datagrams sent again for want of an answer: DHCP ${formatCount(dhcp)}, TFTP ${formatCount(tftp)}, DNS ${formatCount(dns)}.`,
  );
  if (failures.length === 0) return html`${paragraph('No attempt failed.')}${again}`;
  return html`${lostTime(summary)}${failedCauses(summary).map(causeMarkup)}${again}`;
}

/** Stages in which tries failed: how many of all, and how long they took together. */
function lostTime({ stages }: RunSummary): Markup {
  const failed = STAGE_NAMES.filter((stage) => stages[stage].failures > 0);
  if (failed.length === 0) return NOTHING;
  return dataTable(
    'Tries that failed, and the time that all phones together spent in them',
    [left('stage'), right('failed'), right('of'), right('time lost'), right('each')],
    failed.map((stage) => {
      const { attempts, failures, failedSeconds } = stages[stage];
      return [
        STAGES[stage].title,
        formatCount(failures),
        formatCount(attempts),
        formatSeconds(failedSeconds),
        formatSeconds(failedSeconds / failures),
      ];
    }),
  );
}

/** What failed of one cause, and what to do about it. */
export interface FailedCause {
  readonly cause: FailureCause;
  readonly count: number;
  /** What went wrong, in words. */
  readonly text: string;
  readonly hint: string;
  /** Where to look in CUCM. */
  readonly look: string;
  /** To whom it is put down. */
  readonly fault: string;
  /** Stages and servers with their counts. */
  readonly places: readonly string[];
  /** Of what was said or found, how often. */
  readonly said: readonly string[];
}

/** Most frequent place first. */
export function failedCauses({ failures, failureTexts }: RunSummary): FailedCause[] {
  return [...new Set(failures.map(({ cause }) => cause))].map((cause) => {
    const { text, hint, look, fault } = FAILURE_CAUSES[cause];
    const places = failures.filter((row) => row.cause === cause);
    const named = places
      .slice(0, PLACES_SHOWN)
      .map(
        (row) =>
          `${formatCount(row.count)} in stage ${row.stage}${row.server === null ? '' : ` with ${row.server}`}`,
      );
    return {
      cause,
      count: places.reduce((sum, row) => sum + row.count, 0),
      text,
      hint,
      look,
      fault: fault === 'none' ? 'nothing that failed' : `the ${fault}`,
      places:
        places.length > PLACES_SHOWN ? [...named, `and ${places.length - PLACES_SHOWN} more places`] : named,
      said: failureTexts
        .filter((row) => row.cause === cause)
        .map((row) => `${formatCount(row.count)} × ${row.text === null ? 'other texts' : `“${row.text}”`}`),
    };
  });
}

function causeMarkup({ cause, count, text, hint, look, fault, places, said }: FailedCause): Markup {
  return html`<article class="failure">
<h3>${formatCount(count)} × ${cause}: ${text}</h3>
<p><strong>Do:</strong> ${hint}</p>
<p><strong>Look:</strong> ${look}</p>
<p class="muted">Attributed to: ${fault}</p>
${bulletList(places)}${
  said.length === 0
    ? NOTHING
    : html`<p>What was said or found:</p>
${bulletList(said)}`
}</article>
`;
}
