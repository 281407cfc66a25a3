import type { CredentialOrigin } from '../protocols/credential.ts';
import { TRUST_ROLES, type TrustRecord } from '../protocols/trust/trust-record.ts';
import type { SecurityLevel } from './boot-event.ts';
import { PHONE_MODELS } from './models.ts';
import type { Phone } from './phone.ts';

/** What a phone does about step 8 of its start-up. */
export type SecurityDecision =
  | { readonly connect: 'clear' }
  | { readonly connect: 'tls'; readonly level: Exclude<SecurityLevel, 'none'> }
  /** Not yet: the trust lists once more. */
  | { readonly connect: 'wait' };

export interface SecurityQuestion {
  /** Of the configuration: `deviceSecurityMode`; XMLDefault.cnf.xml has none. */
  readonly mode: SecurityLevel;
  /** Of all trust lists that the phone holds. */
  readonly records: readonly TrustRecord[];
  /** The best certificate that the phone has. */
  readonly credential: CredentialOrigin | null;
  /** Boots that found no usable list, this one among them. */
  readonly attempts: number;
  /** Null: for ever. */
  readonly mostAttempts: number | null;
  readonly needsLsc: boolean;
}

/**
 * How a phone connects to CallManager.
 *
 * | mode          | CallManager record | LSC, where needed | attempts | decision                                 |
 * |---------------|--------------------|-------------------|----------|------------------------------------------|
 * | none          | any                | any               | any      | clear                                    |
 * | authenticated | yes                | yes               | any      | tls                                      |
 * | encrypted     | yes                | yes               | any      | tls                                      |
 * | either        | yes                | no                | any      | clear                                    |
 * | either        | no                 | any               | left     | wait: `trust-list-missing`, stage ctl    |
 * | either        | no                 | any               | used up  | clear                                    |
 *
 * A CallManager record has the role CCM or CCM+TFTP and something to compare a server's certificate with. A phone
 * without any certificate connects all the same: what comes of it is the server's decision.
 *
 * Source: Administration Guide of the 7961G (OL-6966): TLS where the mode is authenticated or encrypted and the CTL has
 * a CallManager certificate, else TCP; that without a list the phone tries on, four times by later guides. What comes
 * after the four is inference from the first rule.
 */
export function decideSecurity(question: SecurityQuestion): SecurityDecision {
  const { mode, records, credential, attempts, mostAttempts, needsLsc } = question;
  if (mode === 'none') return CLEAR;
  if (records.some(isCallManager)) {
    return needsLsc && credential !== 'lsc' ? CLEAR : { connect: 'tls', level: mode };
  }
  return mostAttempts === null || attempts < mostAttempts ? { connect: 'wait' } : CLEAR;
}

const CLEAR: SecurityDecision = { connect: 'clear' };

export const CALL_MANAGER_ROLES: readonly number[] = [
  TRUST_ROLES.callManager,
  TRUST_ROLES.callManagerAndTftp,
];

function isCallManager({ role, certificate, publicKey, certificateHash }: TrustRecord): boolean {
  return (
    CALL_MANAGER_ROLES.includes(role) &&
    (certificate !== null || publicKey !== null || certificateHash !== null)
  );
}

/** Whether the configuration asks for security, and no trust list has a CallManager. */
export function lacksTrustList(phone: Phone): boolean {
  return modeOf(phone) !== 'none' && !phone.flash.trust.records.some(isCallManager);
}

/** The decision for a phone that has read its configuration. */
export function securityOf(phone: Phone): SecurityDecision {
  const { environment, flash, identity, trustListTries, mic } = phone;
  const { trustListAttempts, needsLsc } = environment.settings.security;
  return decideSecurity({
    mode: modeOf(phone),
    records: flash.trust.records,
    credential: (flash.lsc ?? mic)?.origin ?? null,
    attempts: trustListTries,
    mostAttempts:
      trustListAttempts === 'model' ? PHONE_MODELS[identity.model].trustListAttempts : trustListAttempts,
    needsLsc,
  });
}

const MODES = { 0: 'none', 1: 'none', 2: 'authenticated', 3: 'encrypted' } as const;

function modeOf({ config }: Phone): SecurityLevel {
  return config !== null && 'deviceSecurityMode' in config ? MODES[config.deviceSecurityMode] : 'none';
}
