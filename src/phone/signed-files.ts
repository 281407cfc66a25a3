/**
 * Files with a signature in front: which ones a phone asks for, and what it makes of them.
 *
 * As soon as its trust lists have a certificate for the TFTP server, a phone asks for `.sgn` with every file that is no
 * firmware part, and for nothing else any more (usecallmanager.nz, "Device security"; start-up of an 8861 and a 7821).
 * How a record is matched with the server is inference, a setting: by its role alone (phones that were moved to another
 * cluster with the ITL of the old one ask for `.sgn` too, and refuse what they get), or by its address or name as well.
 */
import { MAX_ENCRYPTED_CONFIG_BYTES, parseEncryptedConfig } from '../protocols/trust/encrypted-config.ts';
import { checkSignature } from '../protocols/trust/acceptance.ts';
import { parseSignedConfig } from '../protocols/trust/signed-config.ts';
import type { SignedFile } from '../protocols/trust/signed-file.ts';
import { TRUST_ROLES, type TrustRecord } from '../protocols/trust/trust-record.ts';
import { DecodeError } from '../wire/decode-error.ts';
import type { FailureCause } from './failure-causes.ts';
import { knownAddress } from './name-resolution.ts';
import type { Phone } from './phone.ts';
import type { TrustFile } from './trust-store.ts';
import type { TvsVerdict } from './secure-link.ts';

/** `<file>.sgn`, `<file>.enc.sgn`: encrypted for the certificate of the phone. */
const SIGNED = '.sgn';
const ENCRYPTED = '.enc.sgn';

/** Header, signature and padding of a signed file: what it may have beyond the size of the file in it. */
export const SIGNATURE_BYTES = MAX_ENCRYPTED_CONFIG_BYTES - 2048 * 1024;

/** Whether the phone asks the current TFTP server for signed files. */
export function wantsSigned(phone: Phone): boolean {
  const { flash, environment, tftpServers, tftpServer } = phone;
  const { tftpRecords } = environment.settings.security;
  const host = tftpServers[tftpServer]?.host;
  return flash.trust.records.some(
    (record) =>
      isTftpServer(record) &&
      (tftpRecords === 'role' || record.ipv4 === host || nameIs(phone, record.dnsName, host)),
  );
}

/** A record without a key is that of a cluster that is not secure. */
function isTftpServer({ role, certificate, publicKey }: TrustRecord): boolean {
  return TFTP_ROLES.includes(role) && (certificate !== null || publicKey !== null);
}

function nameIs(phone: Phone, name: string | null, host: string | undefined): boolean {
  return name !== null && name !== '' && (name === host || knownAddress(phone, name) === host);
}

/** The name under which the phone asks for `fileName`. */
export function askedName(phone: Phone, fileName: string): string {
  return wantsSigned(phone) ? fileName + SIGNED : fileName;
}

export function encryptedName(fileName: string): string {
  return fileName + ENCRYPTED;
}

/** What a file that was asked for by this name is to be. */
export function formOf(askedFor: string): 'plain' | 'signed' | 'encrypted' {
  if (askedFor.endsWith(ENCRYPTED)) return 'encrypted';
  return askedFor.endsWith(SIGNED) ? 'signed' : 'plain';
}

/** The name without what says its form. */
export function plainName(askedFor: string): string {
  return askedFor.replace(/(?:\.enc)?\.sgn$/, '');
}

/** A file whose signer TVS is asked about. */
export type HeldBack =
  | { readonly kind: 'trustList'; readonly file: TrustFile }
  | { readonly kind: 'signed'; readonly file: SignedFile };

export type OpenedFile =
  | { readonly outcome: 'genuine'; readonly file: SignedFile }
  /** The signature is good, and the signer is none of the TFTP server: whether TVS vouches for its certificate. */
  | { readonly outcome: 'ask-tvs'; readonly file: SignedFile; readonly certificate: Uint8Array }
  | { readonly outcome: 'refused'; readonly cause: FailureCause; readonly detail: string };

/**
 * Takes a signed file apart and checks its signature against the phone's trust lists. TVS answers questions about
 * certificates, and a file only names the signer's: it can be asked where the lists have that certificate, in whatever
 * role (inference). Never throws, whatever the file.
 *
 * @param shared many phones have this file: its signature is checked once for all of them
 */
export function openSigned(
  { flash, environment }: Phone,
  content: Uint8Array,
  form: 'signed' | 'encrypted',
  shared: boolean,
): OpenedFile {
  const file = parse(content, form);
  if ('detail' in file) return { outcome: 'refused', cause: 'signed-file-malformed', detail: file.detail };
  const { trust } = flash;
  const check = shared
    ? environment.trust.checkShared(trust, content, file)
    : environment.trust.checkOnce(trust, file);
  switch (check.outcome) {
    case 'valid':
      return { outcome: 'genuine', file };
    case 'bad-signature':
      return { outcome: 'refused', cause: 'signature-invalid', detail: signerOf(file) };
    case 'unknown-signer':
      return openByStranger(file, trust.records);
    default:
      return check satisfies never;
  }
}

const ANY_ROLE: readonly number[] = Object.values(TRUST_ROLES);

function openByStranger(file: SignedFile, records: readonly TrustRecord[]): OpenedFile {
  const check = checkSignature(file, records, ANY_ROLE);
  if (check.outcome === 'bad-signature') {
    return { outcome: 'refused', cause: 'signature-invalid', detail: signerOf(file) };
  }
  const certificate = check.outcome === 'valid' ? check.signer.certificate : null;
  if (certificate !== null) return { outcome: 'ask-tvs', file, certificate };
  return { outcome: 'refused', cause: 'signer-unknown', detail: signerOf(file) };
}

/** Why a file is not taken whose signer TVS was asked about; null: it is. That an answer without roles is good for any is inference. */
export function causeOfVerdict(verdict: TvsVerdict): FailureCause | null {
  switch (verdict.outcome) {
    case 'valid':
      return verdict.roles.length === 0 || verdict.roles.some((role) => TFTP_ROLES.includes(role))
        ? null
        : 'signer-unknown';
    case 'invalid':
      return 'signer-unknown';
    case 'unreachable':
      return 'tvs-unreachable';
    default:
      return verdict satisfies never;
  }
}

const TFTP_ROLES: readonly number[] = [TRUST_ROLES.tftp, TRUST_ROLES.callManagerAndTftp];

function parse(content: Uint8Array, form: 'signed' | 'encrypted'): SignedFile | { readonly detail: string } {
  try {
    return form === 'signed' ? parseSignedConfig(content) : parseEncryptedConfig(content);
  } catch (error) {
    if (error instanceof DecodeError) return { detail: error.message };
    throw error;
  }
}

/** Names come out of hostile files too: not more of them than a line takes. */
function signerOf({ header: { signer } }: SignedFile): string {
  return `signed by ${signer.name.slice(0, 80)}, serial number ${signer.serial.slice(0, 40)}`;
}
