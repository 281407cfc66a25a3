/** OpenSSL's command, which shares no code with us: the judge of what we make, and the maker of what we read. */
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { certificatePem } from '../../src/pki/pem.ts';
import { requireProgram } from '../setup/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

export function openssl(...args: readonly string[]): string {
  return execFileSync(requireProgram('openssl'), [...args], { encoding: 'utf8', stdio: 'pipe' });
}

/** `openssl x509 -text` of a certificate. */
export function certificateText(der: Uint8Array): string {
  const file = join(temporaryFolder({}), 'certificate.der');
  writeFileSync(file, der);
  return openssl('x509', '-inform', 'der', '-in', file, '-noout', '-text');
}

/** What `openssl verify` says, strictly by RFC 5280: "OK", or its reason. */
export function verdict(certificate: Uint8Array, authority: Uint8Array, purpose: string): string {
  const folder = temporaryFolder({
    'ca.pem': certificatePem(authority),
    'certificate.pem': certificatePem(certificate),
  });
  const args = ['verify', '-x509_strict', '-purpose', purpose, '-CAfile', 'ca.pem', 'certificate.pem'];
  const { stdout, stderr } = spawnSync(requireProgram('openssl'), args, { cwd: folder, encoding: 'utf8' });
  return (
    /: (OK)$|lookup: (.+)$/m
      .exec(stdout + stderr)
      ?.slice(1)
      .find(Boolean) ?? stdout + stderr
  );
}
