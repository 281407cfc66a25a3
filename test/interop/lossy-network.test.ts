/**
 * Phones on a bad network: datagrams and segments of the kernel's own TCP are lost and late in both directions, and
 * every phone is in service in the end. Settings are shortened, and the kernel's thin streams back off linearly.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { type FinishedStorm, ledgerSum, runStorm } from '../support/bootstorm-command.ts';
import { type LinkCounts, startLossyLink } from '../support/interop/lossy-link.ts';
import { createNamespace, type Namespace } from '../support/interop/namespace.ts';

const PHONES = 20;
const DELAY_MS = 50;
const NETWORKS = [
  { loss: 0.05, files: {} },
  { loss: 0.2, files: { localeJars: { '7961G': 'absent.jar' } } },
] as const;
const LIMIT_MS = 300_000;
const ADDRESSES = { phones: '127.16.0.0/12', cluster: '127.200.0.0/16' } as const;

/** @param files how files come: over the worst network without the dictionary, whose 115 blocks take most of a minute there */
const scenario = (files: object): string =>
  JSON.stringify({
    name: 'lossy network',
    phones: {
      generate: { count: PHONES },
      flash: 'factory',
      restartPause: '0.2s..0.5s',
      reconnectPause: '0.1s..0.3s',
    },
    skip: ['power', 'image', 'vlan'],
    target: {
      dhcp: {
        backoffSeconds: [0.3, 0.6, 1.2, 2],
        jitterSeconds: 0.05,
        relayAddresses: '127.17.0.1-127.17.0.8',
      },
      dns: { timeoutSeconds: '0.3s', attempts: 8 },
      tftp: { timeoutSeconds: '0.3s', requestAttempts: 8, blockAttempts: 10 },
      files,
      sccp: {
        connectTimeoutSeconds: '5s',
        registerTimeoutSeconds: '5s',
        answerTimeoutSeconds: '5s',
        unregisterTimeoutSeconds: '1s',
      },
    },
    lab: {
      address: '127.200.0.1',
      leasePool: '127.16.0.0/16',
      configBytes: 0,
      tftpRepeatSeconds: 0.3,
    },
    hold: '0.5s',
    maxDuration: '4m',
    drain: { perSecond: 100 },
    output: { quiet: true },
  });

interface LossyRun {
  readonly loss: number;
  readonly storm: FinishedStorm;
  readonly link: LinkCounts;
  /** /proc/net/snmp of the namespace. */
  readonly tcp: ReadonlyMap<string, number>;
}

const namespaces: Namespace[] = [];
let runs: readonly LossyRun[];

beforeAll(async () => {
  // Most of the time goes by in waiting: both storms at once.
  runs = await Promise.all(NETWORKS.map(lossyRun));
}, LIMIT_MS);

afterAll(() => Promise.all(namespaces.map((namespace) => namespace.remove())));

async function lossyRun({ loss, files }: (typeof NETWORKS)[number]): Promise<LossyRun> {
  const namespace = await createNamespace();
  namespaces.push(namespace);
  await namespace.run('sh', ['-c', 'echo 1 > /proc/sys/net/ipv4/tcp_thin_linear_timeouts']);
  const link = await startLossyLink({ namespace, ...ADDRESSES, loss, delayMs: DELAY_MS });
  const under = namespace.command(['env']);
  const storm = await runStorm(scenario(files), [], { under, timeoutMs: LIMIT_MS });
  const { stdout } = await namespace.run('cat', ['/proc/net/snmp']);
  return { loss, storm, link: await link.stop(), tcp: counters('Tcp', stdout) };
}

/** A line of names and a line of values, each after `protocol:`. */
function counters(protocol: string, snmp: string): Map<string, number> {
  const [names = [], values = []] = snmp
    .split('\n')
    .filter((line) => line.startsWith(`${protocol}: `))
    .map((line) => line.split(' ').slice(1));
  return new Map(names.map((name, i) => [name, Number(values[i])]));
}

describe.each(NETWORKS.map(({ loss }, index) => ({ loss, index, percent: loss * 100 })))(
  'a network that loses $percent % in each direction',
  ({ loss, index }) => {
    const run = (): LossyRun => runs[index] as LossyRun;

    test('has every phone in service in the end', () => {
      const { storm } = run();
      expect(storm.summary.phones).toMatchObject({ asked: PHONES, registered: PHONES, ready: PHONES });
      expect(ledgerSum(storm.summary)).toBe(PHONES);
      expect(storm.code).toBe(EXIT_CODES.ok.code);
    });

    test('was between the phones and the cluster, and did lose that share', () => {
      const { carried, lost } = run().link;
      // DHCP takes four packets, the trust lists six, the configuration more, a registration dozens.
      expect(carried).toBeGreaterThan(PHONES * 40);
      expect(lost / (carried + lost)).toBeGreaterThan(loss / 2);
      expect(lost / (carried + lost)).toBeLessThan(loss * 1.5);
    });

    test('made phones send again, and the kernel as well', () => {
      const { storm, tcp } = run();
      const { dhcp, tftp } = storm.summary.retransmissions;
      expect(dhcp).toBeGreaterThan(0);
      expect(tftp).toBeGreaterThan(0);
      expect(tcp.get('RetransSegs')).toBeGreaterThan(0);
    });
  },
);
