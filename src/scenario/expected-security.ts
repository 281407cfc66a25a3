import { SECURITY_LEVELS, type SecurityLevel } from '../phone/boot-event.ts';
import { type RunPlan, securityOf } from './plan.ts';

/**
 * How a phone's registration is to be protected, as far as it is known before its configuration file has come: by the
 * database of the lab, or by what an inventory says of a cluster; undefined: nobody has said.
 */
export function expectedSecurity({ target, phones }: RunPlan, index: number): SecurityLevel | undefined {
  const said = securityOf(phones, index);
  if (target.type === 'named') return said;
  const { mode, deviceSecurityMode } = target.settings.security;
  return mode === 'mixed' ? (said ?? deviceSecurityMode) : 'none';
}

/** Phones by `expectedSecurity`, and those of which nothing is known. */
export function expectedLevels(plan: RunPlan): Record<SecurityLevel | 'unsaid', number> {
  const counts = { none: 0, authenticated: 0, encrypted: 0, unsaid: 0 } satisfies Record<
    SecurityLevel | 'unsaid',
    number
  >;
  for (let index = 0; index < plan.phoneCount; index++) counts[expectedSecurity(plan, index) ?? 'unsaid']++;
  return counts;
}

/** Phones that are to be secured. */
export function expectedSecured(plan: RunPlan): number {
  const counts = expectedLevels(plan);
  return SECURITY_LEVELS.reduce((sum, level) => sum + (level === 'none' ? 0 : counts[level]), 0);
}
