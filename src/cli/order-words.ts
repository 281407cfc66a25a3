/** Orders to a run in words: as a person gives them, and what they come to. */
import type { Steered, SteerOrder } from '../coordinator/steer-order.ts';
import { BootstormError } from '../errors.ts';

/** Beyond this the phones of a ramp come all at once. */
const FASTEST = 1000;

/** Throws `invalid-scenario`. */
export function orderOf(word: string, factor: string | undefined): SteerOrder {
  if (factor !== undefined && word !== 'rate') throw badOrder(`${word} ${factor}: only rate has a factor`);
  switch (word) {
    case 'pause':
      return { type: 'rate', slope: 0 };
    case 'resume':
      return { type: 'rate', slope: 1 };
    case 'abort':
      return { type: 'abort' };
    case 'rate':
      return { type: 'rate', slope: slopeOf(factor) };
    default:
      throw badOrder(`${word} is no order`);
  }
}

function slopeOf(factor: string | undefined): number {
  const slope = factor !== undefined && /^\d+(?:\.\d+)?$/.test(factor) ? Number(factor) : Number.NaN;
  if (slope > 0 && slope <= FASTEST) return slope;
  throw badOrder(`rate ${factor ?? ''}: expected a factor above 0, ${FASTEST} at most`);
}

function badOrder(message: string): BootstormError {
  return new BootstormError('invalid-scenario', `steer: ${message}`, {
    hint: 'pause, resume, rate 2, or abort',
  });
}

/** "from second 12.3 on (in 2.3 s): schedule time stands still" */
export function steeredText(order: SteerOrder, { fromSecond, inSeconds, stop }: Steered): string {
  const when = `from second ${fromSecond.toFixed(1)} of the run on (in ${inSeconds.toFixed(1)} s)`;
  if (stop === 'now') return `${when}: everything stops, without a word to the servers`;
  if (stop === 'drain') return `${when}: no more phones start, those that are up take their leave`;
  const slope = order.type === 'rate' ? order.slope : 1;
  return `${when}: schedule time ${slope === 0 ? 'stands still' : `passes at ${slope} times real time`}`;
}
