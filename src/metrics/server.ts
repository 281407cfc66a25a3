import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type MetricsRegistry, type MetricsSource, metricsRegistry } from './exposition.ts';
import { closeHttp, listenHttp } from './listen.ts';
import type { CatalogueMetric } from './metric.ts';

const PLAIN_TEXT = { 'content-type': 'text/plain; charset=utf-8' };

export interface MetricsServerOptions extends MetricsSource {
  /** 0 takes any free port. */
  readonly port: number;
  /** Local address; only this machine can scrape unless another one is named. */
  readonly host?: string;
  /** What to export; both for a run whose agents have no endpoint of their own. */
  readonly scopes?: readonly CatalogueMetric['scope'][];
}

export interface MetricsServer {
  /** Where to scrape: `http://127.0.0.1:9464/metrics`. */
  readonly url: string;
  /**
   * Resolves when a scrape that begins from now on has been answered to its end while its client waited, or the signal
   * is aborted.
   */
  untilScraped(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/**
 * Serves `/metrics` until it is closed.
 * @throws BootstormError `address-in-use` or `address-not-local`
 */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const { port, host = '127.0.0.1', scopes = ['agent', 'run'] } = options;
  const registry = metricsRegistry(scopes);
  const waiters = new Set<() => void>();
  const server = createServer((request, response) => {
    if (isScrape(request)) {
      for (const waiter of waiters) response.once('finish', () => response.statusCode === 200 && waiter());
    }
    answer(request, response, registry, options).catch((error: unknown) => {
      response.writeHead(500, PLAIN_TEXT).end(`${String(error)}\n`);
    });
  });
  await listenHttp(server, { host, port }, { what: 'metrics port', flag: '--metrics-port' });
  const { port: bound } = server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${name}:${bound}/metrics`,
    untilScraped: (signal) => nextCall(waiters, signal),
    close: () => closeHttp(server),
  };
}

function isScrape({ method, url }: IncomingMessage): boolean {
  return method === 'GET' && pathOf(url) === '/metrics';
}

function pathOf(url = ''): string {
  return url.split('?')[0] as string;
}

async function nextCall(waiters: Set<() => void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const waiter = (): void => {
      waiters.delete(waiter);
      signal.removeEventListener('abort', waiter);
      resolve();
    };
    waiters.add(waiter);
    signal.addEventListener('abort', waiter);
  });
}

/**
 * A Prometheus whose patience ended while this process was busy, with phones or with the answer itself, has closed its
 * connection. What is written to it is written as if somebody read it, and the run would end with its final figures in
 * nobody's hands.
 */
async function hasGivenUp({ socket }: IncomingMessage): Promise<boolean> {
  // What came in this turn of the loop is read in the next.
  await nextTurn();
  await nextTurn();
  return socket.readableEnded || socket.destroyed;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  registry: MetricsRegistry,
  source: MetricsSource,
): Promise<void> {
  if (pathOf(request.url) !== '/metrics') {
    response.writeHead(404, PLAIN_TEXT).end('see /metrics\n');
  } else if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end();
  } else {
    const text = await registry.render(source);
    if (await hasGivenUp(request)) response.destroy();
    else response.writeHead(200, { 'content-type': registry.contentType }).end(text);
  }
}
