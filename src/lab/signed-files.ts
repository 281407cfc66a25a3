/**
 * The files of a TFTP server with a certificate: trust lists, and a signed form of every file that is not firmware,
 * beside the unsigned one. Names without regard to case, as in config-files.ts; a signature is over the name as it was
 * asked for.
 *
 *   CTLFile.tlv, CTLSEP<MAC>.tlv    the cluster's CTL, in mixed mode only
 *   ITLFile.tlv, ITLSEP<MAC>.tlv    the ITL of this server (traces of CUCM's TFTP service show it under both names)
 *   <file>.sgn                      a file of config-files.ts, signed
 *   SEP<MAC>.cnf.xml.enc.sgn        the whole configuration, encrypted for a phone whose certificate is known
 *
 * A signature takes about a millisecond: what is the same for all phones is signed once.
 */
import type { KeyObject, X509Certificate } from 'node:crypto';
import { buildEncryptedConfig } from '../protocols/trust/encrypted-config.ts';
import type { FaultKind, LabFault } from '../scenario/lab-faults.ts';
import type { ConfigFiles, FileSource } from './config-files.ts';
import { lyingSeal, sealFor } from './config-sealing.ts';
import type { FileSigner } from './file-signer.ts';
import type { TrustLists } from './trust-list-files.ts';

/** Faults of signatures and encryption. */
export const SIGNATURE_FAULTS = [
  'bad-signature',
  'wrong-signer',
  'wrong-key',
  'hash-mismatch',
] as const satisfies readonly FaultKind[];

export interface SignedFilesFacts {
  readonly plain: ConfigFiles;
  readonly signer: FileSigner;
  /** Whom nobody trusts: for faults. */
  readonly stranger: FileSigner;
  /** By their signer. The CTL is served in mixed mode only. */
  readonly trustLists: (signer: 'own' | 'stranger') => TrustLists;
  readonly servesCtl: boolean;
  /** The certificate for which a device's configuration is encrypted; null: it is not. */
  readonly certificateOf: (deviceName: string) => X509Certificate | null;
}

const TRUST_LIST = /^(CTL|ITL)(?:FILE|SEP[0-9A-F]{12})\.TLV$/;
const SIGNED = /^(.+)\.SGN$/;
const ENCRYPTED = /^(SEP[0-9A-F]{12})\.CNF\.XML\.ENC\.SGN$/;
const PER_PHONE = /^SEP[0-9A-F]{12}\./;
/** Firmware is signed by its maker. */
const FIRMWARE = /\.(?:LOADS|SBN)(?:\.SGN)?$/;

export class SignedFiles implements FileSource {
  readonly #facts: SignedFilesFacts;
  /** By the name that was asked for: files that are the same for all phones. */
  readonly #common = new Map<string, Buffer>();

  constructor(facts: SignedFilesFacts) {
    this.#facts = facts;
  }

  read(fileName: string, fault: LabFault | null): Buffer | null {
    const name = fileName.toUpperCase();
    const [, list] = TRUST_LIST.exec(name) ?? [];
    if (list !== undefined) return this.#trustList(list === 'CTL' ? 'ctl' : 'itl', fault);
    const [, device] = ENCRYPTED.exec(name) ?? [];
    if (device !== undefined) return this.#encrypted(device, fileName, fault);
    if (!SIGNED.test(name) || FIRMWARE.test(name)) return this.#facts.plain.read(fileName, fault);
    return this.#signed(fileName, !PER_PHONE.test(name), fault);
  }

  #trustList(list: keyof TrustLists, fault: LabFault | null): Buffer | null {
    if (list === 'ctl' && !this.#facts.servesCtl) return null;
    const files = this.#facts.trustLists(fault?.kind === 'wrong-signer' ? 'stranger' : 'own');
    return spoilt(files[list], fault);
  }

  #signed(fileName: string, isCommon: boolean, fault: LabFault | null): Buffer | null {
    if (fault === null && isCommon) {
      const known = this.#common.get(fileName);
      if (known !== undefined) return known;
    }
    const content = this.#facts.plain.read(fileName.slice(0, -'.sgn'.length), fault);
    if (content === null) return null;
    const file = this.#signerFor(fault).sign(fileName, content);
    if (fault === null && isCommon) this.#common.set(fileName, file);
    return spoilt(file, fault);
  }

  #encrypted(device: string, fileName: string, fault: LabFault | null): Buffer | null {
    const certificate = this.#facts.certificateOf(device);
    if (certificate === null) return null;
    const content = this.#facts.plain.readWhole(device, fault);
    if (content === null) return null;
    const signer = this.#signerFor(fault);
    const seal = sealFor(this.#readerKey(certificate, fault));
    const header = { ...signer.header(fileName), plaintextDigest: signer.digest };
    const sealed = fault?.kind === 'hash-mismatch' ? lyingSeal(seal) : seal;
    return spoilt(buildEncryptedConfig(header, content, sealed, signer.privateKey), fault);
  }

  #readerKey({ publicKey }: X509Certificate, fault: LabFault | null): KeyObject {
    return fault?.kind === 'wrong-key' ? this.#facts.stranger.certificate.publicKey : publicKey;
  }

  #signerFor(fault: LabFault | null): FileSigner {
    return fault?.kind === 'wrong-signer' ? this.#facts.stranger : this.#facts.signer;
  }
}

/** A file whose last byte is not the one that was signed. */
function spoilt(file: Buffer, fault: LabFault | null): Buffer {
  if (fault?.kind !== 'bad-signature') return file;
  const copy = Buffer.from(file);
  const last = copy.length - 1;
  copy[last] = (copy[last] ?? 0) ^ 1;
  return copy;
}
