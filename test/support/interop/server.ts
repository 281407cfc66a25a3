import { type ForegroundProcess, startProcess, type StartOptions } from './foreground-process.ts';
import { freeUdpPort } from './loopback.ts';

/** A server that nobody here wrote, running on loopback. */
export interface InteropServer {
  readonly address: string;
  readonly port: number;
  stop(): Promise<void>;
  /** What it has logged so far. */
  log(): string;
}

const TRIES = 3;

/** A server on a free UDP port of 127.0.0.1; on another one where somebody was quicker. */
export async function startOnFreePort(
  program: string,
  argsFor: (port: number) => readonly string[],
  options: Omit<StartOptions, 'readyWhen'> = {},
): Promise<InteropServer> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freeUdpPort();
    try {
      const started = await startProcess(program, argsFor(port), {
        ...options,
        readyWhen: { udpPort: port },
      });
      return asServer('127.0.0.1', port, started);
    } catch (error) {
      if (attempt === TRIES) throw error;
    }
  }
}

export function asServer(address: string, port: number, started: ForegroundProcess): InteropServer {
  return { address, port, stop: () => started.stop(), log: started.log };
}
