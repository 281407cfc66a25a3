/** What cannot become a run on many machines says why, with the exit code for it, and hangs nowhere. */
import { describe, expect } from 'vitest';
import { EXIT_CODES, type ExitReason } from '../../src/cli/exit-codes.ts';
import { toolVersion } from '../../src/cli/version.ts';
import { CLUSTER_PROTOCOL, type OpenRun } from '../../src/engine/cluster-contract.ts';
import { OPEN_RUNS } from '../../src/redis/run-keys.ts';
import { endOfStorm, type FinishedCommand } from '../support/bootstorm-command.ts';
import { AGENTS } from '../support/cluster.ts';
import { clusterTest as it } from '../support/cluster-test.ts';
import { freePort } from '../support/free-port.ts';

const SHORT = 'ramp: [{ duration: 0.2s }]\nhold: 0s\n';
const PASSWORD = 'correct-horse';
const FEW = { phones: 6, scenario: SHORT };

function expectRefusal(
  { code, stdout, stderr }: FinishedCommand,
  reason: RegExp,
  exit: ExitReason = 'invalidConfiguration',
): void {
  expect(stderr).toMatch(reason);
  expect(stderr).toMatch(/^hint: /m);
  expect(stderr).not.toMatch(/a bug|^ {4}at /m);
  expect(stdout).not.toContain('asked');
  expect(code).toBe(EXIT_CODES[exit].code);
}

describe.concurrent('a run is refused', () => {
  it('whose id was used, or is in use by another coordinator', async ({ cluster }) => {
    await Promise.all([cluster.startRedis({ password: PASSWORD }), cluster.startLab(FEW.phones)]);
    const first = cluster.coordinate(FEW);
    await cluster.open();
    expectRefusal(await cluster.coordinate(FEW).finished, /run-1/);
    for (const name of AGENTS) cluster.join(name);
    const { code, stdout, stderr } = await endOfStorm(first);
    expect(code).toBe(EXIT_CODES.ok.code);
    expect(`${stdout}${stderr}`).not.toContain(PASSWORD);
    expectRefusal(await cluster.coordinate(FEW).finished, /run-1/);
    expectRefusal(await cluster.attach().finished, /run-1/);
  });

  it('that nobody has begun, or that has a coordinator: attach and steer', async ({ cluster }) => {
    await Promise.all([cluster.startRedis(), cluster.startLab(FEW.phones)]);
    expectRefusal(await cluster.attach().finished, /run-1/);
    expectRefusal(await cluster.steer('pause').finished, /run-1/);
    const first = cluster.coordinate(FEW);
    await cluster.open();
    expectRefusal(await cluster.attach().finished, /run-1/);
    first.interrupt();
    await first.finished;
  });

  it('whose agents do not come in time', async ({ cluster }) => {
    await Promise.all([cluster.startRedis(), cluster.startLab(FEW.phones)]);
    const alone = cluster.coordinate({ ...FEW, scenario: `${SHORT}cluster: { wait: 3s }\n` });
    cluster.join('anna');
    const ended = await alone.finished;
    expect(ended.stderr).toMatch(/1 of 3 agents/);
    expect(ended.code).not.toBe(EXIT_CODES.ok.code);
    const agent = await cluster.agent('anna').finished;
    expect(agent.stdout).toContain('ended before its start');
  });
});

describe.concurrent('an agent is refused', () => {
  it('by a run of another version, and of another protocol', async ({ cluster }) => {
    await cluster.startRedis();
    const runs: readonly OpenRun[] = [
      { run: 'older', version: '0.0.1', protocol: CLUSTER_PROTOCOL, agents: 3 },
      { run: 'newer', version: toolVersion(), protocol: CLUSTER_PROTOCOL + 1, agents: 3 },
    ];
    await cluster.ask(async (redis) => {
      for (const open of runs) await redis.hset(OPEN_RUNS, open.run, JSON.stringify(open));
    });
    for (const { run } of runs) {
      cluster.run = run;
      expectRefusal(await cluster.join('anna').finished, /version|protocol/);
    }
  });

  it('whose name is taken', async ({ cluster }) => {
    await Promise.all([cluster.startRedis(), cluster.startLab(FEW.phones)]);
    const coordinator = cluster.coordinate(FEW);
    cluster.join('anna');
    await cluster.joined(1);
    expectRefusal(await cluster.join('anna').finished, /anna/);
    coordinator.interrupt();
    await coordinator.finished;
  });
});

describe.concurrent('a Redis that cannot be used', () => {
  it('because the password is wrong, is named without the password', async ({ cluster }) => {
    const redis = await cluster.startRedis({ password: PASSWORD });
    const wrong = ['--redis', redis.url.replace(PASSWORD, 'staple-battery')];
    const commands = [
      ['run', 'first-run', '--agents', '3'],
      ['agent'],
      ['attach', 'x'],
      ['steer', 'x', 'pause'],
    ];
    const refused = await Promise.all(commands.map((args) => cluster.command([...args, ...wrong]).finished));
    for (const ended of refused) {
      expectRefusal(ended, /password|WRONGPASS/);
      expect(`${ended.stdout}${ended.stderr}`).not.toMatch(/staple|battery|correct-horse/);
    }
  });

  it('because nobody answers there: who orders gives up, an agent waits for a while', async ({ cluster }) => {
    const nobody = ['--redis', `redis://127.0.0.1:${await freePort()}`];
    const agent = cluster.command(['agent', ...nobody]);
    const orders = [
      ['run', 'first-run', '--agents', '3'],
      ['attach', 'x'],
      ['steer', 'x', 'pause'],
    ];
    const ended = await Promise.all(orders.map((args) => cluster.command([...args, ...nobody]).finished));
    for (const one of ended) expectRefusal(one, /127\.0\.0\.1/, 'clusterIncomplete');
    expect(agent.hasEnded).toBe(false);
    agent.interrupt();
    expect((await agent.finished).stderr).not.toContain('a bug');
  });

  it('because it dies before the start: the coordinator says so and waits its time, an agent for a while', async ({
    cluster,
  }) => {
    await Promise.all([cluster.startRedis(), cluster.startLab(FEW.phones)]);
    const coordinator = cluster.coordinate({ ...FEW, scenario: `${SHORT}cluster: { wait: 20s }\n` });
    const agent = cluster.join('anna');
    await cluster.joined(1);
    await cluster.redis.stop();
    const ended = await coordinator.finished;
    expect(ended.code).toBe(EXIT_CODES.clusterIncomplete.code);
    expect(ended.stderr).toMatch(/redis:.*cannot be reached/);
    await agent.printed(/redis:.*cannot be reached/);
    agent.interrupt();
    expect((await agent.finished).code).toBe(EXIT_CODES.aborted.code);
  });
});
