/** Standby connections and failover: one phone on a virtual clock. */
import { describe, expect, it } from 'vitest';
import { BOOT_SETTINGS } from '../support/boot-settings.ts';
import {
  ADDRESSES,
  alarmText,
  bootWithGroup,
  inService,
  runOn,
  SECOND,
  story,
} from '../support/group-world.ts';
import { MINUTE } from '../support/phone-world.ts';

describe('a phone in service', () => {
  it('has one connection to the next CallManager of its group, kept alive every second interval', () => {
    const world = inService();
    expect(story(world)).toEqual(['registered 1', 'ready 1', 'standbyUp 2']);
    expect(world.cluster.connectedTo).toEqual([ADDRESSES[0], ADDRESSES[1]]);
    const before = world.cluster.of('keepAliveAnswered').length;
    runOn(world, 60 * MINUTE);
    const answered = world.cluster.of('keepAliveAnswered').length - before;
    // 30 s at the first, 60 s at the second, up to a twentieth early.
    expect(answered).toBeGreaterThanOrEqual(180);
    expect(answered).toBeLessThanOrEqual(190);
    expect(world.heardBy(2)).toEqual([]);
  });

  it('passes over members that can not be reached, and takes the better one when it is back', () => {
    const world = bootWithGroup();
    world.set(2, 'refuses');
    world.cluster.run(2 * MINUTE);
    expect(story(world).slice(0, 4)).toEqual([
      'registered 1',
      'ready 1',
      'standbyFailed 2 tcp-refused',
      'standbyUp 3',
    ]);
    world.set(2, 'healthy');
    expect(runOn(world, 31 * SECOND)).toEqual(['standbyUp 2', 'standbyLeft 3']);
    expect(world.cluster.connectedTo).toEqual([ADDRESSES[0], ADDRESSES[1]]);
  });

  it('tries again after a while when none can be reached, for ever', () => {
    const world = bootWithGroup({ callManagers: 2 });
    world.set(2, 'refuses');
    world.cluster.run(60 * MINUTE);
    const tries = world.cluster.of('standbyFailed').length;
    expect(tries).toBeGreaterThan(115);
    expect(tries).toBeLessThanOrEqual(120);
    expect(world.cluster.pendingTimers).toContain('standby');
  });

  it.each([
    ['a group of one', { callManagers: 1 }],
    ['a scenario without standby', { settings: { sccp: { ...BOOT_SETTINGS.sccp, standby: false } } }],
  ] as const)('has no standby connection with %s', (_, options) => {
    const world = inService(options);
    expect(story(world)).toEqual(['registered 1', 'ready 1']);
    expect(world.cluster.connectedTo).toEqual([ADDRESSES[0]]);
  });

  it('resolves the members of its group one at a time', () => {
    const world = bootWithGroup({ byName: true });
    world.cluster.run(2 * MINUTE);
    expect(story(world)).toEqual(['registered 1', 'ready 1', 'standbyUp 2']);
    world.set(1, 'refuses', 'reset');
    expect(runOn(world, 10 * SECOND)).toEqual([
      'serviceLost 1 tcp-reset',
      'standbyLeft 2',
      'registered 2',
      'failedOver 1>2',
      'ready 2',
      'standbyFailed 1 tcp-refused',
      'standbyUp 3',
    ]);
  });
});

