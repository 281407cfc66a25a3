import type { Command } from 'commander';
import { addClusterOptions } from '../cluster-options.ts';
import { neededRedis } from '../needed-redis.ts';
import { orderOf, steeredText } from '../order-words.ts';
import { checkRunId } from '../run-id.ts';

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
