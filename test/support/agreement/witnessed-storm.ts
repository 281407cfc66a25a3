/** A storm on the lab that is watched: dumpcap takes its packets, a Prometheus scrapes its metrics, a reader has its page. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PageState } from '../../../src/page/page-state.ts';
import type { RunSummary } from '../../../src/report/summary-schema.ts';
import { type FinishedStorm, endOfStorm, startStorm } from '../bootstorm-command.ts';
import { freePort } from '../free-port.ts';
import { startCapture } from '../interop/capture.ts';
import { freeUdpPort, ownLoopbackAddress } from '../interop/loopback.ts';
import { Prometheus } from '../prometheus.ts';
import { type DashboardPage, dashboardPages } from '../../screenshots/dashboard-page.ts';
import { countWire, type WireCounts } from './wire-counts.ts';

export interface WitnessedStorm {
  readonly storm: FinishedStorm;
  /** `report.html`. */
  readonly html: string;
  /** What its live page showed at last. */
  readonly page: PageState;
  /** What Prometheus had at last, summed up over the series that a selector chooses, by selector. */
  readonly totals: ReadonlyMap<string, number>;
  /** The longest time for which an event loop of the run stood still, as it measured itself, ms. */
  readonly lagMs: number;
  readonly wire: WireCounts;
  /** The dashboards with what Prometheus had of the run. */
  readonly dashboards: readonly DashboardPage[];
}

const LAB_PORTS = { dhcp: 6767, dns: 6753, tftp: 6969, sccp: 2000 } as const;

/** The longest that a storm and its captors may take to be given up, of whoever says nothing else. */
const LIMIT_MS = 240_000;
/** The last scrape is of the final figures. */
const LINGER = '2m';
/** How often a worker looks at its event loop. */
const LAG_PROBE_MS = 20;
/** Of the kernel, for packets that dumpcap has not written yet. */
const CAPTURE_BUFFER_MEBIBYTES = 256;

/**
 * Needs root.
 * @param scenarioFor the scenario whose lab has this address and these ports
 * @param selectors what to ask Prometheus for
 * @throws Error when the capture is not complete
 */
export async function witnessStorm(
  scenarioFor: (lab: { readonly address: string; readonly ports: object }) => object,
  selectors: readonly string[],
  timeoutMs = LIMIT_MS,
): Promise<WitnessedStorm> {
  const [address, dhcpReply, metricsPort] = [ownLoopbackAddress(), await freeUdpPort(), await freePort()];
  const folder = mkdtempSync(join(tmpdir(), 'bootstorm-agreement-'));
  const file = join(folder, 'storm.pcapng');
  const scenario = JSON.stringify(scenarioFor({ address, ports: { ...LAB_PORTS, dhcpReply } }));
  const begin = Date.now() / 1000;
  const captured = async (): Promise<Pick<WitnessedStorm, 'storm' | 'page'>> => {
    const capture = await startCapture({
      filter: `host ${address}`,
      file,
      bufferMebibytes: CAPTURE_BUFFER_MEBIBYTES,
    });
    const storm = startStorm(
      scenario,
      ['--metrics-port', String(metricsPort), '--metrics-linger', LINGER, '--ui', String(await freePort())],
      {
        timeoutMs,
      },
    );
    const [, url = ''] = await storm.printed(/page: (http:\S+)#/);
    const ended = async (): Promise<FinishedStorm> => {
      try {
        return await endOfStorm(storm);
      } finally {
        await capture.stop();
      }
    };
    const [finished, page] = await Promise.all([ended(), lastPageState(url)]);
    return { storm: finished, page };
  };
  const [prometheus, { storm, page }] = await Promise.all([
    Prometheus.start({ targets: [`127.0.0.1:${metricsPort}`], isShared: true }),
    captured(),
  ]);
  const end = Date.now() / 1000;
  try {
    const totals = await Promise.all(
      selectors.map(async (selector) => [selector, await totalOf(prometheus, selector)] as const),
    );
    const ports = {
      sccp: [LAB_PORTS.sccp, LAB_PORTS.sccp + 1],
      tftp: [LAB_PORTS.tftp],
      dhcp: [LAB_PORTS.dhcp, dhcpReply],
      dns: [LAB_PORTS.dns],
    };
    return {
      storm,
      page,
      html: reportOf(storm),
      totals: new Map(totals),
      lagMs: lagOf(storm.summary),
      wire: await countWire(file, address, ports),
      dashboards: await dashboardPages(prometheus, { start: begin, end, step: 1, interval: 1 }),
    };
  } finally {
    await prometheus.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A stop that falls between two of a worker's looks at its loop is as long as their distance at most. */
function lagOf({ generator }: RunSummary): number {
  return generator.longestBlockSeconds * 1000 + LAG_PROBE_MS;
}

/** The stream of states ends with the last one (Server-Sent Events: `data: ` and JSON). */
async function lastPageState(url: string): Promise<PageState> {
  const response = await fetch(new URL('events', url));
  const states = (await response.text()).split('\n').filter((line) => line.startsWith('data: '));
  return JSON.parse(states.at(-1)?.slice('data: '.length) ?? 'null') as PageState;
}

async function totalOf(prometheus: Prometheus, selector: string): Promise<number> {
  const values = await prometheus.last(selector);
  return [...values.values()].reduce((sum, value) => sum + value, 0);
}

function reportOf({ folder }: FinishedStorm): string {
  const results = join(folder, 'bootstorm-results');
  const [run = ''] = readdirSync(results);
  return readFileSync(join(results, run, 'report.html'), 'utf8');
}
