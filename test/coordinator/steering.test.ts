/** Who orders something of a run by way of Redis gives up at once, and says why, where it cannot be asked. */
import { describe, expect, it } from 'vitest';
import { exitCodeOf, EXIT_CODES } from '../../src/cli/exit-codes.ts';
import type { RunPlace } from '../../src/coordinator/cluster-run.ts';
import { steerRun } from '../../src/coordinator/steering.ts';
import { takeRunOver } from '../../src/coordinator/take-over.ts';
import { freePort } from '../support/free-port.ts';
import { RedisServer } from '../support/redis-server.ts';

describe.each([
  ['steer', (place: RunPlace) => steerRun(place, { type: 'rate', slope: 0 })],
  ['attach', (place: RunPlace) => takeRunOver(place, 'test', () => {})],
] as const)('%s', (_, order) => {
  it('is refused by a Redis with another password, which is not told', async () => {
    const server = await RedisServer.start({ password: 'correct-horse' });
    const place = { url: server.url.replace('correct-horse', 'staple-battery'), run: 'x' };
    const error: unknown = await order(place).catch((reason: unknown) => reason);
    expect(exitCodeOf(error)).toBe(EXIT_CODES.invalidConfiguration.code);
    expect(error).toMatchObject({ message: expect.stringMatching(/password|WRONGPASS/) as string });
    expect(JSON.stringify([String(error), error])).not.toMatch(/staple|battery|correct-horse/);
  });

  it('gives up where nobody answers', async () => {
    const error: unknown = await order({ url: `redis://127.0.0.1:${await freePort()}`, run: 'x' }).catch(
      (reason: unknown) => reason,
    );
    expect(exitCodeOf(error)).toBe(EXIT_CODES.clusterIncomplete.code);
    expect(error).toMatchObject({ message: expect.stringContaining('127.0.0.1') as string });
  });
});
