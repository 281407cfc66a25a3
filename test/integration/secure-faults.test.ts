/** The faults of a secure cluster, on real sockets: a phone that meets one is in service, or has failed with a cause. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LabCluster, startLab } from '../../src/lab/lab-cluster.ts';
import {
  faultField,
  type FaultKind,
  type FaultService,
  type LabFault,
} from '../../src/scenario/lab-faults.ts';
import { applyLab, type RunPlan, sourceAddressOf } from '../../src/scenario/plan.ts';
import { planOf } from '../scenario/load-yaml.ts';
import { pause } from '../support/bootstorm-command.ts';
import { bootOnSockets, type Fate } from '../support/socket-phones.ts';

const SCENARIO = `
phones:
  generate: { count: 48 }
  maxBootAttempts: 1
  restartPause: 0.1s
  security: { trustListAttempts: forever, trustListRetry: 0.2s }
skip: [power, image, vlan]
target:
  lab: true
  security: { handshakeTimeoutSeconds: 30s, tvs: { timeoutSeconds: 30s } }
lab:
  callManagers: 1
  configBytes: 2000
  security: { mode: mixed, deviceSecurityMode: encrypted, encryptedConfig: true }
`;

/** For phones whose fault is silence: nobody else is in haste. */
const IMPATIENT = SCENARIO.replaceAll('30s', '3s');

interface Case {
  readonly on: FaultService;
  readonly kind: FaultKind;
  readonly alert?: number;
  /** End of the file's name, after the device name. */
  readonly file?: string;
  readonly expected: Fate;
}

const CASES: readonly Case[] = [
  { on: 'tls', kind: 'delay', expected: 'ready' },
  { on: 'tls', kind: 'silence', expected: 'handshake tls-timeout' },
  { on: 'tls', kind: 'close', expected: 'handshake tls-closed' },
  { on: 'tls', kind: 'abort', expected: 'handshake tls-closed' },
  { on: 'tls', kind: 'malformed', expected: 'handshake tls-failed' },
  { on: 'tls', kind: 'tls-alert', alert: 40, expected: 'handshake tls-no-shared-suite' },
  { on: 'tls', kind: 'tls-alert', alert: 45, expected: 'handshake tls-certificate-refused' },
  { on: 'tls', kind: 'tls-alert', alert: 48, expected: 'handshake tls-certificate-refused' },
  { on: 'tls', kind: 'tls-alert', alert: 70, expected: 'handshake tls-version-refused' },
  { on: 'tls', kind: 'tls-alert', alert: 80, expected: 'handshake tls-alert' },
  { on: 'tls', kind: 'expired-certificate', expected: 'handshake tls-server-untrusted' },
  { on: 'tls', kind: 'foreign-certificate', expected: 'handshake tls-server-untrusted' },
  { on: 'tftp', kind: 'bad-signature', file: '.cnf.xml.sgn', expected: 'config signature-invalid' },
  { on: 'tftp', kind: 'wrong-signer', file: '.cnf.xml.sgn', expected: 'config signer-unknown' },
  { on: 'tftp', kind: 'bad-signature', file: '.cnf.xml.enc.sgn', expected: 'config signature-invalid' },
  { on: 'tftp', kind: 'wrong-key', file: '.cnf.xml.enc.sgn', expected: 'config decrypt-failed' },
  { on: 'tftp', kind: 'hash-mismatch', file: '.cnf.xml.enc.sgn', expected: 'config decrypt-failed' },
];
/** The phones before it are for tests of their own. */
const FIRST_PHONE = 10;

let lab: LabCluster;
let plan: RunPlan;
let impatient: RunPlan;

function deviceOf(index: number): string {
  return `SEP020000${index.toString(16).toUpperCase().padStart(6, '0')}`;
}

function faultOf({ on, kind, alert, file }: Case, index: number): LabFault {
  const match = on === 'tls' ? (sourceAddressOf(plan, index) ?? '') : `${deviceOf(index)}${file}`;
  return faultField.parse({ on, kind, delayMs: 100, match, ...(alert === undefined ? {} : { alert }) });
}

beforeAll(async () => {
  const named = planOf(SCENARIO);
  if (named.target.type !== 'lab') throw new Error('no lab');
  lab = await startLab(named.target.settings, named);
  plan = applyLab(named, lab.endpoints);
  impatient = applyLab(planOf(IMPATIENT), lab.endpoints);
});

afterAll(() => lab.stop());

async function fateOf(index: number, ofPlan = plan): Promise<Fate | undefined> {
  return (await bootOnSockets(ofPlan, [index])).get(index);
}

async function countOf(service: string, name: string): Promise<number> {
  const count = (await lab.stats())[service]?.[name];
  if (count === undefined) throw new Error(`no count ${name} of ${service}`);
  return count;
}

/** Orders arrive in order: when the counts have come, the faults have. */
async function withFaults(faults: readonly LabFault[]): Promise<void> {
  lab.setFaults(faults);
  await lab.stats();
}

describe('a phone that meets a fault of the secure lab', () => {
  let fates: ReadonlyMap<number, Fate>;
  beforeAll(async () => {
    await withFaults(CASES.map((one, i) => faultOf(one, FIRST_PHONE + i)));
    const met = async (ofPlan: RunPlan, isSilence: boolean): Promise<ReadonlyMap<number, Fate>> => {
      const cases = CASES.filter(({ kind }) => (kind === 'silence') === isSilence);
      return bootOnSockets(
        ofPlan,
        cases.map((one) => FIRST_PHONE + CASES.indexOf(one)),
      );
    };
    fates = new Map([...(await met(plan, false)), ...(await met(impatient, true))]);
  });

  it.each(CASES.map((one, i) => ({ ...one, i, what: `${one.kind} ${one.alert ?? one.file ?? ''}` })))(
    'on $on: $what: $expected',
    ({ i, expected }) => {
      expect(fates.get(FIRST_PHONE + i)).toBe(expected);
    },
  );

  it('has hit nobody else', async () => {
    expect(await fateOf(0)).toBe('ready');
  });
});

it('waits for trust lists that are missing, and is in service when they have appeared', async () => {
  await withFaults([faultField.parse({ on: 'tftp', kind: 'not-found', match: '.tlv' })]);
  const before = await countOf('tftp', 'notFound');
  const patient = { ...plan, boot: { ...plan.boot, maxBootAttempts: null } };
  const fate = fateOf(1, patient);
  // Three files at each boot: the phone has come back for them.
  while ((await countOf('tftp', 'notFound')) < before + 4) await pause(20);
  await withFaults([]);
  expect(await fate).toBe('ready');
});

it.each([
  ['says that it is invalid', null, 'invalid'],
  ['is silent', 'silence', 'spoilt'],
  ['closes the connection', 'close', 'spoilt'],
  ['says so of every certificate', 'invalid', 'invalid'],
] as const)('asks TVS about a server that no trust list names, and TVS %s', async (_, kind, counted) => {
  await withFaults([
    faultField.parse({ on: 'tls', kind: 'foreign-certificate' }),
    ...(kind === null ? [] : [faultField.parse({ on: 'tvs', kind })]),
  ]);
  const before = await countOf('tvs', counted);
  expect(await fateOf(2, kind === 'silence' ? impatient : plan)).toBe('handshake tls-server-untrusted');
  while ((await countOf('tvs', counted)) === before) await pause(20);
  expect(await countOf('tvs', counted)).toBe(before + 1);
});
