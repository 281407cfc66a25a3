/** Who may read the page of a run, and who may steer it. */
import { type IncomingMessage, request as openRequest } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BootstormError } from '../../src/errors.ts';
import { type PageServer, startPageServer } from '../../src/page/page-server.ts';
import { pageStateOf } from '../../src/page/page-state.ts';
import { exampleRun } from '../report/example-run.ts';
import { momentOf } from './moment.ts';

const STATE = pageStateOf(momentOf(exampleRun()));

let server: PageServer;
let builds = 0;
let orders: string[] = [];

beforeEach(async () => {
  builds = 0;
  orders = [];
  server = await startPageServer({
    host: '127.0.0.1',
    port: 0,
    state: () => {
      builds += 1;
      return STATE;
    },
    order: async (word, factor) => {
      if (word === 'dance') throw new BootstormError('invalid-scenario', 'dance is no order');
      if (word === 'pause') throw new BootstormError('run-not-open', 'the run is over', { hint: 'none' });
      orders.push(factor === undefined ? word : `${word} ${factor}`);
      return 'it will';
    },
  });
});

afterEach(() => server.close());

interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** With headers that `fetch` would not let through. */
function ask(
  path: string,
  {
    method = 'GET',
    headers = {},
    body = '',
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = openRequest(new URL(path, server.url), { method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

function give(order: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  const own = { 'content-type': 'application/json', 'x-bootstorm-token': server.token };
  return ask('/orders', { method: 'POST', headers: { ...own, ...headers }, body: JSON.stringify(order) });
}

describe('the page', () => {
  it('needs nothing but itself and its run, and lets nothing else in', async () => {
    const { status, headers, text } = await ask('/');
    expect(status).toBe(200);
    const policy = headers['content-security-policy'] as string;
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; connect-src 'self'/,
    );
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(text).not.toMatch(/(?:src|href)="(?!data:|#)/);
    expect(text).not.toContain(server.token);
    expect(text).not.toMatch(/innerHTML|insertAdjacentHTML|outerHTML|document\.write/);
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    });
  });

  it('has the state of the run as JSON, without the token', async () => {
    const { headers, text } = await ask('/state');
    expect(headers['content-type']).toBe('application/json');
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(STATE)));
    expect(text).not.toContain(server.token);
  });

  it('refuses what it does not have', async () => {
    expect((await ask('/etc/passwd')).status).toBe(404);
    expect((await ask('/orders')).status).toBe(405);
    expect((await ask('/state', { method: 'POST' })).headers['allow']).toBe('GET, HEAD');
    expect(
      (await ask('/orders', { method: 'OPTIONS', headers: { origin: 'http://evil.example' } })).status,
    ).toBe(403);
  });
});

