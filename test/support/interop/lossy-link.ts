/**
 * A network that loses and delays packets, within a namespace that a test made: netem on `lo` where the kernel has it,
 * otherwise a program that carries the packets between two TUN devices. Either way TCP and UDP are the kernel's own.
 */
import { fileURLToPath } from 'node:url';
import { startProcess } from './foreground-process.ts';
import type { Namespace } from './namespace.ts';

export interface LossyLinkOptions {
  readonly namespace: Namespace;
  /** Networks, `address/prefix`: what goes from an address of one to an address of the other crosses the link. */
  readonly phones: string;
  readonly cluster: string;
  /** Share of the packets lost in each direction, 0 to 1. */
  readonly loss: number;
  /** One way. */
  readonly delayMs: number;
}

export interface LinkCounts {
  readonly carried: number;
  readonly lost: number;
}

export interface LossyLink {
  /** Ends the link, and tells what it has done. */
  stop(): Promise<LinkCounts>;
}

const PROGRAM = fileURLToPath(new URL('lossy-link.py', import.meta.url));
/** More packets than are ever under way. */
const QUEUE_PACKETS = 100_000;
const SEED = 1;

export async function startLossyLink(options: LossyLinkOptions): Promise<LossyLink> {
  return (await startNetem(options)) ?? startTunnel(options);
}

async function startNetem({ namespace, loss, delayMs }: LossyLinkOptions): Promise<LossyLink | null> {
  const netem = ['netem', 'limit', `${QUEUE_PACKETS}`, 'delay', `${delayMs}ms`, 'loss', `${loss * 100}%`];
  const { status } = await namespace.run('tc', ['qdisc', 'add', 'dev', 'lo', 'root', ...netem]);
  if (status !== 0) return null;
  return {
    stop: async () => {
      const { stdout } = await namespace.run('tc', ['-s', 'qdisc', 'show', 'dev', 'lo']);
      return countsIn(/ (?<carried>\d+) pkt \(dropped (?<lost>\d+),/, stdout);
    },
  };
}

async function startTunnel(options: LossyLinkOptions): Promise<LossyLink> {
  const { namespace, phones, cluster, loss, delayMs } = options;
  const args = [PROGRAM, phones, cluster, loss, delayMs, SEED].map(String);
  const program = await startProcess('python3', args, { namespace, readyWhen: { line: /^ready$/m } });
  return {
    stop: async () => {
      await program.stop();
      const log = program.log();
      return countsIn(/^carried (?<carried>\d+) lost (?<lost>\d+)$/m, log);
    },
  };
}

function countsIn(pattern: RegExp, text: string): LinkCounts {
  const groups = pattern.exec(text)?.groups;
  if (groups === undefined) throw new Error(`the link says nothing of what it carried:\n${text}`);
  return { carried: Number(groups['carried']), lost: Number(groups['lost']) };
}
