/** Every way in which a run can end before its time. However it does, the ledger closes and nothing is left behind. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import {
  endOfStorm,
  type FinishedStorm,
  ledgerSum,
  type LogLine,
  pause,
  type RunningCommand,
  startStorm,
} from '../support/bootstorm-command.ts';
import { childrenOf, isAlive, type ProcessFacts } from '../support/process-tree.ts';
import { PHONES_CSV, readPhones, statesOf } from '../support/phones-table.ts';

const TWELVE = `
name: endings
phones: { generate: { count: 12 }, restartPause: 0.2s }
timing: { power: 0s, image: 0.1s, vlan: 0.1s }
hold: 1m
maxDuration: 2m
lab: { callManagers: 1 }
`;

/** Worker threads that do not begin before the folder has the file `go`. */
const HELD_UP = `--import=data:text/javascript,${encodeURIComponent(`
import { existsSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
const look = new Int32Array(new SharedArrayBuffer(4));
while (!isMainThread && !existsSync('go')) Atomics.wait(look, 0, 0, 20);
`)}`;

/** Power returns to one phone after the other for a minute. */
const RAMPING = `${TWELVE}ramp: [{ duration: 1m }]\n`;

/** Phones soon notice that there is no TFTP server. */
const IMPATIENT = 'target: { tftp: { timeoutSeconds: 0.2s, requestAttempts: 2 } }\n';

function agentsOf(storm: RunningCommand): readonly ProcessFacts[] {
  return childrenOf(storm.pid).filter(({ command }) => command.includes('agent-process'));
}

/** Oldest first: CallManager, TFTP, and DHCP with DNS. */
function labOf(storm: RunningCommand): readonly ProcessFacts[] {
  return childrenOf(storm.pid).filter(({ command }) => command.includes('lab-process'));
}

function reasonsOf(log: readonly LogLine[]): readonly string[] {
  return log.flatMap((line) => (line.type === 'stopping' ? [line.reason] : []));
}

function expectOrderlyAbort(storm: FinishedStorm): void {
  expect(storm.code).toBe(EXIT_CODES.aborted.code);
  expect(storm.summary.verdict.result).toBe('aborted');
  expect(ledgerSum(storm.summary)).toBe(12);
  expect(storm.log.at(-1)?.type).toBe('ended');
  expect(storm.stdout).toContain('ABORTED');
  expect(storm.stderr).toBe('');
}

/** Waits until all of them have ended; the test's own time-out is the limit. */
async function gone(processes: readonly ProcessFacts[]): Promise<void> {
  while (processes.some(({ pid }) => isAlive(pid))) await pause(20);
}

describe('Ctrl-C', () => {
  it('while agents are preparing ends the run with no phone started', async () => {
    const storm = startStorm(TWELVE, [], { environment: { NODE_OPTIONS: HELD_UP } });
    while (agentsOf(storm).length === 0) await pause(20);
    storm.interrupt();
    await storm.printed(/stopping/);
    writeFileSync(join(storm.folder, 'go'), '');
    const ended = await endOfStorm(storm);
    expectOrderlyAbort(ended);
    expect(ended.summary.phones.notStarted).toBe(12);
    expect(ended.summary.run.started).toBeNull();
  });

  it('during the ramp lets the phones that are up take their leave, and starts no more', async () => {
    const storm = startStorm(RAMPING, ['--ramp', '200ms:6,1m:6']);
    await storm.printed(/ [1-9]\d* of 12 in service/);
    storm.interrupt();
    const ended = await endOfStorm(storm);
    expectOrderlyAbort(ended);
    expect(reasonsOf(ended.log)).toEqual(['interrupted']);
    expect(ended.log.map(({ type }) => type)).toContain('ledgerClosed');
    expect(ended.summary.phones.ready).toBeGreaterThan(0);
    expect(ended.summary.phones.notStarted).toBeGreaterThan(0);
    expect(ended.stdout).toContain('stopping: phones take their leave');
  });

  it('during the hold ends it, with every phone in the report: also when it is the terminal that goes', async () => {
    const storm = startStorm(TWELVE);
    await storm.logged('holding');
    const children = childrenOf(storm.pid);
    expect(children.length).toBe(4);
    storm.interrupt('SIGHUP');
    const ended = await endOfStorm(storm);
    expectOrderlyAbort(ended);
    expect(ended.summary.phones).toMatchObject({ ready: 12 });
    expect(reasonsOf(ended.log)).toEqual(['interrupted']);
    await gone(children);
  });

  it('twice stops everything at once', async () => {
    const storm = startStorm(TWELVE, ['--drain-rate', '0.5']);
    await storm.logged('holding');
    storm.interrupt();
    await storm.logged('ledgerClosed');
    storm.interrupt();
    const ended = await endOfStorm(storm);
    expectOrderlyAbort(ended);
    expect(reasonsOf(ended.log)).toEqual(['interrupted', 'interrupted-twice']);
    expect(ended.summary.phones).toMatchObject({ ready: 12 });
  });

  it('while phones take their leave anyway changes the verdict of nothing', async () => {
    const storm = startStorm(TWELVE, ['--drain-rate', '0.5', '--hold', '0s']);
    await storm.logged('ledgerClosed');
    storm.interrupt();
    const ended = await endOfStorm(storm);
    expect(ended.code).toBe(EXIT_CODES.ok.code);
    expect(ended.summary.phones).toMatchObject({ ready: 12 });
    expect(reasonsOf(ended.log)).toEqual(['hold-over', 'interrupted-twice']);
  });
});

describe('SIGTERM', () => {
  it('to the command, or to its whole group as timeout(1) sends it, ends the run in order', async () => {
    const [one, group] = [startStorm(TWELVE), startStorm(TWELVE)];
    await Promise.all([one.logged('holding'), group.logged('holding')]);
    process.kill(one.pid, 'SIGTERM');
    process.kill(-group.pid, 'SIGTERM');
    for (const ended of [await endOfStorm(one), await endOfStorm(group)]) {
      expectOrderlyAbort(ended);
      expect(ended.summary.phones).toMatchObject({ ready: 12, lostWithAgent: 0 });
    }
  });
});

describe('a process that dies', () => {
  it('or stands still takes the phones of its agent with it, and the run goes on with the others', async () => {
    // Long enough for a test that is itself kept waiting: both have to happen in the hold.
    const flags = ['--agents', '3', '--threads', '1', '--hold', '8s', '--phones-csv', PHONES_CSV];
    // The third agent has to end its own phones in that time, however busy the machine is.
    const storm = startStorm(`${TWELVE}drain: { patience: 10s }\n`, flags);
    await storm.logged('holding');
    const [dying, standing] = agentsOf(storm);
    if (dying === undefined || standing === undefined) throw new Error('no agents');
    process.kill(standing.pid, 'SIGSTOP');
    process.kill(dying.pid, 'SIGKILL');
    const ended = await endOfStorm(storm);
    // What the one that stands still said last is no result.
    expect(ended.summary.phones).toMatchObject({ asked: 12, ready: 4, lostWithAgent: 8 });
    expect(ledgerSum(ended.summary)).toBe(12);
    expect(ended.code).toBe(EXIT_CODES.thresholdsMissed.code);
    expect(ended.log.filter(({ type }) => type === 'agentLost')).toMatchObject([
      { phones: 4, message: expect.stringContaining('ended before its phones did') as string },
      { phones: 4, message: expect.stringContaining('did not answer') as string },
    ]);
    expect(ended.log.filter(({ type }) => type === 'ledgerClosed')).toHaveLength(1);
    expect(reasonsOf(ended.log)).toEqual(['hold-over']);
    expect(ended.stdout).toContain('8 lost');
    const lines = readPhones(ended.folder);
    expect(lines).toHaveLength(12);
    const { table, ledger } = statesOf(lines, ended.summary);
    expect(table).toEqual(ledger);
    expect(ended.summary.agents.filter(({ state }) => state === 'lost')).toMatchObject([
      { phones: 4, trouble: expect.stringContaining('ended before its phones did') as string },
      { phones: 4, trouble: expect.stringContaining('did not answer') as string },
    ]);
  });

  it('ends the run when it was the last agent', async () => {
    const storm = startStorm(TWELVE, ['--agents', '1']);
    await storm.logged('holding');
    process.kill(agentsOf(storm)[0]?.pid ?? 0, 'SIGKILL');
    const ended = await endOfStorm(storm);
    expect(ended.summary.phones).toMatchObject({ asked: 12, lostWithAgent: 12 });
    expect(ended.code).toBe(EXIT_CODES.thresholdsMissed.code);
    expect(ended.log.map(({ type }) => type)).toContain('agentLost');
  });

  it('of the lab is an outcome of the phones: CallManager in the hold, TFTP before it', async () => {
    const holding = startStorm(TWELVE, ['--hold', '8s']);
    const ramping = startStorm(`${RAMPING}${IMPATIENT}`, [
      '--ramp',
      '200ms:6,20s:6',
      '--max-duration',
      '12s',
    ]);
    await Promise.all([holding.logged('holding'), ramping.logged('armed')]);
    process.kill(labOf(holding)[0]?.pid ?? 0, 'SIGKILL');
    process.kill(labOf(ramping)[1]?.pid ?? 0, 'SIGKILL');
    const [withoutManager, withoutFiles] = await Promise.all([endOfStorm(holding), endOfStorm(ramping)]);
    for (const ended of [withoutManager, withoutFiles]) {
      expect(ended.summary.verdict).toMatchObject({ result: 'fail' });
      expect(ended.code).toBe(EXIT_CODES.thresholdsMissed.code);
      expect(ledgerSum(ended.summary)).toBe(12);
      expect(ended.log.find(({ type }) => type === 'labFailed')).toMatchObject({
        message: expect.stringMatching(/SIGKILL/) as string,
      });
      expect(ended.summary.unfinished.length).toBeGreaterThan(0);
    }
    expect(withoutManager.summary.phones).toMatchObject({ registered: 0, notStarted: 0 });
    expect(withoutManager.summary.failures.map(({ cause }) => cause)).toContain('tcp-refused');
    expect(withoutFiles.summary.failures.length).toBeGreaterThan(0);
  });

  it('takes its children with it when it is the command itself', async () => {
    const storm = startStorm(TWELVE);
    await storm.logged('holding');
    const children = childrenOf(storm.pid);
    expect(children.length).toBe(4);
    process.kill(storm.pid, 'SIGKILL');
    await gone(children);
  });
});
