/** Servers that misbehave are outcomes of the phones that met them, by stage, cause and server; the run goes on. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { type FinishedStorm, ledgerSum, runStorm } from '../support/bootstorm-command.ts';
import { freePort } from '../support/free-port.ts';
import { createNamespace, type Namespace } from '../support/interop/namespace.ts';

/** Where the lab's `foreign-address` fault sends phones: TEST-NET-3 (RFC 5737). */
const FOREIGN = '203.0.113.66';

const BASE = `
name: bad servers
skip: [power, image, vlan]
hold: 0s
maxDuration: 5m
`;

/** Only who meets silence waits so long for TFTP or the registration; whatever else is slow on a busy machine has time. */
const PATIENT = `
target:
  dns: { timeoutSeconds: 20s }
  tftp: { timeoutSeconds: 0.5s, requestAttempts: 10, blockAttempts: 10, maxConfigBytes: 6000000 }
  sccp: { registerTimeoutSeconds: 5s }
`;

/** Nobody is there who could be slow. */
const IMPATIENT = `
target:
  tftp: { timeoutSeconds: 0.3s, requestAttempts: 2 }
`;

interface BadServer {
  readonly fault: string;
  readonly becomes: readonly [stage: string, cause: string];
}

/** Phone i meets fault i. */
function scenarioOf(faults: readonly BadServer[], phones: number): string {
  const lines = faults.map(
    ({ fault }, i) => `    - { ${fault.replace('PHONE', `SEP02000000000${i.toString(16).toUpperCase()}`)} }`,
  );
  return [
    BASE,
    PATIENT,
    `phones: { generate: { count: ${phones} }, maxBootAttempts: 1 }`,
    'lab:',
    '  callManagers: 1',
    '  faults:',
    ...lines,
  ].join('\n');
}

/** `stage cause` of every phone that is not in service, as often as there are phones. */
function fatesOf({ summary }: FinishedStorm): readonly string[] {
  return summary.unfinished
    .flatMap(({ stage, cause, count }) => Array.from({ length: count }, () => `${stage} ${cause}`))
    .toSorted();
}

const BAD_SERVERS: readonly BadServer[] = [
  { fault: 'on: tftp, kind: not-xml, match: PHONE.cnf.xml', becomes: ['config', 'config-malformed'] },
  { fault: 'on: tftp, kind: oversize, match: PHONE.cnf.xml', becomes: ['config', 'config-too-large'] },
  { fault: 'on: tftp, kind: entity-bomb, match: PHONE.cnf.xml', becomes: ['config', 'config-malformed'] },
  {
    fault: 'on: tftp, kind: no-callmanager, match: PHONE.cnf.xml',
    becomes: ['config', 'config-no-callmanager'],
  },
  { fault: 'on: tftp, kind: silence, match: PHONE.cnf.xml', becomes: ['config', 'tftp-timeout'] },
  { fault: 'on: sccp, kind: length-lie, match: PHONE', becomes: ['register', 'sccp-malformed'] },
  { fault: 'on: sccp, kind: truncate, match: PHONE', becomes: ['register', 'tcp-closed'] },
  { fault: 'on: sccp, kind: close, match: PHONE', becomes: ['register', 'tcp-closed'] },
  { fault: 'on: sccp, kind: silence, match: PHONE', becomes: ['register', 'sccp-no-answer'] },
  { fault: 'on: sccp, kind: malformed, match: PHONE', becomes: ['register', 'sccp-malformed'] },
];

