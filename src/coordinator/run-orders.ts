/** Orders to a run from the process that coordinates it: what `bootstorm steer` does from elsewhere. */
import { monotonicMilliseconds } from '../drivers/clock.ts';
import { BootstormError } from '../errors.ts';
import type { AgentFleet } from './agent-fleet.ts';
import { type ArmedState, setSlope, type Steered, type SteerOrder } from './steer-order.ts';
import type { StormRun } from './storm-run.ts';

/** Gives the order. Throws `run-not-open` where the run takes it no more, or not yet; what the schedule's store throws. */
export async function orderRun(
  run: Pick<StormRun, 'phase' | 'elapsedSeconds' | 'stop'>,
  { store, lead }: Pick<AgentFleet, 'store' | 'lead'>,
  order: SteerOrder,
): Promise<Steered> {
  if (run.phase === 'done') throw notOpen('is over');
  if (order.type === 'rate') {
    return setSlope(store, () => openState(store), monotonicMilliseconds, order.slope);
  }
  const stop = run.phase === 'draining' ? 'now' : 'drain';
  const inSeconds = stop === 'now' ? 0 : lead.stopMs / 1000;
  run.stop('steered');
  return { fromSecond: run.elapsedSeconds + inSeconds, inSeconds, stop };
}

async function openState(store: AgentFleet['store']): Promise<ArmedState> {
  const { startAtMs, ...state } = await store.read();
  if (startAtMs === null) throw notOpen('has not been started yet');
  if (state.stop !== null) throw notOpen('has been ordered to end');
  return { ...state, startAtMs };
}

function notOpen(why: string): BootstormError {
  return new BootstormError('run-not-open', `the run ${why}`, {
    hint: 'the rate is changed between the start of a run and its end',
  });
}
