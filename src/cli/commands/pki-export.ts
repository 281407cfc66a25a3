import type { Command } from 'commander';
import { exportPhones } from '../../pki/export-phones.ts';
import { readAuthorityCertificate } from '../../pki/kept-authority.ts';
import { certificatePem } from '../../pki/pem.ts';
import { writePublicFile } from '../../pki/store-files.ts';
import { trustAdvice } from '../../pki/trust-advice.ts';

interface ExportFlags {
  readonly out?: string;
  readonly phones?: string;
}

/** `bootstorm pki export DIR`: the authority for the cluster, the phones for other programs. */
export function addPkiExportCommand(pki: Command): void {
  pki
    .command('export')
    .description('print the authority for the cluster in PEM, where it goes and how it is removed')
    .argument('<folder>', 'what `bootstorm pki init` made')
    .option('--out <file>', 'write the PEM here, ready for upload, and print the rest')
    .option('--phones <folder>', 'write a file for each phone: certificate, authority, private key')
    .action(exportAuthority);
}

async function exportAuthority(folder: string, { out, phones }: ExportFlags): Promise<void> {
  const authority = await readAuthorityCertificate(folder);
  const pem = certificatePem(authority);
  if (out !== undefined) await writePublicFile(out, pem);
  const text = trustAdvice(authority);
  process.stdout.write(out === undefined ? `${text}\n${pem}` : `${text}\nwritten to ${out}\n`);
  if (phones === undefined) return;
  const count = await exportPhones(folder, phones);
  process.stdout.write(
    `${count.toLocaleString('en')} phones in ${phones}: each file has a private key, for its owner’s eyes only\n`,
  );
}
