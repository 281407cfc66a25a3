/** A phone at a virtual cluster of which everything is as usual, unless a test says otherwise. */
import type { BootSettings } from '../../src/phone/boot-settings.ts';
import { type Flash, initialFlash } from '../../src/phone/flash.ts';
import { createPhone } from '../../src/phone/phone.ts';
import { createEnvironment, NO_SECRETS, type PhoneSecrets } from '../../src/phone/phone-environment.ts';
import type { PhoneIdentity } from '../../src/phone/identity.ts';
import { buildDeviceConfig } from '../../src/protocols/device-config/build.ts';
import { BOOT_SETTINGS } from './boot-settings.ts';
import { type Servers, type StreamServer, VirtualCluster } from './virtual-cluster.ts';
import { callManager, dhcpServer, tftpServer } from './virtual-servers.ts';

export const NAME = 'SEP020000000001';
export const IDENTITY = { index: 0, mac: '020000000001', model: '7961G' } as const;
export const LEASED = '127.1.2.3';
export const MINUTE = 60_000;

const CONFIG = buildDeviceConfig({
  deviceName: NAME,
  callManagers: [{ host: '127.0.0.10' }, { host: '127.0.0.11' }],
});
export const FILES = { [`${NAME}.cnf.xml`]: CONFIG };

export interface World {
  readonly dhcp?: ReturnType<typeof dhcpServer>;
  readonly tftp?: ReturnType<typeof tftpServer>;
  readonly tcp?: Readonly<Record<string, () => StreamServer>>;
  readonly udp?: Servers['udp'];
  readonly settings?: Partial<BootSettings>;
  readonly identity?: Partial<PhoneIdentity>;
  /** What it remembers besides what the settings say. */
  readonly flash?: Partial<Flash>;
  readonly secrets?: Partial<PhoneSecrets>;
}

export function boot(world: World = {}) {
  const dhcp = world.dhcp ?? dhcpServer(LEASED);
  const tftp = world.tftp ?? tftpServer(FILES);
  const manager = callManager();
  const environment = createEnvironment({ ...BOOT_SETTINGS, ...world.settings }, '127.0.9.1', {
    ...NO_SECRETS,
    ...world.secrets,
  });
  const flash = { ...initialFlash(environment.settings, IDENTITY.model), ...world.flash };
  const phone = createPhone({ ...IDENTITY, ...world.identity }, '127.5.5.5', environment, flash);
  const cluster = new VirtualCluster(phone, {
    udp: new Map([['127.0.0.1:67', dhcp.server], ['127.0.0.1:69', tftp.server], ...(world.udp ?? [])]),
    tcp: new Map(Object.entries(world.tcp ?? { '127.0.0.10:2000': manager.connect })),
  });
  cluster.powerOn();
  return { phone, cluster, dhcp, tftp, manager };
}

export const passed = (cluster: VirtualCluster): string[] =>
  cluster.of('stagePassed').map(({ stage }) => stage);
export const failures = (cluster: VirtualCluster): string[] =>
  cluster.of('stageFailed').map(({ failure }) => `${failure.stage} ${failure.cause} ${failure.server}`);
