import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createNamespace } from '../support/interop/namespace.ts';

it.each(['tcp', 'tls'])(
  'a connection (%s) from a blackholed address ends unheard, and is reset when the server speaks to it',
  async (kind) => {
    const namespace = await createNamespace();
    try {
      const child = join(import.meta.dirname, 'blackhole-child.ts');
      const { stdout, stderr } = await namespace.run(process.execPath, ['--import', 'tsx', child, kind]);
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toEqual({
        blocked: true,
        whileDark: [],
        openWhileDark: 'open',
        afterWrite: ['ECONNRESET'],
        inOrder: ['FIN'],
        blockedTwice: false,
        afterClose: false,
      });
      const routes = await namespace.run('ip', ['route', 'show', 'table', 'local', 'type', 'blackhole']);
      expect(routes.stdout).toBe('');
    } finally {
      await namespace.remove();
    }
  },
);
