import { spawnSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireProgram } from '../../setup/programs.ts';

/** A private key and its certificate, made by OpenSSL where the certificate is concerned. */
export interface Holder {
  readonly privateKey: KeyObject;
  readonly certificate: X509Certificate;
}

type Files = Readonly<Record<string, Uint8Array | string>>;

/** Runs `openssl` in a folder with these files; what it printed, and its exit code. */
export function openssl(files: Files, args: readonly string[]): { status: number | null; output: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'bootstorm-openssl-'));
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    const { status, stdout, stderr, error } = spawnSync(requireProgram('openssl'), [...args], {
      cwd: folder,
      stdio: 'pipe',
    });
    if (error) throw error;
    return { status, output: status === 0 ? stdout : Buffer.concat([stdout, stderr]) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As `openssl`, and it must succeed. */
export function opensslOutput(files: Files, args: readonly string[]): Buffer {
  const { status, output } = openssl(files, args);
  if (status !== 0) throw new Error(`openssl ${args.join(' ')}: ${output.toString()}`);
  return output;
}

/** A self-signed certificate. `subject` as OpenSSL takes it, `/O=x/CN=y`; `serial` in hex. */
export function holder(subject: string, serial: string, key: KeyObject = rsaKey(1024)): Holder {
  const der = opensslOutput({ 'key.pem': pem(key) }, [
    ...['req', '-x509', '-new', '-key', 'key.pem', '-subj', subject, '-utf8'],
    ...['-set_serial', `0x${serial}`, '-days', '30', '-outform', 'DER'],
  ]);
  return { privateKey: key, certificate: new X509Certificate(der) };
}

export function rsaKey(bits: number): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength: bits }).privateKey;
}

/** An RSA key that OpenSSL's own program made. */
export function opensslRsaKey(bits: number): KeyObject {
  return createPrivateKey(opensslOutput({}, ['genrsa', String(bits)]));
}

export function pem(privateKey: KeyObject): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

export function publicPem({ certificate }: Holder): string {
  return certificate.publicKey.export({ type: 'spki', format: 'pem' }).toString();
}
