import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  findScenario,
  type LoadedScenario,
  loadScenario,
  shippedScenarioNames,
} from '../../src/scenario/load.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thrownBy } from '../support/thrown.ts';

function load(yaml: string, more: Omit<Parameters<typeof loadScenario>[0], 'file'> = {}): LoadedScenario {
  const folder = temporaryFolder({ 'storm.yaml': yaml });
  return loadScenario({ file: join(folder, 'storm.yaml'), ...more });
}

/** The lines of an error's message, without the folder. */
function complaints(yaml: string, more: Parameters<typeof load>[1] = {}): string[] {
  const error = thrownBy(() => load(yaml, more));
  expect(error.code).toBe('invalid-scenario');
  return error.message.split('\n').map((line) => line.trim().replaceAll(/\S*\/storm\.yaml/g, 'storm.yaml'));
}

describe('loadScenario', () => {
  it.each(['', '{}', '# nothing but a comment\n', 'phones: {}\nlab: {}\n'])(
    'takes %j: everything has a default',
    (yaml) => {
      expect(load(yaml).scenario).toEqual(loadScenario({}).scenario);
    },
  );

  it('reads what an engineer writes', () => {
    const { scenario } = load(`
name: Building C
phones:
  generate: { count: 40, macPrefix: 02:00:5e }
  model: 7941G
target:
  tftp: { servers: [127.0.0.1:6969, 127.0.0.2] }
  dns: { hosts: { cucm1.example: 127.0.0.1 } }
  callManagers: [cucm1.example, "127.0.0.1:2001"]
sourceAddresses: 127.3.0.0/24
skip: [ctl]
timing: { power: 500ms, image: { mean: 45, sd: 5 }, compression: 10 }
ramp:
  - { duration: 1m30s, phones: 30 }
  - { duration: 10 }
hold: 2m
drain: { perSecond: 50 }
`);
    expect(scenario).toMatchObject({
      name: 'Building C',
      phones: { generate: { count: 40, macPrefix: '02:00:5e' }, model: '7941G' },
      target: {
        tftp: {
          servers: [
            { host: '127.0.0.1', port: 6969 },
            { host: '127.0.0.2', port: null },
          ],
          port: 69,
        },
        callManagers: [
          { host: 'cucm1.example', port: null },
          { host: '127.0.0.1', port: 2001 },
        ],
      },
      timing: { power: { type: 'constant', seconds: 0.5 }, image: { type: 'normal', mean: 45 } },
      ramp: [{ duration: 90, phones: 30 }, { duration: 10 }],
      hold: 120,
    });
  });

  it('lists all problems at once, with line, column, key and what was expected', () => {
    expect(
      complaints(`name: 7
phones:
  generate:
    cout: 5
    macPrefix: "00:11:22"
timing:
  power: { mean: x }
ramp:
  - { duration: 5x, phones: 3 }
skip: [powr]
hold: true
lab:
  faults:
    - { on: dhcp, kind: wrong-tid }
`),
    ).toEqual([
      'storm.yaml: 8 problems',
      'storm.yaml:1:7: name: expected text, got a number',
      'storm.yaml:4:5: phones.generate.cout: unknown key; did you mean "count"?',
      expect.stringMatching(/^storm.yaml:5:16: phones.generate.macPrefix: is not locally administered/),
      expect.stringMatching(/^storm.yaml:7:18: timing.power.mean: expected a duration/),
      expect.stringMatching(/^storm.yaml:9:17: ramp\[0\].duration: expected a duration/),
      'storm.yaml:10:8: skip[0]: expected one of "power", "image", "vlan", "dhcp", "ctl", "config", "callManager"; did you mean "power"?',
      expect.stringMatching(/^storm.yaml:11:7: hold: expected a duration/),
      expect.stringMatching(/^storm.yaml:14:25: lab.faults\[0\].kind: "wrong-tid" is no fault of dhcp/),
    ]);
  });

  it('names the keys that there are where none is near', () => {
    expect(complaints('drain: { zzzzzz: 5 }')[1]).toBe(
      'storm.yaml:1:10: drain.zzzzzz: unknown key; expected one of perSecond, patience',
    );
  });

  it.each([
    ['phones: { protocolVersion: 18 }', 'storm.yaml:1:28: phones.protocolVersion: expected one of 17, 22'],
    [
      'phones: { generate: { count: 0 } }',
      'storm.yaml:1:30: phones.generate.count: expected a number to be at least 1',
    ],
    [
      'phones: { generate: { count: 1.5 } }',
      'storm.yaml:1:30: phones.generate.count: expected a whole number, got a number',
    ],
    ['phones: []', 'storm.yaml:1:9: phones: expected a section, got a list'],
    [
      'target: { tftp: { servers: [tftp.example] } }',
      /^storm.yaml:1:29: target.tftp.servers\[0\]: expected an address/,
    ],
    [
      'target: { dhcp: { servr: 127.0.0.1 } }',
      'storm.yaml:1:19: target.dhcp.servr: unknown key; did you mean "server"?',
    ],
    [
      'target: { dhcp: statc }',
      /^storm.yaml:1:17: target.dhcp: expected "static" or a section; did you mean "static"\?/,
    ],
    ['sourceAddresses: everywhere', /^storm.yaml:1:18: sourceAddresses: expected "shared", or addresses/],
    ['ramp: []', /^storm.yaml:1:7: ramp: .*at least 1/],
    ['workers: { agents: 0 }', 'storm.yaml:1:20: workers.agents: expected a number to be at least 1'],
    [
      'phones: { models: { 7961: 1 } }',
      /^storm.yaml:1:21: phones.models.7961: unknown key; did you mean "7961G"\?/,
    ],
  ])('says what is wrong with %s', (yaml, expected) => {
    const lines = complaints(yaml);
    expect(lines).toHaveLength(2);
    if (typeof expected === 'string') expect(lines[1]).toBe(expected);
    else expect(lines[1]).toMatch(expected);
  });

  it.each([
    ['a: [1,', /^storm.yaml:1:\d+: not YAML/],
    ['name: x\nname: y\n', /^storm.yaml:2:1: not YAML: Map keys must be unique/],
    ['- a list\n', 'storm.yaml: expected keys such as "phones:" and "ramp:", got a list'],
    ['just text', /got string$/],
    [
      `a: &a [x, x, x, x, x, x, x, x, x]\n${'bcdefgh'.replaceAll(
        /./g,
        (k) =>
          `${k}: &${k} [${Array(9)
            .fill(`*${String.fromCharCode(k.charCodeAt(0) - 1)}`)
            .join(', ')}]\n`,
      )}`,
      /not YAML: Excessive alias count/,
    ],
  ])('refuses what is not a scenario at all: %j', (yaml, expected) => {
    const [, line] = complaints(yaml);
    if (typeof expected === 'string') expect(line).toBe(expected);
    else expect(line).toMatch(expected);
  });

  it('puts flags over environment over file over defaults', () => {
    const yaml = 'seed: 1\nhold: 1s\nmaxDuration: 1m\n';
    const environment = { BOOTSTORM_HOLD: '2s', BOOTSTORM_MAX_DURATION: '2m', PATH: '/bin' };
    const flags = { maxDuration: '3m', unrelated: 'x' };
    const { scenario, locate } = load(yaml, { environment, flags });
    expect(scenario).toMatchObject({ seed: 1, hold: 2, maxDuration: 180, drain: { perSecond: 200 } });
    expect(locate(['maxDuration'])).toBe('--max-duration');
    expect(locate(['hold'])).toBe('BOOTSTORM_HOLD');
    expect(locate(['seed'])).toMatch(/storm\.yaml:1:7$/);
    expect(locate(['drain'])).toBeNull();
  });

  it('takes a number as seconds where a flag or variable says a duration', () => {
    const flags = { maxDuration: '90', wait: '2.5', ramp: '10:600' };
    const { scenario } = load('{}', { environment: { BOOTSTORM_HOLD: '2' }, flags });
    expect(scenario).toMatchObject({ hold: 2, maxDuration: 90, cluster: { wait: 2.5 } });
    expect(scenario.ramp).toEqual([expect.objectContaining({ duration: 10, phones: 600 })]);
  });

  it('names the flag or variable that is wrong', () => {
    const flags = { agents: 'zero', hold: '-3' };
    const environment = { BOOTSTORM_SEED: 'abc' };
    expect(complaints('{}', { flags, environment })).toEqual([
      'storm.yaml: 3 problems',
      'BOOTSTORM_SEED: seed: expected a number, got text',
      expect.stringMatching(/^--hold: hold: expected a duration/),
      expect.stringMatching(/^--agents: workers.agents: expected "auto"/),
    ]);
  });

  it('lets a flag replace what contradicts it', () => {
    const { scenario, inventory } = load('phones: { inventory: nowhere.csv }\ntarget: { lab: true }', {
      flags: { phones: '7', tftp: '127.0.0.1', quiet: true },
    });
    expect(inventory).toBeNull();
    expect(scenario.phones.generate?.count).toBe(7);
    expect(scenario.target.lab).toBeUndefined();
    expect(scenario.output.quiet).toBe(true);
  });

  it('warns of variables that it does not know', () => {
    const { warnings } = loadScenario({ environment: { BOOTSTORM_SEEED: '1', BOOTSTORM_SEED: '' } });
    expect(warnings).toEqual([
      'environment variable BOOTSTORM_SEEED is not known; did you mean "BOOTSTORM_SEED"?',
    ]);
  });

  it('finds an inventory beside its scenario', () => {
    const folder = temporaryFolder({
      'storm.yaml': 'phones: { inventory: phones.txt }',
      'phones.txt': '001122334455\n',
    });
    expect(loadScenario({ file: join(folder, 'storm.yaml') }).inventory?.phones).toHaveLength(1);
  });

  it('says which file cannot be read', () => {
    const folder = temporaryFolder({ 'storm.yaml': 'phones: { inventory: nowhere.csv }' });
    const error = thrownBy(() => loadScenario({ file: join(folder, 'storm.yaml') }));
    expect(error).toMatchObject({ code: 'file-unreadable', message: expect.stringContaining('nowhere.csv') });
  });
});

describe('findScenario', () => {
  it('knows shipped scenarios by name', () => {
    expect(findScenario('first-run')).toMatch(/first-run\.yaml$/);
    expect(shippedScenarioNames()).toContain('first-run');
  });

  it('suggests one for a name that is not there', () => {
    const error = thrownBy(() => findScenario('firstrun'));
    expect(error).toMatchObject({
      code: 'file-unreadable',
      message: 'no scenario firstrun; did you mean "first-run"?',
      hint: expect.stringContaining('first-run'),
    });
  });
});
