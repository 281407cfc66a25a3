import { createPublicKey, hash, type KeyObject, X509Certificate } from 'node:crypto';
import { unlessRefused } from '../openssl-refusal.ts';
import { answer, DONE, fail, REFUSED } from './client-answers.ts';
import type { CapfClient, CapfEffects, CapfKeyKind } from './client-contract.ts';
import {
  CAPF_CERTIFICATE_TYPES,
  CAPF_CURVE_BITS,
  CAPF_KEY_TYPES,
  CAPF_REASONS,
  type CapfElements,
} from './message.ts';

/*
 * What the server of a session can have the phone do with its certificate: the rows of the table of `client.ts` that
 * begin with serving, generating and storing.
 */

export function onKeyGenReq(machine: CapfClient, elements: CapfElements, out: CapfEffects): void {
  if (!machine.config.mayChange) return forbid(machine, out);
  const wanted = wantedKey(elements);
  const key = wanted === null ? null : machine.config.newKey(wanted.kind, wanted.bits);
  if (key === null) {
    answer(machine, 'KeyGenRes', REFUSED, out);
    const detail = wanted === null ? 'a kind of key that is not known' : `${wanted.kind} ${wanted.bits}`;
    return fail(machine, 'no-key', { detail }, out);
  }
  machine.state = 'generating';
  machine.newKey = key;
  answer(machine, 'RequestInProgress', {}, out);
  out.clearTimer('answer');
  out.setTimer('key', machine.config.keyTimeMs);
}

function wantedKey({ keyType, keySize, curve }: CapfElements): { kind: CapfKeyKind; bits: number } | null {
  if (keyType === CAPF_KEY_TYPES.rsa && keySize !== undefined) return { kind: 'rsa', bits: keySize };
  const bits = keyType === CAPF_KEY_TYPES.ec ? CAPF_CURVE_BITS[curve ?? -1] : undefined;
  return bits === undefined ? null : { kind: 'ec', bits };
}

export function onKeyTime(machine: CapfClient, out: CapfEffects): void {
  if (machine.state !== 'generating' || machine.newKey === null) return;
  machine.state = 'storing';
  answer(machine, 'KeyGenRes', { publicKey: spkiOf(createPublicKey(machine.newKey)) }, out);
  out.setTimer('answer', machine.config.timeoutMs);
}

export function onStoreCertReq(machine: CapfClient, { certificate }: CapfElements, out: CapfEffects): void {
  const { newKey } = machine;
  const der = newKey === null ? null : certificateOf(newKey, certificate?.der ?? null);
  if (newKey === null || der === null) {
    answer(machine, 'StoreCertRes', REFUSED, out);
    return fail(machine, 'malformed', { detail: 'StoreCertReq without a certificate of the new key' }, out);
  }
  const credential = {
    origin: 'lsc',
    certificate: der,
    digest: hash('sha256', der),
    privateKey: newKey,
  } as const;
  machine.state = 'serving';
  machine.newKey = null;
  machine.lsc = credential;
  machine.achieved = { outcome: 'installed', credential };
  answer(machine, 'StoreCertRes', DONE, out);
}

/** The bytes, in memory of their own, where they are one X.509 certificate of this key and nothing else. */
function certificateOf(key: KeyObject, bytes: Uint8Array | null): Uint8Array | null {
  if (bytes === null) return null;
  const certificate = unlessRefused(() => new X509Certificate(bytes));
  // Node takes PEM as well, and bytes behind the end.
  if (certificate === null || !certificate.raw.equals(bytes)) return null;
  const certified = unlessRefused(() => certificate.publicKey);
  const isOfKey = certified !== null && spkiOf(certified).equals(spkiOf(createPublicKey(key)));
  return isOfKey ? certificate.raw : null;
}

export function onFetchCertReq(
  machine: CapfClient,
  { certificateType = CAPF_CERTIFICATE_TYPES.lsc }: CapfElements,
  out: CapfEffects,
): void {
  const isMic = certificateType === CAPF_CERTIFICATE_TYPES.mic;
  const wanted = isMic ? machine.mic : machine.lsc;
  if (wanted === null) return lack(machine, 'FetchCertRes', isMic ? 'MIC' : 'LSC', out);
  machine.achieved = { outcome: 'fetched' };
  answer(
    machine,
    'FetchCertRes',
    { ...DONE, certificate: { type: certificateType, der: wanted.certificate } },
    out,
  );
}

export function onDeleteCertReq(machine: CapfClient, out: CapfEffects): void {
  if (!machine.config.mayChange) return forbid(machine, out);
  if (machine.lsc === null) return lack(machine, 'DeleteCertRes', 'LSC', out);
  machine.lsc = null;
  machine.achieved = { outcome: 'deleted' };
  answer(machine, 'DeleteCertRes', DONE, out);
}

/** The session goes on: `capfd` ends it in order. */
function lack(
  machine: CapfClient,
  command: 'FetchCertRes' | 'DeleteCertRes',
  what: string,
  out: CapfEffects,
): void {
  machine.achieved = { outcome: 'failed', cause: 'no-certificate', detail: `the phone has no ${what}` };
  answer(machine, command, REFUSED, out);
}

/** Inference: the protocol has this word for it, and no source says who uses it when. Its answer is not waited for. */
function forbid(machine: CapfClient, out: CapfEffects): void {
  answer(machine, 'AbortReq', { reason: CAPF_REASONS.none }, out);
  fail(machine, 'change-forbidden', {}, out);
}

/** SubjectPublicKeyInfo, DER. */
function spkiOf(publicKey: KeyObject): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' });
}
