/**
 * One row for each phone, for a table at the end of a run: as plain data in chunks of some hundred phones, small enough
 * for messages between threads, processes and machines.
 */
import type { FailureCause } from '../phone/failure-causes.ts';
import type { Stage } from '../phone/stages.ts';
import type { Ledger, PhoneState } from './ledger.ts';
import type { PhoneHistory } from './phone-history.ts';
import type { WaveTally } from './wave-tally.ts';

/** A phone when the ledger was closed. */
export interface PhoneRow {
  readonly state: PhoneState;
  /** Number of the wave that gave it power last; null: none did. */
  readonly wave: number | null;
  /** Where it stands, or what failed last for one that is in service; null: nothing to tell. */
  readonly stage: Stage | null;
  readonly cause: FailureCause | null;
  readonly server: string | null;
  /** Power returns, and boots that began again. */
  readonly boots: number;
  /** Tries of all stages since the run began. */
  readonly attempts: number;
  /** Of its last power return, seconds since the run's start; null: it had none. */
  readonly intendedStartSeconds: number | null;
  /** From then to the first RegisterAck, and to the first time in service; null: it has not come. */
  readonly secondsToRegistered: number | null;
  readonly secondsToService: number | null;
}

/** Rows of phones that follow each other in a shard. Absolute: one that comes twice says the same. */
export interface RowChunk {
  readonly shard: number;
  readonly epoch: number;
  /** Place in the shard of the first phone. */
  readonly first: number;
  /** See `readRows`. */
  readonly rows: string;
}

const ROWS_IN_CHUNK = 500;

/** What a chunk writes of each phone, in this order. */
const FIELDS = [
  'state',
  'wave',
  'stage',
  'cause',
  'server',
  'boots',
  'attempts',
  'intendedStartSeconds',
  'secondsToRegistered',
  'secondsToService',
] as const satisfies readonly (keyof PhoneRow)[];

export interface RowSources {
  readonly ledger: Ledger;
  readonly history: PhoneHistory;
  readonly waves: WaveTally;
  /** The run's start on the clock of the ledger, ms. */
  readonly armedAt: number;
}

export function rowChunks(shard: number, epoch: number, sources: RowSources): RowChunk[] {
  const chunks: RowChunk[] = [];
  for (let first = 0; first < sources.ledger.size; first += ROWS_IN_CHUNK) {
    const rows: unknown[] = [];
    const end = Math.min(first + ROWS_IN_CHUNK, sources.ledger.size);
    for (let phone = first; phone < end; phone++) {
      const row = rowOf(phone, sources);
      rows.push(FIELDS.map((field) => row[field]));
    }
    chunks.push({ shard, epoch, first, rows: JSON.stringify(rows) });
  }
  return chunks;
}

/** The rows of a chunk in their order. Throws SyntaxError where it is not what `rowChunks` made. */
export function readRows({ rows }: RowChunk): PhoneRow[] {
  return (JSON.parse(rows) as unknown[][]).map(
    (values) => Object.fromEntries(FIELDS.map((field, i) => [field, values[i]])) as unknown as PhoneRow,
  );
}

function rowOf(phone: number, { ledger, history, waves, armedAt }: RowSources): PhoneRow {
  const hadPower = history.boots(phone) > 0;
  return {
    state: ledger.stateOf(phone),
    wave: waves.waveOf(phone),
    ...(ledger.standingOf(phone) ?? { stage: null, cause: null, server: null }),
    boots: history.boots(phone),
    attempts: history.attempts(phone),
    intendedStartSeconds: hadPower ? inSeconds(ledger.intendedAt(phone) - armedAt) : null,
    secondsToRegistered: inSeconds(history.toRegisteredMs(phone)),
    secondsToService: inSeconds(history.toServiceMs(phone)),
  };
}

/** To the millisecond. */
function inSeconds(ms: number): number;
function inSeconds(ms: number | null): number | null;
function inSeconds(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms) / 1000;
}
