/** What CallManager orders: Reset 1 to 3, Unregister refused, duplicate registration (sccp.md 5.4 by its rows). */
import { describe, expect, it } from 'vitest';
import { buildDeviceConfig } from '../../src/protocols/device-config/build.ts';
import { encodeMessage } from '../../src/protocols/sccp/message-table.ts';
import { BOOT_SETTINGS } from '../support/boot-settings.ts';
import { bootWithGroup, inService } from '../support/group-world.ts';
import { boot, failures, MINUTE, NAME, passed } from '../support/phone-world.ts';
import { callManager } from '../support/virtual-servers.ts';

type World = ReturnType<typeof bootWithGroup>;

const MEMBERS = [{ host: '127.0.0.11' }, { host: '127.0.0.12' }, { host: '127.0.0.13' }];

function order(world: World, resetType: number): void {
  world.cluster.push('callManager1', encodeMessage({ type: 'Reset', resetType }, 0));
}

/** Runs on; the stages passed in that time. */
function runOn({ cluster }: World, ms = 3 * MINUTE): string[] {
  const before = passed(cluster).length;
  cluster.run(cluster.now + ms);
  return passed(cluster).slice(before);
}

const leaves = (world: World): number =>
  world.heardBy(1).filter(({ type }) => type === 'UnregisterReq').length;

describe('Reset 3, apply config', () => {
  it('with another security mode: the phone unregisters, starts again, and wants a trust list', () => {
    const world = inService();
    world.serve({ callManagers: MEMBERS, deviceSecurityMode: 2 });
    order(world, 3);
    const stages = runOn(world);
    expect(stages.slice(0, 2)).toEqual(['config', 'config']);
    expect(leaves(world)).toBe(1);
    expect(world.cluster.of('stageFailed').map(({ failure }) => `${failure.stage} ${failure.cause}`)).toEqual(
      Array.from({ length: 3 }, () => 'ctl trust-list-missing'),
    );
  });

  it.each([
    ['the same file', {}],
    ['another version stamp', { versionStamp: 'a new one' }],
    ['another monitor time', { connectionMonitorSeconds: 60 }],
  ])('with %s: the phone reads it and stays registered', (_, more) => {
    const world = inService();
    world.serve(more);
    order(world, 3);
    expect(runOn(world)).toEqual(['config']);
    expect([leaves(world), world.cluster.of('serviceLost'), world.phone.state]).toEqual([0, [], 'inService']);
    expect(world.tftp.asked.filter((name) => name === `${NAME}.cnf.xml`)).toHaveLength(2);
  });

  it.each([
    ['another group', { callManagers: MEMBERS.slice(1) }, '127.0.0.12:2000'],
    ['an SRST reference', { srst: { name: 'branch', host: '127.0.0.14' } }, '127.0.0.11:2000'],
    ['another load', { loadInformation: 'SCCP41.9-4-2SR3-2S' }, '127.0.0.11:2000'],
  ] as const)('with %s: the phone unregisters and starts again', (_, more, server) => {
    const world = inService();
    world.serve({ callManagers: MEMBERS, ...more });
    order(world, 3);
    const stages = runOn(world);
    expect(stages.slice(0, 2)).toEqual(['config', 'config']);
    expect(stages.slice(-3)).toEqual(['connect', 'register', 'ready']);
    expect(leaves(world)).toBe(1);
    expect(world.cluster.of('serviceLost')).toMatchObject([
      { wasReady: true, failure: { cause: 'sccp-reset', detail: 'type 3' } },
    ]);
    expect(world.phone.server).toBe(server);
  });

  it('with a file for SIP: the phone leaves, and can not come back', () => {
    const world = inService();
    world.serve({ protocol: 'SIP' });
    order(world, 3);
    runOn(world);
    expect(leaves(world)).toBe(1);
    expect(failures(world.cluster).at(-1)).toMatch('config config-not-sccp');
    expect(world.cluster.connectedTo).toEqual([]);
  });

  it.each([
    ['that is malformed', Buffer.from('<device><a></device>')],
    ['that is empty', new Uint8Array(0)],
  ])('with a file %s: nothing changes', (_, file) => {
    const world = inService();
    world.serve(file);
    order(world, 3);
    expect(runOn(world)).toEqual([]);
    expect(failures(world.cluster)[0]).toMatch('config config-malformed');
    expect([leaves(world), world.phone.state]).toEqual([0, 'inService']);
  });

  it('that comes while the file is read has it read again: the first may have been the old one', () => {
    const world = inService();
    order(world, 3);
    world.cluster.run(world.cluster.now + 2);
    expect(world.phone.stage).toBe('config');
    world.serve({ callManagers: MEMBERS.slice(1) });
    order(world, 3);
    order(world, 3);
    runOn(world);
    expect(world.tftp.asked.filter((name) => name === `${NAME}.cnf.xml`)).toHaveLength(4);
    expect([leaves(world), world.phone.server]).toEqual([1, '127.0.0.12:2000']);
  });

  it('twice at once: lost service breaks the reading off', () => {
    const world = inService();
    world.serve({ callManagers: MEMBERS.slice(1) });
    order(world, 3);
    order(world, 3);
    world.cluster.run(world.cluster.now + 2);
    world.set(1, 'refuses', 'reset');
    world.cluster.run(world.cluster.now + 1.5);
    expect(world.tftp.asked.filter((name) => name === `${NAME}.cnf.xml`)).toHaveLength(2);
    expect([world.phone.tftp, world.cluster.openEndpoints.includes('tftp')]).toEqual([null, false]);
    runOn(world, MINUTE);
    expect(world.phone.server).toBe('127.0.0.12:2000');
    expect(world.cluster.of('failedOver')).toHaveLength(1);
  });

  it('is nothing for a phone whose scenario leaves the configuration out', () => {
    const world = bootWithGroup({
      settings: {
        skip: { ...BOOT_SETTINGS.skip, ctl: true, config: true },
        callManagers: [{ host: '127.0.0.11', port: 2000 }],
      },
    });
    world.cluster.run(2 * MINUTE);
    order(world, 3);
    expect(runOn(world)).toEqual([]);
    expect([world.tftp.asked, world.phone.state]).toEqual([[], 'inService']);
  });
});

