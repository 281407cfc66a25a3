import type { Command } from 'commander';
import { addPkiExportCommand } from './pki-export.ts';
import { addPkiInitCommand } from './pki-init.ts';
import { addPkiIssueCommand } from './pki-issue.ts';

/** `bootstorm pki`: certificates for secure phones. */
export function addPkiCommands(program: Command): void {
  const pki = program
    .command('pki')
    .description('make certificates for secure phones: a lab authority, a certificate for each phone');
  addPkiInitCommand(pki);
  addPkiIssueCommand(pki);
  addPkiExportCommand(pki);
}
