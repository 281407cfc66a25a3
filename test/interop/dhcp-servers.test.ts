/** Phones get their leases from DHCP servers that nobody here wrote, through a relay address. */
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { BootEvent } from '../../src/phone/boot-event.ts';
import { buildDeviceConfig } from '../../src/protocols/device-config/build.ts';
import { compilePlan } from '../../src/scenario/compile.ts';
import { loadScenario } from '../../src/scenario/load.ts';
import { type FinishedStorm, ledgerSum, runStorm } from '../support/bootstorm-command.ts';
import { type CallManagers, generatedDevice, startCallManagers } from '../support/interop/call-managers.ts';
import {
  type DhcpServer,
  type DhcpServerOptions,
  startDnsmasqDhcp,
  startKea,
} from '../support/interop/dhcp-servers.ts';
import { startDnsmasqDns } from '../support/interop/dns-server.ts';
import { ownLoopbackAddress } from '../support/interop/loopback.ts';
import type { InteropServer } from '../support/interop/server.ts';
import { createServedFolder, startTftpdHpa } from '../support/interop/tftp-servers.ts';
import { bootOnSockets, type Fate } from '../support/socket-phones.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const CROWD = 50;
/** A phone that nobody answers begins anew after three seconds. */
const SOON = [1, 2];
const TFTP_NAME = 'tftp.example.test';

let callManagers: CallManagers;
let folder: string;
let tftp: InteropServer;
let dns: InteropServer;

beforeAll(async () => {
  callManagers = await startCallManagers({ knownPhones: CROWD });
  const group = callManagers.group.map(({ name, host, port }) => ({ name, host, sccpPort: port }));
  const fileOf = (index: number): [string, Buffer] => {
    const deviceName = generatedDevice(index);
    return [`${deviceName}.cnf.xml`, buildDeviceConfig({ deviceName, callManagers: group })];
  };
  folder = createServedFolder(Object.fromEntries(Array.from({ length: CROWD }, (_, index) => fileOf(index))));
  tftp = await startTftpdHpa({ folder });
  dns = await startDnsmasqDns({ hosts: { [TFTP_NAME]: tftp.address } });
});

afterAll(async () => {
  await Promise.all([callManagers.stop(), tftp.stop(), dns.stop()]);
  rmSync(folder, { recursive: true });
});

interface Wishes {
  readonly phones?: number;
  readonly flash?: 'warm' | 'factory';
  readonly maxBootAttempts?: number;
  readonly maxDuration?: string;
  readonly release?: boolean;
  readonly sourceAddresses?: string;
  readonly tftpTimeout?: string;
  readonly backoffSeconds?: readonly number[];
}

function storm(server: DhcpServer, wishes: Wishes = {}): Promise<FinishedStorm> {
  return runStorm(scenario(server, wishes));
}

interface Boot {
  readonly fate: Fate | undefined;
  readonly events: readonly BootEvent[];
}

/** One phone, on sockets of this process: what it makes of a lease does not need a storm. */
async function boot(server: DhcpServer, wishes: Wishes = {}): Promise<Boot> {
  const own = temporaryFolder({ 'storm.yaml': scenario(server, wishes) });
  const events: BootEvent[] = [];
  const plan = compilePlan(loadScenario({ file: `${own}/storm.yaml` }));
  const fates = await bootOnSockets(plan, [0], (event) => events.push(event));
  return { fate: fates.get(0), events };
}

/** Stage, cause and server of each failure. */
function failuresOf({ events }: Boot): readonly object[] {
  return events.flatMap((event) => {
    if (event.type !== 'stageFailed') return [];
    const { stage, cause, server } = event.failure;
    return [{ stage, cause, server }];
  });
}

function scenario(server: DhcpServer, wishes: Wishes): string {
  const { phones = 1, flash = 'factory', maxBootAttempts, release = true } = wishes;
  return JSON.stringify({
    name: 'strange DHCP server',
    phones: {
      generate: { count: phones },
      flash,
      restartPause: '1s',
      ...(maxBootAttempts === undefined ? {} : { maxBootAttempts }),
    },
    target: {
      dhcp: {
        server: `${server.address}:${server.port}`,
        relayAddresses: ownLoopbackAddress(),
        replyPort: server.replyPort,
        backoffSeconds: wishes.backoffSeconds ?? [1, 2, 4, 8, 16, 32],
        jitterSeconds: 0.1,
        release,
      },
      dns: { port: dns.port },
      tftp: { port: tftp.port, timeoutSeconds: wishes.tftpTimeout ?? '4s' },
    },
    sourceAddresses: wishes.sourceAddresses ?? 'shared',
    skip: ['power', 'image', 'vlan', 'ctl'],
    hold: '100ms',
    maxDuration: wishes.maxDuration ?? '2m',
    drain: { perSecond: 1000 },
    workers: { agents: 1, threads: 1 },
    output: { quiet: true },
  });
}

/** What the log of the server says, in its own words. */
interface LogWords {
  /** First group: the address. */
  readonly leased: RegExp;
  readonly offered: RegExp;
  readonly released: RegExp;
}

