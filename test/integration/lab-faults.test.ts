/** Every fault that the lab knows, on real sockets: a phone that meets it is in service, or has failed with a cause. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LabCluster, startLab } from '../../src/lab/lab-cluster.ts';
import {
  FAULT_KIND_NAMES,
  faultField,
  type FaultKind,
  type FaultService,
  faultsOf,
  type LabFault,
} from '../../src/scenario/lab-faults.ts';
import { applyLab, type RunPlan } from '../../src/scenario/plan.ts';
import { planOf } from '../scenario/load-yaml.ts';
import { pause } from '../support/bootstorm-command.ts';
import { bootOnSockets, type Fate } from '../support/socket-phones.ts';

const SCENARIO = `
phones: { generate: { count: 64 }, maxBootAttempts: 1, restartPause: 0.1s }
skip: [power, image, vlan]
target: { lab: true, dns: { timeoutSeconds: 20s }, tftp: { timeoutSeconds: 20s, maxConfigBytes: 6000000 } }
lab: { callManagers: 1, configBytes: 2000 }
`;

/**
 * For phones whose fault is that a service does not answer: nothing else may be slow for them. A CTL file would be the
 * first that does not come.
 */
const IMPATIENT = {
  dhcp: 'target: { lab: true, dhcp: { backoffSeconds: [0.4, 0.4], jitterSeconds: 0 } }',
  dns: 'target: { lab: true, dns: { timeoutSeconds: 0.4s, attempts: 2 } }',
  tftp: 'target: { lab: true, tftp: { timeoutSeconds: 0.4s, requestAttempts: 2 } }',
  sccp: 'target: { lab: true, sccp: { registerTimeoutSeconds: 1s } }',
} as const;

/** What becomes of a phone whose every answer of the service meets the fault. */
const FATES: Readonly<
  Record<Exclude<FaultService, 'dns' | 'http' | 'tls' | 'capf' | 'tvs'>, Partial<Record<FaultKind, Fate>>>
> = {
  dhcp: {
    drop: 'dhcp dhcp-timeout',
    delay: 'ready',
    duplicate: 'ready',
    corrupt: 'dhcp dhcp-timeout',
    malformed: 'dhcp dhcp-timeout',
    truncate: 'dhcp dhcp-timeout',
    silence: 'dhcp dhcp-timeout',
    nak: 'dhcp dhcp-nak',
    'no-tftp': 'tftpServer no-tftp-server',
    'foreign-address': 'ctl destination-denied',
  },
  tftp: {
    drop: 'config tftp-timeout',
    delay: 'ready',
    duplicate: 'ready',
    corrupt: 'config tftp-timeout',
    malformed: 'config tftp-malformed',
    truncate: 'config config-malformed',
    silence: 'config tftp-timeout',
    'not-found': 'ready',
    'access-denied': 'config tftp-access-violation',
    'wrong-tid': 'ready',
    'not-xml': 'config config-malformed',
    oversize: 'config config-too-large',
    'entity-bomb': 'config config-malformed',
    'no-callmanager': 'config config-no-callmanager',
    'foreign-address': 'connect destination-denied',
    // Nothing is signed or encrypted here.
    'bad-signature': 'ready',
    'wrong-signer': 'ready',
    'wrong-key': 'ready',
    'hash-mismatch': 'ready',
  },
  sccp: {
    delay: 'ready',
    malformed: 'register sccp-malformed',
    truncate: 'register tcp-closed',
    silence: 'register sccp-no-answer',
    abort: 'register tcp-reset',
    close: 'register tcp-closed',
    'length-lie': 'register sccp-malformed',
    reject: 'register sccp-rejected',
    reset: 'ready sccp-reset',
    // A phone that boots does not ask for a token.
    'token-reject': 'ready',
  },
};

const DNS_FATES: Partial<Record<FaultKind, Fate>> = {
  drop: 'dns dns-timeout',
  delay: 'ready',
  duplicate: 'ready',
  corrupt: 'dns dns-server-failure',
  malformed: 'dns dns-timeout',
  truncate: 'dns dns-server-failure',
  silence: 'dns dns-timeout',
  'not-found': 'dns dns-name-error',
  'foreign-address': 'connect destination-denied',
};

/** Faults of services that are not secure. */
const PLAIN_FAULTS = FAULT_KIND_NAMES.filter((kind) =>
  (['dhcp', 'dns', 'tftp', 'http', 'sccp'] as const).some((on) => faultsOf(on).includes(kind)),
);

