/** The bench starts agents, a lab and its floor from a folder of its own: it has to find them all. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { modulePath } from '../../src/drivers/process-module.ts';

const PHONES = 3;

it('boots phones beside its floor, and says what both cost', async () => {
  const bench = modulePath('bench/storm-bench');
  const flags = ['--phones', String(PHONES), '--runs', '1', '--rate', '50', '--hold', '0'];
  const { stdout } = await promisify(execFile)(process.execPath, [bench, ...flags]);
  for (const program of ['bootstorm', 'bare Node']) {
    expect(stdout).toMatch(new RegExp(`^ +${PHONES} +${program} +\\d`, 'm'));
  }
});
