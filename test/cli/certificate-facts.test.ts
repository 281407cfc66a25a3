import { describe, expect, it } from 'vitest';
import { inspectCertificates } from '../../src/cli/certificate-facts.ts';
import { makesPhoneCertificates } from '../../src/lab/phone-certificates.ts';
import { createTemporaryStore } from '../../src/pki/temporary-store.ts';
import { planOf } from '../scenario/load-yaml.ts';

function mixed(phones: string): string {
  return `
phones: { generate: { ${phones} }
lab: { security: { mode: mixed, deviceSecurityMode: encrypted } }
`;
}

async function inspected(count: number): ReturnType<typeof inspectCertificates> {
  const phones = [0, 1, 2].map((index) => ({ deviceName: `SEP02000000000${index}`, model: '7961G' }));
  const store = await createTemporaryStore(phones, 1);
  try {
    const yaml = mixed(`count: ${count} }, security: { certificates: ${store.folder} }`);
    return await inspectCertificates(planOf(yaml));
  } finally {
    store.close();
  }
}

describe('certificates before a run', () => {
  it('are counted', async () => {
    expect(await inspected(3)).toMatchObject({ warnings: [], facts: { phones: 3 } });
  });

  it('are refused where phones that are to be secured have none', async () => {
    await expect(inspected(5)).rejects.toMatchObject({
      code: 'invalid-certificates',
      message: expect.stringContaining('2 phones have no certificate: SEP020000000003, SEP020000000004'),
    });
  });
});

it.each([
  ['makes certificates in mixed mode', mixed('count: 3 }'), true],
  ['makes none where it is not in mixed mode', 'lab: { security: { deviceSecurityMode: encrypted } }', false],
  ['makes none where a folder is named', mixed('count: 3 }, security: { certificates: . }'), false],
])('a lab %s', (_, yaml, makes) => {
  const { target } = planOf(yaml);
  expect(target.type === 'lab' && makesPhoneCertificates(target.settings)).toBe(makes);
});
