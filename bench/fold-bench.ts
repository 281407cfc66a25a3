/**
 * What it costs to count one boot event: `npx tsx bench/fold-bench.ts`. Twenty thousand phones boot; most come up at once, every
 * ninth is refused and starts again, and all send keepalives. The best of several rounds is given: the others had
 * company.
 */
import { ShardMetrics } from '../src/metrics/shard-metrics.ts';
import { bootEvents, type Turn, WHOLE_BOOT } from '../test/metrics/phone-stories.ts';

const PHONES = 20_000;
const ROUNDS = 15;
const KEEP_ALIVES = 10;

const hold = Array.from({ length: KEEP_ALIVES }, (): Turn => 'pass');
const smooth = bootEvents([...WHOLE_BOOT, ...hold]);
const refused = bootEvents([...WHOLE_BOOT.slice(0, -3), 'fail', ...WHOLE_BOOT.slice(3), ...hold], {
  cause: 'tcp-refused',
});

const nanoseconds = Array.from({ length: ROUNDS }, () => {
  const metrics = new ShardMetrics({ shard: 0, epoch: 0, phones: PHONES, armedAt: 0 });
  let events = 0;
  const begin = process.cpuUsage();
  for (let step = 0; step < refused.length; step += 1) {
    for (let phone = 0; phone < PHONES; phone += 1) {
      const event = (phone % 9 === 0 ? refused : smooth)[step];
      if (event === undefined) continue;
      metrics.observe(phone, event);
      events += 1;
    }
  }
  return (process.cpuUsage(begin).user * 1000) / events;
});
process.stdout.write(
  `${Math.min(...nanoseconds).toFixed(1)} ns per event; rounds: ${nanoseconds.map((ns) => ns.toFixed(0)).join(' ')}\n`,
);
