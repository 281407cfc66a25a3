/** Phones find their CallManagers by name, with a DNS server that nobody here wrote. */
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildDeviceConfig } from '../../src/protocols/device-config/build.ts';
import { type FinishedStorm, ledgerSum, runStorm } from '../support/bootstorm-command.ts';
import { type CallManagers, generatedDevice, startCallManagers } from '../support/interop/call-managers.ts';
import { startDnsmasqDns } from '../support/interop/dns-server.ts';
import type { InteropServer } from '../support/interop/server.ts';
import { createServedFolder, startTftpdHpa } from '../support/interop/tftp-servers.ts';

const DOMAIN = 'voice.example.test';

/** The CallManager group of each phone, highest priority first. Only `cucm1` and `cucm2` have an address. */
const GROUPS: readonly (readonly string[])[] = [
  [`cucm1.${DOMAIN}`],
  [`CUCM1.Voice.Example.TEST`],
  [`alias.${DOMAIN}`],
  [`retired.${DOMAIN}`, `cucm2.${DOMAIN}`],
  [`v6only.${DOMAIN}`, `cucm2.${DOMAIN}`],
  [`cucm.elsewhere.test`, `cucm2.${DOMAIN}`],
  [`retired.${DOMAIN}`, `gone.${DOMAIN}`],
];

let callManagers: CallManagers;
let tftp: InteropServer;
let dns: InteropServer;
let folder: string;
let result: FinishedStorm;

/** Both names stand for lab CallManagers on one address: the port tells them apart. */
function portOf(name: string): number {
  const [first, second] = callManagers.group;
  return (name.startsWith('cucm2') ? second : first)?.port ?? 0;
}

beforeAll(async () => {
  callManagers = await startCallManagers({ count: 2, knownPhones: GROUPS.length });
  const files = GROUPS.map((names, index) => {
    const deviceName = generatedDevice(index);
    const group = names.map((host) => ({ host, sccpPort: portOf(host) }));
    return [`${deviceName}.cnf.xml`, buildDeviceConfig({ deviceName, callManagers: group })] as const;
  });
  folder = createServedFolder(Object.fromEntries(files));
  tftp = await startTftpdHpa({ folder });
  dns = await startDnsmasqDns({
    hosts: {
      [`cucm1.${DOMAIN}`]: '127.0.0.1',
      [`cucm2.${DOMAIN}`]: '127.0.0.1',
      [`v6only.${DOMAIN}`]: '::1',
    },
    aliases: { [`alias.${DOMAIN}`]: `cucm1.${DOMAIN}` },
    domain: DOMAIN,
  });
  result = await runStorm(
    JSON.stringify({
      name: 'strange DNS server',
      phones: { generate: { count: GROUPS.length }, flash: 'factory', maxBootAttempts: 1 },
      target: {
        dhcp: 'static',
        tftp: { servers: [`${tftp.address}:${tftp.port}`], requestAttempts: 10, blockAttempts: 10 },
        dns: { servers: [`${dns.address}:${dns.port}`], attempts: 10 },
      },
      skip: ['power', 'image', 'vlan', 'ctl'],
      hold: '100ms',
      maxDuration: '2m',
      drain: { perSecond: 1000 },
      output: { quiet: true },
    }),
  );
});

afterAll(async () => {
  await Promise.all([callManagers.stop(), tftp.stop(), dns.stop()]);
  rmSync(folder, { recursive: true });
});

describe('phones and dnsmasq as their DNS server', () => {
  test('register with the first CallManager whose name has an address', () => {
    const { summary } = result;
    expect(summary.phones).toMatchObject({ asked: 7, ready: 6, failed: 1 });
    expect(ledgerSum(summary)).toBe(7);
    const registered = summary.servers.filter(({ role }) => role === 'callManager');
    for (const { host, port } of callManagers.group) {
      expect(registered).toContainEqual(
        expect.objectContaining({ address: `${host}:${port}`, registeredNow: 3 }),
      );
    }
    expect(result.code).toBe(EXIT_CODES.thresholdsMissed.code);
  });

  test('count a name that does not exist, one without an IPv4 address, and one that is refused', () => {
    const server = `${dns.address}:${dns.port}`;
    const ofNames = result.summary.failures.filter(({ stage }) => stage !== 'locale');
    expect(ofNames).toHaveLength(2);
    // retired (twice) and gone: NXDOMAIN; v6only: no address.
    expect(result.summary.failures).toContainEqual({
      stage: 'dns',
      cause: 'dns-name-error',
      server,
      count: 4,
    });
    expect(result.summary.failures).toContainEqual({
      stage: 'dns',
      cause: 'dns-server-failure',
      server,
      count: 1,
    });
  });

  test('ask for A records, each name as the file has it', () => {
    const asked = [...dns.log().matchAll(/query\[A\] (\S+) from/g)].map(([, name]) => name);
    expect(new Set(asked)).toEqual(new Set(GROUPS.flat()));
  });
});
