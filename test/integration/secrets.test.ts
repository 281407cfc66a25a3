/**
 * After real runs of secure phones, with enrolment by password: no private key and no password is in anything that the
 * program wrote or said.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { issuePhoneCertificates } from '../../src/pki/issue-phones.ts';
import { initialiseAuthority } from '../../src/pki/kept-authority.ts';
import { STORE_FILES } from '../../src/pki/store-files.ts';
import { deviceName } from '../../src/phone/identity.ts';
import { type RunSummary, summarySchema } from '../../src/report/summary-schema.ts';
import { type FinishedCommand, startCommand } from '../support/bootstorm-command.ts';
import { freePort } from '../support/free-port.ts';
import {
  filesBelow,
  findSecrets,
  keysOfPem,
  type Output,
  type Secret,
  secretsOfKey,
} from '../support/secret-finder.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PHONES = 8;
const LIMIT_MS = 240_000;
const PASSWORD = 'Zq7-xW4t-91kP-vv2m';

const LAB = `
phones: { generate: { count: ${PHONES} }, security: { certificates: pki, passwordFile: password.txt } }
timing: { compression: 60 }
lab:
  callManagers: 2
  names: address
  security:
    mode: mixed
    deviceSecurityMode: encrypted
    encryptedConfig: true
    capf: { operation: install, authMode: password }
`;

let outputs: readonly Output[];
let secrets: readonly Secret[];
let summary: RunSummary;
let enrolled: string;

beforeAll(async () => {
  const folder = temporaryFolder({ 'password.txt': PASSWORD });
  const pki = join(folder, 'pki');
  await makePki(pki);
  const keys = [STORE_FILES.authorityKey, STORE_FILES.keys].flatMap((file) =>
    keysOfPem(readFileSync(join(pki, file), 'utf8')),
  );
  secrets = [
    { name: 'password', bytes: Buffer.from(PASSWORD) },
    ...keys.flatMap((key, number) => secretsOfKey(`key ${number}`, key)),
  ];
  const storm = await secureStorm(folder);
  const phone = await securePhone(folder);
  enrolled = phone.stdout;
  summary = summarySchema.parse(JSON.parse(readFileSync(join(storm.folder, 'summary.json'), 'utf8')));
  outputs = [
    ...outputsOf('run', storm),
    { name: 'metrics', bytes: Buffer.from(storm.metrics) },
    { name: 'processes', bytes: storm.processes },
    ...outputsOf('phone', phone),
  ];
}, 3 * LIMIT_MS);

async function makePki(folder: string): Promise<void> {
  await initialiseAuthority(folder, { days: 2 });
  const phones = Array.from({ length: PHONES }, (_, index) => ({
    deviceName: deviceName(`0200${index.toString(16).toUpperCase().padStart(8, '0')}`),
    model: '7961G',
  }));
  const options = { kind: 'mic', seed: 1, keys: 3, again: false, micOrganisation: 'test' } as const;
  await issuePhoneCertificates(folder, phones, options);
}

interface WatchedStorm extends FinishedCommand {
  readonly metrics: string;
  /** Command lines. */
  readonly processes: Buffer;
}

/** A storm with every file that it writes, and what metrics and `ps` said while it lasted. */
async function secureStorm(folder: string): Promise<WatchedStorm> {
  const port = await freePort();
  const scenario = join(folder, 'storm.yaml');
  writeFileSync(scenario, `name: secrets\nhold: 10m\nmaxDuration: 20m\n${LAB}`);
  const args = ['run', scenario, '--json', 'summary.json', '--metrics-port', String(port)];
  const run = startCommand(args, { timeoutMs: LIMIT_MS });
  await run.logged('holding');
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const processes = execFileSync('ps', ['axwwo', 'args']);
  run.interrupt();
  return { ...(await run.finished), metrics, processes };
}

/** One phone against a lab by itself: its trace, its recording, its capture. */
async function securePhone(folder: string): Promise<FinishedCommand> {
  const names = ['dhcp', 'dhcpReply', 'dns', 'tftp', 'http', 'sccp', 'securedSccp', 'capf', 'tvs'];
  const ports = new Map<string, number>();
  for (const name of names) ports.set(name, await freePort());
  const scenario = join(folder, 'lab.yaml');
  const written = [...ports].map(([name, port]) => `${name}: ${port}`).join(', ');
  writeFileSync(scenario, `${LAB}  ports: { ${written} }\n`);
  const lab = startCommand(['lab', scenario], { timeoutMs: LIMIT_MS });
  await lab.printed(/TFTP/);
  const args = ['phone', deviceName('020000000000'), '--tftp', `127.0.0.1:${ports.get('tftp')}`];
  const files = ['--certificates', join(folder, 'pki'), '--capf-password-file', join(folder, 'password.txt')];
  const written2 = ['--record', 'boot.jsonl', '--pcap', 'boot.pcap', '--hold', '2s'];
  const phone = await startCommand([...args, ...files, ...written2], { timeoutMs: LIMIT_MS }).finished;
  lab.interrupt();
  const ended = await lab.finished;
  return { ...phone, stderr: `${phone.stderr}${ended.stdout}${ended.stderr}` };
}

function outputsOf(name: string, { stdout, stderr, folder }: FinishedCommand): Output[] {
  return [
    { name: `${name}: stdout`, bytes: Buffer.from(stdout) },
    { name: `${name}: stderr`, bytes: Buffer.from(stderr) },
    ...filesBelow(folder, () => false).map((file) => ({ ...file, name: `${name}: ${file.name}` })),
  ];
}

describe('after runs of secure phones', () => {
  it('there are outputs of every kind, of phones that used their keys and the password', () => {
    const names = outputs.map((output) => output.name.replace(/\d{8}-\d{6}-[0-9a-f]{4}/, 'ID'));
    expect(names).toEqual(
      expect.arrayContaining([
        'run: stdout',
        'run: summary.json',
        'run: bootstorm-results/ID/run-log.jsonl',
        'run: bootstorm-results/ID/report.txt',
        'metrics',
        'processes',
        'phone: stdout',
        'phone: boot.jsonl',
        'phone: boot.pcap',
      ]),
    );
    const processes = outputs.find(({ name }) => name === 'processes')?.bytes.toString() ?? '';
    for (const process of ['agent-process', 'lab-process']) expect(processes).toContain(process);
    expect(summary.security.inService.encrypted).toBe(PHONES);
    expect(summary.security.enrolments.install).toBe(PHONES);
    expect(enrolled).toMatch(/CAPF/i);
  });

  it('no private key and no password is in any of them', () => {
    expect(secrets.length).toBeGreaterThan(20);
    expect(findSecrets(outputs, secrets)).toEqual([]);
  });

  it('a secret that is planted in any of them is found', () => {
    for (const [place, output] of outputs.entries()) {
      const secret = secrets[place % secrets.length] as Secret;
      const form = (['hex', 'base64'] as const)[place % 2] ?? 'hex';
      const planted = Buffer.concat([output.bytes, Buffer.from(secret.bytes.toString(form))]);
      expect(findSecrets([{ ...output, bytes: planted }], [secret])).toEqual([
        `${output.name}: ${secret.name} as ${form}`,
      ]);
    }
  });
});
