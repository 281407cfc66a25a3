import { expect, it } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { runCommand, startCommand } from '../support/bootstorm-command.ts';
import { freePort } from '../support/free-port.ts';
import { RedisServer } from '../support/redis-server.ts';

it('an agent exports its phones, and nothing of the run', async () => {
  const server = await RedisServer.start();
  const port = await freePort();
  const agent = startCommand(['agent', '--redis', server.url, '--metrics-port', String(port)]);
  const [, url = ''] = await agent.printed(/^metrics: (\S+)$/m);
  const text = await (await fetch(url)).text();
  // Series come with a run, whose name each has.
  expect(text).toContain('# TYPE bootstorm_phones gauge');
  expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
  expect(text).not.toContain('bootstorm_run_');
  agent.interrupt();
  expect((await agent.finished).code).toBe(EXIT_CODES.aborted.code);
});

it('an agent says what is wrong with its port, its address and its patience, all at once', async () => {
  const flags = [
    '--redis',
    'redis://127.0.0.1:1',
    '--metrics-port',
    '0',
    '--metrics-address',
    'here',
    '--metrics-linger',
    'soon',
  ];
  const { code, stderr } = await runCommand(['agent', ...flags]);
  expect(code).toBe(EXIT_CODES.invalidConfiguration.code);
  expect(stderr).toMatch(/--metrics-port 0: expected a port/);
  expect(stderr).toMatch(/--metrics-address here: expected an IP address/);
  expect(stderr).toMatch(/--metrics-linger soon: expected a duration/);
});