const SERVERS: readonly {
  readonly server: string;
  readonly start: (options: DhcpServerOptions) => Promise<DhcpServer>;
  readonly words: LogWords;
  /** dnsmasq names itself as the next server (siaddr) when it is told nothing. */
  readonly siaddr: boolean;
  /** What a phone hears that asks for an address the server does not know of; RFC 2131 section 4.3.2 has both. */
  readonly strangeAddress: 'NAK' | 'nothing';
}[] = [
  {
    server: 'dnsmasq',
    start: startDnsmasqDhcp,
    words: {
      leased: /DHCPACK\(lo\) (\S+)/g,
      offered: /DHCPOFFER\(lo\) (\S+)/g,
      released: /DHCPRELEASE\(lo\) (\S+)/g,
    },
    siaddr: true,
    strangeAddress: 'NAK',
  },
  {
    server: 'Kea',
    start: startKea,
    words: {
      leased: /DHCP4_LEASE_ALLOC .* lease (\S+) has been allocated/g,
      offered: /DHCP4_LEASE_(?:ADVERT|OFFER) .* lease (\S+) will be/g,
      released: /DHCP4_RELEASE .* address (\S+) was released/g,
    },
    siaddr: false,
    strangeAddress: 'nothing',
  },
];

describe.each(SERVERS)('phones and $server', ({ start, words, siaddr, strangeAddress }) => {
  let server: DhcpServer;
  afterEach(() => server.stop());

  /** The addresses that the server has logged, in order: a message that was sent again is logged again. */
  const logged = (pattern: RegExp): string[] => [
    ...new Set([...server.log().matchAll(pattern)].map(([, address = '']) => address)),
  ];

  test('a crowd of phones has as many addresses, and gives them back', async () => {
    server = await start({ tftpServers: [tftp.address] });
    const result = await storm(server, { phones: CROWD });
    expect(result.summary.phones).toMatchObject({ asked: CROWD, ready: CROWD });
    expect(result.summary.stages.dhcp).toMatchObject({ count: CROWD });
    expect(logged(words.leased)).toHaveLength(CROWD);
    // The server is still reading when the run is over: nobody answers a RELEASE.
    const addresses = logged(words.leased).sort();
    await expect.poll(() => logged(words.released).sort()).toEqual(addresses);
    expect(result.code).toBe(EXIT_CODES.ok.code);
  });

  test('the second server of option 150 serves when the first is silent', async () => {
    const silent = ownLoopbackAddress();
    server = await start({ tftpServers: [silent, tftp.address] });
    const phone = await boot(server, { tftpTimeout: '1s' });
    expect(phone.fate).toBe('ready');
    const ofServers = failuresOf(phone).filter(
      (failure) => !('stage' in failure && failure.stage === 'locale'),
    );
    expect(ofServers).toEqual([{ stage: 'config', cause: 'tftp-timeout', server: `${silent}:${tftp.port}` }]);
  });

  test('option 66 alone is a name, and DNS knows it', async () => {
    server = await start({ tftpServerName: TFTP_NAME, dnsServers: [dns.address] });
    const { fate, events } = await boot(server);
    expect(fate).toBe('ready');
    expect(dns.log()).toContain(TFTP_NAME);
    const askedForFiles = events
      .filter((event) => event.type === 'fileTransferred')
      .map((event) => event.server);
    expect(new Set(askedForFiles)).toEqual(new Set([`${tftp.address}:${tftp.port}`]));
  });

  test('without a TFTP server in the lease the next server is asked, if there is one', async () => {
    server = await start({});
    const phone = await boot(server, { maxBootAttempts: 1 });
    if (siaddr) {
      expect(phone.fate).toBe('ready');
    } else {
      expect(phone.fate).toBe('tftpServer no-tftp-server');
      expect(failuresOf(phone)).toEqual([{ stage: 'tftpServer', cause: 'no-tftp-server', server: null }]);
    }
  });

  test('a phone that remembers its lease asks for it at once (INIT-REBOOT)', async () => {
    const address = '127.1.0.9';
    server = await start({ tftpServers: [tftp.address], range: [address, address] });
    const first = await storm(server, { sourceAddresses: address, release: false });
    expect(first.summary.phones.ready).toBe(1);
    expect(logged(words.offered)).toEqual([address]);
    const second = await storm(server, { sourceAddresses: address, flash: 'warm' });
    expect(second.summary).toMatchObject({ phones: { ready: 1 }, failures: [] });
    expect(logged(words.offered)).toEqual([address]);
    await expect.poll(() => logged(words.released)).toEqual([address]);
  });

  test('a phone that remembers a strange address takes another', async () => {
    server = await start({ tftpServers: [tftp.address] });
    const { summary } = await storm(server, {
      sourceAddresses: '127.200.0.1',
      flash: 'warm',
      backoffSeconds: SOON,
    });
    expect(summary.phones.ready).toBe(1);
    const hasNak = summary.failures.some(({ cause }) => cause === 'dhcp-nak');
    expect(hasNak).toBe(strangeAddress === 'NAK');
    expect(hasNak || summary.retransmissions.dhcp > 0).toBe(true);
    expect(logged(words.leased)).toHaveLength(1);
    expect(logged(words.leased)[0]).toMatch(/^127\.1\./);
  });

  test('with too few addresses some phones wait for one, and the run ends', async () => {
    server = await start({ tftpServers: [tftp.address], range: ['127.1.0.1', '127.1.0.5'] });
    const result = await storm(server, { phones: 8, maxDuration: '12s', backoffSeconds: SOON });
    const { summary } = result;
    expect(summary.phones).toMatchObject({ asked: 8, ready: 5, trying: 3 });
    expect(ledgerSum(summary)).toBe(8);
    expect(summary.unfinished).toEqual([
      {
        state: 'trying',
        stage: 'dhcp',
        cause: 'dhcp-timeout',
        server: `${server.address}:${server.port}`,
        count: 3,
      },
    ]);
    expect(result.code).toBe(EXIT_CODES.thresholdsMissed.code);
  });
});
