/** Where a run is shown while it lasts: terminal, Prometheus and page. */
import { BootstormError } from '../errors.ts';
import type { MetricsServer } from '../metrics/server.ts';
import type { RunPlan } from '../scenario/plan.ts';
import type { CommandOutput } from './command-output.ts';
import { lingerForScrape } from './metrics-linger.ts';
import type { LiveRun } from './live-run.ts';
import { showLive } from './live-view.ts';
import { type GiveOrder, openPage } from './run-page.ts';

export interface StormViews {
  /** The last picture stands; what others read stays until it is closed. */
  runIsOver(): void;
  /** The report is written: Prometheus has some time to read the figures that it has. */
  linger(): Promise<void>;
  close(): Promise<void>;
}

export interface ViewsOptions {
  /** Whether its metrics are those of the phones as well: agents on other machines export their own. */
  readonly exportsPhones: boolean;
  /** Whether the run goes on already: then it goes on without a view that finds no place on this machine. */
  readonly isTakenOver: boolean;
}

/** @throws BootstormError `address-in-use` or `address-not-local`, unless the run goes on already */
export async function openViews(
  live: LiveRun,
  { output: wanted }: RunPlan,
  { exportsPhones, isTakenOver }: ViewsOptions,
  give: GiveOrder,
  output: CommandOutput,
): Promise<StormViews> {
  const orWithout =
    (view: string) =>
    (error: unknown): null => {
      if (!isTakenOver || !(error instanceof BootstormError)) throw error;
      output.warn(`warning: the run goes on without its ${view}: ${error.message}`);
      return null;
    };
  const servers: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    for (const server of servers.toReversed()) await server.close();
  };
  try {
    const metrics = await openMetrics(live, wanted, exportsPhones).catch(orWithout('metrics'));
    if (metrics) {
      servers.push(metrics);
      output.say(`metrics: ${metrics.url}`);
    }
    const page = await openPage(live, wanted.ui, give, output).catch(orWithout('page'));
    if (page) servers.push(page);
    const terminal = output.isQuiet ? null : await showLive(live, output);
    return {
      runIsOver: () => terminal?.stop(),
      linger: async () => {
        const say = (line: string): void => output.say(line);
        if (metrics !== null) await lingerForScrape(metrics, wanted.metricsLinger, say);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openMetrics(
  live: LiveRun,
  { metricsPort: port, metricsAddress: host }: RunPlan['output'],
  exportsPhones: boolean,
): Promise<MetricsServer | null> {
  if (port === null) return null;
  const { startMetricsServer } = await import('../metrics/server.ts');
  return startMetricsServer({
    port,
    host,
    scopes: exportsPhones ? ['agent', 'run'] : ['run'],
    read: () => live.state,
    exporter: () => live.facts,
    run: () => ({ facts: live.facts, progress: live.progress }),
  });
}