/** One phone for each fault: the fault hits it alone. */
const CASES = (['dhcp', 'tftp', 'sccp'] as const).flatMap((on) =>
  faultsOf(on)
    .filter((kind) => kind !== 'refuse')
    .map((kind) => ({ on, kind, expected: FATES[on][kind] })),
);
/** The phones before it are for faults that hit everybody. */
const FIRST_PHONE = 10;

function macOf(index: number): string {
  return `020000${index.toString(16).toUpperCase().padStart(6, '0')}`;
}

function faultOf(on: FaultService, kind: FaultKind, index: number): LabFault {
  const deviceName = `SEP${macOf(index)}`;
  const match = on === 'tftp' ? `${deviceName}.cnf.xml` : deviceName;
  return faultField.parse({ on, kind, delayMs: 100, match });
}

function callManagerPort(): number {
  return lab.endpoints.callManagers[0]?.port ?? 0;
}

/** Waits until connections are accepted, or refused: the lab looks now and then. */
async function untilConnecting(port: number, accepted: boolean): Promise<void> {
  while ((await accepts(port)) !== accepted) await pause(20);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

let lab: LabCluster;
let fates: ReadonlyMap<number, Fate>;

/** Phones that wait for the service no longer than they have to where they are to find out that it does not answer. */
function planFor(on: keyof typeof IMPATIENT, expected: Fate | undefined): RunPlan {
  if (!isForWantOfAnswer(expected)) return applyLab(planOf(SCENARIO), lab.endpoints);
  const impatient = SCENARIO.replace(/^target:.*$/m, IMPATIENT[on]);
  const skip = on === 'tftp' ? impatient.replace('vlan]', 'vlan, ctl]') : impatient;
  return applyLab(planOf(skip), lab.endpoints);
}

function isForWantOfAnswer(fate = ''): boolean {
  return /-(?:timeout|no-answer)$/.test(fate);
}

async function fatesOfCases(): Promise<ReadonlyMap<number, Fate>> {
  const isPatient = ({ expected }: (typeof CASES)[number]): boolean => !isForWantOfAnswer(expected);
  const groups = [
    CASES.filter(isPatient),
    ...(['dhcp', 'tftp', 'sccp'] as const).map((service) =>
      CASES.filter((one) => one.on === service && !isPatient(one)),
    ),
  ];
  const all = new Map<number, Fate>();
  for (const group of groups) {
    const [{ on, expected }] = group as [(typeof CASES)[number]];
    const indexes = group.map((one) => FIRST_PHONE + CASES.indexOf(one));
    for (const [index, fate] of await bootOnSockets(planFor(on, expected), indexes)) all.set(index, fate);
  }
  return all;
}

beforeAll(async () => {
  const named = planOf(SCENARIO);
  if (named.target.type !== 'lab') throw new Error('no lab');
  const faults = CASES.map(({ on, kind }, i) => faultOf(on, kind, FIRST_PHONE + i));
  lab = await startLab({ ...named.target.settings, faults }, named);
  fates = await fatesOfCases();
});

afterAll(() => lab.stop());

describe('a phone that meets a fault of the lab', () => {
  it.each(CASES.map((one, i) => ({ ...one, i })))('on $on: $kind: $expected', ({ i, expected }) => {
    expect(fates.get(FIRST_PHONE + i)).toBe(expected);
  });

  it.each(faultsOf('dns').map((kind) => ({ kind, expected: DNS_FATES[kind] })))(
    'on dns: $kind: $expected',
    async ({ kind, expected }) => {
      lab.setFaults([faultField.parse({ on: 'dns', kind, delayMs: 100 })]);
      const met = await bootOnSockets(planFor('dns', expected), [0, 1, 2]);
      expect([...met.values()]).toEqual([expected, expected, expected]);
    },
  );

  it('on sccp: refuse: connect tcp-refused', async () => {
    lab.setFaults([faultField.parse({ on: 'sccp', kind: 'refuse' })]);
    await untilConnecting(callManagerPort(), false);
    const met = await bootOnSockets(planFor('sccp', 'connect tcp-refused'), [0, 1, 2]);
    expect([...met.values()]).toEqual(['connect tcp-refused', 'connect tcp-refused', 'connect tcp-refused']);
  });

  it('leaves the lab healthy for the next one', async () => {
    lab.setFaults([]);
    await untilConnecting(callManagerPort(), true);
    const healthy = await bootOnSockets(planFor('sccp', 'ready'), [3, 4]);
    expect([...healthy.values()]).toEqual(['ready', 'ready']);
  });

  it('has met every kind of fault that a cluster without certificates can have', () => {
    const met = new Set<FaultKind>([...CASES.map(({ kind }) => kind), ...faultsOf('dns'), 'refuse', 'busy']);
    expect([...met].toSorted()).toEqual(PLAIN_FAULTS.toSorted());
  });
});
