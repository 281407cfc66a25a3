import { spawn } from 'node:child_process';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { Effects, MachineEvent } from '../../src/protocols/effects.ts';
import type { HostPort } from '../../src/lab/lab-contract.ts';
import { requireProgram } from '../setup/programs.ts';

/** The widest that a client can be: what a server takes is what a test is about. */
export const TLS_1_0 = {
  minVersion: 'TLSv1',
  maxVersion: 'TLSv1',
  ciphers: 'AES128-SHA:@SECLEVEL=0',
} as const;
export const TLS_1_2 = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;

type Step<Timer extends string, Result> = (
  event: MachineEvent<Timer>,
  out: Effects<Timer, never, Result>,
) => void;

/** Runs a client machine on a TLS connection of Node's own, until it is done. Its timers are real. */
export function overTls<Timer extends string, Result>(
  { host, port }: HostPort,
  step: Step<Timer, Result>,
  options: ConnectionOptions = TLS_1_2,
): Promise<{ readonly result: Result; readonly writes: number }> {
  return new Promise((resolve) => {
    const timers = new Map<Timer, NodeJS.Timeout>();
    let stream: TLSSocket | null = null;
    let writes = 0;
    const now = 0;
    const out: Effects<Timer, never, Result> = {
      bind: () => {},
      sendTo: () => {},
      notice: () => {},
      connect: () => {
        const socket = connect({ host, port, rejectUnauthorized: false, ...options });
        stream = socket;
        socket.once('secureConnect', () =>
          step({ type: 'connected', localAddress: host, localPort: socket.localPort ?? 0, now }, out),
        );
        socket.on('data', (bytes) => step({ type: 'data', bytes, now }, out));
        socket.once('end', () => step({ type: 'closed', cause: 'fin', now }, out));
        socket.once('error', (error: NodeJS.ErrnoException) =>
          step({ type: 'closed', cause: error.code === 'ECONNREFUSED' ? 'refused' : 'reset', now }, out),
        );
      },
      send: (bytes) => {
        writes++;
        stream?.write(bytes);
      },
      close: () => stream?.end(),
      setTimer: (timer, delayMs) => {
        clearTimeout(timers.get(timer));
        timers.set(
          timer,
          setTimeout(() => step({ type: 'timer', timer, now }, out), delayMs),
        );
      },
      clearTimer: (timer) => clearTimeout(timers.get(timer)),
      done: (result) => resolve({ result, writes }),
    };
    step({ type: 'start', now }, out);
  });
}

/** What a server says to OpenSSL's own client, as old as a 79xx, which says `bytes` and waits until the server closes. */
export function opensslClient({ host, port }: HostPort, bytes: Uint8Array): Promise<Buffer> {
  const client = spawn(requireProgram('openssl'), [
    ...['s_client', '-quiet', '-tls1', '-cipher', 'AES128-SHA:@SECLEVEL=0', '-connect', `${host}:${port}`],
  ]);
  const heard: Buffer[] = [];
  client.stdout.on('data', (chunk: Buffer) => heard.push(chunk));
  client.stdin.write(bytes);
  return new Promise((resolve) => {
    client.once('close', () => resolve(Buffer.concat(heard)));
  });
}
