/** `bootstorm pki`: a lab authority, certificates for a whole inventory, and what a cluster has to be told. */
import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EXIT_CODES } from '../../../src/cli/exit-codes.ts';
import { checkCertificates } from '../../../src/pki/certificate-store.ts';
import { openCertificateStore } from '../../../src/pki/open-store.ts';
import { openssl } from '../../pki/openssl.ts';
import { type FinishedCommand, runCommand } from '../../support/bootstorm-command.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const INVENTORY = 'mac,model\n001122334455,7961G\n00:11:22:33:44:66,7941G\n';
const NAMES = ['SEP001122334455', 'SEP001122334466'];

/** Runs `bootstorm pki` with the arguments and holds it to its end. */
async function pki(...args: readonly string[]): Promise<FinishedCommand> {
  const finished = await runCommand(['pki', ...args]);
  expect({ args, code: finished.code, stderr: finished.stderr }).toEqual({ args, code: 0, stderr: '' });
  return finished;
}

function mode(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

/** Lines of base64 in every file with private keys: long enough to be nobody else's. */
function secretsOf(folder: string): readonly string[] {
  return ['ca.key', 'keys.pem'].flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter((line) => line.length === 64 && !line.startsWith('-')),
  );
}

it('goes from an authority to certificates for an inventory, and to the cluster', async () => {
  const folder = temporaryFolder({ 'phones.csv': INVENTORY });
  const at = (name: string): string => join(folder, name);
  const said: FinishedCommand[] = [];
  said.push(await pki('init', at('lab'), '--name', 'Rollout CA', '--days', '10'));
  const authority = new X509Certificate(readFileSync(at('lab/ca.pem')));
  expect(said[0]?.stdout).toContain('CN=Rollout CA');
  expect(said[0]?.stdout).toContain(authority.fingerprint256);
  expect(said[0]?.stdout).toContain(authority.validTo);
  expect(said[0]?.stdout).toMatch(/WARNING: .* can impersonate any phone/);

  const issue = ['issue', at('lab'), '--inventory', at('phones.csv'), '--keys', '1'];
  said.push(await pki(...issue), await pki(...issue, '--kind', 'mic', '--mic-organisation', 'Somebody'));
  expect(said[1]?.stdout).toMatch(/^2 certificates \(lsc\) made, 0 valid ones kept, 1 keys; until /);
  said.push(await pki(...issue), await pki(...issue, '--again'));
  expect(said[3]?.stdout).toMatch(/^0 certificates \(lsc\) made, 2 valid ones kept/);
  expect(said[4]?.stdout).toMatch(/^2 certificates \(lsc\) made, 0 valid ones kept/);
  const mic = (await openCertificateStore(at('lab'))).credentialOf(NAMES[1] ?? '', 'mic');
  expect(new X509Certificate(mic?.certificate ?? '').subject).toBe(`O=Somebody\nCN=CP-7941G-${NAMES[1]}`);

  said.push(await pki('export', at('lab'), '--out', at('upload.pem'), '--phones', at('each')));
  const advice = said[5]?.stdout ?? '';
  for (const word of [
    'CallManager-trust',
    'CAPF-trust',
    'Cisco CallManager',
    'Cisco CTIManager',
    'Cisco Tftp',
  ])
    expect(advice).toContain(word);
  expect(advice).toMatch(/impersonate any phone[^]*To remove it again/);
  expect(readFileSync(at('upload.pem'), 'utf8').trim()).toBe(authority.toString().trim());
  expect(readdirSync(at('each'))).toEqual([...NAMES.map((name) => `${name}.pem`), 'ca.pem']);
  for (const name of NAMES) {
    const file = at(`each/${name}.pem`);
    expect(mode(file)).toBe('600');
    expect(openssl('verify', '-CAfile', at('lab/ca.pem'), '-purpose', 'sslclient', file)).toContain('OK');
    expect(openssl('x509', '-in', file, '-noout', '-pubkey')).toBe(openssl('pkey', '-in', file, '-pubout'));
  }
  expect(mode(at('each'))).toBe('700');
  // What is exported is a folder of one's own.
  expect(checkCertificates(await openCertificateStore(at('each')), NAMES)).toEqual([]);

  said.push(await pki('export', at('lab')));
  expect(said[6]?.stdout).toContain(authority.toString().trim());
  const secrets = secretsOf(at('lab'));
  expect(secrets.length).toBeGreaterThan(40);
  for (const { stdout, stderr } of said) {
    expect(stdout + stderr).not.toContain('PRIVATE KEY');
    expect(secrets.filter((line) => (stdout + stderr).includes(line))).toEqual([]);
  }
});

it('names all that is wrong at once, and writes over nothing', async () => {
  const folder = temporaryFolder({ 'phones.csv': INVENTORY });
  const lab = join(folder, 'lab');
  const [flags, none, occupied] = await Promise.all([
    runCommand(['pki', 'issue', lab, '--keys', 'many', '--kind', 'best', '--mic-organisation', '']),
    runCommand(['pki', 'issue', lab, '--phones', '1']),
    runCommand(['pki', 'init', folder]),
  ]);
  const { code } = EXIT_CODES.invalidConfiguration;
  expect([flags.code, none.code, occupied.code]).toEqual([code, code, code]);
  expect(flags.stderr).toMatch(
    /pki issue: 3 problems\n {2}--keys many: .*\n {2}--kind best: .*\n {2}--mic-organisation: /,
  );
  expect(none.stderr).toMatch(/cannot read certificates: .*\nhint: .*pki init/);
  expect(occupied.stderr).toMatch(/is not empty: nothing is overwritten\nhint: /);
  expect(readdirSync(folder)).toEqual(['phones.csv']);
});
