/** One process of the lab, seen from its parent. */
import { type ChildProcess, fork } from 'node:child_process';
import { modulePath, typescriptExecArgv } from '../drivers/process-module.ts';
import { receiveError } from '../drivers/transported-error.ts';
import { BootstormError } from '../errors.ts';
import type {
  CertificateChange,
  HostPort,
  LabOrder,
  LabReport,
  LabStats,
  StartOrder,
} from './lab-contract.ts';

/** A process that has not ended by itself so long after it was told to is killed. */
const STOP_LIMIT_MS = 3000;
const NO_STATS: LabStats = {};

export class LabChild {
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #asked = new Map<number, (stats: LabStats) => void>();
  #nextQuestion = 1;
  #stopping = false;
  #started = false;

  /**
   * @param onDeath called when the process ends without having been told to, once it has started
   * @param onCertificate called when CAPF has changed the certificate of a phone
   */
  constructor(
    name: string,
    onDeath: (error: BootstormError) => void,
    onCertificate: (change: CertificateChange) => void,
  ) {
    this.#name = name;
    this.#process = fork(modulePath('src/lab/lab-process'), [], { execArgv: typescriptExecArgv() });
    this.#process.on('message', (report: LabReport) => {
      if (report.type === 'stats') this.#answer(report.id, report.stats);
      if (report.type === 'certificate') onCertificate(report.change);
    });
    this.#ended = new Promise((resolve) => {
      this.#process.once('error', () => resolve());
      this.#process.once('exit', (code, signal) => {
        for (const id of this.#asked.keys()) this.#answer(id, NO_STATS);
        if (this.#started && !this.#stopping)
          onDeath(this.#failure(`ended unasked (${signal ?? `exit code ${code}`})`));
        resolve();
      });
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Gives the process its role; the endpoints of its services by name. Rejects when it cannot take it. */
  start(order: StartOrder): Promise<Readonly<Record<string, HostPort>>> {
    return new Promise((resolve, reject) => {
      this.#process.on('message', (report: LabReport) => {
        if (report.type === 'started') {
          this.#started = true;
          resolve(report.endpoints);
        }
        if (report.type === 'refused') reject(receiveError(report.error, this.#name, 'lab-failed'));
      });
      this.#process.once('error', (cause) => reject(this.#failure('could not be started', cause)));
      this.#process.once('exit', () => reject(this.#failure('ended before it had started')));
      this.tell(order);
    });
  }

  /** A process that has ended cannot be told anything; its exit is seen elsewhere. */
  tell(order: LabOrder): void {
    if (this.#process.connected) this.#process.send(order, () => {});
  }

  /** Counts of the process's services; nothing when it has ended. */
  stats(): Promise<LabStats> {
    if (!this.#process.connected) return Promise.resolve(NO_STATS);
    const id = this.#nextQuestion++;
    return new Promise((resolve) => {
      this.#asked.set(id, resolve);
      this.tell({ type: 'stats', id });
    });
  }

  /** SIGKILL: its sockets end as the kernel ends them. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#stopping = true;
    this.#process.kill('SIGKILL');
    await this.#ended;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.tell({ type: 'stop' });
    const limit = setTimeout(() => this.#process.kill('SIGKILL'), STOP_LIMIT_MS);
    await this.#ended;
    clearTimeout(limit);
  }

  #answer(id: number, stats: LabStats): void {
    this.#asked.get(id)?.(stats);
    this.#asked.delete(id);
  }

  #failure(what: string, cause?: unknown): BootstormError {
    return new BootstormError('lab-failed', `the lab's ${this.#name} process ${what}`, {
      hint: 'look at its output above, and at the memory and the descriptor limit of the machine',
      cause,
    });
  }
}
