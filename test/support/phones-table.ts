import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { RunSummary } from '../../src/report/summary-schema.ts';

export const PHONES_CSV = 'phones.csv';

export type PhoneLine = Readonly<Record<string, string>>;

/** The table that a run with `--phones-csv phones.csv` has written. */
export function readPhones(folder: string): PhoneLine[] {
  return parse(readFileSync(join(folder, PHONES_CSV), 'utf8'), { columns: true }) as PhoneLine[];
}

/** Phones in each state of the ledger, by the table and by the summary: to be the same. */
export function statesOf(
  lines: readonly PhoneLine[],
  { phones }: RunSummary,
): { readonly table: Record<string, number>; readonly ledger: Record<string, number> } {
  const { asked: _, ...states } = phones;
  // In the summary those that are registered include those that are ready.
  const ledger = { ...states, registered: states.registered - states.ready };
  const table: Record<string, number> = Object.fromEntries(Object.keys(ledger).map((state) => [state, 0]));
  for (const { state = '' } of lines) table[state] = (table[state] ?? 0) + 1;
  return { table, ledger };
}
