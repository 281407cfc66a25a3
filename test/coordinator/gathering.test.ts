/** Waiting for agents, on a real Redis. */
import { expect, it } from 'vitest';
import { ClusterRun } from '../../src/coordinator/cluster-run.ts';
import { gatherAgents } from '../../src/coordinator/gathering.ts';
import { Settlement } from '../../src/coordinator/settlement.ts';
import { Lobby } from '../../src/engine/cluster-lobby.ts';
import { RedisServer } from '../support/redis-server.ts';
import { MACHINE, VERSION } from '../support/scripted-coordinator.ts';

it('a Redis that is away for a while, and comes back empty, does not end the wait for agents', async () => {
  const server = await RedisServer.start();
  const run = await ClusterRun.open({ url: server.url, run: 'monday' }, { agents: 1, version: VERSION });
  const { signal } = new AbortController();
  const away = new Settlement();
  const say = (line: string): void => {
    if (line.includes('cannot be reached')) away.resolve();
  };
  const members = gatherAgents({ run, agents: 1, waitSeconds: 60, say, signal });
  await server.stop();
  await away.promise;
  await server.restartEmpty();
  const lobby = new Lobby({
    redis: await server.client(),
    member: { ...MACHINE, name: 'a' },
    run: 'monday',
    wantedIndex: null,
    done: new Set(),
    isPatient: false,
    say: () => {},
  });
  // The run has to be listed again first.
  while ((await lobby.look(0)) === null);
  expect(await members).toMatchObject([{ name: 'a' }]);
  await run.end([]);
});
