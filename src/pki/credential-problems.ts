import { X509Certificate } from 'node:crypto';
import type { Credential } from '../protocols/credential.ts';

/** What keeps a phone from using a certificate today. `where` is a file, or a phone's name. */
export function credentialProblems(
  where: string,
  { certificate, privateKey }: Credential,
): readonly string[] {
  const parsed = parsedCertificate(certificate);
  if (parsed === null) return [`${where}: the certificate cannot be read`];
  const problems: string[] = [];
  const now = Date.now();
  if (Date.parse(parsed.validTo) < now)
    problems.push(`${where}: the certificate expired on ${parsed.validTo}`);
  if (Date.parse(parsed.validFrom) > now)
    problems.push(`${where}: the certificate is not valid before ${parsed.validFrom}`);
  if (!parsed.checkPrivateKey(privateKey))
    problems.push(`${where}: the private key does not belong to the certificate`);
  return problems;
}

function parsedCertificate(der: Uint8Array): X509Certificate | null {
  try {
    return new X509Certificate(der);
  } catch {
    return null;
  }
}
