#!/usr/bin/env node
/** The command `bootstorm`: one file for each sub-command, every error with its hint and exit code. */
import { Command, CommanderError } from 'commander';
import { earlyLogFormat } from './cluster-options.ts';
import { CommandOutput } from './command-output.ts';
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
import { EXIT_CODES, exitCodeOf } from './exit-codes.ts';
import { toolVersion } from './version.ts';

const output = new CommandOutput(process.stdout, process.stderr);
output.speak({ logFormat: earlyLogFormat(process.argv, process.env), quiet: false });

process.on('uncaughtException', (error: unknown) => {
  output.fail(error);
  process.exit(exitCodeOf(error));
});

const program = new Command('bootstorm')
  .description('Boots simulated Cisco IP phones by the thousand, and says when the building is back')
  .version(toolVersion())
  .showHelpAfterError(!output.isJson)
  .configureOutput({ outputError: (text) => output.refuse(text) })
  .exitOverride((error) => {
    process.exitCode = error.exitCode === 0 ? EXIT_CODES.ok.code : EXIT_CODES.invalidConfiguration.code;
    throw error;
  });

addRunCommand(program, output);
addPlanCommand(program);
addAgentCommand(program, output);
addReportCommand(program, output);
addSteerCommand(program);
addAttachCommand(program, output);
addPhoneCommand(program);
addLabCommand(program);
addPkiCommands(program);
addReferenceCommands(program);

program.parseAsync().catch((error: unknown) => {
  // Commander has said what was wrong with the command line, and set the exit code.
  if (error instanceof CommanderError) return;
  output.fail(error);
  process.exitCode = exitCodeOf(error);
});
