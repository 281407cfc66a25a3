import { describe, expect, it } from 'vitest';
import { planBudget } from '../../src/scenario/budget.ts';
import { compilePlan } from '../../src/scenario/compile.ts';
import { describePlan } from '../../src/scenario/describe-plan.ts';
import { leastDurationSeconds } from '../../src/scenario/plan-times.ts';
import { loadScenario } from '../../src/scenario/load.ts';
import { applyLab, type RunPlan } from '../../src/scenario/plan.ts';
import { planOf } from './load-yaml.ts';

const CAPACITY = {
  descriptorLimit: 20_000,
  ephemeralPorts: { first: 32_768, last: 60_999 },
  cpus: 2,
  blackholeObstacle: null,
};

function describeYaml(yaml: string): string {
  const plan = planOf(yaml);
  return describePlan(plan, planBudget(plan, CAPACITY));
}

/** The text of a row, by its label. */
function rowOf(text: string, label: string): string | undefined {
  return new RegExp(`^  ${label} +(.*)$`, 'm').exec(text)?.[1];
}

describe('describePlan', () => {
  it('says the same, however many workers do it', () => {
    const storm = 'phones: { generate: { count: 100 } }\nramp: [{ duration: 1s }]\nhold: 3s\n';
    const withoutWorkers = (text: string): string[] | undefined =>
      text
        .split('\nWarnings')[0]
        ?.trimEnd()
        .split('\n')
        .filter((line) => !/worker|agent|process|descriptor|thread/i.test(line));
    const four = describeYaml(`${storm}workers: { agents: 2, threads: 2 }\n`);
    expect(rowOf(four, 'agents')).toMatch(/^2 processes/);
    expect(withoutWorkers(four)).toEqual(withoutWorkers(describeYaml(storm)));
  });

  it('says what would be sent, to whom, when and from where', () => {
    const text = describeYaml(`
name: Building C
phones: { generate: { count: 60 }, models: { 7961G: 2, 7941G: 1 }, protocolVersion: 17 }
target:
  dhcp: { server: "127.0.0.1:1067", relayAddresses: 127.0.9.1, replyPort: 1068 }
  dns: { hosts: { cucm1.example: 127.0.0.7 } }
  tftp: { servers: [127.0.0.1:6969, 127.0.0.2:6969] }
timing: { power: 1s, image: 40s..50s, vlan: 1s, compression: 2 }
ramp: [{ duration: 10s, phones: 20 }, { duration: 5s, phones: 0 }, { duration: 10s }]
sourceAddresses: 127.3.0.1-127.3.0.60
hold: 5s
`);
    expect(text.split('\n')[0]).toBe('Building C: 60 phones, seed 1');
    expect(rowOf(text, 'devices')).toBe('SEP020000000000 to SEP02000000003B, generated');
    expect(rowOf(text, 'models')).toBe('7961G: 40, 7941G: 20');
    expect(rowOf(text, 'DHCP')).toBe(
      '127.0.0.1:1067; through relays, giaddr 127.0.9.1, answers to port 1068',
    );
    expect(rowOf(text, 'DNS')).toBe('as DHCP says, port 53; cucm1.example is 127.0.0.7');
    expect(rowOf(text, 'TFTP')).toBe('127.0.0.1:6969, then 127.0.0.2:6969');
    expect(rowOf(text, 'CallManager')).toBe('as the configuration file says');
    expect(rowOf(text, 'allowed')).toBe('127.0.0.0/8, ::1/128; every other destination is refused');
    expect(text).toContain('CTLSEP<MAC>.tlv\n');
    expect(text).toContain('SEP<MAC>.cnf.xml, or XMLDefault.cnf.xml');
    expect(text).toContain('Register (version 17)');
    expect(rowOf(text, 'power')).toBe('in stages');
    expect(text).toContain('0 s to 10 s: 20 phones, 2/s');
    expect(text).toContain('10 s to 15 s: nobody');
    expect(text).toContain('15 s to 25 s: 40 phones, 4/s');
    expect(rowOf(text, 'modelled')).toBe('power 1 s; image uniform 40 s to 50 s; VLAN 1 s');
    expect(text).toContain('divided by 2: compressed, not real time; at most about 26 s for a phone');
    expect(rowOf(text, 'in all')).toBe('56 s and what the network takes; hold over by 30 m');
    expect(rowOf(text, 'addresses')).toBe('127.3.0.1-127.3.0.60, one for each phone');
    expect(rowOf(text, 'descriptors')).toBe('356 in each process (4 for each phone); the limit is 20,000');
  });

  it('draws power as it comes back', () => {
    const text = describeYaml(
      'ramp: [{ duration: 10, phones: 50 }, { duration: 10, phones: 0 }, { duration: 0 }]',
    );
    const curve = /with power +\|(.*)\| of 100, to 20 s/.exec(text)?.[1] ?? '';
    expect(curve).toHaveLength(48);
    expect(curve.slice(0, 24)).toMatch(/^ *▁*▂*▃*▄*$/);
    expect(curve.slice(24, 47)).toBe('▄'.repeat(23));
    expect(curve.at(-1)).toBe('█');
  });

  it('says that the lab is a lab, and its ports when they are known', () => {
    const plan = compilePlan(loadScenario({}));
    const budget = planBudget(plan, CAPACITY);
    expect(describePlan(plan, budget)).toContain('(embedded lab, not CUCM)');
    expect(rowOf(describePlan(plan, budget), 'TFTP')).toBe('the embedded lab, port chosen at start');
    const started = applyLab(plan, {
      dhcp: { host: '127.0.0.1', port: 40_067 },
      dhcpReplyPort: 40_068,
      dns: { host: '127.0.0.1', port: 40_053 },
      tftp: [{ host: '127.0.0.1', port: 40_069 }],
      http: { host: '127.0.0.1', port: 40_970 },
      callManagers: [{ host: '127.0.0.1', port: 42_000 }],
      srst: null,
      secure: null,
    });
    const text = describePlan(started, budget);
    for (const line of text.split('\n')) expect(line).toMatch(/^.{0,100}$/);
    expect(rowOf(text.replaceAll(/\n {16}/g, ' '), 'DHCP')).toMatch(
      /^127.0.0.1:40067; .*answers to port 40068$/,
    );
  });

  it('says how files come, where that is not TFTP alone', () => {
    const files = 'files: { transport: http-then-tftp, httpPort: 7000, fallbackSeconds: 2s }';
    const named = describeYaml(`target: { tftp: { servers: [127.0.0.1] }, ${files} }`);
    expect(rowOf(named, 'HTTP')).toBe(
      'the TFTP servers, port 7000: each file first, TFTP 2 s after a failure',
    );
    expect(rowOf(named, 'HTTP, TFTP')).toBe('CTLSEP<MAC>.tlv, ITLSEP<MAC>.tlv, ITLFile.tlv');
    const lab = describeYaml(`target: { ${files} }`);
    expect(rowOf(lab, 'HTTP')).toMatch(/^the embedded lab, port chosen at start: /);
    expect(rowOf(describeYaml(''), 'HTTP')).toBeUndefined();
  });

  it('leaves out what is not sent', () => {
    const text = describeYaml('skip: [power, image, vlan, dhcp, ctl, config, callManager]');
    expect(rowOf(text, 'DHCP')).toBe('none: static addresses');
    expect(rowOf(text, 'TFTP')).toBe('not asked');
    expect(rowOf(text, 'CallManager')).toBe('not contacted');
    expect(rowOf(text, 'modelled')).toBe('power left out; image left out; VLAN left out');
    expect(text).not.toContain('Register');
    expect(text).not.toContain('.cnf.xml');
  });

  it('says what the run has to fulfil, and which phones the lab knows', () => {
    const text = describeYaml('thresholds: [ready >= 89%, failed > 0]\nlab: { knownPhones: 90% }');
    expect(text).toContain('fulfil, or it fails\n  ready >= 89%\n  failed > 0\n');
    expect(rowOf(text, 'database')).toMatch(/^the embedded lab knows 90 % of them; the others are rejected/);
    expect(rowOf(describeYaml(''), 'database')).toBeUndefined();
  });

  it('lists no more returns and cuts than a page holds', () => {
    const text = describeYaml('ramp: { shape: flapping-feeder, cycles: 40 }');
    expect(text.match(/phones (get|lose) power/g)).toHaveLength(12);
    expect(text).toContain('and 67 more returns and cuts\n');
  });

  it('ends with the warnings of plan and budget', () => {
    const text = describeYaml('timing: { compression: 5 }\nworkers: { agents: 3, threads: 1 }');
    expect(text.split('Warnings\n')[1]).toBe('  3 workers share 2 processors: watch the lateness\n');
  });
});

describe('leastDurationSeconds', () => {
  const plan = (yaml: string): RunPlan => planOf(`skip: [power, image, vlan]\n${yaml}`);

  it('is ramp, modelled time, hold and drain', () => {
    const ramp = 'ramp: [{ duration: 20, phones: 99 }, { duration: 0 }]';
    expect(leastDurationSeconds(plan(`${ramp}\nhold: 5s\ndrain: { perSecond: 50 }`))).toBe(27);
  });

  it('is cut by maxDuration, but for the drain', () => {
    expect(
      leastDurationSeconds(plan('ramp: [{ duration: 20 }]\nmaxDuration: 8s\ndrain: { perSecond: 50 }')),
    ).toBe(10);
  });
});
