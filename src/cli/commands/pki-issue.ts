import type { Command } from 'commander';
import { BootstormError, problemList } from '../../errors.ts';
import { deviceName } from '../../phone/identity.ts';
import {
  DEFAULT_MIC_ORGANISATION,
  type IssueOptions,
  issuePhoneCertificates,
  type PhoneToCertify,
} from '../../pki/issue-phones.ts';
import { type PlannedPhones, plannedPhones } from '../../scenario/compile.ts';
import { optionFlags } from '../../scenario/flag-shape.ts';
import { SCENARIO_OPTIONS } from '../../scenario/options.ts';
import { macOf, modelOf } from '../../scenario/plan.ts';
import { wholeNumber } from '../flag-values.ts';
import { scenarioOf } from '../scenario-options.ts';

/** Scenario keys that say who the phones are. */
const PHONE_OPTIONS: readonly string[] = ['phones', 'inventory', 'model', 'seed'];

/** More is of no use: no server compares keys. */
const MOST_KEYS = 1024;
/** A file of 130 MB. */
const MOST_PHONES = 100_000;

interface IssueFlags extends Record<string, unknown> {
  readonly kind: string;
  readonly keys: string;
  readonly again?: boolean;
  readonly micOrganisation: string;
}

/** `bootstorm pki issue DIR [scenario]`: a certificate for each phone. */
export function addPkiIssueCommand(pki: Command): void {
  const command = pki
    .command('issue')
    .description('make a certificate for each phone; those that are valid stay')
    .argument('<folder>', 'what `bootstorm pki init` made')
    .argument('[scenario]', 'whose phones are taken');
  for (const option of SCENARIO_OPTIONS) {
    if (PHONE_OPTIONS.includes(option.name)) command.option(optionFlags(option), option.description);
  }
  command
    .option(
      '--kind <lsc|mic>',
      'as CAPF issues them, or like those from the factory (general knowledge, no source)',
      'lsc',
    )
    .option(
      '--keys <count>',
      'private keys that all phones share: to make one for each would take hours',
      '32',
    )
    .option('--again', 'also for phones whose certificate is valid')
    .option(
      '--mic-organisation <name>',
      'O of a MIC; not the manufacturer’s unless you say so',
      DEFAULT_MIC_ORGANISATION,
    )
    .action(issue);
}

async function issue(folder: string, file: string | undefined, flags: IssueFlags): Promise<void> {
  const options = issueOptions(flags);
  const loaded = scenarioOf(file, flags);
  const phones = plannedPhones(loaded);
  if (phones.phoneCount > MOST_PHONES) {
    throw new BootstormError(
      'invalid-scenario',
      `pki issue: ${phones.phoneCount} phones: expected at most ${MOST_PHONES} in a folder`,
      { hint: 'split the inventory over several folders' },
    );
  }
  const { issued, kept, keys, notAfter } = await issuePhoneCertificates(folder, certifiable(phones), {
    ...options,
    seed: loaded.scenario.seed,
  });
  process.stdout.write(
    `${issued.toLocaleString('en')} certificates (${options.kind}) made, ${kept.toLocaleString('en')} valid ones kept, ${keys} keys; until ${notAfter.toUTCString()}\n`,
  );
}

function issueOptions(flags: IssueFlags): Omit<IssueOptions, 'seed'> {
  const { kind, again = false, micOrganisation } = flags;
  const problems: string[] = [];
  const keys = wholeNumber('--keys', flags.keys, 1, MOST_KEYS, problems);
  if (kind !== 'lsc' && kind !== 'mic') problems.push(`--kind ${kind}: expected lsc or mic`);
  if (micOrganisation.trim() === '') problems.push('--mic-organisation: expected a name');
  if (problems.length > 0) throw new BootstormError('invalid-scenario', problemList('pki issue', problems));
  return { kind: kind === 'mic' ? 'mic' : 'lsc', keys, again, micOrganisation };
}

function* certifiable({ phones, phoneCount }: PlannedPhones): Generator<PhoneToCertify> {
  for (let i = 0; i < phoneCount; i++)
    yield { deviceName: deviceName(macOf(phones, i)), model: modelOf(phones, i) };
}
