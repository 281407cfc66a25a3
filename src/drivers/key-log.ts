import { appendFileSync, chmodSync, writeFileSync } from 'node:fs';

/**
 * A file of the secrets of TLS connections, for Wireshark (NSS key log format, SSLKEYLOGFILE): whoever has it reads what
 * was said in a capture of them. Only its owner may read it.
 */
export function openKeyLog(path: string): (line: Buffer) => void {
  writeFileSync(path, '', { mode: 0o600 });
  // A file that was there keeps its mode otherwise.
  chmodSync(path, 0o600);
  return (line) => appendFileSync(path, line);
}
