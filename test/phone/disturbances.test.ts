/** Orders, lost leases, cut power and a network that takes no datagrams, at any moment: nothing is left over. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CALL_MANAGER_ENDPOINTS } from '../../src/phone/phone-effects.ts';
import { encodeMessage, type SccpMessage } from '../../src/protocols/sccp/message-table.ts';
import { BOOT_SETTINGS } from '../support/boot-settings.ts';
import {
  ADDRESSES,
  alarmText,
  bootWithGroup,
  inService,
  numberOf,
  runOn,
  SECOND,
} from '../support/group-world.ts';
import { MINUTE } from '../support/phone-world.ts';
import { type Mood, MOODS } from '../support/virtual-servers.ts';

type World = ReturnType<typeof bootWithGroup>;

/** Registrations that have not ended: every `registered` is followed by exactly one of its ends. */
function registrations({ cluster }: World): number {
  let open = 0;
  for (const { type } of cluster.events) {
    if (type === 'registered') open++;
    else if (type === 'serviceLost' || type === 'unregistered') open--;
    else if (type === 'poweredOff') open = 0;
    expect([0, 1]).toContain(open);
  }
  return open;
}

type Disturbance = (world: World) => void;

const ORDERS: readonly SccpMessage[] = [
  { type: 'Reset', resetType: 1 },
  { type: 'Reset', resetType: 2 },
  { type: 'Reset', resetType: 3 },
  { type: 'Reset', resetType: 77 },
  { type: 'RegisterReject', text: 'Crossover session' },
  { type: 'UnregisterAck', status: 2 },
  { type: 'RegisterTokenAck' },
];

const order = fc
  .record({ endpoint: fc.constantFrom(...CALL_MANAGER_ENDPOINTS), message: fc.constantFrom(...ORDERS) })
  .map(({ endpoint, message }): Disturbance => {
    return ({ cluster }) => cluster.push(endpoint, encodeMessage(message, 0));
  });
const mood = fc
  .record({
    number: fc.integer({ min: 1, max: 4 }),
    mood: fc.constantFrom<Mood>(...MOODS),
    cut: fc.constantFrom('fin', 'reset', undefined),
  })
  .map(
    ({ number, mood: next, cut }): Disturbance =>
      (world) =>
        world.set(number, next, cut),
  );
const power = fc.constant<Disturbance>(({ cluster }) => {
  cluster.step({ type: 'powerOff', now: cluster.now });
  expect([cluster.pendingTimers, cluster.openEndpoints]).toEqual([[], []]);
  cluster.step({ type: 'powerOn', intendedAt: cluster.now, wave: 1, now: cluster.now });
});
const unsendable = fc.constant<Disturbance>(({ cluster }) => {
  cluster.step({
    type: 'endpoint',
    endpoint: 'dhcp',
    event: { type: 'unsendable', cause: 'unreachable', now: cluster.now },
  });
});
const dhcp = fc.boolean().map(
  (alive): Disturbance =>
    (world) =>
      world.setDhcp(alive),
);
const file = fc
  .constantFrom<Parameters<World['serve']>[0]>(
    {},
    { versionStamp: 'new' },
    { loadInformation: 'SCCP41.9-4-2SR3-2S' },
    new Uint8Array(0),
  )
  .map(
    (more): Disturbance =>
      (world) =>
        world.serve(more),
  );

const moment = fc.record({
  seconds: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 5, max: 200 })),
  disturb: fc.oneof(order, order, mood, power, unsendable, dhcp, file),
});

