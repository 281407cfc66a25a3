/**
 * Source addresses from which nothing leaves: how the connections of a phone that has lost its power can end without
 * a server hearing of it. A blackhole route in the kernel's table `local` is more specific than 127.0.0.0/8 and wins:
 * what is sent from or to the address fails on this machine. A connection that is reset meanwhile is gone here and
 * still open there, until the server writes to it and, once the route is removed, is answered with RST, as by a phone
 * that has rebooted.
 *
 * The routes are kept by a process of their own, which reads commands for `ip -batch`; when its input ends, because
 * the run has ended or whatever has crashed, it removes every route that carries its mark, and ends. It has a session
 * of its own, so that no Ctrl-C hits it. Needs Linux, CAP_NET_ADMIN and iproute2.
 */
import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Marks routes as ours (rtm_protocol, free for anybody's use). Their metric is the id of the process that keeps them. */
const ROUTE_PROTOCOL = 121;
/** linux/capability.h */
const CAP_NET_ADMIN = 12n;
/** What `ip -o link show dev lo` prints: commands before it have been carried out. */
const DONE_LINE = /^\d+: lo[:@]/;
const FAILED_LINE = /^Command failed/;

/** Why addresses cannot be made unreachable on this machine; null: they can. */
export function blackholeObstacle(): string | null {
  if (process.platform !== 'linux') return 'only Linux can do it';
  const capabilities = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  if (((BigInt(`0x${capabilities}`) >> CAP_NET_ADMIN) & 1n) === 0n)
    return 'only root (CAP_NET_ADMIN) can let them vanish';
  return findIp() === null ? 'it needs the program ip (iproute2)' : null;
}

/** Of one worker. */
export class SourceBlackhole {
  readonly #keeper: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<void>;
  /** Resolved in order, each with the number of its commands that failed. */
  readonly #waiting: ((failed: number) => void)[] = [];
  #failed = 0;
  #rest = '';
  #isOpen = true;

  /** Throws where `blackholeObstacle` has something to say. */
  constructor() {
    const obstacle = blackholeObstacle();
    const ip = findIp();
    if (obstacle !== null || ip === null) throw new Error(`no blackhole: ${obstacle}`);
    const keep = `${ip} -o -force -batch - 2>&1; exec ${ip} route flush table local proto ${ROUTE_PROTOCOL} metric $$`;
    this.#keeper = spawn('sh', ['-c', keep], { detached: true, stdio: 'pipe' });
    this.#keeper.stdout.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    this.#keeper.stdin.on('error', () => {});
    this.#ended = new Promise((resolve) => {
      this.#keeper.once('error', () => this.#giveUp(resolve));
      this.#keeper.once('close', () => this.#giveUp(resolve));
    });
  }

  /** From when this resolves nothing leaves from the addresses; false: it could not be done, and was taken back. */
  async block(addresses: readonly string[]): Promise<boolean> {
    if ((await this.#routes('add', addresses)) === 0) return true;
    await this.#routes('del', addresses);
    return false;
  }

  /** From when this resolves the addresses are as before. */
  async unblock(addresses: readonly string[]): Promise<void> {
    await this.#routes('del', addresses);
  }

  /** Removes what is left. */
  async close(): Promise<void> {
    this.#isOpen = false;
    this.#keeper.stdin.end();
    await this.#ended;
  }

  #routes(verb: 'add' | 'del', addresses: readonly string[]): Promise<number> {
    if (!this.#isOpen) return Promise.resolve(addresses.length);
    const mark = `table local proto ${ROUTE_PROTOCOL} metric ${this.#keeper.pid}`;
    const commands = addresses.map((address) => `route ${verb} blackhole ${address}/32 ${mark}\n`);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#keeper.stdin.write(`${commands.join('')}link show dev lo\n`);
    });
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (FAILED_LINE.test(line)) this.#failed++;
      if (!DONE_LINE.test(line)) continue;
      this.#waiting.shift()?.(this.#failed);
      this.#failed = 0;
    }
  }

  /** The keeper is gone, and its routes with it. */
  #giveUp(resolve: () => void): void {
    this.#isOpen = false;
    for (const waiting of this.#waiting.splice(0)) waiting(Number.POSITIVE_INFINITY);
    resolve();
  }
}

/** An address that is still unreachable though the process that kept it so is gone. */
export interface StaleBlackhole {
  readonly address: string;
  /** Id that the process had. */
  readonly keeper: number;
}

export async function staleBlackholes(): Promise<readonly StaleBlackhole[]> {
  const ip = findIp();
  if (ip === null) return [];
  const filter = ['table', 'local', 'type', 'blackhole', 'proto', String(ROUTE_PROTOCOL)];
  const listing = await run(ip, ['route', 'show', ...filter]);
  return [...listing.matchAll(/^blackhole (\S+).* metric (\d+)/gm)]
    .map(([, address = '', keeper]) => ({ address, keeper: Number(keeper) }))
    .filter(({ keeper }) => !isAlive(keeper));
}

/** Removes what `staleBlackholes` found. Routes that a living process keeps stay. */
export async function removeStaleBlackholes(stale: readonly StaleBlackhole[]): Promise<void> {
  const ip = findIp();
  if (ip === null) return;
  for (const keeper of new Set(stale.map((route) => route.keeper))) {
    const filter = ['table', 'local', 'proto', String(ROUTE_PROTOCOL), 'metric', String(keeper)];
    await run(ip, ['route', 'flush', ...filter]);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Where `ip` is; also looked for where it usually is when PATH is an ordinary user's. */
function findIp(): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, 'ip')).find(isProgram) ?? null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What the program printed; nothing where it failed. */
function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: 10_000 }, (_, stdout) => resolve(stdout));
  });
}