describe('Reset', () => {
  it.each([1, 2])('%i closes the standby connections too', (resetType) => {
    const world = inService();
    order(world, resetType);
    world.cluster.run(world.cluster.now + 100);
    expect([world.cluster.connectedTo, world.phone.state]).toEqual([[], 'pausing']);
    expect(world.cluster.of('standbyLeft')).toHaveLength(1);
  });

  it.each([1, 2, 3])('%i instead of RegisterAck: the phone starts again', (resetType) => {
    const resets = callManager({ RegisterReq: [{ type: 'Reset', resetType }] });
    const { cluster, phone } = boot({ tcp: { '127.0.0.10:2000': resets.connect } });
    cluster.run(2 * MINUTE);
    expect(failures(cluster)[0]).toBe('register sccp-reset 127.0.0.10:2000');
    expect(cluster.of('restarting').length).toBeGreaterThan(0);
    expect(resets.received).not.toContain('UnregisterReq');
    expect(phone.registered).toBe(false);
  });

  it.each([1, 2])(
    '%i of a phone that has failed over brings it home: that is no second failover',
    (resetType) => {
      const world = inService();
      world.set(1, 'refuses', 'reset');
      world.cluster.run(world.cluster.now + 10_000);
      expect(world.phone.server).toBe('127.0.0.12:2000');
      world.set(1, 'healthy');
      world.cluster.push('callManager2', encodeMessage({ type: 'Reset', resetType }, 0));
      world.cluster.run(world.cluster.now + 2 * MINUTE);
      expect([world.phone.state, world.phone.server]).toEqual(['inService', '127.0.0.11:2000']);
      expect(world.cluster.of('failedOver')).toMatchObject([
        { from: '127.0.0.11:2000', to: '127.0.0.12:2000' },
      ]);
      expect(world.cluster.of('fellBack')).toEqual([]);
    },
  );

  it('is carried out even when a token is granted while the phone takes its leave', () => {
    const world = inService();
    world.set(1, 'healthy', 'reset');
    world.cluster.run(world.cluster.now + 10_000);
    expect(world.phone.server).toBe('127.0.0.12:2000');
    const monitored = world.cluster.of('standbyUp').findLast(({ server }) => server === '127.0.0.11:2000');
    world.set(2, 'hangs');
    world.cluster.run((monitored?.now ?? 0) + 119_000);
    world.cluster.push('callManager2', encodeMessage({ type: 'Reset', resetType: 1 }, 0));
    world.cluster.run(world.cluster.now + 1500);
    expect(world.cluster.of('tokenAnswered')).toMatchObject([{ outcome: 'granted' }]);
    expect(runOn(world)).toContain('image');
    expect([world.phone.server, world.cluster.of('fellBack')]).toEqual(['127.0.0.11:2000', []]);
  });

  it('that is never followed by UnregisterAck is carried out all the same', () => {
    const world = bootWithGroup();
    world.cluster.run(2 * MINUTE);
    order(world, 2);
    world.set(1, 'hangs');
    world.cluster.run(world.cluster.now + BOOT_SETTINGS.sccp.unregisterTimeoutMs + 10);
    expect(world.phone.state).toBe('pausing');
    expect(world.phone.reason.number).toBe(23);
  });
});

