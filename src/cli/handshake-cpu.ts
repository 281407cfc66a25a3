import { BootstormError } from '../errors.ts';
import { measureHandshakeCost } from '../lab/handshake-cost.ts';
import type { HandshakeCpu } from '../metrics/run-facts.ts';
import type { RunState } from '../metrics/run-state.ts';
import { tlsProfileOf } from '../phone/boot-settings.ts';
import { identityOf, type RunPlan } from '../scenario/plan.ts';

/**
 * What one handshake costs this machine, as the first phone's model does it in the mode that most were in. Measured after
 * the run so that it takes nothing from it; null where there was none, or where it cannot be measured here.
 */
export async function handshakeCpuOf({ security }: RunState, plan: RunPlan): Promise<HandshakeCpu | null> {
  const { full, resumed } = security.handshakes;
  if (full.count + resumed.count === 0) return null;
  const { registration } = security;
  const level =
    registration.authenticated.count > registration.encrypted.count ? 'authenticated' : 'encrypted';
  try {
    return await measureHandshakeCost(tlsProfileOf(plan.boot.security, identityOf(plan, 0).model, level));
  } catch (error) {
    // The run is over and has its result; that this figure is missing stands in the summary.
    if (error instanceof BootstormError) return null;
    throw error;
  }
}
