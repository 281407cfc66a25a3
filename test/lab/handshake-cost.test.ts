import { expect, test } from 'vitest';
import { measureHandshakeCost } from '../../src/lab/handshake-cost.ts';
import { TLS_PROFILES } from '../../src/phone/tls-profiles.ts';

test('a handshake costs CPU time; the sessions of the resumed ones were resumed', async () => {
  const { fullMs, resumedMs } = await measureHandshakeCost(TLS_PROFILES['78xx'].encrypted);
  expect(fullMs).toBeGreaterThan(0);
  expect(resumedMs).toBeGreaterThanOrEqual(0);
});

test.each([
  ['no version that Node has', { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2', suites: ['AES128-SHA'] }],
  ['no suite that Node has', { minVersion: 'TLSv1', maxVersion: 'TLSv1', suites: ['RC4-SHA'] }],
] as const)("a profile with %s is the operator's error, with the reason", async (_, profile) => {
  const error = await measureHandshakeCost({ name: 'old', ...profile }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    code: 'invalid-scenario',
    message: expect.stringMatching(
      /^no TLS handshake as "old" is possible with Node v.*: no (cipher|protocol)/,
    ),
  });
});
