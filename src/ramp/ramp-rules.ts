/** What may be written into the shared schedule, wherever it is kept. Each gives the state after the write. */
import { BootstormError } from '../errors.ts';
import type { RampState, Stop } from './ramp-store.ts';

/** Throws `schedule-conflict`, as all of these do. */
export function published<Plan>(state: RampState<Plan>, plan: Plan): RampState<Plan> {
  if (state.plan !== null) throw conflict('a plan was published already');
  return next(state, { plan });
}

export function armed<Plan>(state: RampState<Plan>, startAtMs: number): RampState<Plan> {
  if (state.plan === null) throw conflict('there is no plan to arm');
  if (state.startAtMs !== null) throw conflict('the run is armed already');
  return next(state, { startAtMs });
}

export function steered<Plan>(state: RampState<Plan>, fromMs: number, slope: number): RampState<Plan> {
  const { steers, startAtMs } = state;
  const last = steers.at(-1)?.fromMs ?? startAtMs;
  if (last === null) throw conflict('the run is not armed');
  if (fromMs <= last) throw conflict('a later part of the schedule was steered already');
  if (!(slope >= 0)) throw conflict(`schedule time cannot run at ${slope}`);
  return next(state, { steers: [...steers, { fromMs, slope }] });
}

/** The same state where the order changes nothing. */
export function stopped<Plan>(state: RampState<Plan>, kind: Stop['kind'], atMs: number): RampState<Plan> {
  const { stop } = state;
  if (stop?.kind === 'now' || stop?.kind === kind) return state;
  return next(state, { stop: { kind, atMs } });
}

export function conflict(reason: string): BootstormError {
  return new BootstormError('schedule-conflict', `the shared schedule cannot be written: ${reason}`);
}

function next<Plan>(state: RampState<Plan>, change: Partial<RampState<Plan>>): RampState<Plan> {
  return { ...state, ...change, version: state.version + 1 };
}
