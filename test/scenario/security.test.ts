import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compilePlan } from '../../src/scenario/compile.ts';
import { loadScenario } from '../../src/scenario/load.ts';
import { identityOf, type RunPlan } from '../../src/scenario/plan.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thrownBy } from '../support/thrown.ts';
import { planOf } from './load-yaml.ts';

const NAMED = 'tftp: { servers: [127.0.0.1:6969] }';

/** A scenario beside a folder `pki`, a password file, and a file that is none. */
function folderWith(yaml: string): string {
  const folder = temporaryFolder({ 'storm.yaml': yaml, 'password.txt': '12345', 'empty.txt': '' });
  mkdirSync(join(folder, 'pki'));
  chmodSync(join(folder, 'password.txt'), 0o600);
  return folder;
}

function planIn(folder: string, flags: Record<string, unknown> = {}): RunPlan {
  return compilePlan(loadScenario({ file: join(folder, 'storm.yaml'), flags }));
}

describe('the security of a scenario', () => {
  it('becomes settings of the phones, paths relative to the scenario file', () => {
    const folder = folderWith(`
phones:
  security:
    certificates: pki
    tlsProfile: 78xx
    trustListAttempts: forever
    trustListRetry: 5s..10s
    encryptedFirst: false
    handshakeTime: 3s..6s
    resumption: never
    contexts: { build: before-start, most: 500 }
    enrol: false
    passwordFile: password.txt
    keyTime: 1m
target:
  ${NAMED}
  security:
    allowCertificateChange: true
    handshakeTimeoutSeconds: 8s
    tvs: { port: 12445, timeoutSeconds: 250ms }
    capf: { timeoutSeconds: 1s, attempts: 2, retryPause: 1s }
`);
    expect(planIn(folder).boot.security).toEqual({
      certificates: join(folder, 'pki'),
      tlsProfile: '78xx',
      trustListAttempts: null,
      trustListRetry: { type: 'uniform', min: 5, max: 10 },
      tftpRecords: 'role',
      needsLsc: false,
      encryptedFirst: false,
      handshakeTimeoutMs: 8000,
      handshakeTime: { type: 'uniform', min: 3, max: 6 },
      resumption: 'never',
      contexts: { build: 'before-start', most: 500 },
      tvs: { port: 12445, timeoutMs: 250 },
      capf: {
        enrol: false,
        passwordFile: join(folder, 'password.txt'),
        allowCertificateChange: true,
        timeoutMs: 1000,
        attempts: 2,
        retryPause: { type: 'constant', seconds: 1 },
        keyTime: { type: 'constant', seconds: 60 },
      },
    });
  });

  it('takes the folder of a flag from where we are', () => {
    const folder = folderWith('phones: { security: { certificates: nowhere } }');
    const { boot } = planIn(folder, { certificates: join(folder, 'pki') });
    expect(boot.security.certificates).toBe(join(folder, 'pki'));
    const error = thrownBy(() => planIn(folder, { certificates: 'pki-of-nobody' }));
    expect(error.message).toContain(
      `--certificates: phones.security.certificates: there is no folder ${join(process.cwd(), 'pki-of-nobody')}`,
    );
  });

  it('names every folder and file that is missing at once, with contradictions', () => {
    const folder = folderWith(
      'phones: { security: { certificates: password.txt, passwordFile: pki } }\ntarget: { lab: false }\n',
    );
    const error = thrownBy(() => planIn(folder));
    expect(error.code).toBe('invalid-scenario');
    const problems = error.message
      .split('\n')
      .slice(1)
      .map((line) => line.replace(/^.*yaml:\d+:\d+: /, ''));
    expect(problems).toEqual([
      'target.lab: without the lab, name a server: dhcp.server, tftp.servers or callManagers',
      `phones.security.certificates: there is no folder ${join(folder, 'password.txt')}: make it with \`bootstorm pki init\` and \`bootstorm pki issue\``,
      `phones.security.passwordFile: there is no file ${join(folder, 'pki')}: write the authentication string into it, and nothing else`,
    ]);
  });

  it('refuses a password file without a password, and a path through a file', () => {
    const folder = folderWith(
      'phones: { security: { certificates: empty.txt/pki, passwordFile: empty.txt } }',
    );
    const { message } = thrownBy(() => planIn(folder));
    expect(message).toContain(
      `phones.security.certificates: there is no folder ${join(folder, 'empty.txt/pki')}`,
    );
    expect(message).toContain(`phones.security.passwordFile: ${join(folder, 'empty.txt')} is empty`);
  });

  it.each([
    [
      '{ security: { trustListAttempts: often } }',
      'expected "model", "forever", or a whole number from 1 to 100',
    ],
    ['{ security: { tlsProfile: 77xx } }', 'did you mean "79xx"?'],
    ['{ security: { password: geheim } }', 'phones.security.password: unknown key'],
    ['{ security: { contexts: { most: 0 } } }', 'expected a number to be at least 1'],
  ])('refuses phones: %s', (phones, message) => {
    expect(thrownBy(() => planOf(`phones: ${phones}`)).message).toContain(message);
  });

  it('lets CAPF change certificates in the lab, and elsewhere only when it is told so', () => {
    const allowed = (yaml: string): boolean => planOf(yaml).boot.security.capf.allowCertificateChange;
    expect(allowed('')).toBe(true);
    expect(allowed(`target: { ${NAMED} }`)).toBe(false);
    expect(allowed(`target: { ${NAMED}, security: { allowCertificateChange: true } }`)).toBe(true);
  });

  it.each([
    [`target: { ${NAMED}, security: { allowCertificateChange: true } }`, ['CAPF may replace']],
    [
      `phones: { security: { enrol: false } }\ntarget: { ${NAMED}, security: { allowCertificateChange: true } }`,
      [],
    ],
    ['target: { security: { allowCertificateChange: true } }', []],
    [`phones: { security: { passwordFile: password.txt } }\ntarget: { ${NAMED} }`, ['CAPF cannot change']],
    [
      'phones: { security: { passwordFile: password.txt, enrol: false } }',
      ['phones.security.passwordFile has no'],
    ],
    ['phones: { security: { passwordFile: password.txt } }', []],
  ])('warns of what has no effect, or too much: %s', (yaml, warnings) => {
    expect(planIn(folderWith(yaml)).warnings).toEqual(
      warnings.map((begin) => expect.stringContaining(begin)),
    );
  });

  it('warns of a password that others can read', () => {
    const folder = folderWith('phones: { security: { passwordFile: password.txt } }');
    chmodSync(join(folder, 'password.txt'), 0o644);
    expect(planIn(folder).warnings).toEqual([expect.stringContaining('others can read')]);
  });
});

describe('the security column of an inventory', () => {
  const INVENTORY = `mac,security
020000000001,Encrypted
020000000002,authenticated
020000000003,
020000000004,Non Secure
020000000005,non-secure
`;

  it('goes with the phone to the lab’s database', () => {
    const plan = planOf('phones: { inventory: phones.csv }', INVENTORY);
    const levels = [0, 1, 2, 3, 4].map((index) => identityOf(plan, index).security);
    expect(levels).toEqual(['encrypted', 'authenticated', undefined, 'none', 'none']);
  });

  it('is said of no phone that is made up', () => {
    expect(identityOf(planOf(''), 0)).not.toHaveProperty('security');
  });
});
