#!/usr/bin/env node
/** The command `bootstorm`: one file for each sub-command, every error with its hint and exit code. */
import { Command, CommanderError } from 'commander';
import { BootstormError } from '../errors.ts';
import { addAgentCommand } from './commands/agent.ts';
import { addAttachCommand } from './commands/attach.ts';
import { addSteerCommand } from './commands/steer.ts';
import { addLabCommand } from './commands/lab.ts';
import { addPhoneCommand } from './commands/phone.ts';
import { addPkiCommands } from './commands/pki.ts';
import { addPlanCommand } from './commands/plan.ts';
import { addReferenceCommands } from './commands/reference.ts';
import { addReportCommand } from './commands/report.ts';
import { addRunCommand } from './commands/run.ts';
import { EXIT_CODES, exitReasonOfError } from './exit-codes.ts';
import { toolVersion } from './version.ts';

// Somebody has read enough of the output (`| head`): nothing is left to do.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

const program = new Command('bootstorm')
  .description('Boots simulated Cisco IP phones by the thousand, and says when the building is back')
  .version(toolVersion())
  .showHelpAfterError()
  .exitOverride((error) => {
    process.exitCode = error.exitCode === 0 ? EXIT_CODES.ok.code : EXIT_CODES.invalidConfiguration.code;
    throw error;
  });

addRunCommand(program);
addPlanCommand(program);
addAgentCommand(program);
addReportCommand(program);
addSteerCommand(program);
addAttachCommand(program);
addPhoneCommand(program);
addLabCommand(program);
addPkiCommands(program);
addReferenceCommands(program);

program.parseAsync().catch((error: unknown) => {
  // Commander has said what was wrong with the command line, and set the exit code.
  if (error instanceof CommanderError) return;
  process.exitCode = printError(error);
});

/** Says what went wrong and returns the exit code for it. */
function printError(error: unknown): number {
  if (!(error instanceof BootstormError)) {
    process.stderr.write(`bootstorm: a bug: ${error instanceof Error ? error.stack : String(error)}\n`);
    return EXIT_CODES.bug.code;
  }
  process.stderr.write(`bootstorm: ${error.message}\n`);
  if (error.hint) process.stderr.write(`hint: ${error.hint}\n`);
  return EXIT_CODES[exitReasonOfError(error.code)].code;
}
