import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compilePlan } from '../../src/scenario/compile.ts';
import { onDemand } from '../../src/scenario/describe-lab.ts';
import type { LabSettings } from '../../src/scenario/lab-settings.ts';
import { loadScenario } from '../../src/scenario/load.ts';
import { applyLab, type RunPlan } from '../../src/scenario/plan.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thrownBy } from '../support/thrown.ts';
import { planOf } from './load-yaml.ts';

function labOf({ target }: RunPlan): LabSettings {
  if (target.type !== 'lab') throw new Error('no lab');
  return target.settings;
}

const at = (port: number): { host: string; port: number } => ({ host: '127.0.0.1', port });

describe('the security of the lab', () => {
  it('is none by default', () => {
    expect(labOf(planOf('')).security).toMatchObject({
      mode: 'non-secure',
      signedFiles: false,
      deviceSecurityMode: 'none',
      encryptedConfig: false,
      capf: { operation: 'none' },
    });
  });

  it('has signed files with mixed mode, and by themselves', () => {
    expect(labOf(planOf('lab: { security: { mode: mixed } }')).security.signedFiles).toBe(true);
    const alone = labOf(planOf('lab: { security: { signedFiles: true } }')).security;
    expect(alone).toMatchObject({ mode: 'non-secure', signedFiles: true });
  });

  it.each([
    [11.5, false],
    [12, true],
    [12.5, true],
  ])('lets phones auto-register in mixed mode of release %d: %s', (release, isOn) => {
    const plan = planOf(`lab: { autoRegistration: true, security: { mode: mixed, release: ${release} } }`);
    expect(labOf(plan).autoRegistration).toBe(isOn);
    expect(plan.warnings.some((text) => text.includes('auto-registration is off'))).toBe(!isOn);
  });

  it('keeps auto-registration outside of mixed mode, whatever the release', () => {
    const plan = planOf('lab: { autoRegistration: true, security: { release: 9.1 } }');
    expect(labOf(plan).autoRegistration).toBe(true);
  });

  it('takes the certificates and the password of the phones, unless it has its own', () => {
    const files = { 'storm.yaml': '', 'password.txt': '1', 'lab.txt': '2' };
    const plan = (lab: string): LabSettings => {
      const yaml = `
phones: { security: { certificates: pki, passwordFile: password.txt } }
lab: { security: { mode: mixed${lab} } }
`;
      const folder = temporaryFolder({ ...files, 'storm.yaml': yaml });
      for (const name of ['pki', 'others']) mkdirSync(join(folder, name));
      const settings = labOf(compilePlan(loadScenario({ file: join(folder, 'storm.yaml') })));
      const { certificates, capf } = settings.security;
      const cut = (path = ''): string => path.replace(`${folder}/`, '');
      return {
        ...settings,
        security: {
          ...settings.security,
          certificates: cut(certificates),
          capf: { ...capf, passwordFile: cut(capf.passwordFile) },
        },
      };
    };
    expect(plan('').security).toMatchObject({ certificates: 'pki', capf: { passwordFile: 'password.txt' } });
    expect(plan(', certificates: others, capf: { passwordFile: lab.txt }').security).toMatchObject({
      certificates: 'others',
      capf: { passwordFile: 'lab.txt' },
    });
  });

  it('gives phones the certificates that were made for it, and the port of TVS', () => {
    const plan = planOf('lab: { security: { mode: mixed } }');
    const secure = { callManagers: [at(2443)], capf: at(3804), tvs: at(12_445), certificates: 'made' };
    const endpoints = {
      dhcp: at(1),
      dhcpReplyPort: 2,
      dns: at(3),
      tftp: [at(4)],
      http: at(5),
      callManagers: [at(6)],
      srst: null,
      secure,
    };
    expect(applyLab(plan, endpoints).boot.security).toMatchObject({
      certificates: 'made',
      tvs: { port: 12_445 },
    });
  });
});

it('a fault of TLS names its alert', () => {
  const plan = planOf(
    'lab: { security: { mode: mixed }, faults: [{ on: tls, kind: tls-alert, alert: 48 }] }',
  );
  expect(onDemand(labOf(plan))).toEqual(['fault: tls tls-alert 48, 100 % of requests']);
});

describe('what contradicts itself is refused, all at once', () => {
  it.each([
    ['lab: { security: { mode: mixed, signedFiles: false } }', 'has signed files'],
    ['lab: { security: { encryptedConfig: true } }', 'encrypted files are signed'],
    ['lab: { security: { capf: { operation: install } } }', 'has no CAPF'],
    [
      'lab: { security: { mode: mixed, capf: { operation: install, authMode: password } } }',
      'missing: passwordFile',
    ],
    ['lab: { faults: [{ on: tls, kind: silence }] }', 'has no TLS'],
    ['lab: { security: { signedFiles: true }, faults: [{ on: tls, kind: silence }] }', 'has no TLS'],
    ['lab: { faults: [{ on: capf, kind: reject }] }', 'has no CAPF'],
    ['lab: { faults: [{ on: tvs, kind: invalid, node: 1 }] }', 'only for sccp and tls'],
    ['lab: { events: [{ at: 1s, do: kill, node: security }] }', 'no CAPF and TVS'],
    ['lab: { events: [{ at: 1s, do: reset, node: security }] }', 'has no phones'],
    ['lab: { security: { certificates: nowhere } }', 'there is no folder'],
    ['lab: { security: { mode: mixed, capf: { passwordFile: nowhere } } }', 'there is no file'],
    ['lab: { security: { minTlsVersion: TLSv1.3 } }', 'minTlsVersion'],
  ])('%s', (yaml, message) => {
    const error = thrownBy(() => planOf(yaml));
    expect(error).toMatchObject({ code: 'invalid-scenario' });
    expect(String(error)).toContain(message);
  });

  it('a mode of phones without a cluster that is secure is a warning', () => {
    const { warnings } = planOf('lab: { security: { deviceSecurityMode: encrypted } }');
    expect(warnings.some((text) => text.includes('phones are not encrypted'))).toBe(true);
  });
});
