import { describe, expect, it } from 'vitest';
import { boot, LEASED, MINUTE, passed } from '../support/phone-world.ts';

/** States in which power can be lost, and when a phone of the usual world is in them. */
const MOMENTS = [
  ['power', 500],
  ['image', 20_000],
  ['vlan', 47_000],
  ['dhcp', 48_001],
  ['inService', 2 * MINUTE],
] as const;

describe('a phone that loses its power', () => {
  it.each(MOMENTS)('in state %s is off at once, and nobody hears of it', (state, atMs) => {
    const { phone, cluster } = boot();
    cluster.run(atMs);
    expect(phone.state).toBe(state);
    const said = cluster.log.length;
    cluster.step({ type: 'powerOff', now: cluster.now });
    expect([phone.state, cluster.pendingTimers, cluster.openEndpoints]).toEqual(['off', [], []]);
    cluster.run(atMs + 60 * MINUTE);
    expect(cluster.log).toHaveLength(said);
    expect(cluster.events.at(-1)).toEqual({ type: 'poweredOff', now: atMs });
  });

  it('while it pauses between two boots, too', () => {
    const { phone, cluster } = boot({ tcp: {} });
    while (phone.state !== 'pausing') cluster.run(cluster.now + 1000);
    cluster.step({ type: 'powerOff', now: cluster.now });
    expect([phone.state, cluster.pendingTimers]).toEqual(['off', []]);
  });

  it('after it has given up boots again as often as before when power returns', () => {
    const { phone, cluster } = boot({ tcp: {}, settings: { maxBootAttempts: 2 } });
    const spent = (): number => cluster.of('gaveUp').length;
    while (spent() < 1) cluster.run(cluster.now + MINUTE);
    const restarts = cluster.of('restarting').length;
    cluster.step({ type: 'powerOff', now: cluster.now });
    cluster.run(cluster.now + MINUTE);
    cluster.step({ type: 'powerOn', intendedAt: cluster.now, wave: 1, now: cluster.now });
    while (spent() < 2) cluster.run(cluster.now + MINUTE);
    expect([phone.state, cluster.of('restarting').length]).toEqual(['gaveUp', 2 * restarts]);
  });

  it('comes back with its flash: it asks for its lease again, and is in service', () => {
    const { phone, cluster, dhcp } = boot();
    cluster.run(2 * MINUTE);
    cluster.step({ type: 'powerOff', now: cluster.now });
    expect(phone.flash).toMatchObject({ lease: { address: LEASED } });
    expect(phone.flash.config).not.toBeNull();
    const asked = dhcp.requests.length;
    cluster.run(3 * MINUTE);
    cluster.step({ type: 'powerOn', intendedAt: cluster.now - 5, wave: 1, now: cluster.now });
    cluster.run(6 * MINUTE);
    expect(phone.state).toBe('inService');
    expect(dhcp.requests.slice(asked)).toEqual(['DHCPREQUEST']);
    expect(cluster.of('poweredOn').map(({ wave, intendedAt }) => [wave, intendedAt])).toEqual([
      [0, 0],
      [1, 3 * MINUTE - 5],
    ]);
    expect(cluster.of('ready').map(({ intendedAt }) => intendedAt)).toEqual([0, 3 * MINUTE - 5]);
    expect(passed(cluster).filter((stage) => stage === 'ready')).toHaveLength(2);
    expect(cluster.of('serviceLost')).toEqual([]);
    expect(cluster.of('unregistered')).toEqual([]);
  });

  it('again and again leaks nothing', () => {
    const { phone, cluster } = boot();
    for (let cycle = 1; cycle <= 10; cycle++) {
      cluster.run(cluster.now + 2 * MINUTE);
      expect(phone.state).toBe('inService');
      cluster.step({ type: 'powerOff', now: cluster.now });
      expect([cluster.pendingTimers, cluster.openEndpoints]).toEqual([[], []]);
      cluster.step({ type: 'powerOn', intendedAt: cluster.now, wave: cycle, now: cluster.now });
    }
    expect(cluster.of('ready')).toHaveLength(10);
  });

  it('is told so once: a phone that is off, or has taken its leave, stays as it is', () => {
    const { phone, cluster } = boot();
    cluster.run(2 * MINUTE);
    cluster.step({ type: 'powerOff', now: cluster.now });
    cluster.step({ type: 'powerOff', now: cluster.now });
    expect(cluster.of('poweredOff')).toHaveLength(1);
    cluster.step({ type: 'stop', now: cluster.now });
    cluster.step({ type: 'powerOff', now: cluster.now });
    expect([phone.state, cluster.ended]).toEqual(['stopped', true]);
  });
});
