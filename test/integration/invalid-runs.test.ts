/** A run that measured itself never reads as a pass: each trouble of the generator is made from outside. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { DEFAULT_GENERATOR_LIMITS } from '../../src/scenario/validity.ts';
import {
  endOfStorm,
  type FinishedStorm,
  pause,
  type RunningCommand,
  startStorm,
} from '../support/bootstorm-command.ts';
import { freePort } from '../support/free-port.ts';
import { scrape } from '../support/metrics-scrape.ts';
import { childrenOf } from '../support/process-tree.ts';

const LIGHT = `
name: light
phones: { generate: { count: 20 }, restartPause: 0.2s }
timing: { power: 0.1s, image: 0.1s, vlan: 0.1s }
hold: 3s
maxDuration: 5m
`;

/** Blocks the event loop of every worker thread once, for 500 ms, as soon as its folder has the file \`block\`. */
const BLOCK_MS = 500;
const FAULT = `
import { existsSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
if (!isMainThread) {
  const look = setInterval(() => {
    if (!existsSync('block')) return;
    clearInterval(look);
    const since = performance.now();
    while (performance.now() - since < ${BLOCK_MS});
  }, 20);
  look.unref();
}
`;
const FAULTY = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(FAULT)}` };

const LOW_LIMIT = 400;

function startLight(validity: string, flags: readonly string[] = []): RunningCommand {
  return startStorm(`${LIGHT}validity: { ${validity} }\n`, flags, {
    environment: { ...FAULTY, BOOTSTORM_BLOCK_LIMIT: '400ms' },
    under: ['prlimit', `--nofile=${LOW_LIMIT}:${LOW_LIMIT}`],
  });
}

function bottlenecks({ summary }: FinishedStorm): string[] {
  return summary.verdict.reasons.filter((reason) => reason.startsWith('the generator was the bottleneck'));
}

describe('a run', () => {
  it('is INVALID when a worker was blocked for 500 ms, and the same run without that is what it is', async () => {
    expect(DEFAULT_GENERATOR_LIMITS.longestBlockSeconds).toBe(0.4);
    const [blocked, undisturbed] = [startLight('', ['--hold', '6s']), startLight('')];
    await blocked.logged('holding');
    writeFileSync(join(blocked.folder, 'block'), '');
    const [bad, good] = await Promise.all([endOfStorm(blocked), endOfStorm(undisturbed)]);
    expect(bad.summary.generator.longestBlockSeconds).toBeGreaterThan(0.4);
    expect(bad.code).toBe(EXIT_CODES.invalidRun.code);
    expect(bad.summary.verdict.result).toBe('invalid');
    expect(bottlenecks(bad)).toEqual([expect.stringMatching(/the event loop of a worker stood still for/)]);
    expect(bad.stdout).toMatch(/INVALID: the generator was the bottleneck: the event loop of a worker/);
    // A machine that was itself away for so long has the same verdict, for the same reason.
    const wasAway = good.summary.generator.longestBlockSeconds > 0.4;
    expect(good.summary.verdict.result).toBe(wasAway ? 'invalid' : 'pass');
    expect(bottlenecks(good)).toHaveLength(wasAway ? 1 : 0);
  });

  it('is INVALID when a process came too close to its limit of descriptors', async () => {
    const finished = await endOfStorm(
      startLight(`freeDescriptors: ${LOW_LIMIT - 1}`, ['--block-limit', '1m']),
    );
    const { fewestFreeDescriptors } = finished.summary.generator;
    expect(fewestFreeDescriptors).toBeLessThan(LOW_LIMIT - 20);
    expect(finished.code).toBe(EXIT_CODES.invalidRun.code);
    expect(bottlenecks(finished)).toEqual([
      `the generator was the bottleneck: a process had ${fewestFreeDescriptors} descriptors left, the limit is 399`,
    ]);
  });

  it('is INVALID when nothing was heard of a process for some seconds that did not end', async () => {
    const port = await freePort();
    const limits = ['--lost-snapshots-limit', '0', '--block-limit', '1m'];
    const storm = startLight('', ['--hold', '8s', '--metrics-port', String(port), ...limits]);
    await storm.logged('holding');
    const agent = childrenOf(storm.pid).find(({ command }) => command.includes('agent-process'));
    if (agent === undefined) throw new Error('no agent');
    process.kill(agent.pid, 'SIGSTOP');
    const second = async (): Promise<number> => {
      const series = await scrape(`http://127.0.0.1:${port}/metrics`);
      if (series === null) throw new Error('the run is over');
      return [...series].find(([name]) => name.startsWith('bootstorm_run_elapsed_seconds'))?.[1] ?? 0;
    };
    const stoppedAt = await second();
    while ((await second()) < stoppedAt + 4) await pause(100);
    process.kill(agent.pid, 'SIGCONT');
    const finished = await endOfStorm(storm);
    expect(finished.summary.generator.lostSnapshots).toBeGreaterThan(0);
    expect(finished.code).toBe(EXIT_CODES.invalidRun.code);
    expect(bottlenecks(finished)).toEqual([expect.stringMatching(/\d+ snapshots of its shards were lost/)]);
  });
});
