/** The way back to the CallManager of highest priority, and SRST: one phone on a virtual clock. */
import { describe, expect, it } from 'vitest';
import { BOOT_SETTINGS } from '../support/boot-settings.ts';
import {
  ADDRESSES,
  alarmText,
  bootWithGroup,
  inService,
  numberOf,
  runOn,
  SECOND,
  story,
} from '../support/group-world.ts';
import { MINUTE } from '../support/phone-world.ts';

describe('fallback', () => {
  it('asks for a token after the monitor time, leaves, and registers over the monitored connection', () => {
    const world = inService();
    world.set(1, 'refuses', 'reset');
    runOn(world, 10 * SECOND);
    world.set(1, 'healthy');
    const restored = world.cluster.now;
    const events = runOn(world, 3 * MINUTE);
    expect(events).toEqual([
      'standbyUp 1',
      'token 1 granted',
      'unregistered 2',
      'standbyLeft 1',
      'registered 1',
      'fellBack 2>1',
      'ready 1',
      'standbyUp 2',
      'standbyLeft 3',
    ]);
    const [token] = world.cluster.of('tokenAnswered');
    const up = world.cluster
      .of('standbyUp')
      .find(({ now, server }) => now > restored && server === ADDRESSES[0]);
    expect(token?.roundTripMs).toBe(1);
    // From the first answered keepalive on: one round trip after the connection, and one for the token.
    expect((token?.now ?? 0) - (up?.now ?? 0)).toBeCloseTo(120 * SECOND + 2, -1);
    expect(world.heardBy(2).at(-1)?.type).toBe('UnregisterReq');
    expect(alarmText(world, 1)).toMatch('18:');
    expect(world.cluster.connectedTo).toEqual([ADDRESSES[0], ADDRESSES[1]]);
  });

  it.each([
    ['of the configuration', { connectionMonitorSeconds: 300 }, 300],
    ['that is -1 there', { connectionMonitorSeconds: -1 }, 120],
    [
      'of the scenario',
      {
        connectionMonitorSeconds: 300,
        settings: { sccp: { ...BOOT_SETTINGS.sccp, connectionMonitorMs: 5000 } },
      },
      5,
    ],
  ] as const)('waits for the monitor time %s', (_, options, seconds) => {
    const world = inService(options);
    world.set(1, 'healthy', 'reset');
    runOn(world, 15 * SECOND);
    const up = world.cluster.of('standbyUp').find(({ server }) => server === ADDRESSES[0]);
    runOn(world, 10 * MINUTE);
    const waited = (world.cluster.of('tokenAnswered')[0]?.now ?? 0) - (up?.now ?? 0);
    expect(Math.round(waited / SECOND)).toBe(seconds);
    expect(world.cluster.of('fellBack')).toHaveLength(1);
  });

  it('obeys a rejected token, and stays where it is meanwhile', () => {
    const world = inService();
    world.set(1, 'keepsTokens', 'reset');
    runOn(world, 10 * MINUTE);
    const tokens = world.cluster.of('tokenAnswered');
    expect(tokens.length).toBeGreaterThan(10);
    for (const [at, token] of tokens.entries()) {
      expect(token).toMatchObject({ outcome: 'rejected', waitMs: 30_000 });
      const next = tokens[at + 1];
      if (next) expect(next.now - token.now).toBeCloseTo(30_001, 0);
    }
    expect(numberOf(world.phone.server)).toBe(2);
    world.set(1, 'healthy');
    expect(runOn(world, 31 * SECOND)).toContain('fellBack 2>1');
  });

  it('takes a token that was not answered for a rejection, and asks again after the time of its own', () => {
    const world = inService();
    const { tokenTimeoutMs, tokenRetryMs } = BOOT_SETTINGS.sccp;
    world.set(1, 'losesTokens', 'reset');
    runOn(world, 10 * MINUTE);
    const tokens = world.cluster.of('tokenAnswered');
    expect(tokens.length).toBeGreaterThan(3);
    for (const [at, token] of tokens.entries()) {
      expect(token).toMatchObject({
        outcome: 'unanswered',
        waitMs: tokenRetryMs,
        roundTripMs: tokenTimeoutMs,
      });
      const next = tokens[at + 1];
      if (next) expect(next.now - token.now).toBeCloseTo(tokenRetryMs + tokenTimeoutMs, 0);
    }
    expect(numberOf(world.phone.server)).toBe(2);
    expect(world.cluster.of('serviceLost')).toHaveLength(1);
  });

  it('begins with the monitor time again when the server restarts while the phone waits for its token', () => {
    const world = inService();
    world.set(1, 'keepsTokens', 'reset');
    while (world.cluster.of('tokenAnswered').length === 0) runOn(world, SECOND);
    world.set(1, 'refuses', 'fin');
    expect(runOn(world, 40 * SECOND)).toEqual(['standbyLost 1 tcp-closed', 'standbyFailed 1 tcp-refused']);
    world.set(1, 'healthy');
    const events = runOn(world, 4 * MINUTE);
    expect(events.filter((line) => !line.startsWith('standby')).slice(0, 3)).toEqual([
      'token 1 granted',
      'unregistered 2',
      'registered 1',
    ]);
    const up = world.cluster.of('standbyUp').findLast(({ server }) => server === ADDRESSES[0]);
    const granted = world.cluster.of('tokenAnswered').at(-1);
    expect((granted?.now ?? 0) - (up?.now ?? 0)).toBeCloseTo(120 * SECOND + 2, -1);
  });

  it('does not ask a CallManager that accepts and says nothing', () => {
    const world = inService();
    world.set(1, 'hangs', 'reset');
    runOn(world, 30 * MINUTE);
    expect(world.cluster.of('tokenAnswered')).toEqual([]);
    expect(world.cluster.of('standbyLost').every(({ cause }) => cause === 'keepalive-timeout')).toBe(true);
    expect(world.cluster.of('standbyLost').length).toBeGreaterThan(2);
    expect(numberOf(world.phone.server)).toBe(2);
  });

  it('that is rejected goes through the group, and tries again', () => {
    const world = inService();
    world.set(1, 'healthy', 'reset');
    runOn(world, 2 * MINUTE);
    // Granted, but before the phone has left the second, the first has lost its database.
    const until = world.cluster.now + 2 * MINUTE;
    while (world.cluster.of('tokenAnswered').length === 0 && world.cluster.now < until) {
      world.cluster.run(world.cluster.now + 0.5);
    }
    world.set(1, 'rejects');
    const events = runOn(world, 10 * SECOND);
    expect(events.slice(0, 7)).toEqual([
      'unregistered 2',
      'standbyLeft 1',
      'register sccp-rejected 1',
      'standbyLeft 3',
      'registered 3',
      'ready 3',
      'standbyUp 1',
    ]);
    world.set(1, 'healthy');
    expect(runOn(world, 5 * MINUTE)).toContain('fellBack 3>1');
  });

  it('climbs to the highest that can be reached, step by step', () => {
    const world = inService();
    world.set(2, 'refuses', 'reset');
    runOn(world, 5 * SECOND);
    world.set(1, 'refuses', 'reset');
    expect(runOn(world, 10 * SECOND)).toContain('failedOver 1>3');
    world.set(2, 'healthy');
    expect(runOn(world, 4 * MINUTE)).toContain('fellBack 3>2');
    world.set(1, 'healthy');
    expect(runOn(world, 4 * MINUTE)).toContain('fellBack 2>1');
    expect(world.cluster.connectedTo).toEqual([ADDRESSES[0], ADDRESSES[1]]);
  });

  it('never has more than three connections', () => {
    const world = inService();
    let most = 0;
    const { connect } = world.cluster;
    world.cluster.connect = (...args) => {
      connect.apply(world.cluster, args);
      most = Math.max(most, world.cluster.connectedTo.length);
    };
    for (const [number, mood] of [
      [2, 'refuses'],
      [1, 'refuses'],
      [2, 'healthy'],
      [1, 'healthy'],
    ] as const) {
      world.set(number, mood, 'reset');
      runOn(world, 5 * MINUTE);
    }
    expect(most).toBe(3);
    expect(numberOf(world.phone.server)).toBe(1);
  });
});

