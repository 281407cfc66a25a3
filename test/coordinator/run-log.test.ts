import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type LoggedEntry, RunLog } from '../../src/coordinator/run-log.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('the run log', () => {
  it('keeps entries in order, tells each to its listener, and writes each as one line of JSON', async () => {
    const path = join(temporaryFolder({}), 'run-log.jsonl');
    const heard: LoggedEntry[] = [];
    const log = new RunLog(path, (logged) => heard.push(logged));
    log.add({ type: 'prepared', agents: 2, shards: 4, phones: 100 }, null);
    log.add({ type: 'stopping', reason: 'hold-over' }, 12.5);
    log.add({ type: 'ended' }, 13);
    await log.close();
    expect(heard).toEqual(log.entries);
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
      log.entries.map(({ utc, second, entry }) => ({ utc, second, ...entry })),
    );
    expect(log.entries.map(({ second }) => second)).toEqual([null, 12.5, 13]);
    expect(log.entries.every(({ utc }) => new Date(utc).toISOString() === utc)).toBe(true);
  });

  it('goes on in memory when its file cannot be written', async () => {
    const log = new RunLog(join(temporaryFolder({}), 'missing', 'run-log.jsonl'));
    log.add({ type: 'ended' }, 1);
    await log.close();
    log.add({ type: 'ended' }, 2);
    expect(log.entries).toHaveLength(2);
  });

  it('needs no file', async () => {
    const log = new RunLog(null);
    log.add({ type: 'ledgerClosed' }, 3);
    await log.close();
    expect(log.entries).toMatchObject([{ second: 3, entry: { type: 'ledgerClosed' } }]);
  });
});
