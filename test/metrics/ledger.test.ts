import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ledger } from '../../src/metrics/ledger.ts';
import type { BootEvent } from '../../src/phone/boot-event.ts';
import type { Failure } from '../../src/phone/failure-causes.ts';
import { bootEvents, interleaved, shardOf, stories, type Turn, WHOLE_BOOT } from './phone-stories.ts';

const REFUSED: Failure = { stage: 'connect', cause: 'tcp-refused', server: '127.0.0.1:2000' };
const NO_LEASE: Failure = { stage: 'dhcp', cause: 'dhcp-timeout', server: null };

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

describe('Ledger', () => {
  it('has every phone in exactly one state after any legal sequence of events', () => {
    fc.assert(
      fc.property(stories, (phones) => {
        const metrics = shardOf(phones);
        const { phones: counts, unfinished, inStage } = metrics.snapshot();
        expect(sum(counts)).toBe(phones.length);
        expect(Math.min(...Object.values(counts), ...Object.values(inStage))).toBeGreaterThanOrEqual(0);
        const rows = unfinished.reduce((total, row) => total + row.count, 0);
        expect(rows).toBe(counts.trying + counts.dropped + counts.failed);
      }),
    );
  });

  it('agrees with a slow oracle that looks at the last events of each phone only', () => {
    fc.assert(
      fc.property(stories, (phones) => {
        const expected = phones.map(stateByOracle).sort();
        const { phones: counts } = shardOf(phones).snapshot();
        const found = Object.entries(counts).flatMap(([state, count]) =>
          Array.from({ length: count }, () => state),
        );
        expect(found.sort()).toEqual(expected);
      }),
    );
  });

  it.each<[string, Turn[], string]>([
    ['nothing yet', [], 'trying'],
    ['to RegisterAck', WHOLE_BOOT.slice(0, -1), 'registered'],
    ['to DefineTimeDate', [...WHOLE_BOOT], 'ready'],
    ['in service, then lost', [...WHOLE_BOOT, 'lose'], 'dropped'],
    ['lost, and half-way back', [...WHOLE_BOOT, 'lose', 'pass', 'pass'], 'dropped'],
    ['lost, and back', [...WHOLE_BOOT, 'lose', ...WHOLE_BOOT.slice(3)], 'ready'],
    ['gave up', ['pass', 'giveUp'], 'failed'],
    ['an outage before service', ['pass', 'outage'], 'trying'],
    ['an outage after service', [...WHOLE_BOOT, 'outage'], 'dropped'],
  ])('%s', (_, turns, state) => {
    const metrics = shardOf([bootEvents(turns)]);
    expect(metrics.snapshot().phones).toMatchObject({ [state]: 1 });
  });

  it('counts a phone that nothing has happened to as in progress, at its stage', () => {
    const ledger = new Ledger(2);
    ledger.poweredOn(1, 0);
    ledger.stageStarted(1, 'config');
    expect(ledger.unfinished()).toEqual([
      { state: 'trying', stage: 'config', cause: 'in-progress', server: null, count: 1 },
    ]);
    expect(ledger.inStage()).toMatchObject({ config: 1, dhcp: 0 });
  });

  it('remembers the last failure until its stage has passed', () => {
    const ledger = new Ledger(1);
    ledger.poweredOn(0, 0);
    ledger.stageFailed(0, REFUSED);
    ledger.stageStarted(0, 'dhcp');
    expect(ledger.unfinished()).toMatchObject([{ stage: 'connect', cause: 'tcp-refused' }]);
    ledger.stageFailed(0, NO_LEASE);
    expect(ledger.unfinished()).toMatchObject([{ stage: 'dhcp', cause: 'dhcp-timeout', server: null }]);
    ledger.stagePassed(0, 'dhcp');
    ledger.stageStarted(0, 'config');
    expect(ledger.unfinished()).toMatchObject([{ stage: 'config', cause: 'in-progress' }]);
  });

  it('counts every failed attempt, whatever became of the phone', () => {
    const ledger = new Ledger(2);
    for (const phone of [0, 1, 1]) ledger.stageFailed(phone, REFUSED);
    ledger.ready(0);
    expect(ledger.failures()).toEqual([{ ...REFUSED, count: 3 }]);
  });

  it('counts a lost set-up of lines once, and a lost service once', () => {
    const lost = bootEvents([...WHOLE_BOOT, 'lose']);
    const halfWay = bootEvents([...WHOLE_BOOT.slice(0, -1), 'fail']);
    expect(shardOf([lost]).snapshot().failures).toMatchObject([{ cause: 'keepalive-timeout', count: 1 }]);
    expect(shardOf([halfWay]).snapshot().failures).toMatchObject([{ cause: 'sccp-no-answer', count: 1 }]);
  });
});

/** The definition of the states, read backwards from the end of a phone's story. */
function stateByOracle(events: readonly BootEvent[]): string {
  let [on, registered, ready, ever, gaveUp] = [false, false, false, false, false];
  for (const { event } of interleaved([[...events]])) {
    if (event.type === 'poweredOn') [on, registered, ready, gaveUp] = [true, false, false, false];
    if (event.type === 'poweredOff') [on, registered, ready] = [false, false, false];
    if (event.type === 'registered') [registered, ever] = [true, true];
    if (event.type === 'ready') [registered, ready, ever] = [true, true, true];
    if (event.type === 'serviceLost' || event.type === 'unregistered') [registered, ready] = [false, false];
    if (event.type === 'gaveUp') [gaveUp, registered, ready] = [true, false, false];
  }
  if (gaveUp) return 'failed';
  if (ready) return 'ready';
  if (registered) return 'registered';
  if (ever) return 'dropped';
  return on ? 'trying' : 'notStarted';
}
