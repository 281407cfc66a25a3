import { X509Certificate } from 'node:crypto';
import type { Command } from 'commander';
import { BootstormError, problemList } from '../../errors.ts';
import { initialiseAuthority } from '../../pki/kept-authority.ts';
import { wholeNumber } from '../flag-values.ts';

interface InitFlags {
  readonly name?: string;
  readonly days: string;
}

/** X.520: a common name has 64 characters at most. */
const LONGEST_NAME = 64;
const MOST_DAYS = 3650;

/** `bootstorm pki init DIR`: a lab authority. */
export function addPkiInitCommand(pki: Command): void {
  pki
    .command('init')
    .description('make a lab authority in a new folder')
    .argument('<folder>', 'where to: must not be there yet, or be empty')
    .option('--name <name>', 'its common name; default: one that no other has')
    .option('--days <days>', 'until it expires, and all its certificates with it', '30')
    .action(init);
}

async function init(folder: string, { name, days: text }: InitFlags): Promise<void> {
  const problems: string[] = [];
  const days = wholeNumber('--days', text, 1, MOST_DAYS, problems);
  if (name !== undefined && (name.trim() === '' || name.length > LONGEST_NAME))
    problems.push(`--name: expected 1 to ${LONGEST_NAME} characters`);
  if (problems.length > 0) throw new BootstormError('invalid-scenario', problemList('pki init', problems));
  const { certificate } = await initialiseAuthority(folder, {
    days,
    ...(name === undefined ? {} : { name }),
  });
  const { subject, fingerprint256, validTo } = new X509Certificate(certificate);
  process.stdout.write(
    [
      `authority ${subject.replaceAll('\n', ', ')}`,
      `SHA-256   ${fingerprint256}`,
      `expires   ${validTo}`,
      `WARNING: whoever holds the key in ${folder} can impersonate any phone of a cluster that trusts this authority`,
      `next: bootstorm pki issue ${folder}, then bootstorm pki export ${folder}`,
      '',
    ].join('\n'),
  );
}
