import { describe, expect, it } from 'vitest';
import { BOOT_SETTINGS } from '../support/boot-settings.ts';
import { ORDINARY_STAGES } from '../support/boot-stages.ts';
import { boot, failures, MINUTE, NAME, passed } from '../support/phone-world.ts';

describe('a cold boot', () => {
  it('goes through every step of Table 2-4 in its order and is ready', () => {
    const { cluster, phone, dhcp, tftp } = boot();
    cluster.run(2 * MINUTE);
    expect(passed(cluster)).toEqual(ORDINARY_STAGES.filter((stage) => stage !== 'dns'));
    expect(failures(cluster)).toEqual([]);
    expect(phone.state).toBe('inService');
    expect(dhcp.requests).toEqual(['DHCPDISCOVER', 'DHCPREQUEST']);
    expect(tftp.asked).toEqual([`CTL${NAME}.tlv`, `ITL${NAME}.tlv`, 'ITLFile.tlv', `${NAME}.cnf.xml`]);
  });

  it('keeps modelled time apart: nothing leaves before power, image and VLAN have passed', () => {
    const { cluster } = boot();
    cluster.run(47_999);
    expect(cluster.log).toEqual([]);
    cluster.run(2 * MINUTE);
    expect(cluster.of('firstPacket')).toEqual([{ type: 'firstPacket', now: 48_000 }]);
    expect(cluster.of('ready')[0]).toMatchObject({ intendedAt: 0, firstPacketAt: 48_000 });
  });

  it('asks for the CTL alone with an 8.x load', () => {
    const { cluster, tftp } = boot({
      settings: { sccp: { ...BOOT_SETTINGS.sccp, protocolVersion: 17 } },
    });
    cluster.run(2 * MINUTE);
    expect(tftp.asked).toEqual([`CTL${NAME}.tlv`, `${NAME}.cnf.xml`]);
  });

  it('sends KeepAlive during the hold and takes its leave in order', () => {
    const { cluster, manager, dhcp, phone } = boot();
    cluster.run(5 * MINUTE);
    expect(manager.received.filter((type) => type === 'KeepAliveReq').length).toBeGreaterThanOrEqual(5);
    cluster.step({ type: 'stop', now: cluster.now });
    cluster.run(6 * MINUTE);
    expect(manager.received.at(-1)).toBe('UnregisterReq');
    expect(dhcp.requests.at(-1)).toBe('DHCPRELEASE');
    expect(cluster.of('unregistered')).toHaveLength(1);
    expect([phone.state, cluster.ended, cluster.pendingTimers, cluster.openEndpoints]).toEqual([
      'stopped',
      true,
      [],
      [],
    ]);
  });

  it('leaves out the steps that the scenario leaves out', () => {
    const { cluster, tftp } = boot({
      settings: {
        skip: { power: true, image: true, vlan: true, ctl: true, config: true, callManager: false },
        dhcp: null,
        callManagers: [{ host: '127.0.0.10', port: 2000 }],
      },
    });
    cluster.run(1000);
    expect(passed(cluster)).toEqual(['connect', 'register', 'ready']);
    expect(tftp.asked).toEqual([]);
  });

  it('divides modelled times by the compression', () => {
    const { cluster } = boot({
      settings: { timing: { ...BOOT_SETTINGS.timing, compression: 48 } },
    });
    cluster.run(2000);
    expect(cluster.of('firstPacket')[0]?.now).toBeCloseTo(1000);
  });
});
