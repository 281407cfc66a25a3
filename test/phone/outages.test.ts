/** A group of CallManagers in every mood for a random time, then healthy: the phone comes back to the first of them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAILURE_CAUSES } from '../../src/phone/failure-causes.ts';
import { ADDRESSES, bootWithGroup, inService, numberOf, runOn, SECOND } from '../support/group-world.ts';
import { MINUTE } from '../support/phone-world.ts';
import { type Mood, MOODS } from '../support/virtual-servers.ts';

const HOUR = 60 * MINUTE;

/**
 * The longest way back to the first CallManager by the retry tables, once all are healthy: the rest of a try that was
 * under way (connect 10 s, RegisterAck 20 s, set-up 10 s), the pause before a whole boot (30 s) and the boot (1 minute);
 * the retry of a connection (30 s), the next keepalive on it (two intervals of 60 s), the monitor time (120 s), a token
 * that was not answered (20 s) and the wait for the next (60 s). Coming by way of the second one doubles what follows
 * the boot.
 */
const WAY_BACK = 40 * SECOND + 30 * SECOND + MINUTE + 2 * (30 + 120 + 120 + 20 + 60) * SECOND;

const mood = fc.constantFrom(...MOODS);
const phase = fc.record({
  moods: fc.tuple(mood, mood, mood, mood),
  cuts: fc.array(fc.constantFrom('fin', 'reset', undefined), { minLength: 4, maxLength: 4 }),
  seconds: fc.integer({ min: 1, max: 900 }),
});

type World = ReturnType<typeof bootWithGroup>;

/** What the phone holds while all is well. */
function holdings({ cluster }: World) {
  return {
    timers: cluster.pendingTimers.toSorted(),
    endpoints: cluster.openEndpoints.toSorted(),
    connectedTo: cluster.connectedTo,
  };
}

/** `standbyUp` has exactly one end, until now or later. */
function standbysUp({ cluster }: World): number {
  const { length: ups } = cluster.of('standbyUp');
  return ups - cluster.of('standbyLost').length - cluster.of('standbyLeft').length;
}

describe('whatever the members of the group do, for however long', () => {
  it('the phone is back at the first within the time of the retry tables, and nothing leaks', () => {
    const atRest = holdings(inService({ srst: true }));
    fc.assert(
      fc.property(fc.array(phase, { minLength: 1, maxLength: 8 }), (phases) => {
        const world = bootWithGroup({ srst: true });
        for (const { moods, cuts, seconds } of phases) {
          moods.forEach((next, at) => world.set(at + 1, next, cuts[at]));
          runOn(world, seconds * SECOND);
          expect(world.cluster.connectedTo.length).toBeLessThanOrEqual(3);
        }
        for (const number of [1, 2, 3, 4]) world.set(number, 'healthy');
        runOn(world, WAY_BACK);

        expect([world.phone.state, numberOf(world.phone.server)]).toEqual(['inService', 1]);
        expect(holdings(world)).toEqual(atRest);
        expect(standbysUp(world)).toBe(1);
        for (const { failure } of world.cluster.of('stageFailed'))
          expect(FAILURE_CAUSES).toHaveProperty(failure.cause);

        world.cluster.step({ type: 'stop', now: world.cluster.now });
        runOn(world, MINUTE);
        expect([world.phone.state, world.cluster.pendingTimers, world.cluster.openEndpoints]).toEqual([
          'stopped',
          [],
          [],
        ]);
        expect(standbysUp(world)).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  it.each(MOODS.filter((name) => !['healthy', 'keepsTokens', 'losesTokens'].includes(name)))(
    'six hours in which the whole group %s are an outage like any other',
    (name) => {
      const world = inService({ srst: true });
      const atRest = holdings(world);
      // Phones in service do not notice these by themselves.
      const cut = ['refuses', 'rejects', 'dismisses'].includes(name) ? 'reset' : undefined;
      for (const number of [1, 2, 3, 4]) world.set(number, name, cut);
      runOn(world, 6 * HOUR);
      expect(world.cluster.of('restarting').length).toBeGreaterThan(100);
      expect(world.cluster.of('gaveUp')).toEqual([]);
      for (const number of [1, 2, 3, 4]) world.set(number, 'healthy');
      runOn(world, WAY_BACK);
      expect([world.phone.state, numberOf(world.phone.server)]).toEqual(['inService', 1]);
      expect(holdings(world)).toEqual(atRest);
    },
  );

  it('ten outages leave no more behind than one', () => {
    const world = inService();
    const atRest = holdings(world);
    const moods: Mood[] = ['refuses', 'hangs', 'gone', 'closes', 'resets'];
    for (let cycle = 0; cycle < 10; cycle++) {
      world.set(1, moods[cycle % moods.length] ?? 'refuses', cycle % 2 === 0 ? 'fin' : undefined);
      runOn(world, 10 * MINUTE);
      world.set(1, 'healthy');
      runOn(world, WAY_BACK);
      expect([cycle, holdings(world)]).toEqual([cycle, atRest]);
      expect(world.cluster.connectedTo).toEqual([ADDRESSES[0], ADDRESSES[1]]);
    }
    expect(world.cluster.of('failedOver')).toHaveLength(10);
    expect(world.cluster.of('fellBack')).toHaveLength(10);
  });
});
