import type { Command } from 'commander';
import { BootstormError } from '../errors.ts';
import { type FlagShape, optionAttribute, optionFlags, optionVariable } from '../scenario/flag-shape.ts';
import { asSwitch } from '../scenario/option-values.ts';
import { LOG_FORMATS, type LogFormat } from '../scenario/schema.ts';

/** Commands that take part in a run on many machines. */
export type ClusterCommand = 'run' | 'agent' | 'steer' | 'attach';

/**
 * Flags of these commands that say where and as whom a process takes part; what the run itself is, the scenario says.
 * This table is the one place: flags, help and environment variables derive from it.
 */
export interface ClusterOption extends FlagShape {
  readonly commands: readonly ClusterCommand[];
  readonly description: string;
}

export const CLUSTER_OPTIONS = [
  {
    name: 'redis',
    value: '<url>',
    commands: ['run', 'agent', 'steer', 'attach'],
    description: 'the Redis that connects the machines: redis[s]://[user][:password@]host[:port][/database]',
  },
  {
    name: 'run-id',
    value: '<id>',
    commands: ['run'],
    description: 'name of the run in Redis; without one it is made up and printed',
  },
  {
    name: 'name',
    value: '<name>',
    commands: ['agent'],
    description:
      'name of the agent, unique in its run; otherwise its host and process, or its Kubernetes index',
  },
  {
    name: 'run',
    value: '<id>',
    commands: ['agent'],
    description: 'take part in this run only; otherwise in the first that wants agents',
  },
  {
    name: 'source-addresses',
    value: '<addresses>',
    commands: ['agent'],
    description: "addresses of this machine for its phones; otherwise its slice of the scenario's",
  },
  {
    name: 'relay-addresses',
    value: '<addresses>',
    commands: ['agent'],
    description: "addresses of this machine used as giaddr; otherwise its slice of the scenario's",
  },
  {
    name: 'certificates',
    value: '<folder>',
    commands: ['agent'],
    description: 'where this machine has the certificates and keys of the phones',
  },
  {
    name: 'results',
    value: '<folder>',
    commands: ['agent'],
    description: 'where results are written that nobody took over; otherwise bootstorm-results',
  },
  {
    name: 'metrics-port',
    value: '<port>',
    commands: ['agent'],
    description: 'serve Prometheus metrics of the phones of this agent on this port',
  },
  {
    name: 'metrics-address',
    value: '<address>',
    commands: ['agent'],
    description: 'address of this machine for the metrics; 0.0.0.0 lets others scrape',
  },
  {
    name: 'metrics-linger',
    value: '<duration>',
    commands: ['agent', 'attach'],
    description: 'after the end, let Prometheus scrape the final figures once: wait so long for it at most',
  },
  {
    name: 'serve',
    value: null,
    commands: ['agent'],
    description: 'wait for the next run after each run',
  },
  {
    name: 'log-format',
    value: '<text|json>',
    commands: ['agent', 'attach'],
    description: 'print words, or one JSON object a line',
  },
] as const satisfies readonly ClusterOption[];

type ClusterOptionName = (typeof CLUSTER_OPTIONS)[number]['name'];

/** The variables of all these options: a scenario's environment may hold them. */
export const CLUSTER_VARIABLES: readonly string[] = CLUSTER_OPTIONS.map(optionVariable);

/** Gives a command those flags of the table that are its own. */
export function addClusterOptions(command: Command, name: ClusterCommand): Command {
  for (const option of CLUSTER_OPTIONS as readonly ClusterOption[]) {
    if (!option.commands.includes(name)) continue;
    command.option(optionFlags(option), `${option.description} [${optionVariable(option)}]`);
  }
  return command;
}

/** What was said by flag, or else by variable; null: nothing. */
export function clusterSetting(
  name: ClusterOptionName,
  flags: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string | null {
  const flag = flags[optionAttribute({ name })];
  const isSaid = typeof flag === 'string' || typeof flag === 'boolean';
  const said = isSaid ? String(flag) : environment[optionVariable({ name })];
  const text = said?.trim() ?? '';
  return text === '' ? null : text;
}

/** Whether a switch was thrown. Throws `invalid-scenario` for a variable that says neither yes nor no. */
export function clusterSwitch(...setting: Parameters<typeof clusterSetting>): boolean {
  const text = clusterSetting(...setting);
  const thrown = text === null ? false : asSwitch(text);
  if (typeof thrown === 'boolean') return thrown;
  const variable = optionVariable({ name: setting[0] });
  throw new BootstormError('invalid-scenario', `${variable}=${thrown}: expected true or false`);
}

/** Null: nothing was said, or another word than these. */
export function logFormatOf(text: string | null, problems: string[]): LogFormat | null {
  const format = LOG_FORMATS.find((known) => known === text) ?? null;
  if (text !== null && format === null)
    problems.push(`--log-format ${text}: expected ${LOG_FORMATS.join(' or ')}`);
  return format;
}

/** For what goes wrong before the command line has been understood. */
export function earlyLogFormat(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): LogFormat {
  const flag = optionFlags({ name: 'log-format', value: null });
  const said = args.flatMap((arg, at) => {
    if (arg === flag) return [args[at + 1]];
    return arg.startsWith(`${flag}=`) ? [arg.slice(flag.length + 1)] : [];
  });
  const text = said.at(-1) ?? environment[optionVariable({ name: 'log-format' })];
  return LOG_FORMATS.find((known) => known === text?.trim()) ?? 'text';
}
