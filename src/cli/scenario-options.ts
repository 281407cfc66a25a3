import type { Command } from 'commander';
import { type LoadedScenario, loadScenario } from '../scenario/load.ts';
import type { Problem } from '../scenario/problems.ts';
import { CLUSTER_VARIABLES } from './cluster-options.ts';
import { optionFlags, optionVariable } from '../scenario/flag-shape.ts';
import { SCENARIO_OPTIONS } from '../scenario/options.ts';

/** Gives a command every flag that stands for a scenario key. */
export function addScenarioOptions(command: Command): Command {
  for (const option of SCENARIO_OPTIONS) {
    command.option(optionFlags(option), `${option.description} [${optionVariable(option)}]`);
  }
  return command;
}

/** The scenario of a command: file or shipped name, under environment, under flags. */
export function scenarioOf(
  file: string | undefined,
  flags: Readonly<Record<string, unknown>>,
  otherProblems: readonly Problem[] = [],
): LoadedScenario {
  const environment = process.env;
  return loadScenario({ file, environment, flags, otherVariables: CLUSTER_VARIABLES, otherProblems });
}