describe('a reader', () => {
  it.each(['evil.example', 'evil.example:80', '127.0.0.1.evil.example', 'localhost.evil.example', '[evil]'])(
    'that came by the name %j is refused: it may have been made to mean this machine',
    async (host) => {
      for (const path of ['/', '/state', '/events']) {
        expect((await ask(path, { headers: { host } })).status).toBe(403);
      }
    },
  );

  it.each(['127.0.0.1', '127.0.0.1:1', 'localhost:9463', '[::1]:9463', '10.1.2.3:80'])(
    'that came by the address %s is answered, also through a forwarded port',
    async (host) => {
      expect((await ask('/state', { headers: { host } })).status).toBe(200);
    },
  );

  it('from another page is refused', async () => {
    expect((await ask('/state', { headers: { origin: 'http://evil.example' } })).status).toBe(403);
    expect((await ask('/state', { headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(403);
  });
});

describe('an order', () => {
  it('is given with the token, and what it comes to is said', async () => {
    const { status, text } = await give({ order: 'rate', factor: '2.5' });
    expect([status, JSON.parse(text)]).toEqual([200, { text: 'it will' }]);
    expect((await give({ order: 'abort' })).status).toBe(200);
    expect(orders).toEqual(['rate 2.5', 'abort']);
  });

  it('is refused without the token, with another one, and from another page', async () => {
    const { url, token } = server;
    const headers = { origin: new URL(url).origin };
    for (const wrong of ['', 'x', token.slice(1), `${token}x`, token.toUpperCase()]) {
      expect((await give({ order: 'abort' }, { ...headers, 'x-bootstorm-token': wrong })).status).toBe(403);
    }
    for (const origin of [
      'http://evil.example',
      'null',
      'http://127.0.0.1:1',
      `https://${new URL(url).host}`,
    ]) {
      expect((await give({ order: 'abort' }, { origin })).status).toBe(403);
    }
    expect((await give({ order: 'abort' }, { host: 'evil.example' })).status).toBe(403);
    expect((await give({ order: 'abort' }, { 'sec-fetch-site': 'same-site' })).status).toBe(403);
    expect(orders).toEqual([]);
    expect((await give({ order: 'abort' }, headers)).status).toBe(200);
  });

  it('is refused where it is no order, too long, or of another type', async () => {
    expect((await give({ order: 'x'.repeat(2000) })).status).toBe(413);
    expect((await give({ order: 'rate', factor: 2 })).status).toBe(400);
    expect((await give('abort')).status).toBe(400);
    expect((await give({ order: 'abort', more: 1 })).status).toBe(400);
    expect((await give({ order: 'abort' }, { 'content-type': 'text/plain' })).status).toBe(415);
    expect(orders).toEqual([]);
  });

  it('that the run does not take says why', async () => {
    const closed = await give({ order: 'pause' });
    expect([closed.status, JSON.parse(closed.text)]).toEqual([
      409,
      { error: 'the run is over', hint: 'none' },
    ]);
    const unknown = await give({ order: 'dance' });
    expect([unknown.status, JSON.parse(unknown.text)]).toEqual([
      400,
      { error: 'dance is no order', hint: null },
    ]);
  });
});

describe('the stream', () => {
  /** Resolves with the text of a stream once it has so many states, or has ended. */
  function watch(states: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const request = openRequest(new URL('/events', server.url), { agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
          if ((text.match(/^data:/gm) ?? []).length < states) return;
          resolve(text);
          request.destroy();
        });
        response.on('end', () => resolve(text));
        response.on('error', reject);
      });
      request.on('error', reject);
      request.end();
    });
  }
  const idsOf = (text: string): number[] => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));

  it('is built once for all who look', async () => {
    const streams = await Promise.all(Array.from({ length: 20 }, () => watch(2)));
    for (const text of streams) expect(text).toMatch(/^retry: 1000\n\nid: \d+\ndata: \{/);
    const ids = streams.map(idsOf);
    for (const [first = 0, second] of ids) expect(second).toBe(first + 1);
    expect(builds).toBe(Math.max(...ids.flat()));
  });

  it('ends with a last state', async () => {
    const stream = watch(100);
    const first = watch(1);
    await first;
    await server.close();
    expect(idsOf(await stream).at(-1)).toBe(builds);
    server = await startPageServer({ host: '127.0.0.1', port: 0, state: () => STATE, order: async () => '' });
  });

  it('is refused to more viewers than a run can serve', async () => {
    const streams = Array.from({ length: 64 }, () => watch(100));
    await watch(1).catch(() => '');
    const { status, text } = await ask('/events');
    expect([status, text]).toEqual([503, 'too many windows show this page\n']);
    await server.close();
    expect((await Promise.all(streams)).length).toBe(64);
    server = await startPageServer({ host: '127.0.0.1', port: 0, state: () => STATE, order: async () => '' });
  });
});

it('holds no more connections than it has use for, whoever opens them', async () => {
  const { port, hostname } = new URL(server.url);
  const sockets = Array.from({ length: 300 }, () => connect(Number(port), hostname));
  let refused = 0;
  await new Promise<void>((resolve) => {
    for (const socket of sockets) {
      socket.on('error', () => socket.destroy());
      socket.once('close', () => {
        refused += 1;
        if (refused === 300 - 256) resolve();
      });
    }
  });
  expect(sockets.filter(({ destroyed }) => !destroyed)).toHaveLength(256);
  for (const socket of sockets) socket.destroy();
});

it('says what is wrong with its place', async () => {
  const { port } = new URL(server.url);
  const other = { state: () => STATE, order: async () => '' };
  await expect(startPageServer({ host: '127.0.0.1', port: Number(port), ...other })).rejects.toMatchObject({
    code: 'address-in-use',
    hint: expect.stringContaining('--ui'),
  });
  await expect(startPageServer({ host: '203.0.113.1', port: 0, ...other })).rejects.toMatchObject({
    code: 'address-not-local',
  });
});
