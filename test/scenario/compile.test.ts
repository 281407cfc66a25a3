import { describe, expect, it } from 'vitest';
import { thrownBy } from '../support/thrown.ts';
import { planOf } from './load-yaml.ts';

const NAMED = 'tftp: { servers: [127.0.0.1:6969] }';

function complaints(yaml: string, inventory?: string): string[] {
  const error = thrownBy(() => planOf(yaml, inventory));
  return [error.code, ...error.message.split('\n').slice(1)].map((line) =>
    line.trim().replaceAll(/\S*\/storm\.yaml/g, 'storm.yaml'),
  );
}

describe('compilePlan', () => {
  it('lets agents without contact go on in the lab only, unless the scenario says so', () => {
    expect(planOf('').cluster).toEqual({
      onAgentLoss: 'continue',
      onLostControl: 'continue',
      waitSeconds: 300,
    });
    expect(planOf(`target: { ${NAMED} }`).cluster.onLostControl).toBe('stop-starts');
    const yaml = 'cluster: { onAgentLoss: restart, onLostControl: stop-starts, wait: 90s }';
    expect(planOf(yaml).cluster).toEqual({
      onAgentLoss: 'restart',
      onLostControl: 'stop-starts',
      waitSeconds: 90,
    });
    expect(complaints('cluster: { onAgentLoss: pray }')[0]).toBe('invalid-scenario');
  });

  it('makes a plan of nothing: a hundred phones at the embedded lab', () => {
    const plan = planOf('');
    expect(plan).toMatchObject({
      name: 'unnamed',
      seed: 1,
      phoneCount: 100,
      power: { firstStart: { type: 'instant' }, outage: null },
      waves: [{ name: 'first-start', startSeconds: 0, lastSeconds: 0, phones: 100 }],
      cuts: [],
      lastPowerSeconds: 0,
      target: { type: 'lab', endpoints: null, settings: { callManagers: 2 } },
      holdSeconds: 30,
      maxDurationSeconds: 1800,
      allow: ['127.0.0.0/8', '::1/128'],
      warnings: [],
    });
    expect(plan.boot).toEqual({
      seed: 1,
      flash: 'warm',
      timing: {
        power: { type: 'uniform', min: 0, max: 14.4 },
        image: null,
        vlan: { type: 'uniform', min: 0.5, max: 3 },
        models: {},
        compression: 1,
      },
      skip: { power: false, image: false, vlan: false, ctl: false, config: false, callManager: false },
      dhcp: {
        server: { host: '127.0.0.1', port: 0 },
        replyPort: 67,
        initReboot: true,
        backoffSeconds: [4, 8, 16, 32, 64],
        jitterSeconds: 1,
        release: true,
      },
      tftpServers: null,
      tftpPort: 69,
      tftp: { timeoutMs: 4000, requestAttempts: 3, blockAttempts: 5, maxConfigBytes: 2_097_152 },
      firmware: {
        download: false,
        runningLoads: expect.objectContaining({ '7961G': 'SCCP41.9-2-1S', '7970G': 'SCCP70.9-2-1S' }),
        maxBytes: null,
        flashTime: { type: 'uniform', min: 60, max: 120 },
        sharingTime: { type: 'constant', seconds: 0 },
      },
      keepsLastConfig: true,
      files: {
        transport: 'tftp',
        httpPort: 6970,
        fallbackMs: 630,
        localeJars: {},
        http: { connectTimeoutMs: 5000, answerTimeoutMs: 5000, exchangeTimeoutMs: 600_000 },
      },
      dns: { servers: null, port: 53, hosts: {}, timeoutMs: 2000, attempts: 2 },
      callManagers: null,
      sccp: {
        protocolVersion: 22,
        advertise: 'lease',
        connectTimeoutMs: 10_000,
        registerTimeoutMs: 20_000,
        answerTimeoutMs: 20_000,
        unregisterTimeoutMs: 2000,
        keepAliveLoss: 'model',
        standby: true,
        connectionMonitorMs: null,
        tokenTimeoutMs: 20_000,
        tokenRetryMs: 60_000,
        standbyRetry: { type: 'uniform', min: 20, max: 40 },
      },
      security: {
        certificates: null,
        tlsProfile: 'model',
        trustListAttempts: 'model',
        trustListRetry: { type: 'constant', seconds: 60 },
        tftpRecords: 'role',
        needsLsc: false,
        encryptedFirst: true,
        handshakeTimeoutMs: 20_000,
        handshakeTime: { type: 'constant', seconds: 0 },
        resumption: 'after-restart',
        contexts: { build: 'first-use', most: 10_000 },
        tvs: { port: 2445, timeoutMs: 5000 },
        capf: {
          enrol: true,
          passwordFile: null,
          allowCertificateChange: true,
          timeoutMs: 10_000,
          attempts: 3,
          retryPause: { type: 'constant', seconds: 30 },
          keyTime: { type: 'constant', seconds: 0 },
        },
      },
      restartPause: { type: 'uniform', min: 20, max: 60 },
      reconnectPause: { type: 'uniform', min: 1, max: 5 },
      quickLossMs: 10_000,
      maxBootAttempts: null,
    });
  });

  it('is plain data: it survives its way to another process', () => {
    const plan = planOf(
      'phones: { inventory: phones.csv, models: { 7941G: 1, 7961G: 2 } }',
      '001122334455\n',
    );
    expect(JSON.parse(JSON.stringify(plan))).toEqual(JSON.parse(JSON.stringify(structuredClone(plan))));
    expect(structuredClone(plan)).toEqual(plan);
  });

  it('uses the servers that are named, with their default ports', () => {
    const plan = planOf(`
target:
  dhcp: { server: 127.0.0.1, port: 1067, replyPort: 1068, relayAddresses: 127.0.9.1-127.0.9.4, initReboot: false }
  dns: { servers: ["127.0.0.1:5353", 127.0.0.2], hosts: { cucm1.example: 127.0.0.7 } }
  tftp: { servers: [127.0.0.1], port: 6969, timeoutSeconds: 500ms }
  callManagers: [cucm1.example, "127.0.0.8:2001"]
sourceAddresses: shared
`);
    expect(plan.target).toEqual({ type: 'named' });
    expect(plan.boot).toMatchObject({
      dhcp: { server: { host: '127.0.0.1', port: 1067 }, replyPort: 1068, initReboot: false },
      dns: {
        servers: [
          { host: '127.0.0.1', port: 5353 },
          { host: '127.0.0.2', port: 53 },
        ],
        hosts: { 'cucm1.example': '127.0.0.7' },
      },
      tftpServers: [{ host: '127.0.0.1', port: 6969 }],
      tftpPort: 6969,
      tftp: { timeoutMs: 500 },
      callManagers: [
        { host: 'cucm1.example', port: 2000 },
        { host: '127.0.0.8', port: 2001 },
      ],
    });
    expect(plan.sourceAddresses).toBeNull();
    expect(plan.relayAddresses).toEqual([{ first: 0x7f00_0901, count: 4 }]);
  });

  it.each([
    [`target: { ${NAMED} }`, 'without a DHCP server that is named'],
    [`target: { dhcp: static, ${NAMED} }`, 'when it says so'],
    ['skip: [dhcp]', 'when the step is left out'],
  ])('has static addresses with %s: %s', (yaml) => {
    const plan = planOf(yaml);
    expect([plan.boot.dhcp, plan.relayAddresses]).toEqual([null, null]);
  });

  it('leaves out steps', () => {
    const { boot } = planOf('skip: [power, image, vlan, ctl, config, callManager]');
    expect(Object.values(boot.skip)).toEqual([true, true, true, true, true, true]);
  });

  it.each([
    [
      'phones: { inventory: phones.csv, generate: { count: 3 } }',
      'storm.yaml:1:34: phones.generate: not together with phones.inventory',
    ],
    [
      'phones: { generate: { count: 300, macPrefix: "02:00:00:00:00" } }',
      'storm.yaml:1:30: phones.generate.count: only 256 MAC addresses begin with 02:00:00:00:00: shorten the prefix',
    ],
    [
      `target: { lab: true, ${NAMED} }`,
      'storm.yaml:1:16: target.lab: the lab cannot be used together with servers that are named: leave out one of the two',
    ],
    [
      'target: { lab: false }',
      'storm.yaml:1:16: target.lab: without the lab, name a server: dhcp.server, tftp.servers or callManagers',
    ],
    [
      'target: { callManagers: [127.0.0.1] }',
      'storm.yaml:1:9: target.tftp: missing: servers (without DHCP nobody else names them)',
    ],
    [
      `target: { dhcp: { server: 127.0.0.1 }, ${NAMED} }`,
      'storm.yaml:1:17: target.dhcp: missing: relayAddresses',
    ],
    [
      `{ skip: [config], target: { ${NAMED} } }`,
      'storm.yaml:1:27: target: missing: callManagers (without a configuration file nobody else names them)',
    ],
    [
      'ramp: [{ duration: 5 }, { duration: 5 }]',
      'storm.yaml:1:8: ramp[0]: missing: phones (only the last stage may leave it out)',
    ],
    [
      'ramp: [{ duration: 5, phones: 99 }]',
      'storm.yaml:1:7: ramp: the stages have 99 phones, the scenario has 100; the last stage may leave `phones` out: it takes the rest',
    ],
    [
      'ramp: [{ duration: 5, phones: 60% }, { duration: 5, phones: 30% }]',
      'storm.yaml:1:7: ramp: the stages have 90 phones, the scenario has 100; the last stage may leave `phones` out: it takes the rest',
    ],
    [
      'ramp: [{ duration: 5, phones: 101 }, { duration: 5 }]',
      'storm.yaml:1:7: ramp: the stages have 101 phones, the scenario has 100',
    ],
  ])('refuses %s', (yaml, problem) => {
    const [code, ...problems] = complaints(yaml, '001122334455\n');
    expect(code).toBe('invalid-scenario');
    expect(problems).toContain(problem);
  });

  it('lists contradictions all at once', () => {
    const lines = complaints(
      'phones: { inventory: phones.csv, generate: {} }\ntarget: { lab: false }\nramp: [{ duration: 5, phones: 7 }]',
      '001122334455\n',
    );
    expect(lines.map((line) => /: ([a-z.]+):/.exec(line)?.[1])).toEqual([
      undefined,
      'phones.generate',
      'target.lab',
      'ramp',
    ]);
  });

  it('refuses every server that is not on loopback, before anything is sent', () => {
    const lines = complaints(`
target:
  dhcp: { server: 192.0.2.1, relayAddresses: 127.0.0.9 }
  dns: { servers: [192.0.2.2], hosts: { cucm1.example: 192.0.2.3, cucm2.example: 127.0.0.3 } }
  tftp: { servers: [127.0.0.1, "192.0.2.4:69"] }
  callManagers: [cucm1.example, 192.0.2.5, "2001:db8::1", "::1", "::ffff:127.0.0.1"]
`);
    const outside = 'lies outside 127.0.0.0/8, ::1/128';
    expect(lines).toEqual([
      'destination-denied',
      `storm.yaml:3:19: target.dhcp.server: 192.0.2.1 ${outside}`,
      `storm.yaml:4:20: target.dns.servers[0]: 192.0.2.2 ${outside}`,
      `storm.yaml:5:32: target.tftp.servers[1]: 192.0.2.4 ${outside}`,
      `storm.yaml:6:33: target.callManagers[1]: 192.0.2.5 ${outside}`,
      `storm.yaml:6:44: target.callManagers[2]: 2001:db8::1 ${outside}`,
      `storm.yaml:4:56: target.dns.hosts.cucm1.example: 192.0.2.3 ${outside}`,
    ]);
  });

  it('allows what a test says in a network of its own', () => {
    const yaml = 'target: { tftp: { servers: [10.9.0.1] } }';
    const plan = planOf(yaml, undefined, { allow: ['127.0.0.0/8', '10.9.0.0/24'] });
    expect(plan.allow).toEqual(['127.0.0.0/8', '10.9.0.0/24']);
    expect(complaints(yaml)[0]).toBe('destination-denied');
  });

  it('holds its scenario as text by which it can be made again', () => {
    const plan = planOf(`
phones: { generate: { count: 12 }, restartPause: 1s..3s }
timing: { power: 0s..14s, image: model }
sourceAddresses: 127.3.0.1-127.3.0.99
ramp: [{ duration: 1m30s, phones: 25% }, { duration: 2s }]
thresholds: ["ready == 100%", { threshold: failures < 3, abortOnFail: true }]
`);
    expect(planOf(plan.scenarioText)).toEqual({ ...plan, scenarioText: expect.any(String) as string });
  });

  it('warns where figures may mislead', () => {
    const plan = planOf(`
sourceAddresses: 127.3.0.1-127.3.0.9
timing: { compression: 10 }
target: { ${NAMED} }
lab: { callManagers: 1 }
ramp: [{ duration: 1h }]
output: { metricsLinger: 30s }
`);
    expect(plan.warnings).toEqual([
      'the run is over (maxDuration) before power has returned to everybody: some phones never start',
      'the settings under `lab` have no effect: the target names servers of its own',
      '100 phones share 9 source addresses',
      '`output.metricsLinger` has no effect without `output.metricsPort`',
    ]);
  });
});