describe('failover', () => {
  it.each([
    ['fin', 'tcp-closed', '14:'],
    ['reset', 'tcp-reset', '12:'],
  ] as const)('on %s goes at once over the standby connection', (how, cause, alarm) => {
    const world = inService();
    world.set(1, 'refuses', how);
    const connects = world.cluster.log.filter((line) => line.includes('connect 127.0.0.12')).length;
    const events = runOn(world, 10 * SECOND);
    expect(events.slice(0, 5)).toEqual([
      `serviceLost 1 ${cause}`,
      'standbyLeft 2',
      'registered 2',
      'failedOver 1>2',
      'ready 2',
    ]);
    expect(world.cluster.of('serviceLost')[0]?.now).toBeGreaterThan(world.cluster.now - 10 * SECOND);
    expect(world.cluster.of('ready')[1]?.now).toBeLessThan(world.cluster.now - 9 * SECOND);
    expect(world.cluster.log.filter((line) => line.includes('connect 127.0.0.12'))).toHaveLength(connects);
    expect(alarmText(world, 2)).toMatch(alarm);
    expect(world.heardBy(2).map(({ type }) => type)).not.toContain('RegisterTokenReq');
  });

  it.each([
    ['79x1', 180, 17],
    ['7960', 90, 17],
    ['7920', 150, null],
  ] as const)('of a %s after %i s of silence, at most', (keepAliveLoss, seconds, alarm) => {
    const world = inService({ settings: { sccp: { ...BOOT_SETTINGS.sccp, keepAliveLoss } } });
    world.set(1, 'hangs');
    const since = world.cluster.now;
    // The first keepalive that is not answered is less than an interval away.
    const events = runOn(world, seconds * SECOND);
    const lost = world.cluster.of('serviceLost')[0];
    expect(lost?.failure.cause).toBe('keepalive-timeout');
    expect((lost?.now ?? 0) - since).toBeGreaterThan((seconds - 30) * 0.95 * SECOND);
    expect((lost?.now ?? 0) - since).toBeLessThanOrEqual(seconds * SECOND);
    if (alarm === null) {
      // A 7920 resets: it loads its image again.
      expect(events).toEqual(['serviceLost 1 keepalive-timeout', 'standbyLeft 2', 'restarting']);
      expect(world.cluster.events.at(-1)).toMatchObject({ type: 'stageStarted', stage: 'image' });
      return;
    }
    expect(events.slice(0, 4)).toEqual([
      'serviceLost 1 keepalive-timeout',
      'standbyLeft 2',
      'registered 2',
      'failedOver 1>2',
    ]);
    expect(alarmText(world, 2)).toMatch(`${alarm}:`);
  });

  it('over a silent standby connection ends for want of a RegisterAck, and goes on to the next', () => {
    const world = inService();
    world.set(2, 'hangs');
    // Two intervals of the standby connection: the second CallManager has missed one answer, and the first then goes.
    runOn(world, 121 * SECOND);
    world.set(1, 'refuses', 'fin');
    const events = runOn(world, MINUTE);
    expect(events.slice(0, 3)).toEqual([
      'serviceLost 1 tcp-closed',
      'standbyLeft 2',
      'register sccp-no-answer 2',
    ]);
    expect(events).toContain('failedOver 1>3');
  });

  it('prefers a standby connection that answers to a silent one of higher priority', () => {
    const world = inService();
    world.set(1, 'healthy', 'reset');
    runOn(world, 10 * SECOND);
    world.set(1, 'hangs');
    runOn(world, 115 * SECOND);
    expect(world.cluster.connectedTo).toEqual(ADDRESSES.slice(0, 3));
    world.set(2, 'refuses', 'reset');
    expect(runOn(world, 5 * SECOND).slice(0, 4)).toEqual([
      'serviceLost 2 tcp-reset',
      'standbyLeft 3',
      'registered 3',
      'failedOver 2>3',
    ]);
  });

  it('takes the resolver from a standby connection whose name is not answered', () => {
    const world = bootWithGroup({ byName: true });
    for (const number of [2, 3]) world.set(number, 'refuses');
    world.cluster.run(2 * MINUTE);
    world.setDns(false);
    const retry = world.cluster.of('standbyFailed').at(-1)?.now ?? 0;
    world.cluster.run(retry + 30 * SECOND + 500);
    expect(world.phone.resolving).toBe(1);
    world.set(1, 'refuses', 'reset');
    world.cluster.run(world.cluster.now + 2500);
    world.setDns(true);
    world.set(2, 'healthy');
    expect(runOn(world, 20 * SECOND)).toContain('failedOver 1>2');
  });

  it('without a standby connection takes the others in order after a pause, the lost one last', () => {
    const world = inService({ settings: { sccp: { ...BOOT_SETTINGS.sccp, standby: false } } });
    world.set(1, 'refuses', 'fin');
    world.set(2, 'refuses');
    world.set(3, 'refuses');
    expect(runOn(world, 10 * SECOND)).toEqual([
      'serviceLost 1 tcp-closed',
      'restarting',
      'connect tcp-refused 2',
      'connect tcp-refused 3',
      'connect tcp-refused 1',
      'restarting',
    ]);
  });

  it('ends in a whole boot when nobody of the group is left, and in service when they are back', () => {
    const world = inService();
    for (const number of [1, 2, 3]) world.set(number, 'refuses', 'reset');
    const events = runOn(world, 10 * MINUTE);
    expect(events.filter((line) => line === 'restarting').length).toBeGreaterThan(8);
    for (const number of [1, 2, 3]) world.set(number, 'healthy');
    expect(runOn(world, 2 * MINUTE).filter((line) => line.startsWith('registered'))).toEqual([
      'registered 1',
    ]);
  });

  it('rests before it goes on when service is lost as soon as it is there', () => {
    const world = inService();
    for (const number of [1, 2, 3]) world.set(number, 'dismisses');
    world.cluster.cutAll(ADDRESSES[0] ?? '', 'fin');
    const events = runOn(world, MINUTE);
    const losses = events.filter((line) => line.startsWith('serviceLost')).length;
    expect(losses).toBeGreaterThan(10);
    // The pause is 2 s; only the first loss, after minutes of service, is without one.
    expect(losses).toBeLessThanOrEqual(1 + 60 / 2);
    expect(events.filter((line) => line === 'restarting')).toHaveLength(losses - 1);
  });

  it('falls back from the third to the second, though its connection there was begun as a reserve', () => {
    const world = bootWithGroup();
    world.set(2, 'refuses');
    world.cluster.run(2 * MINUTE);
    world.set(2, 'healthy');
    const failed = world.cluster.of('standbyFailed').at(-1)?.now ?? 0;
    // The first is lost while the phone is connecting to the second: it has the third to go to.
    world.cluster.run(failed + 30 * SECOND - 0.5);
    world.set(1, 'refuses', 'reset');
    expect(runOn(world, 5 * SECOND)).toContain('failedOver 1>3');
    expect(runOn(world, 4 * MINUTE)).toContain('fellBack 3>2');
  });
});
