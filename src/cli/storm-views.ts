/** Where a run is shown while it lasts: terminal, Prometheus and page. */
import { startMetricsServer } from '../metrics/server.ts';
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

/**
 * @param exportsPhones whether its metrics are those of the phones as well: agents on other machines export their own
 * @throws BootstormError `address-in-use` or `address-not-local`
 */
export async function openViews(
  live: LiveRun,
  { output: wanted }: RunPlan,
  exportsPhones: boolean,
  give: GiveOrder,
  output: CommandOutput,
): Promise<StormViews> {
  const metrics =
    wanted.metricsPort === null
      ? null
      : await startMetricsServer({
          port: wanted.metricsPort,
          host: wanted.metricsAddress,
          scopes: exportsPhones ? ['agent', 'run'] : ['run'],
          read: () => live.state,
          exporter: () => live.facts,
          run: () => ({ facts: live.facts, progress: live.progress }),
        });
  if (metrics) output.say(`metrics: ${metrics.url}`);
  const page = await openPage(live, wanted.ui, give, output).catch(async (error: unknown) => {
    await metrics?.close();
    throw error;
  });
  const terminal = output.isQuiet ? null : showLive(live, output);
  return {
    runIsOver: () => terminal?.stop(),
    linger: async () => {
      const say = (line: string): void => output.say(line);
      if (metrics !== null) await lingerForScrape(metrics, wanted.metricsLinger, say);
    },
    close: async () => {
      await page?.close();
      await metrics?.close();
    },
  };
}
