/**
 * What cannot become a run on many machines says why, with the exit code for it, and hangs nowhere. Without processes:
 * cluster-lobby.test.ts, steering.test.ts, cluster-fleet.test.ts, connection.test.ts.
 */
import { describe, expect } from 'vitest';
import { EXIT_CODES, type ExitReason } from '../../src/cli/exit-codes.ts';
import { endOfStorm, type FinishedCommand } from '../support/bootstorm-command.ts';
import { THREE } from '../support/cluster.ts';
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
  it('whose id is unknown, in use or used; so is an agent whose name is taken', async ({ cluster }) => {
    await cluster.startRedis({ password: PASSWORD });
    expectRefusal(await cluster.steer('pause').finished, /run-1/);
    const first = cluster.coordinate(FEW);
    await cluster.open();
    const others = [cluster.coordinate(FEW), cluster.attach()];
    for (const other of others) expectRefusal(await other.finished, /run-1/);
    const anna = cluster.join('anna');
    await anna.printed(/joined as anna/);
    expectRefusal(await cluster.join('anna').finished, /anna/);
    cluster.join('berta');
    const { code, stdout, stderr } = await endOfStorm(first);
    expect(code).toBe(EXIT_CODES.ok.code);
    expect(`${stdout}${stderr}`).not.toContain(PASSWORD);
    expect((await anna.finished).code).toBe(EXIT_CODES.ok.code);
    expectRefusal(await cluster.coordinate(FEW).finished, /run-1/);
  });

  it('whose agents do not come in time', async ({ cluster }) => {
    await cluster.startRedis();
    const anna = cluster.join('anna');
    await anna.printed(/waiting for run run-1/);
    const scenario = `${SHORT}cluster: { wait: 12s }\n`;
    const { code, stderr } = await cluster.coordinate({ ...FEW, scenario, agents: THREE }).finished;
    expect(stderr).toMatch(/1 of 3 agents/);
    expect(code).not.toBe(EXIT_CODES.ok.code);
    expect((await anna.finished).stdout).toContain('ended before its start');
  });
});

describe.concurrent('a Redis that cannot be used', () => {
  it('because the password is wrong, is named without the password', async ({ cluster }) => {
    const redis = await cluster.startRedis({ password: PASSWORD });
    const wrong = ['--redis', redis.url.replace(PASSWORD, 'staple-battery')];
    const commands = [['run', 'first-run', '--agents', '3'], ['agent']];
    const refused = await Promise.all(commands.map((args) => cluster.command([...args, ...wrong]).finished));
    for (const ended of refused) {
      expectRefusal(ended, /password|WRONGPASS/);
      expect(`${ended.stdout}${ended.stderr}`).not.toMatch(/staple|battery|correct-horse/);
    }
  });

  it('because nobody answers there: a coordinator gives up, an agent waits for longer', async ({
    cluster,
  }) => {
    const nobody = ['--redis', `redis://127.0.0.1:${await freePort()}`];
    const agent = cluster.command(['agent', ...nobody]);
    const order = cluster.command(['run', 'first-run', '--agents', '3', ...nobody]);
    expectRefusal(await order.finished, /127\.0\.0\.1/, 'clusterIncomplete');
    expect(agent.hasEnded).toBe(false);
    agent.interrupt();
    expect((await agent.finished).stderr).not.toContain('a bug');
  });

  it('because it dies before the start: the coordinator says so and waits its time, an agent for a while', async ({
    cluster,
  }) => {
    await cluster.startRedis();
    const agent = cluster.join('anna');
    await agent.printed(/waiting for run run-1/);
    const coordinator = cluster.coordinate({ ...FEW, scenario: `${SHORT}cluster: { wait: 20s }\n` });
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
