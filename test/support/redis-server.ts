/** A real redis-server of this test's own, on loopback. It is gone after the test. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { openRedis } from '../../src/redis/connection.ts';
import { requireProgram } from '../setup/programs.ts';
import { afterEachTest } from './clean-up.ts';
import { freePort } from './free-port.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** For what hangs, not a claim about time. */
const PATIENCE_MS = 30_000;

const servers: RedisServer[] = [];

afterEachTest(() => {
  for (const server of servers.splice(0)) server.abandon();
});

export interface RedisServerOptions {
  readonly password?: string;
  /** TLS only, with a certificate of an authority that `caFile` names. */
  readonly tls?: boolean;
}

export class RedisServer {
  readonly #port: number;
  readonly #folder: string;
  readonly #options: RedisServerOptions;
  readonly #clients: Redis[] = [];
  #process: ChildProcess | null = null;

  private constructor(port: number, folder: string, options: RedisServerOptions) {
    this.#port = port;
    this.#folder = folder;
    this.#options = options;
  }

  /** Resolves when it answers. */
  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    const folder = temporaryFolder({});
    if (options.tls) writeCertificates(folder);
    const server = new RedisServer(await freePort(), folder, options);
    servers.push(server);
    await server.#run();
    return server;
  }

  /** With the password, if there is one. */
  get url(): string {
    const { password, tls } = this.#options;
    const access = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
    return `${tls ? 'rediss' : 'redis'}://${access}127.0.0.1:${this.#port}`;
  }

  /** The authority of a server with TLS: for NODE_EXTRA_CA_CERTS. */
  get caFile(): string {
    return join(this.#folder, 'tls.crt');
  }

  get pid(): number {
    const pid = this.#process?.pid;
    if (pid === undefined) throw new Error('redis-server does not run');
    return pid;
  }

  /** A connection that is closed after the test. */
  async client(): Promise<Redis> {
    const client = await openRedis(this.url);
    this.#clients.push(client);
    return client;
  }

  /** It keeps its connections, and answers nothing. */
  freeze(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  thaw(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  /** Without saving anything. */
  async stop(): Promise<void> {
    const process = this.#process;
    if (process === null) return;
    this.#process = null;
    const ended = once(process, 'exit');
    process.kill('SIGKILL');
    await ended;
  }

  /** On the same port, without its data. */
  async restartEmpty(): Promise<void> {
    await this.stop();
    await this.#run();
  }

  /** Ends everything at once, without waiting for it. */
  abandon(): void {
    for (const client of this.#clients) client.disconnect();
    this.#process?.kill('SIGKILL');
    this.#process = null;
  }

  async #run(): Promise<void> {
    const { password, tls } = this.#options;
    const port = String(this.#port);
    const certificate = [
      '--tls-cert-file',
      'tls.crt',
      '--tls-key-file',
      'tls.key',
      '--tls-auth-clients',
      'no',
    ];
    const listen = tls ? ['--port', '0', '--tls-port', port, ...certificate] : ['--port', port];
    const process = spawn(
      requireProgram('setpriv'),
      [
        // It ends with this process, and has the pid of `setpriv`.
        ...['--pdeathsig', 'KILL', '--', requireProgram('redis-server')],
        ...listen,
        ...['--bind', '127.0.0.1', '--dir', this.#folder, '--save', '', '--appendonly', 'no'],
        ...(password === undefined ? [] : ['--requirepass', password]),
      ],
      { cwd: this.#folder, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    this.#process = process;
    await isReady(process);
  }
}

/** Reads the log until the server accepts connections. */
async function isReady(server: ChildProcess): Promise<void> {
  let log = '';
  await new Promise<void>((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`redis-server is not ready:\n${log}`)), PATIENCE_MS);
    server.once('error', reject);
    server.once('exit', () => reject(new Error(`redis-server ended:\n${log}`)));
    server.stdout?.on('data', (text: Buffer) => {
      log += String(text);
      if (!log.includes('Ready to accept connections')) return;
      clearTimeout(limit);
      resolve();
    });
  });
}

function writeCertificates(folder: string): void {
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const files = ['-keyout', 'tls.key', '-out', 'tls.crt'];
  execFileSync(
    requireProgram('openssl'),
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...files, ...subject],
    {
      cwd: folder,
      stdio: 'ignore',
    },
  );
}
