import { tlsProfileOf } from '../phone/boot-settings.ts';
import { deviceName } from '../phone/identity.ts';
import type { PhoneSecrets } from '../phone/phone-environment.ts';
import type { TlsDemand } from '../protocols/tls.ts';
import { expectedSecurity } from '../scenario/expected-security.ts';
import { identityOf, type RunPlan } from '../scenario/plan.ts';

/**
 * What a phone's first connection with TLS will need, as far as it is known before the boot; null: as far as is known it
 * has none. Where nobody has said in which mode it is, one with a certificate is taken to be encrypted.
 */
export function tlsNeedOf(
  plan: RunPlan,
  index: number,
  secrets: PhoneSecrets,
): Pick<TlsDemand, 'profile' | 'credential'> | null {
  const { mac, model } = identityOf(plan, index);
  const said = expectedSecurity(plan, index);
  if (said === 'none') return null;
  const name = deviceName(mac);
  const credential = secrets.credentialOf(name, 'lsc') ?? secrets.credentialOf(name, 'mic');
  if (said === undefined && credential === null) return null;
  return { profile: tlsProfileOf(plan.boot.security, model, said ?? 'encrypted'), credential };
}
