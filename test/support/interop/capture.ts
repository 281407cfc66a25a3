/** Captures of what is said on `lo`, complete from `startCapture` to `stop`. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { requireProgram } from '../../setup/programs.ts';
import { inNamespace, type ProgramOptions, startProcess } from './foreground-process.ts';

export interface CaptureOptions extends ProgramOptions {
  /** What to capture, in pcap-filter(7) syntax. */
  readonly filter: string;
  /** The pcapng file to write. */
  readonly file: string;
  /** What the kernel may hold until dumpcap has written it. */
  readonly bufferMebibytes?: number;
}

export interface Capture {
  readonly file: string;
  /** Ends the capture when everything that was sent before is in the file. Throws when packets were dropped. */
  stop(): Promise<void>;
}

/** RFC 863: whoever listens there throws it away, and nobody does. */
const DISCARD_PORT = 9;
const BUFFER_MEBIBYTES = 64;
const WRITTEN_WITHIN_MS = 100_000;
const WRITTEN_POLL_MS = 50;

let captures = 0;

/** Needs root. Resolves when the kernel is capturing: dumpcap names its file after it has opened the interface. */
export async function startCapture({
  filter,
  file,
  bufferMebibytes = BUFFER_MEBIBYTES,
  ...options
}: CaptureOptions): Promise<Capture> {
  captures += 1;
  const endMark = `end of capture ${process.pid}-${captures}`;
  const args = [
    ...['-q', '-i', 'lo', '-B', String(bufferMebibytes), '-w', file],
    ...['-f', `(${filter}) or (udp dst port ${DISCARD_PORT})`],
  ];
  const dumpcap = await startProcess('dumpcap', args, { ...options, readyWhen: { line: /^File: /m } });
  const stop = async (): Promise<void> => {
    // Told to stop, dumpcap forgets what the kernel still holds: it may stop once a last packet of ours has arrived.
    const [program, ...rest] = inNamespace(options.namespace, [
      requireProgram('bash'),
      '-c',
      `printf '%s' '${endMark}' > /dev/udp/127.0.0.1/${DISCARD_PORT}`,
    ]);
    execFileSync(program, rest);
    try {
      await untilWritten(file, endMark);
    } finally {
      await dumpcap.stop('SIGINT');
    }
    const dropped = /received\/dropped on interface .*: \d+\/(\d+) /.exec(dumpcap.log())?.[1];
    if (dropped !== '0') throw new Error(`capture incomplete: dumpcap lost packets\n${dumpcap.log()}`);
  };
  return { file, stop };
}

async function untilWritten(file: string, mark: string): Promise<void> {
  const deadline = performance.now() + WRITTEN_WITHIN_MS;
  while (!readFileSync(file).includes(mark)) {
    if (performance.now() > deadline) throw new Error(`${file} misses its last packet`);
    await new Promise((resolve) => setTimeout(resolve, WRITTEN_POLL_MS));
  }
}
