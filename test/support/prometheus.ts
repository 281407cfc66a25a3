/** A real Prometheus of this test's own, on loopback: Debian's package. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireProgram } from '../setup/programs.ts';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEachTest } from './clean-up.ts';
import { freePort } from './free-port.ts';

/** For what hangs, not a claim about time. */
const PATIENCE_MS = 60_000;
const POLL_MS = 50;

const servers: Prometheus[] = [];

afterEachTest(() => {
  for (const server of servers.splice(0)) server.abandon();
});

export interface PrometheusOptions {
  /** What to scrape, as `127.0.0.1:9464`: all in the job `bootstorm`. */
  readonly targets: readonly string[];
  /** Between two scrapes of a target, and two evaluations of rules. */
  readonly intervalMs?: number;
  /** Files with rules. */
  readonly ruleFiles?: readonly string[];
  /** It outlives the test, and whoever started it stops it: for a server that the tests of a file share. */
  readonly isShared?: boolean;
}

/** One series of an answer. */
export interface PrometheusSample {
  readonly labels: Readonly<Record<string, string>>;
  /** Of an instant query one, of a range query several: Unix time in seconds, and the value. */
  readonly points: readonly (readonly [second: number, value: number])[];
}

export class Prometheus {
  readonly url: string;
  readonly #folder: string;
  readonly #process: ChildProcess;
  #log = '';

  private constructor(port: number, folder: string) {
    this.url = `http://127.0.0.1:${port}`;
    this.#folder = folder;
    this.#process = spawn(
      requireProgram('setpriv'),
      [
        // It ends with this process, and has the pid of `setpriv`.
        ...['--pdeathsig', 'KILL', '--', requireProgram('prometheus')],
        ...['--config.file', join(folder, 'prometheus.yml'), '--storage.tsdb.path', join(folder, 'data')],
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.#process.stderr?.on('data', (text: Buffer) => {
      this.#log += String(text);
    });
  }

  /**
   * Resolves when it has begun to scrape, which takes it five seconds, whether its targets answer or not: what starts
   * after that is seen from its beginning.
   */
  static async start(options: PrometheusOptions): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'bootstorm-prometheus-'));
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(configOf(options)));
    const server = new Prometheus(await freePort(), folder);
    if (options.isShared !== true) servers.push(server);
    await server.until('up');
    return server;
  }

  /** The series that an expression has at one instant: now, or a Unix time in seconds. */
  async query(expression: string, second?: number): Promise<PrometheusSample[]> {
    const time: Readonly<Record<string, number>> = second === undefined ? {} : { time: second };
    return samplesOf(await this.#get('query', { query: expression, ...time }));
  }

  /** The series that an expression has between two Unix times, in seconds. */
  async queryRange(
    expression: string,
    { start, end, step }: { readonly start: number; readonly end: number; readonly step: number },
  ): Promise<PrometheusSample[]> {
    return samplesOf(await this.#get('query_range', { query: expression, start, end, step }));
  }

  /**
   * The values that series had at last, whenever that was: a target that is gone has no present ones. By their labels
   * but those that a scrape adds: `{cause="tcp-refused",stage="connect"}`.
   * @param selector as `bootstorm_phones` or `bootstorm_phones{state="ready"}`
   */
  async last(selector: string): Promise<Map<string, number>> {
    const samples = await this.query(`last_over_time(${selector}[1h])`);
    return new Map(samples.map(({ labels, points }) => [keyOf(labels), points[0]?.[1] ?? Number.NaN]));
  }

  /** Resolves when an expression has a series. */
  async until(expression: string): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const found = await this.query(expression).catch(noneIfNobodyListens);
      if (found.length > 0) return;
      if (this.#process.exitCode !== null || performance.now() > deadline) {
        throw new Error(`Prometheus has no series of ${expression}\n${this.#log}`);
      }
      await pause(POLL_MS);
    }
  }

  async stop(): Promise<void> {
    const ended = this.#process.exitCode === null ? once(this.#process, 'exit') : null;
    this.#process.kill('SIGKILL');
    await ended;
    this.#clear();
  }

  /** Ends it at once, without waiting for it. */
  abandon(): void {
    this.#process.kill('SIGKILL');
    this.#clear();
  }

  #clear(): void {
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #get(what: string, parameters: Readonly<Record<string, string | number>>): Promise<VectorOrMatrix> {
    const body = new URLSearchParams();
    for (const [key, value] of Object.entries(parameters)) body.set(key, String(value));
    const response = await fetch(`${this.url}/api/v1/${what}`, { method: 'POST', body });
    if (response.status === 503) return { resultType: 'vector', result: [] };
    const answer = (await response.json()) as Answer;
    if (answer.status !== 'success') throw new Error(`${answer.error}: ${parameters['query']}`);
    return answer.data;
  }
}

/** What promtool has to complain about in an exposition; empty: nothing. */
export function complaintsAbout(exposition: string): string {
  const options = { input: exposition, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(requireProgram('promtool'), ['check', 'metrics'], options);
  const text = `${stdout}${stderr}`.trim();
  return status === 0 || text !== '' ? text : `promtool ended with ${status}`;
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data: VectorOrMatrix;
}

type Point = readonly [second: number, value: string];

type VectorOrMatrix =
  | { readonly resultType: 'scalar'; readonly result: Point }
  | {
      readonly resultType: 'vector' | 'matrix';
      readonly result: readonly {
        readonly metric: Readonly<Record<string, string>>;
        readonly value?: Point;
        readonly values?: readonly Point[];
      }[];
    };

function configOf({ targets, intervalMs = 1000, ruleFiles = [] }: PrometheusOptions): object {
  const interval = `${intervalMs}ms`;
  return {
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    rule_files: ruleFiles,
    scrape_configs: [{ job_name: 'bootstorm', static_configs: [{ targets }] }],
  };
}

function samplesOf(data: VectorOrMatrix): PrometheusSample[] {
  if (data.resultType === 'scalar') return [{ labels: {}, points: [pointOf(data.result)] }];
  return data.result.map(({ metric, value, values }) => ({
    labels: metric,
    points: (values ?? (value === undefined ? [] : [value])).map(pointOf),
  }));
}

function pointOf([second, value]: Point): readonly [number, number] {
  return [second, value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value)];
}

const LABELS_OF_A_SCRAPE = new Set(['__name__', 'job', 'instance', 'run']);

function keyOf(labels: Readonly<Record<string, string>>): string {
  const own = Object.entries(labels).filter(([name]) => !LABELS_OF_A_SCRAPE.has(name));
  const texts = own.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}="${value}"`);
  return texts.length === 0 ? '' : `{${texts.join(',')}}`;
}

/** Fetch says so of a server that has not opened its port. */
function noneIfNobodyListens(error: unknown): [] {
  if (error instanceof TypeError) return [];
  throw error;
}
