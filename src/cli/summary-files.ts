/** Summaries that runs have left, told from the files of agents by what they hold. */
import { BootstormError } from '../errors.ts';
import { type RunSummary, summarySchema } from '../report/summary-schema.ts';

/** Problems of one file that are listed. */
const PROBLEMS_SHOWN = 5;

/** Whether the text of a file is a summary, of whatever version: an object with a run and a verdict. */
export function isSummary(text: string | null): boolean {
  const json = text === null ? null : parsed(text);
  return typeof json === 'object' && json !== null && 'run' in json && 'verdict' in json;
}

/** Throws `file-unreadable` where the file is not a summary as this version writes them. */
export function parseSummary(text: string, file: string): RunSummary {
  const result = summarySchema.safeParse(parsed(text));
  if (result.success) return result.data;
  const { issues } = result.error;
  const shown = issues.slice(0, PROBLEMS_SHOWN).map(({ path, message }) => `${path.join('.')}: ${message}`);
  const more = issues.length > shown.length ? [`and ${issues.length - shown.length} more`] : [];
  throw new BootstormError(
    'file-unreadable',
    `${file} is not a summary as this version writes it: ${[...shown, ...more].join('; ')}`,
    { hint: 'summaries of another version are read by that version' },
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