describe('Unregister refused', () => {
  it('is asked for again, three times in all, before the phone falls back without leave', () => {
    const refusing = callManager({ UnregisterReq: [{ type: 'UnregisterAck', status: 2 }] });
    const first = callManager();
    let down = true;
    const { cluster } = boot({
      tcp: {
        '127.0.0.10:2000': () => (down ? { accept: () => 'refused', data: () => [] } : first.connect()),
        '127.0.0.11:2000': refusing.connect,
      },
    });
    cluster.run(2 * MINUTE);
    down = false;
    cluster.run(5 * MINUTE);
    expect(refusing.received.filter((type) => type === 'UnregisterReq')).toHaveLength(3);
    expect(cluster.of('fellBack')).toMatchObject([{ from: '127.0.0.11:2000', to: '127.0.0.10:2000' }]);
    const [unregistered] = cluster.of('unregistered');
    const [granted] = cluster.of('tokenAnswered');
    expect((unregistered?.now ?? 0) - (granted?.now ?? 0)).toBe(3 * BOOT_SETTINGS.sccp.unregisterTimeoutMs);
  });
});

describe('duplicate registration', () => {
  it('"Crossover session" ends the registration in service: the phone goes to the next', () => {
    const world = inService();
    world.cluster.push(
      'callManager1',
      encodeMessage({ type: 'RegisterReject', text: 'Crossover session' }, 0),
    );
    world.cluster.run(world.cluster.now + 1000);
    expect(world.cluster.of('serviceLost')[0]?.failure).toMatchObject({
      cause: 'sccp-rejected',
      detail: 'Crossover session',
    });
    expect(world.phone.server).toBe('127.0.0.12:2000');
    expect(world.heardBy(2).find((message) => message.type === 'Alarm')?.text).toMatch('24:');
  });

  it('a second RegisterAck is nothing', () => {
    const ack = {
      type: 'RegisterAck',
      keepAliveInterval: 5,
      dateTemplate: 'D.M.Y',
      secondaryKeepAliveInterval: 5,
      maxProtocolVer: 17,
      phoneFeatures: Uint8Array.of(0x20, 0xf1, 0xff),
    } as const;
    const world = inService();
    const before = world.cluster.events.length;
    world.cluster.push('callManager1', encodeMessage(ack, 0));
    world.cluster.run(world.cluster.now + 1000);
    expect(world.cluster.events).toHaveLength(before);
    // Nor does the interval change.
    expect(world.phone.sccp?.keepAlive?.intervalMs).toBe(30_000);
  });
});

it('apply config compares what is served, not how it is written', () => {
  const world = inService();
  const file = buildDeviceConfig({ deviceName: NAME, callManagers: MEMBERS });
  world.serve(Buffer.concat([file, Buffer.from('\n<!-- the same -->\n')]));
  order(world, 3);
  expect(runOn(world)).toEqual(['config']);
  expect(leaves(world)).toBe(0);
});
