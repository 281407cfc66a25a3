/** A phone and a group of CallManagers whose moods change: three at 127.0.0.11 to .13, and an SRST router at .14. */
import type { BootSettings } from '../../src/phone/boot-settings.ts';
import { buildDeviceConfig } from '../../src/protocols/device-config/build.ts';
import type { SccpMessage } from '../../src/protocols/sccp/message-table.ts';
import { boot, MINUTE, NAME } from './phone-world.ts';
import { dhcpServer, dnsServer, type Mood, moodyCallManager, tftpServer } from './virtual-servers.ts';

export const LEASED = '127.1.2.3';
const HOSTS = ['127.0.0.11', '127.0.0.12', '127.0.0.13', '127.0.0.14'] as const;
export const ADDRESSES = HOSTS.map((host) => `${host}:2000`);

export interface GroupOptions {
  readonly callManagers?: 1 | 2 | 3;
  readonly srst?: boolean;
  /** The configuration names the CallManagers `cucm1.lab` ... */
  readonly byName?: boolean;
  readonly connectionMonitorSeconds?: number;
  /** Of the DHCP server, seconds. */
  readonly leaseTime?: number;
  readonly settings?: Partial<BootSettings>;
}

export function bootWithGroup(options: GroupOptions = {}) {
  const { callManagers = 3, srst = false, byName = false, connectionMonitorSeconds } = options;
  const { leaseTime = 3600 } = options;
  const members = HOSTS.slice(0, callManagers).map((host, at) => ({
    host: byName ? `cucm${at + 1}.lab` : host,
  }));
  const config = (more: Partial<Parameters<typeof buildDeviceConfig>[0]> = {}) =>
    buildDeviceConfig({
      deviceName: NAME,
      callManagers: members,
      ...(srst ? { srst: { name: 'branch', host: HOSTS[3] } } : {}),
      ...(connectionMonitorSeconds === undefined ? {} : { connectionMonitorSeconds }),
      ...more,
    });
  const files: Record<string, Uint8Array> = { [`${NAME}.cnf.xml`]: config() };
  const nodes = HOSTS.map(() => moodyCallManager());
  const names = Object.fromEntries(HOSTS.map((host, at) => [`cucm${at + 1}.lab`, host]));
  const dhcp = dhcpServer(LEASED, { domainNameServers: ['127.0.0.53'], leaseTime });
  const dns = dnsServer(names);
  let dhcpAnswers = true;
  let dnsAnswers = true;
  const world = boot({
    dhcp: { ...dhcp, server: (bytes, from) => (dhcpAnswers ? dhcp.server(bytes, from) : []) },
    tftp: tftpServer(files),
    udp: new Map([['127.0.0.53:53', (bytes, from) => (dnsAnswers ? dns(bytes, from) : [])]]),
    tcp: Object.fromEntries(nodes.map((node, at) => [ADDRESSES[at] ?? '', node.connect])),
    ...(options.settings ? { settings: options.settings } : {}),
  });
  const { cluster } = world;

  /** The mood of CallManager `number` from now on; `cut`: its process ends, and its connections with it. */
  function set(number: number, mood: Mood, cut?: 'fin' | 'reset'): void {
    nodes[number - 1]?.set(mood);
    if (cut) cluster.cutAll(ADDRESSES[number - 1] ?? '', cut);
  }

  /** Whether the DHCP server answers from now on. */
  function setDhcp(answers: boolean): void {
    dhcpAnswers = answers;
  }

  /** The same for the DNS server. */
  function setDns(answers: boolean): void {
    dnsAnswers = answers;
  }

  /** Replaces the configuration file. */
  function serve(more: Parameters<typeof config>[0] | Uint8Array): void {
    files[`${NAME}.cnf.xml`] = more instanceof Uint8Array ? more : config(more);
  }

  /** What CallManager `number` was told, without keepalives. */
  function heardBy(number: number): SccpMessage[] {
    return (nodes[number - 1]?.messages ?? []).filter(({ type }) => type !== 'KeepAliveReq');
  }

  return { ...world, set, setDhcp, setDns, serve, heardBy };
}

/** Number of the CallManager with this address, for short expectations. */
export function numberOf(server: string): number {
  return ADDRESSES.indexOf(server) + 1;
}

export const SECOND = 1000;

type World = ReturnType<typeof bootWithGroup>;

/** What happened, in short: `standbyUp 2`, `serviceLost 1 tcp-reset`, `failedOver 1>2`. */
export function story({ cluster }: World, sinceMs = 0): string[] {
  return cluster.events.flatMap((event): string[] => {
    if (event.now < sinceMs) return [];
    switch (event.type) {
      case 'standbyUp':
      case 'standbyLeft':
      case 'registered':
      case 'ready':
      case 'unregistered':
        return [`${event.type} ${numberOf(event.server)}`];
      case 'standbyLost':
      case 'standbyFailed':
        return [`${event.type} ${numberOf(event.server)} ${event.cause}`];
      case 'failedOver':
      case 'fellBack':
        return [`${event.type} ${numberOf(event.from)}>${numberOf(event.to)}`];
      case 'tokenAnswered':
        return [`token ${numberOf(event.server)} ${event.outcome}`];
      case 'serviceLost':
        return [`serviceLost ${numberOf(event.failure.server ?? '')} ${event.failure.cause}`];
      case 'stageFailed':
        return [`${event.failure.stage} ${event.failure.cause} ${numberOf(event.failure.server ?? '')}`];
      case 'restarting':
        return ['restarting'];
      default:
        return [];
    }
  });
}

/** Runs on for this long; returns what happened in it. */
export function runOn(world: World, ms: number): string[] {
  const { cluster } = world;
  const since = cluster.now;
  cluster.run(since + ms);
  return story(world, since + 0.001);
}

export function inService(options: Parameters<typeof bootWithGroup>[0] = {}): World {
  const world = bootWithGroup(options);
  world.cluster.run(2 * MINUTE);
  if (world.phone.state !== 'inService') throw new Error(`the phone is ${world.phone.state}`);
  return world;
}

export const alarmText = (world: World, number: number): string => {
  const alarms = world.heardBy(number).filter((message) => message.type === 'Alarm');
  return alarms.at(-1)?.text ?? '';
};
