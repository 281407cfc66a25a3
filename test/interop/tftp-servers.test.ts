/** Phones read their files from TFTP servers that nobody here wrote, and register where the files say. */
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  buildDefaultConfig,
  buildDeviceConfig,
  type CallManagerOptions,
} from '../../src/protocols/device-config/build.ts';
import { type FinishedStorm, ledgerSum, runCommand, runStorm } from '../support/bootstorm-command.ts';
import { type CallManagers, generatedDevice, startCallManagers } from '../support/interop/call-managers.ts';
import { withoutRepeats } from '../support/interop/expected-messages.ts';
import type { InteropServer } from '../support/interop/server.ts';
import {
  createServedFolder,
  startAtftpd,
  startDnsmasqTftp,
  startTftpdHpa,
} from '../support/interop/tftp-servers.ts';

const BLOCK_BYTES = 512;
const CROWD = 100;

/** Phones of the mixed folder by their place, with what becomes of each. */
const PHONES = {
  plain: 0,
  multipleOfBlocks: 1,
  large: 2,
  empty: 3,
  tooLarge: 4,
  notThere: 5,
  noCallManager: 6,
} as const;

let callManagers: CallManagers;
let folder: string;
let crowdFolder: string;

/** A device's configuration, filled up with line ends to this size. */
function deviceFile(index: number, group: readonly CallManagerOptions[], bytes = 0): Buffer {
  const file = buildDeviceConfig({ deviceName: generatedDevice(index), callManagers: group });
  return Buffer.concat([file, Buffer.alloc(Math.max(0, bytes - file.length), '\n')]);
}

beforeAll(async () => {
  callManagers = await startCallManagers({ count: 2, knownPhones: CROWD, autoRegistration: true });
  const group = callManagers.group.map(({ name, host, port }) => ({ name, host, sccpPort: port }));
  const put = (index: number, content: Uint8Array): [string, Uint8Array] => [
    `${generatedDevice(index)}.cnf.xml`,
    content,
  ];
  folder = createServedFolder({
    'ITLFile.tlv': Buffer.alloc(5000, 1),
    'XMLDefault.cnf.xml': buildDefaultConfig({ callManagers: group, loads: new Map() }),
    // The guides print the name like this; the phone must ask for the one above.
    'XmlDefault.cnf.xml': 'a trap',
    'xmldefault.cnf.xml': 'a trap',
    ...Object.fromEntries([
      put(PHONES.plain, deviceFile(PHONES.plain, group)),
      put(PHONES.multipleOfBlocks, deviceFile(PHONES.multipleOfBlocks, group, 20 * BLOCK_BYTES)),
      put(PHONES.large, deviceFile(PHONES.large, group, 1024 * 1024)),
      put(PHONES.empty, Buffer.alloc(0)),
      put(PHONES.tooLarge, deviceFile(PHONES.tooLarge, group, 2 * 1024 * 1024 + 1)),
      put(PHONES.noCallManager, deviceFile(PHONES.noCallManager, [])),
    ]),
  });
  const crowd = Array.from({ length: CROWD }, (_, index) => put(index, deviceFile(index, group)));
  crowdFolder = createServedFolder(Object.fromEntries(crowd));
});

afterAll(async () => {
  await callManagers.stop();
  rmSync(folder, { recursive: true });
  rmSync(crowdFolder, { recursive: true });
});

function storm(server: InteropServer, count: number, phones: object = {}): Promise<FinishedStorm> {
  return runStorm(
    JSON.stringify({
      name: 'strange TFTP server',
      phones: { generate: { count }, flash: 'factory', ...phones },
      target: {
        dhcp: 'static',
        tftp: {
          servers: [`${server.address}:${server.port}`],
          timeoutSeconds: '1s',
          requestAttempts: 20,
          blockAttempts: 20,
        },
      },
      sourceAddresses: '127.40.0.0/16',
      skip: ['power', 'image', 'vlan'],
      hold: '200ms',
      maxDuration: '2m',
      drain: { perSecond: 1000 },
      output: { quiet: true },
    }),
  );
}

