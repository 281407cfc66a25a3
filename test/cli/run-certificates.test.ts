import { existsSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inspectCertificates } from '../../src/cli/certificate-facts.ts';
import { makeRunCertificates } from '../../src/cli/run-certificates.ts';
import { planOf } from '../scenario/load-yaml.ts';

const MIXED = `
phones: { generate: { count: 3 } }
lab: { security: { mode: mixed, deviceSecurityMode: encrypted } }
`;

describe('certificates for one run', () => {
  it('are made for every phone, told in one line, and gone when they are closed', async () => {
    const said: string[] = [];
    const listeners = process.listenerCount('SIGTERM');
    const made = await makeRunCertificates(planOf(MIXED), (line) => said.push(line));
    try {
      const folder = made?.plan.boot.security.certificates ?? '';
      expect(said).toEqual([expect.stringMatching(/^certificates: made 3 in [\d.]+ s, for this run only$/)]);
      expect(statSync(folder).mode & 0o777).toBe(0o700);
      expect(made?.plan.target).toMatchObject({ settings: { security: { certificates: folder } } });
      const inspected = made === null ? null : await inspectCertificates(made.plan);
      expect(inspected?.facts).toMatchObject({ folder, phones: 3 });
      made?.close();
      expect(existsSync(folder)).toBe(false);
      expect(process.listenerCount('SIGTERM')).toBe(listeners);
    } finally {
      made?.close();
    }
  });

  it.each([
    ['a lab that is not in mixed mode', 'lab: { security: { deviceSecurityMode: encrypted } }'],
    ['servers that are named', 'target: { tftp: { servers: [127.0.0.1:69] } }'],
    [
      'a folder that is named',
      `${MIXED}target: { lab: true }\n`.replace('count: 3 }', 'count: 3 }, security: { certificates: . }'),
    ],
  ])('are not made for %s', async (_, yaml) => {
    const said: string[] = [];
    expect(await makeRunCertificates(planOf(yaml), (line) => said.push(line))).toBeNull();
    expect(said).toEqual([]);
  });
});

describe('certificates before a run', () => {
  it('are refused where phones that are to be secured have none', async () => {
    const made = await makeRunCertificates(planOf(MIXED), () => {});
    try {
      const folder = made?.plan.boot.security.certificates;
      const more = planOf(MIXED.replace('count: 3 }', `count: 5 }, security: { certificates: ${folder} }`));
      await expect(inspectCertificates(more)).rejects.toMatchObject({
        code: 'invalid-certificates',
        message: expect.stringContaining('SEP020000000004: no certificate'),
      });
    } finally {
      made?.close();
    }
  });
});
