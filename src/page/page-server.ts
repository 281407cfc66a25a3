/**
 * The page of a run over HTTP: `GET /` is the page, `GET /state` its figures, `GET /events` the same every second, and
 * `POST /orders` steers the run for who has the token. Everything else is refused.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod';
import { BootstormError, asError } from '../errors.ts';
import { closeHttp, listenHttp } from '../metrics/listen.ts';
import { formatHostPort } from '../scenario/host-port.ts';
import { PageFeed } from './page-feed.ts';
import { pageDocument } from './page-document.ts';
import type { PageState } from './page-state.ts';
import { isForAddress, isOfThisPage, isToken, newToken, TOKEN_HEADER } from './request-guard.ts';

export interface PageServerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly state: () => PageState;
  /** Gives an order and says what it comes to. Throws BootstormError where the order is none, or is not taken. */
  readonly order: (word: string, factor: string | undefined) => Promise<string>;
}

export interface PageServer {
  /** Where it listens: `http://127.0.0.1:9463/`. */
  readonly url: string;
  /** What an order needs: it goes behind `#token=` of the address, which browsers keep to themselves. */
  readonly token: string;
  /** Sends the last state to who looks. */
  close(): Promise<void>;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

const TEXT = { 'content-type': 'text/plain; charset=utf-8' };
const JSON_TYPE = { 'content-type': 'application/json' };
/** Of all windows and who only holds one open: descriptors that the run needs are not theirs. */
const MOST_CONNECTIONS = 256;
/** An order is a word and a number. */
const MOST_ORDER_BYTES = 1024;
const orderBody = z.strictObject({ order: z.string().max(20), factor: z.string().max(20).optional() });

/** @throws BootstormError `address-in-use` or `address-not-local` */
export async function startPageServer(options: PageServerOptions): Promise<PageServer> {
  const token = newToken();
  const feed = new PageFeed(options.state);
  const routes = routesOf(feed, token, options);
  const server = createServer((request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    guard(response);
    const route = routes.get(path);
    if (!isForAddress(request.headers.host) || !isOfThisPage(request.headers)) {
      refuse(response, 403, 'this page answers to its address only, and to no other page');
    } else if (route === undefined) refuse(response, 404, 'there is /, /state, /events and /orders');
    else if (!route.methods.includes(request.method ?? '')) {
      response.setHeader('allow', route.methods.join(', '));
      refuse(response, 405, `${path} takes ${route.methods.join(' and ')}`);
    } else {
      Promise.resolve(route.answer(request, response)).catch((error: unknown) => fail(response, error));
    }
  });
  server.requestTimeout = 10_000;
  server.maxConnections = MOST_CONNECTIONS;
  await listenHttp(server, options, { what: 'port of the page', flag: '--ui' });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${formatHostPort({ host: options.host, port })}/`,
    token,
    close: async () => {
      await feed.end();
      await closeHttp(server);
    },
  };
}

interface Route {
  readonly methods: readonly string[];
  readonly answer: Answer;
}

function routesOf(feed: PageFeed, token: string, { order }: PageServerOptions): Map<string, Route> {
  const reads = ['GET', 'HEAD'];
  return new Map<string, Route>([
    ['/', { methods: reads, answer: (_, response) => sendPage(response) }],
    [
      '/state',
      {
        methods: reads,
        answer: (_, response) => void response.writeHead(200, JSON_TYPE).end(feed.latest.json),
      },
    ],
    ['/events', { methods: ['GET'], answer: (_, response) => stream(feed, response) }],
    [
      '/orders',
      { methods: ['POST'], answer: (request, response) => takeOrder(request, response, token, order) },
    ],
  ]);
}

function sendPage(response: ServerResponse): void {
  const { text, policy } = pageDocument();
  response
    .writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy })
    .end(text);
}

function stream(feed: PageFeed, response: ServerResponse): void {
  response.setHeader('content-type', 'text/event-stream');
  if (!feed.add(response)) refuse(response, 503, 'too many windows show this page');
}

async function takeOrder(
  request: IncomingMessage,
  response: ServerResponse,
  token: string,
  order: PageServerOptions['order'],
): Promise<void> {
  if (!isToken(request.headers[TOKEN_HEADER], token)) {
    return sayNo(response, 403, 'the token is missing or wrong', 'open the address that the terminal shows');
  }
  if (request.headers['content-type'] !== JSON_TYPE['content-type']) {
    return sayNo(response, 415, `an order is ${JSON_TYPE['content-type']}`);
  }
  const text = await bodyOf(request);
  if (text === null) return sayNo(response, 413, `an order has ${MOST_ORDER_BYTES} bytes at most`);
  const body = orderBody.safeParse(parsed(text));
  if (!body.success) return sayNo(response, 400, 'an order is {"order": "rate", "factor": "2"}');
  try {
    const said = await order(body.data.order, body.data.factor);
    response.writeHead(200, JSON_TYPE).end(JSON.stringify({ text: said }));
  } catch (error) {
    if (!(error instanceof BootstormError)) throw error;
    sayNo(response, error.code === 'invalid-scenario' ? 400 : 409, error.message, error.hint);
  }
}

/** Null: too long. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_ORDER_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What holds for every answer. */
function guard(response: ServerResponse): void {
  response.setHeader('cache-control', 'no-store');
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('x-frame-options', 'DENY');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('cross-origin-resource-policy', 'same-origin');
  response.setHeader('cross-origin-opener-policy', 'same-origin');
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, TEXT).end(`${why}\n`);
}

function sayNo(response: ServerResponse, status: number, error: string, hint?: string): void {
  // What is left of a body that is too long is not read.
  if (status === 413) response.setHeader('connection', 'close');
  response.writeHead(status, JSON_TYPE).end(JSON.stringify({ error, hint: hint ?? null }));
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) response.destroy();
  else refuse(response, 500, asError(error).message);
}
