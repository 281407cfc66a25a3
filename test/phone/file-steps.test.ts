import { describe, expect, it } from 'vitest';
import { buildDefaultConfig, buildDeviceConfig } from '../../src/protocols/device-config/build.ts';
import { BOOT_SETTINGS } from '../support/boot-settings.ts';
import { boot, failures, MINUTE, NAME } from '../support/phone-world.ts';
import { tftpServer } from '../support/virtual-servers.ts';

const DEFAULT_CONFIG = buildDefaultConfig({ callManagers: [{ host: '127.0.0.10' }], loads: new Map() });

describe('the configuration', () => {
  it('is XMLDefault.cnf.xml for an unknown phone, asked for by its exact name', () => {
    const { cluster, tftp } = boot({ tftp: tftpServer({ 'XMLDefault.cnf.xml': DEFAULT_CONFIG }) });
    cluster.run(2 * MINUTE);
    expect(tftp.asked.slice(-2)).toEqual([`${NAME}.cnf.xml`, 'XMLDefault.cnf.xml']);
    expect(cluster.of('ready')).toHaveLength(1);
  });

  it.each([
    ['that nobody has', {}, 'config tftp-file-not-found'],
    [
      'that is no XML',
      { [`${NAME}.cnf.xml`]: Buffer.from('<device><a></device>') },
      'config config-malformed',
    ],
    ['that is empty', { [`${NAME}.cnf.xml`]: Buffer.alloc(0) }, 'config config-malformed'],
    ['that is too large', { [`${NAME}.cnf.xml`]: Buffer.alloc(3_000_000, 0x20) }, 'config config-too-large'],
    [
      'that names no CallManager',
      { [`${NAME}.cnf.xml`]: buildDeviceConfig({ deviceName: NAME, callManagers: [] }) },
      'config config-no-callmanager',
    ],
    [
      'that is for SIP',
      {
        [`${NAME}.cnf.xml`]: buildDeviceConfig({
          deviceName: NAME,
          protocol: 'SIP',
          callManagers: [{ host: '127.0.0.10' }],
        }),
      },
      'config config-not-sccp',
    ],
  ])('%s is a counted failure, and the phone tries again', (_, files, expected) => {
    const { cluster, phone } = boot({ tftp: tftpServer(files) });
    cluster.run(10 * MINUTE);
    expect(failures(cluster)[0]).toBe(`${expected} 127.0.0.1:69`);
    expect(cluster.of('restarting').length).toBeGreaterThan(1);
    expect(phone.state).not.toBe('stopped');
  });

  it('comes from the flash when no server answers and the phone remembers one', () => {
    const config = { protocol: 'SCCP', callManagers: [] } as const;
    const callManagers = [
      { priority: 0, name: '', host: '127.0.0.10', sccpPort: 2000, securedSccpPort: 2443 },
    ];
    const flash = { lease: null, config: { ...config, callManagers, loads: new Map() } };
    const { cluster } = boot({
      flash,
      settings: {
        skip: { ...BOOT_SETTINGS.skip, ctl: true },
        tftpServers: [{ host: '127.0.0.2', port: 69 }],
      },
    });
    cluster.run(2 * MINUTE);
    expect(failures(cluster)).toEqual(['config tftp-timeout 127.0.0.2:69']);
    expect(cluster.of('ready')).toHaveLength(1);
  });
});
