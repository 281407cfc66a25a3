import { monotonicMilliseconds } from '../drivers/clock.ts';
import { onEndingSignal } from '../drivers/ending-signals.ts';
import { describeLab } from '../lab/describe.ts';
import { startLab } from '../lab/lab-cluster.ts';
import { compilePlan, settleLab } from '../scenario/compile.ts';
import { scenarioOf } from './scenario-options.ts';

/** Ports of a lab that is started by itself: easy to remember, and free for somebody who is not root. */
const FIXED_PORTS = {
  dhcp: 6767,
  dhcpReply: 6768,
  dns: 6753,
  tftp: 6969,
  sccp: 2000,
  securedSccp: 2443,
  capf: 3804,
  tvs: 2445,
} as const;

/** The lab by itself, until Ctrl-C. */
export async function runLab(file: string | undefined, flags: Record<string, unknown>): Promise<void> {
  const { scenario, ...rest } = scenarioOf(file, flags);
  const plan = compilePlan({ ...rest, scenario: { ...scenario, target: { ...scenario.target, lab: true } } });
  const ports = { ...scenario.lab.ports };
  for (const [name, port] of Object.entries(FIXED_PORTS)) {
    ports[name as keyof typeof ports] ||= port;
  }
  const settings = { ...settleLab(scenario), ports };
  const lab = await startLab(settings, plan);
  lab.onEvent(({ what }) => process.stdout.write(`${new Date().toISOString()} ${what}\n`));
  // Without a run there is no armed instant, and no hold: events from there do not happen.
  lab.announce('start', monotonicMilliseconds());
  process.stdout.write(`${describeLab(lab.endpoints, settings)}\n`);
  const failed = new Promise<Error>((resolve) => lab.onFailure(resolve));
  const signalled = new Promise<null>((resolve) => void onEndingSignal(() => resolve(null)));
  const failure = await Promise.race([failed, signalled]);
  await lab.stop();
  if (failure) throw failure;
}