describe('SRST', () => {
  it('is no reserve, and the last place when no CallManager answers', () => {
    const world = inService({ callManagers: 2, srst: true });
    expect(story(world)).toEqual(['registered 1', 'ready 1', 'standbyUp 2']);
    world.set(2, 'refuses', 'reset');
    world.set(1, 'refuses', 'reset');
    const events = runOn(world, 10 * SECOND);
    expect(events.slice(-8)).toEqual([
      'restarting',
      'connect tcp-refused 2',
      'connect tcp-refused 1',
      'registered 4',
      'failedOver 1>4',
      'ready 4',
      'standbyFailed 1 tcp-refused',
      'standbyFailed 2 tcp-refused',
    ]);
    world.set(2, 'healthy');
    expect(runOn(world, 4 * MINUTE)).toContain('fellBack 4>2');
    world.set(1, 'healthy');
    expect(runOn(world, 4 * MINUTE)).toContain('fellBack 2>1');
    expect(world.cluster.connectedTo).toEqual([ADDRESSES[0], ADDRESSES[1]]);
  });

  it('serves a phone that boots while no CallManager answers', () => {
    const world = bootWithGroup({ callManagers: 1, srst: true });
    world.set(1, 'refuses');
    world.cluster.run(2 * MINUTE);
    expect(story(world).slice(0, 3)).toEqual(['connect tcp-refused 1', 'registered 4', 'ready 4']);
  });
});
