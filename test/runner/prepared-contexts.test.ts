import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deviceName } from '../../src/phone/identity.ts';
import { createTemporaryStore, type TemporaryStore } from '../../src/pki/temporary-store.ts';
import { openPhoneSecrets } from '../../src/runner/phone-secrets.ts';
import { firstGrant } from '../../src/runner/shard-grant.ts';
import { ShardRunner } from '../../src/runner/shard-runner.ts';
import { planOf } from '../scenario/load-yaml.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PHONES = 9;
/** Nobody is powered before this test is over. */
const FAR = Number.MAX_SAFE_INTEGER;

let store: TemporaryStore;
beforeAll(async () => {
  const phones = Array.from({ length: PHONES }, (_, index) => ({
    deviceName: deviceName(`02000000000${index}`),
    model: '7961G',
  }));
  store = await createTemporaryStore(phones, 1);
});
afterAll(() => store.close());

function scenario(contexts: string, security: string): string {
  return `
phones:
  generate: { count: ${PHONES} }
  security: { certificates: ${store.folder}, contexts: { ${contexts} } }
lab: { security: { ${security} } }
`;
}

/** What a shard of two has built when it says that it is prepared, and what made room again. */
async function prepared(contexts: string, security: string): Promise<readonly unknown[]> {
  const plan = planOf(scenario(contexts, security));
  const runner = new ShardRunner({ plan, ...firstGrant(0, null), shards: 2, agent: 'a', fenceAfterMs: null });
  try {
    await runner.prepare();
    runner.follow({ epoch: 1, version: 1, plan, startAtMs: FAR, steers: [], stop: null });
    const generator = runner.snapshot()?.generator;
    return [generator?.tlsContextsBuilt, generator?.tlsContextsEvicted];
  } finally {
    await runner.close();
  }
}

describe('TLS contexts of a shard with five of nine phones, before its start', () => {
  it.each([
    ['one for each phone', 'build: before-start', 'mode: mixed, deviceSecurityMode: encrypted', 5],
    [
      'no more than are kept',
      'build: before-start, most: 3',
      'mode: mixed, deviceSecurityMode: encrypted',
      3,
    ],
    [
      'one where they are built at first use',
      'build: first-use',
      'mode: mixed, deviceSecurityMode: encrypted',
      1,
    ],
    ['none where no phone is to be secured', 'build: before-start', 'mode: non-secure', 0],
    ['none in a mixed cluster for phones without security', 'build: before-start', 'mode: mixed', 0],
  ])('%s', async (_, contexts, security, built) => {
    expect(await prepared(contexts, security)).toEqual([built, 0]);
  });
});

const NAMED = 'target: { tftp: { servers: [127.0.0.1:69] }';

describe('keys for certificates from CAPF', () => {
  it.each([
    ['are made where the folder is a user’s own', true, 'lab: { security: { mode: mixed } }', 2],
    ['are not where there is no CAPF', true, 'lab: { security: { mode: non-secure } }', 1],
    ['are made where there is no folder', false, `${NAMED}, security: { allowCertificateChange: true } }`, 2],
    ['are not where CAPF may change nothing', false, `${NAMED} }`, 1],
  ])('%s', async (_, hasFolder, target, kinds) => {
    const own = temporaryFolder({ 'SEP020000000000.pem': '' });
    const folder = hasFolder ? `phones: { security: { certificates: ${own} } }` : '';
    const { spareKey } = await openPhoneSecrets(planOf(`${folder}\n${target}`));
    const keys = [spareKey(0), spareKey(0.99)];
    expect(new Set(keys).size).toBe(kinds);
    const bits = keys.map((key) => key?.asymmetricKeyDetails?.modulusLength ?? null);
    expect(bits).toEqual(kinds === 2 ? [2048, 2048] : [null, null]);
  });
});
