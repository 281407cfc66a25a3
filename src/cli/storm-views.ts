/** Where a run is shown while it lasts: terminal and Prometheus. */
import { startMetricsServer } from '../metrics/server.ts';
import type { RunPlan } from '../scenario/plan.ts';
import type { LiveRun } from './live-run.ts';
import { showLive } from './live-view.ts';

export interface StormViews {
  /** The last picture stands; what others read stays until it is closed. */
  runIsOver(): void;
  close(): Promise<void>;
}

/**
 * @param exportsPhones whether its metrics are those of the phones as well: agents on other machines export their own
 * @throws BootstormError `address-in-use` or `address-not-local`
 */
export async function openViews(
  live: LiveRun,
  { output }: RunPlan,
  exportsPhones: boolean,
  out: NodeJS.WriteStream,
): Promise<StormViews> {
  const metrics =
    output.metricsPort === null
      ? null
      : await startMetricsServer({
          port: output.metricsPort,
          host: output.metricsAddress,
          scopes: exportsPhones ? ['agent', 'run'] : ['run'],
          read: () => live.state,
          exporter: () => live.facts,
          run: () => ({ facts: live.facts, progress: live.progress }),
        });
  if (metrics) out.write(`metrics: ${metrics.url}\n`);
  const terminal = output.quiet ? null : showLive(live, out);
  return {
    runIsOver: () => terminal?.stop(),
    close: async () => metrics?.close(),
  };
}
