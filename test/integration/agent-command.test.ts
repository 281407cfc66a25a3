/** `bootstorm agent` as a process: what it says, how it ends. */
import { describe, expect, it } from 'vitest';
import { toolVersion } from '../../src/cli/version.ts';
import { runCommand, startCommand } from '../support/bootstorm-command.ts';
import { RedisServer } from '../support/redis-server.ts';
import { lonelyPlan, ScriptedCoordinator } from '../support/scripted-coordinator.ts';

const version = toolVersion();

describe('bootstorm agent', () => {
  it('takes part in one run after the other, and ends at a signal', async () => {
    const server = await RedisServer.start({ password: 'swordfish' });
    const environment = { BOOTSTORM_REDIS: server.url, BOOTSTORM_NAME: 'a' };
    const agent = startCommand(['agent', '--serve'], { environment });
    await agent.printed(/waiting for a run/);
    for (const run of ['first', 'second']) {
      const boss = await ScriptedCoordinator.start(server, run);
      await boss.open(1, { version });
      await agent.printed(new RegExp(`run ${run}: joined as a, index 0`));
      await boss.publish(lonelyPlan());
      await boss.beatWhere('a', ({ state }) => state === 'ready');
      await boss.arm();
      await boss.until(async () => (await boss.snapshots()).length > 0);
      await boss.stop();
      await boss.until(async () => (await boss.takeResults()).length === 1);
      await agent.printed(new RegExp(`run ${run}: finished`));
      // Delivered once, and its end is recorded.
      await boss.until(async () => (await boss.finishedJobs()) === 1);
    }
    agent.interrupt();
    const { code, stdout, stderr } = await agent.finished;
    expect(code).toBe(105);
    expect(stderr).toBe('');
    expect(stdout).not.toContain('swordfish');
  });

  it('drains at a signal in the midst of a run', async () => {
    const server = await RedisServer.start();
    const boss = await ScriptedCoordinator.start(server);
    await boss.open(1, { version });
    const agent = startCommand(['agent', '--redis', server.url, '--name', 'a', '--run', boss.run]);
    await boss.publish(lonelyPlan());
    await boss.beatWhere('a', ({ state }) => state === 'ready');
    await boss.arm();
    await boss.until(async () => (await boss.snapshots()).length > 0);
    agent.interrupt();
    const [result] = await boss.until(async () => {
      const all = await boss.takeResults();
      return all.length === 1 ? all : null;
    });
    expect(result?.snapshot).toMatchObject({ ledgerClosed: true, phones: { ready: 6 } });
    const { code, stdout } = await agent.finished;
    expect(stdout).toMatch(/run monday: ended by a signal/);
    expect(code).toBe(105);
  });

  it('has the name and the index that Kubernetes gives it', async () => {
    const server = await RedisServer.start();
    const boss = await ScriptedCoordinator.start(server);
    await boss.open(3, { version });
    const agent = startCommand(['agent', '--redis', server.url], {
      environment: { JOB_COMPLETION_INDEX: '2' },
    });
    await agent.printed(/run monday: joined as agent-2, index 2/);
    agent.interrupt();
    expect((await agent.finished).code).toBe(105);
    // Its seat is free again.
    expect(await boss.redis.hlen(boss.keys.members)).toBe(0);
  });

  it('is refused with what is wrong, all at once', async () => {
    const flags = ['--name', 'a b', '--source-addresses', 'nowhere', '--certificates', 'nothing'];
    const { code, stderr } = await runCommand(['agent', ...flags]);
    expect(code).toBe(104);
    for (const flag of ['--redis', '--name a b', '--source-addresses nowhere', '--certificates nothing']) {
      expect(stderr).toContain(flag);
    }
    const server = await RedisServer.start();
    const boss = await ScriptedCoordinator.start(server);
    await boss.open(1, { version: '99.0.0' });
    const other = await runCommand(['agent', '--redis', server.url]);
    expect(other.code).toBe(104);
    expect(other.stderr).toMatch(/does not take agent .*99\.0\.0/);
  });
});
