import type { RowRoll, TableRow } from '../coordinator/row-roll.ts';
import type { PlannedWave } from '../metrics/run-facts.ts';
import type { RunState } from '../metrics/run-state.ts';
import { phonesCsv } from '../report/phones-csv.ts';
import type { RunPlan } from '../scenario/plan.ts';
import { writePieces } from './result-files.ts';

/** Writes the table of phones. Trouble with it must not cost the report: it is returned, one sentence each. */
export function writePhonesFile(
  path: string,
  plan: RunPlan,
  rows: RowRoll,
  { state, waves }: { readonly state: RunState; readonly waves: readonly PlannedWave[] },
): readonly string[] {
  let missing = 0;
  const noted = function* (): Generator<TableRow> {
    for (const row of rows.table(plan, state)) {
      if (row.state === null) missing += 1;
      yield row;
    }
  };
  try {
    writePieces(path, phonesCsv(noted(), waves));
  } catch (error) {
    return [(error as Error).message];
  }
  return missing === 0 ? [] : [`rows of ${missing} phones did not arrive: ${path} says unknown of them`];
}
