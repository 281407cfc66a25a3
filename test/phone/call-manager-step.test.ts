import { describe, expect, it } from 'vitest';
import { buildDeviceConfig } from '../../src/protocols/device-config/build.ts';
import { encodeMessage } from '../../src/protocols/sccp/message-table.ts';
import { ORDINARY_STAGES } from '../support/boot-stages.ts';
import { boot, failures, LEASED, MINUTE, NAME, passed } from '../support/phone-world.ts';
import { callManager, dhcpServer, dnsServer, tftpServer } from '../support/virtual-servers.ts';

describe('CallManager', () => {
  const unknown = [{ type: 'RegisterReject', text: 'Device Unknown' }] as const;

  it.each([
    ['refuses', callManager({}, 'refused'), 'connect tcp-refused'],
    ['does not answer the SYN', callManager({}, 'silent'), 'connect tcp-timeout'],
    ['never answers', callManager({ RegisterReq: [] }), 'register sccp-no-answer'],
    ['rejects', callManager({ RegisterReq: unknown }), 'register sccp-rejected'],
    ['closes', callManager({ RegisterReq: ['fin'] }), 'register tcp-closed'],
    ['resets', callManager({ RegisterReq: ['reset'] }), 'register tcp-reset'],
    ['never sends its buttons', callManager({ ButtonTemplateReq: [] }), 'ready sccp-no-answer'],
  ])('that %s is left for the next of the group', (_, first, expected) => {
    const second = callManager();
    const { cluster } = boot({
      tcp: { '127.0.0.10:2000': first.connect, '127.0.0.11:2000': second.connect },
    });
    cluster.run(2 * MINUTE);
    expect(failures(cluster)).toEqual([`${expected} 127.0.0.10:2000`]);
    expect(cluster.of('ready')[0]?.server).toBe('127.0.0.11:2000');
  });

  it('that rejects an unknown phone sees it again and again', () => {
    const first = callManager({ RegisterReq: unknown });
    const { cluster, phone } = boot({ tcp: { '127.0.0.10:2000': first.connect } });
    cluster.run(10 * MINUTE);
    expect(first.received.filter((type) => type === 'RegisterReq').length).toBeGreaterThan(5);
    expect(phone.lastFailure).toMatchObject({ stage: 'connect' });
    expect(cluster.of('gaveUp')).toEqual([]);
  });

  it('gives up after the boots that the scenario allows', () => {
    const { cluster, phone } = boot({ tcp: {}, settings: { maxBootAttempts: 2 } });
    cluster.run(10 * MINUTE);
    expect(cluster.of('gaveUp')[0]?.failure).toMatchObject({ stage: 'connect', cause: 'tcp-refused' });
    expect([phone.state, cluster.ended, cluster.pendingTimers]).toEqual(['gaveUp', false, []]);
    cluster.step({ type: 'stop', now: cluster.now });
    expect([phone.state, cluster.ended, cluster.openEndpoints]).toEqual(['stopped', true, []]);
  });

  it('is resolved when the configuration names it, as a stage of its own', () => {
    const file = buildDeviceConfig({ deviceName: NAME, callManagers: [{ host: 'cucm.lab' }] });
    const { cluster } = boot({
      tftp: tftpServer({ [`${NAME}.cnf.xml`]: file }),
      dhcp: dhcpServer(LEASED, { domainNameServers: ['127.0.0.53'] }),
      udp: new Map([['127.0.0.53:53', dnsServer({ 'cucm.lab': '127.0.0.10' })]]),
    });
    cluster.run(2 * MINUTE);
    expect(passed(cluster)).toEqual([...ORDINARY_STAGES]);
  });

  it.each([
    ['a name that does not exist', 'other.lab', 'dns dns-name-error 127.0.0.53:53'],
    ['a DNS server that is silent', null, 'dns dns-timeout 127.0.0.54:53'],
  ])('with %s is a failed dns stage', (_, name, expected) => {
    const file = buildDeviceConfig({ deviceName: NAME, callManagers: [{ host: 'cucm.lab' }] });
    const { cluster } = boot({
      tftp: tftpServer({ [`${NAME}.cnf.xml`]: file }),
      dhcp: dhcpServer(LEASED, { domainNameServers: [name ? '127.0.0.53' : '127.0.0.54'] }),
      udp: new Map([['127.0.0.53:53', dnsServer({ [name ?? '']: '127.0.0.10' })]]),
    });
    cluster.run(2 * MINUTE);
    expect(failures(cluster)[0]).toBe(expected);
  });

  it.each([
    ['fin', 'tcp-closed'],
    ['reset', 'tcp-reset'],
  ] as const)('that is lost (%s) while in service is contacted again', (how, cause) => {
    const { cluster } = boot();
    cluster.run(2 * MINUTE);
    cluster.cut('callManager1', how);
    cluster.run(3 * MINUTE);
    expect(cluster.of('serviceLost')[0]).toMatchObject({ wasReady: true, failure: { cause } });
    expect(cluster.of('ready')).toHaveLength(2);
  });

  const AGAIN = ['config', 'connect', 'register', 'ready'];
  const FROM_IMAGE = ['image', 'vlan', 'dhcp', 'tftpServer', 'ctl', ...AGAIN];

  it.each([
    ['instead of RegisterAck', 1, 'register', FROM_IMAGE],
    ['instead of RegisterAck', 2, 'register', AGAIN],
    ['instead of RegisterAck', 3, 'register', AGAIN],
    ['during the set-up', 1, 'ready', FROM_IMAGE],
    ['during the set-up', 2, 'ready', AGAIN],
    ['during the set-up', 3, 'ready', AGAIN],
  ] as const)(
    'that sends, %s, Reset %i is obeyed after a pause: %s failed, then %j',
    (_, resetType, stage, stages) => {
      const when = stage === 'ready' ? 'TimeDateReq' : 'RegisterReq';
      const resets = callManager({ [when]: [{ type: 'Reset', resetType }] });
      const good = callManager();
      let connections = 0;
      const { cluster } = boot({
        tcp: { '127.0.0.10:2000': () => (connections++ === 0 ? resets.connect() : good.connect()) },
      });
      while (cluster.of('restarting').length === 0) cluster.run(cluster.now + 1);
      const before = passed(cluster).length;
      cluster.run(5 * MINUTE);
      expect(failures(cluster)).toEqual([`${stage} sccp-reset 127.0.0.10:2000`]);
      expect(cluster.of('restarting')).toHaveLength(1);
      expect(passed(cluster).slice(before)).toEqual(stages);
    },
  );

  it('that sends Reset again and again is a failed boot each time', () => {
    const resets = callManager({ RegisterReq: [{ type: 'Reset', resetType: 2 }] });
    const { cluster } = boot({
      tcp: { '127.0.0.10:2000': resets.connect },
      settings: { maxBootAttempts: 3 },
    });
    cluster.run(10 * MINUTE);
    expect(cluster.of('gaveUp')[0]?.failure).toMatchObject({ stage: 'register', cause: 'sccp-reset' });
    expect(resets.received.filter((type) => type === 'RegisterReq')).toHaveLength(3);
  });

  it.each([
    [1, 'a reset', ['image', 'vlan', 'dhcp', 'tftpServer', 'ctl', 'config', 'connect', 'register', 'ready']],
    [2, 'a restart', ['config', 'connect', 'register', 'ready']],
  ])('that sends Reset %i (%s) to a phone in service sends it back to %j', (resetType, _, stages) => {
    const { cluster, manager } = boot();
    cluster.run(2 * MINUTE);
    const before = passed(cluster).length;
    cluster.push('callManager1', encodeMessage({ type: 'Reset', resetType }, 0));
    cluster.run(5 * MINUTE);
    expect(manager.received.filter((type) => type === 'UnregisterReq')).toHaveLength(1);
    expect(cluster.of('serviceLost')[0]).toMatchObject({ wasReady: true, failure: { cause: 'sccp-reset' } });
    expect(passed(cluster).slice(before)).toEqual(stages);
  });
});
