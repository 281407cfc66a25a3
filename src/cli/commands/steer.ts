import type { Command } from 'commander';
import type { Steered, SteerOrder } from '../../coordinator/steering.ts';
import { BootstormError } from '../../errors.ts';
import { addClusterOptions } from '../cluster-options.ts';
import { neededRedis } from '../needed-redis.ts';
import { checkRunId } from '../run-id.ts';

/** Beyond this the phones of a ramp come all at once. */
const FASTEST = 1000;

/** `bootstorm steer RUN pause | resume | rate FACTOR | abort`: changes a run while it lasts. */
export function addSteerCommand(program: Command): void {
  const command = program
    .command('steer')
    .description('pause, resume, speed up or end a run on many machines, at one instant on all of them')
    .argument('<run>', 'id of the run')
    .argument('<order>', 'pause, resume, rate or abort (twice: at once)')
    .argument('[factor]', 'with rate: how fast the schedule goes on, 1 is as planned');
  addClusterOptions(command, 'steer').action(
    async (run: string, word: string, factor: string | undefined, flags: Record<string, unknown>) => {
      const order = orderOf(word, factor);
      const place = { url: neededRedis('steer', flags), run: checkRunId(run) };
      const { steerRun } = await import('../../coordinator/steering.ts');
      process.stdout.write(`${steeredText(order, await steerRun(place, order))}\n`);
    },
  );
}

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
