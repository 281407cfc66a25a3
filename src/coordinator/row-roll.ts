/** Rows of phones as they come from the shards, and the table of all phones of the plan that they make. */
import { type PhoneRow, readRows, type RowChunk } from '../metrics/phone-rows.ts';
import type { LedgerState, RunState } from '../metrics/run-state.ts';
import { deviceName } from '../phone/identity.ts';
import type { PhoneModelName } from '../phone/models.ts';
import { identityOf, type RunPlan } from '../scenario/plan.ts';
import { shardOf } from '../schedule/shards.ts';

export interface TableRow extends Omit<PhoneRow, 'state'> {
  /** Its position in the plan. */
  readonly index: number;
  readonly device: string;
  readonly mac: string;
  readonly model: PhoneModelName;
  /** Null: its shard was not lost, but its row did not arrive. */
  readonly state: LedgerState | null;
}

/** What stands in for the row of a phone of which nothing was heard. */
const NOTHING: Omit<PhoneRow, 'state'> = {
  wave: null,
  stage: null,
  cause: null,
  server: null,
  boots: 0,
  attempts: 0,
  intendedStartSeconds: null,
  secondsToRegistered: null,
  secondsToService: null,
};

interface ShardRows {
  readonly epoch: number;
  /** By the place of their first phone. */
  readonly chunks: Map<number, RowChunk>;
}

export class RowRoll {
  readonly #shards = new Map<number, ShardRows>();

  /** Rows of an older grant of a shard give way to those of a newer one. */
  take(chunk: RowChunk): void {
    const held = this.#shards.get(chunk.shard);
    if (held !== undefined && held.epoch > chunk.epoch) return;
    if (held?.epoch === chunk.epoch) held.chunks.set(chunk.first, chunk);
    else this.#shards.set(chunk.shard, { epoch: chunk.epoch, chunks: new Map([[chunk.first, chunk]]) });
  }

  /** Every phone of the plan once, in its order. */
  *table(plan: RunPlan, { shards }: Pick<RunState, 'shards'>): Generator<TableRow> {
    const lost = new Set(shards.lost);
    const readers = Array.from({ length: shards.planned }, (_, shard) => {
      if (lost.has(shard)) return constantReader('lostWithAgent');
      const held = this.#shards.get(shard);
      if (held !== undefined) return chunkReader(held);
      return constantReader(shards.reporting === 0 ? 'notStarted' : null);
    });
    for (let index = 0; index < plan.phoneCount; index++) {
      const row = readers[shardOf(index, shards.planned)]?.() ?? { ...NOTHING, state: null };
      const { mac, model } = identityOf(plan, index);
      yield { index, device: deviceName(mac), mac, model, ...row };
    }
  }
}

type RowReader = () => (Omit<PhoneRow, 'state'> & Pick<TableRow, 'state'>) | undefined;

function constantReader(state: TableRow['state']): RowReader {
  return () => ({ ...NOTHING, state });
}

/** Row by row, from the first phone of the shard on; a chunk is read when its first row is asked for. */
function chunkReader({ chunks }: ShardRows): RowReader {
  let rows: readonly PhoneRow[] = [];
  let first = 0;
  let position = 0;
  return () => {
    const chunk = chunks.get(position);
    if (chunk !== undefined) [rows, first] = [readRows(chunk), position];
    const row = rows[position - first];
    position += 1;
    return row;
  };
}
