import { BootstormError } from '../errors.ts';
import { measureHandshakeCost } from '../lab/handshake-cost.ts';
import type { HandshakeCpu } from '../metrics/run-facts.ts';
import type { RunState } from '../metrics/run-state.ts';
import { TLS_PROFILES } from '../phone/tls-profiles.ts';
import type { RunPlan } from '../scenario/plan.ts';

/**
 * What one handshake of those that the phones did costs this machine, measured after the run so that it takes nothing
 * from it; null where there was none, or where it cannot be measured here.
 */
export async function handshakeCpuOf({ security }: RunState, plan: RunPlan): Promise<HandshakeCpu | null> {
  const { full, resumed } = security.handshakes;
  if (full.count + resumed.count === 0) return null;
  const { registration } = security;
  const level =
    registration.authenticated.count > registration.encrypted.count ? 'authenticated' : 'encrypted';
  const { tlsProfile } = plan.boot.security;
  const profile = TLS_PROFILES[tlsProfile === 'model' ? '79xx' : tlsProfile][level];
  try {
    return await measureHandshakeCost(profile);
  } catch (error) {
    // The run is over and has its result; that this figure is missing stands in the summary.
    if (error instanceof BootstormError) return null;
    throw error;
  }
}