describe.each([
  { server: 'tftpd-hpa', start: startTftpdHpa },
  { server: 'atftpd', start: startAtftpd },
  { server: 'dnsmasq', start: startDnsmasqTftp },
])('phones and $server', ({ start }) => {
  test('files of all sizes arrive, and each phone comes to what its file deserves', async () => {
    const server = await start({ folder });
    try {
      const result = await storm(server, 7, { maxBootAttempts: 1 });
      const { summary } = result;
      expect(summary.phones).toMatchObject({ asked: 7, ready: 4, failed: 3 });
      expect(ledgerSum(summary)).toBe(7);
      const address = `${server.address}:${server.port}`;
      expect(summary.failures).toHaveLength(4);
      for (const cause of ['config-malformed', 'config-no-callmanager', 'config-too-large']) {
        expect(summary.failures).toContainEqual({ stage: 'config', cause, server: address, count: 1 });
      }
      // The three with a file of their own ask for the jar and the tones of its locales, and boot without them.
      expect(summary.failures).toContainEqual({
        stage: 'locale',
        cause: 'tftp-file-not-found',
        server: address,
        count: 3 * 2,
      });
      // CTL, ITL, ITLFile and SEP for each, XMLDefault for the one that is unknown, and the locales.
      expect(summary.servers.find(({ role }) => role === 'tftp')).toMatchObject({
        address,
        attempts: 7 * 4 + 1 + 3 * 2,
      });
      expect(result.code).toBe(EXIT_CODES.thresholdsMissed.code);
    } finally {
      await server.stop();
    }
  });

  test('a known phone asks for its files in order, by their exact names', async () => {
    const { code, requests, answers } = await boot(start, 0);
    const device = generatedDevice(0);
    expect(requests).toEqual([`CTL${device}.tlv`, `ITL${device}.tlv`, 'ITLFile.tlv', `${device}.cnf.xml`]);
    // No trust lists of its own: "file not found", error 1, and on it goes.
    expect(answers.filter((answer) => answer.startsWith('ERROR 1 '))).toHaveLength(2);
    expect(code).toBe(0);
  });

  test('an unknown phone asks for XMLDefault.cnf.xml after its own file', async () => {
    const { code, requests } = await boot(start, PHONES.notThere);
    expect(requests.slice(-2)).toEqual([`${generatedDevice(PHONES.notThere)}.cnf.xml`, 'XMLDefault.cnf.xml']);
    expect(code).toBe(0);
  });
});

type Start = typeof startTftpdHpa;

async function boot(
  start: Start,
  index: number,
): Promise<{ code: number | null; requests: string[]; answers: string[] }> {
  const server = await start({ folder });
  try {
    const target = ['--tftp', `${server.address}:${server.port}`, '--source-addresses', '127.40.1.1'];
    const { code, stdout } = await runCommand(['phone', generatedDevice(index), ...target, '--hold', '0s']);
    return {
      code,
      // The server may be slow to answer one, and it is sent again.
      requests: withoutRepeats([...stdout.matchAll(/ TFTP RRQ (\S+) octet$/gm)].map(([, name = '']) => name)),
      answers: [...stdout.matchAll(/← .* TFTP (.*)$/gm)].map(([, text = '']) => text),
    };
  } finally {
    await server.stop();
  }
}

describe('a crowd of phones', () => {
  test('boots from tftpd-hpa all at once, whatever that loses', async () => {
    const server = await startTftpdHpa({ folder: crowdFolder });
    try {
      const registrations = async (): Promise<number> =>
        (await callManagers.stats())['callManager1']?.['registrations'] ?? 0;
      const before = await registrations();
      const result = await storm(server, CROWD, { restartPause: '1s' });
      const { summary } = result;
      expect(summary.phones).toMatchObject({ asked: CROWD, registered: CROWD, ready: CROWD });
      expect((await registrations()) - before).toBe(CROWD);
      expect(summary.servers.find(({ role }) => role === 'tftp')?.attempts).toBeGreaterThanOrEqual(CROWD * 4);
      const overcome = summary.failures.filter(({ stage }) => stage !== 'locale');
      expect(overcome.every(({ cause }) => cause === 'tftp-timeout')).toBe(true);
      const missing = summary.failures.find(({ cause }) => cause === 'tftp-file-not-found');
      expect(missing).toMatchObject({ stage: 'locale', count: CROWD * 2 });
      expect(result.code).toBe(EXIT_CODES.ok.code);
    } finally {
      await server.stop();
    }
  });
});
