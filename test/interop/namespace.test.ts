/** A namespace has `lo` and no way out, runs servers and captures like any other place, and is removed. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startCapture } from '../support/interop/capture.ts';
import { startDnsmasqDns } from '../support/interop/dns-server.ts';
import { dissect } from '../support/interop/dissect.ts';
import { startProcess } from '../support/interop/foreground-process.ts';
import { createNamespace, type Namespace } from '../support/interop/namespace.ts';

let namespace: Namespace;

beforeEach(async () => {
  namespace = await createNamespace();
});

afterEach(() => namespace.remove());

test('there is no interface but lo, which is up', async () => {
  const { status, stdout } = await namespace.run('ip', ['-brief', 'link']);
  expect(status).toBe(0);
  expect(stdout.trim().split('\n')).toHaveLength(1);
  expect(stdout).toMatch(/^lo .*[<,]UP[,>]/);
});

test('there is no route to anywhere else', async () => {
  // `route get` looks the route up, and sends nothing.
  const { status, stderr } = await namespace.run('ip', ['route', 'get', '192.0.2.1']);
  expect(status).not.toBe(0);
  expect(stderr).toContain('unreachable');
});

test('a server and a capture in it see what is said in it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bootstorm-namespace-'));
  try {
    const server = await startDnsmasqDns({ namespace, hosts: { 'cucm.example.test': '127.0.0.31' } });
    const file = join(folder, 'dns.pcapng');
    const capture = await startCapture({ namespace, filter: `udp port ${server.port}`, file });
    const program = `const r = new (require('dns').promises.Resolver)();
      r.setServers(['127.0.0.1:${server.port}']);
      r.resolve4('cucm.example.test').then((addresses) => console.log(addresses.join()));`;
    const { stdout } = await namespace.run(process.execPath, ['-e', program]);
    await capture.stop();
    await server.stop();
    expect(stdout.trim()).toBe('127.0.0.31');
    const rows = await dissect(file, ['dns.a'], {
      ports: { dns: [server.port] },
      filter: 'dns.flags.response == 1',
    });
    expect(rows.map((row) => row['dns.a'])).toEqual([['127.0.0.31']]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a process that ends before it is ready is reported with what it said', async () => {
  const started = startProcess('sh', ['-c', 'echo out of order; exit 3'], {
    namespace,
    readyWhen: { line: /^ready/ },
  });
  await expect(started).rejects.toThrow(/ended \(3\) before it was ready\nout of order/);
});

test('children end with their process', async () => {
  const started = await startProcess('sh', ['-c', 'sleep 1000 & echo child $!; wait'], {
    readyWhen: { line: /^child \d+$/m },
  });
  const child = /^child (\d+)$/m.exec(started.log())?.[1];
  expect(isAlive(child)).toBe(true);
  await started.stop();
  // The kernel ends the whole group, one process after the other.
  await expect.poll(() => isAlive(child)).toBe(false);
});

/** A process that has ended may keep its entry for a while, as a zombie: proc(5), third field of stat. */
function isAlive(pid: string | undefined): boolean {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && !/\) [ZX] /.test(readFileSync(stat, 'utf8'));
}