describe('bad servers', () => {
  it('are counted by stage and cause, and the other phones are in service', async () => {
    const storm = await runStorm(scenarioOf(BAD_SERVERS, 12));
    expect(storm.code).toBe(EXIT_CODES.thresholdsMissed.code);
    expect(storm.stderr).toBe('');
    expect(storm.summary.phones).toMatchObject({ asked: 12, ready: 2, failed: 10 });
    expect(ledgerSum(storm.summary)).toBe(12);
    expect(fatesOf(storm)).toEqual(BAD_SERVERS.map(({ becomes }) => becomes.join(' ')).toSorted());
    expect(storm.summary.failures.reduce((sum, { count }) => sum + count, 0)).toBe(10);
    expect(storm.summary.failures.every(({ server }) => server?.startsWith('127.0.0.1:'))).toBe(true);
    expect(storm.log.find(({ type }) => type === 'stopping')).toMatchObject({ reason: 'hold-over' });
  });

  it('that do not exist are no reason to hang', async () => {
    const port = await freePort();
    const scenario = `${BASE}${IMPATIENT}phones: { generate: { count: 3 }, maxBootAttempts: 1 }\n`;
    const [tftp, callManager] = await Promise.all([
      runStorm(scenario, ['--tftp', `127.0.0.1:${port}`]),
      runStorm(scenario, ['--callmanagers', `127.0.0.1:${port}`, '--skip', 'power,image,vlan,ctl,config']),
    ]);
    expect(tftp.code).toBe(EXIT_CODES.thresholdsMissed.code);
    expect(tftp.summary.lab).toBeNull();
    expect(tftp.summary.phones).toMatchObject({ asked: 3, failed: 3 });
    expect(new Set(fatesOf(tftp))).toEqual(new Set(['ctl tftp-timeout']));
    expect(callManager.code).toBe(EXIT_CODES.thresholdsMissed.code);
    expect(new Set(fatesOf(callManager))).toEqual(new Set(['connect tcp-refused']));
    expect(callManager.summary.servers).toMatchObject([
      { address: `127.0.0.1:${port}`, role: 'callManager', attempts: 3, refused: 3 },
    ]);
  });
});

describe('an address that is named by somebody else', () => {
  let namespace: Namespace;

  beforeEach(async () => {
    namespace = await createNamespace();
  });

  afterEach(() => namespace.remove());

  /** Packets for which this network had no route: what a guard that fails would leave behind. */
  async function packetsWithoutRoute(): Promise<number> {
    const { stdout } = await namespace.run('cat', ['/proc/net/snmp']);
    const [names = [], values = []] = stdout
      .split('\n')
      .filter((line) => line.startsWith('Ip:'))
      .map((line) => line.split(' '));
    return Number(values[names.indexOf('OutNoRoutes')]);
  }

  it('is not tried: lease, configuration file and DNS answer', async () => {
    const foreign: readonly BadServer[] = [
      { fault: 'on: dhcp, kind: foreign-address, match: PHONE', becomes: ['ctl', 'destination-denied'] },
      {
        fault: 'on: tftp, kind: foreign-address, match: PHONE.cnf.xml',
        becomes: ['connect', 'destination-denied'],
      },
      { fault: 'on: dns, kind: foreign-address', becomes: ['connect', 'destination-denied'] },
    ];
    const storm = await runStorm(scenarioOf(foreign, 4), [], { under: namespace.command(['env']) });
    expect(storm.code).toBe(EXIT_CODES.thresholdsMissed.code);
    expect(storm.summary.phones).toMatchObject({ asked: 4, failed: 4 });
    expect(fatesOf(storm)).toEqual([
      'connect destination-denied',
      'connect destination-denied',
      'connect destination-denied',
      'ctl destination-denied',
    ]);
    expect(storm.summary.failures.every(({ server }) => server?.startsWith(`${FOREIGN}:`))).toBe(true);
    expect(await packetsWithoutRoute()).toBe(0);

    // The counter does see what is tried: here, where nothing can leave, and without our guard.
    const attempt = `require('dgram').createSocket('udp4').send('', 9, '${FOREIGN}', (error) => process.exit(error ? 0 : 1))`;
    expect((await namespace.run(process.execPath, ['-e', attempt])).status).toBe(0);
    expect(await packetsWithoutRoute()).toBeGreaterThan(0);
  });
});
