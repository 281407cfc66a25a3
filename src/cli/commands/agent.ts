import type { Command } from 'commander';
import { addClusterOptions, clusterSetting, clusterSwitch } from '../cluster-options.ts';
import type { CommandOutput } from '../command-output.ts';
import { EXIT_CODES } from '../exit-codes.ts';

/** `bootstorm agent`: boots the phones of this machine in runs that somebody else coordinates. */
export function addAgentCommand(program: Command, output: CommandOutput): void {
  const command = program
    .command('agent')
    .description('take part in a run on many machines: boot the phones that its coordinator hands out');
  addClusterOptions(command, 'agent').action((flags: Record<string, unknown>) => agent(flags, output));
}

async function agent(flags: Record<string, unknown>, output: CommandOutput): Promise<void> {
  output.outliveReader();
  const setting = (name: Parameters<typeof clusterSetting>[0]): string | null => clusterSetting(name, flags);
  // What a run on one machine needs not is loaded here only: BullMQ and the client of Redis.
  const { serveAgent } = await import('../cluster-agent.ts');
  const reason = await serveAgent({
    redis: setting('redis'),
    name: setting('name'),
    run: setting('run'),
    sources: setting('source-addresses'),
    relays: setting('relay-addresses'),
    certificates: setting('certificates'),
    results: setting('results'),
    metricsPort: setting('metrics-port'),
    metricsAddress: setting('metrics-address'),
    metricsLinger: setting('metrics-linger'),
    logFormat: setting('log-format'),
    serve: clusterSwitch('serve', flags),
    kubernetesIndex: process.env['JOB_COMPLETION_INDEX'] ?? null,
    say: (line) => output.say(line),
  });
  process.exitCode = EXIT_CODES[reason].code;
}
