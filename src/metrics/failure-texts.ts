import type { FailureCause } from '../phone/failure-causes.ts';
import { sumRows } from './sums.ts';

/** What servers said, or what was found, where attempts failed. */
export interface FailureTextRow {
  readonly cause: FailureCause;
  /** Null: all further texts of the cause together. */
  readonly text: string | null;
  readonly count: number;
}

/** A server may say something else to every phone: so many texts of a cause are told apart. */
const TEXTS_PER_CAUSE = 16;
const MOST_CHARACTERS = 80;

/** The texts of the failures of one shard: never a label of a metric, and bounded. */
export class FailureTexts {
  readonly #causes = new Map<FailureCause, Map<string | null, number>>();

  count(cause: FailureCause, detail: string): void {
    const texts = this.#causes.get(cause) ?? new Map<string | null, number>();
    this.#causes.set(cause, texts);
    const printed = printable(detail);
    const isKnown = texts.has(printed) || texts.size - (texts.has(null) ? 1 : 0) < TEXTS_PER_CAUSE;
    const text = isKnown ? printed : null;
    texts.set(text, (texts.get(text) ?? 0) + 1);
  }

  rows(): FailureTextRow[] {
    return [...this.#causes].flatMap(([cause, texts]) =>
      [...texts].map(([text, count]) => ({ cause, text, count })),
    );
  }
}

/** Of several shards: the most frequent texts of each cause, and the rest of each together. */
export function mergeFailureTexts(rows: readonly FailureTextRow[]): FailureTextRow[] {
  const kept = new Map<FailureCause, number>();
  const bounded = sumRows(rows, keyOf).map((row) => {
    if (row.text === null) return row;
    const before = kept.get(row.cause) ?? 0;
    kept.set(row.cause, before + 1);
    return before < TEXTS_PER_CAUSE ? row : { ...row, text: null };
  });
  return sumRows(bounded, keyOf);
}

function keyOf({ cause, text }: FailureTextRow): string {
  return text === null ? cause : `${cause} ${text}`;
}

/** Bytes from the wire go to a terminal: what is no printable text is shown as a question mark. */
function printable(text: string): string {
  const shown = text.replaceAll(/[^\P{C} ]|\p{Zl}|\p{Zp}/gu, '?').trim();
  return shown.length <= MOST_CHARACTERS ? shown : `${shown.slice(0, MOST_CHARACTERS - 1)}…`;
}