describe('whatever happens to a phone, and whenever', () => {
  const options = { srst: true, leaseTime: 300 } as const;

  it('comes back to the first CallManager, and leaves nothing behind when it is stopped', () => {
    fc.assert(
      fc.property(
        fc.array(moment, { maxLength: 25 }),
        fc.integer({ min: 0, max: 100_000 }),
        (moments, stopAfter) => {
          const world = bootWithGroup(options);
          world.cluster.run(MINUTE);
          for (const { seconds, disturb } of moments) {
            disturb(world);
            runOn(world, seconds * SECOND);
            registrations(world);
          }
          for (const number of [1, 2, 3, 4]) world.set(number, 'healthy');
          world.setDhcp(true);
          world.serve({});
          runOn(world, 20 * MINUTE);
          expect([world.phone.state, numberOf(world.phone.server)]).toEqual(['inService', 1]);
          expect(world.cluster.connectedTo).toEqual([ADDRESSES[0], ADDRESSES[1]]);
          expect(registrations(world)).toBe(1);
          world.cluster.push(
            'callManager1',
            encodeMessage({ type: 'Reset', resetType: 1 + (stopAfter % 3) }, 0),
          );
          runOn(world, stopAfter);
          world.cluster.step({ type: 'stop', now: world.cluster.now });
          runOn(world, MINUTE);
          expect([world.phone.state, world.cluster.pendingTimers, world.cluster.openEndpoints]).toEqual([
            'stopped',
            [],
            [],
          ]);
          expect(registrations(world)).toBe(0);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('a lease that runs out', () => {
  it('while the phone pauses ends the pause: nothing of it is left to happen later', () => {
    const restartPause = { type: 'constant', seconds: 1000 } as const;
    const world = bootWithGroup({ leaseTime: 300, callManagers: 1, settings: { restartPause } });
    world.set(1, 'refuses');
    world.cluster.run(MINUTE);
    expect([world.phone.state, world.cluster.pendingTimers]).toEqual(['pausing', ['dhcp.wait', 'boot']]);
    world.setDhcp(false);
    runOn(world, 5 * MINUTE);
    expect([world.phone.state, world.cluster.pendingTimers]).toEqual(['dhcp', ['dhcp.wait']]);
  });

  it('while a stopped phone waits for UnregisterAck does not bring it back', () => {
    const world = inService({ leaseTime: 300 });
    const leasedAt = world.phone.dhcp?.leasedAt ?? 0;
    world.setDhcp(false);
    world.cluster.run(leasedAt + 299 * SECOND);
    world.set(1, 'hangs');
    world.cluster.step({ type: 'stop', now: world.cluster.now });
    runOn(world, 10 * MINUTE);
    expect([world.phone.state, world.cluster.ended, world.cluster.pendingTimers]).toEqual([
      'stopped',
      true,
      [],
    ]);
    expect(registrations(world)).toBe(0);
  });

  it('says in the next Alarm why the phone was out of service', () => {
    const world = inService({ leaseTime: 300 });
    world.setDhcp(false);
    runOn(world, 6 * MINUTE);
    world.setDhcp(true);
    runOn(world, 3 * MINUTE);
    expect(alarmText(world, 1)).toMatch(/^16:/);
  });
});

describe('the reason in the Alarm', () => {
  it('is Initialized after a cold boot, whoever did not answer before', () => {
    const world = bootWithGroup();
    world.set(1, 'refuses');
    world.cluster.run(2 * MINUTE);
    expect(alarmText(world, 2)).toMatch(/^25:/);
  });

  it('is why service was lost, not why the next CallManager was not reached', () => {
    const world = inService({ settings: { sccp: { ...BOOT_SETTINGS.sccp, standby: false } } });
    world.set(1, 'hangs');
    world.set(2, 'refuses');
    runOn(world, 4 * MINUTE);
    expect(alarmText(world, 3)).toMatch(/^17:/);
  });

  it('is a rejection, even when others could not be reached after it', () => {
    const world = bootWithGroup();
    world.set(1, 'rejects');
    world.set(2, 'refuses');
    world.cluster.run(2 * MINUTE);
    expect(alarmText(world, 3)).toMatch(/^24:/);
  });

  it.each([
    [1, /^22:/],
    [2, /^23:/],
  ])('after Reset %i is its own', (resetType, text) => {
    const world = inService();
    world.cluster.push('callManager1', encodeMessage({ type: 'Reset', resetType }, 0));
    runOn(world, 3 * MINUTE);
    expect(alarmText(world, 1)).toMatch(text);
  });
});
