/** The table of phones as CSV (RFC 4180): one row for each phone of the plan, in its order. */
import type { PhoneRow } from '../metrics/phone-rows.ts';
import type { PlannedWave } from '../metrics/run-facts.ts';
import type { LedgerState } from '../metrics/run-state.ts';

/** A phone, and what became of it. */
export interface CsvPhone extends Omit<PhoneRow, 'state'> {
  readonly index: number;
  readonly device: string;
  readonly mac: string;
  readonly model: string;
  /** Null: nobody knows. */
  readonly state: LedgerState | null;
}

type Cell = string | number | null;

const COLUMNS: readonly (readonly [string, (phone: CsvPhone, waves: readonly PlannedWave[]) => Cell])[] = [
  ['index', ({ index }) => index],
  ['device', ({ device }) => device],
  ['mac', ({ mac }) => mac],
  ['model', ({ model }) => model],
  ['wave', ({ wave }, waves) => (wave === null ? null : (waves[wave]?.name ?? wave))],
  ['state', ({ state }) => state ?? 'unknown'],
  ['stage', ({ stage }) => stage],
  ['cause', ({ cause }) => cause],
  ['server', ({ server }) => server],
  ['boots', ({ boots }) => boots],
  ['attempts', ({ attempts }) => attempts],
  ['intendedStartSeconds', (phone) => phone.intendedStartSeconds],
  ['secondsToRegistered', (phone) => phone.secondsToRegistered],
  ['secondsToService', (phone) => phone.secondsToService],
];

/** Lines with their ends, the first with the names of the columns. */
export function* phonesCsv(phones: Iterable<CsvPhone>, waves: readonly PlannedWave[]): Generator<string> {
  yield csvLine(COLUMNS.map(([name]) => name));
  for (const phone of phones) yield csvLine(COLUMNS.map(([, read]) => read(phone, waves)));
}

function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvField).join(',')}\r\n`;
}

function csvField(cell: Cell): string {
  const text = cell === null ? '' : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
