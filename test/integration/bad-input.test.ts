/** Bad input, as a user meets it: a message that says what and where, a hint, exit code 104, and nothing was sent. */
import { createSocket } from 'node:dgram';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { type CommandOptions, type FinishedCommand, runCommand } from '../support/bootstorm-command.ts';
import { takenPort } from '../support/free-port.ts';

function run(args: readonly string[], options: CommandOptions = {}): Promise<FinishedCommand> {
  return runCommand(['run', ...args], options);
}

function runFile(
  scenario: string,
  args: readonly string[] = [],
  options: CommandOptions = {},
): Promise<FinishedCommand> {
  return run(['storm.yaml', ...args], { ...options, files: { ...options.files, 'storm.yaml': scenario } });
}

/** What was said, with a hint: refused before anything started, without a report and without a stack. */
function refusal({ code, stdout, stderr }: FinishedCommand): string {
  expect({ code, stderr }).toMatchObject({ code: EXIT_CODES.invalidConfiguration.code });
  expect(stderr).toMatch(/^bootstorm: /);
  expect(stderr).toMatch(/\nhint: \S/);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(stdout).not.toContain('Recovery');
  return stderr;
}

describe('a scenario that is not valid', () => {
  it('is refused with all of its problems at once, each with its place', async () => {
    const refused = await runFile(
      [
        'name: bad',
        'seeed: 1',
        'hold: soon',
        'phones:',
        '  generate: { count: many }',
        '  colour: blue',
      ].join('\n'),
    );
    const said = refusal(refused);
    expect(said).toMatch(/storm\.yaml:2:1: seeed: unknown key; did you mean "seed"/);
    expect(said).toMatch(/storm\.yaml:3:7: hold/);
    expect(said).toMatch(/storm\.yaml:5:22: phones\.generate\.count: expected a (?:whole )?number, got text/);
    expect(said).toMatch(/storm\.yaml:6:3: phones\.colour: unknown key/);
    expect(said).toMatch(/4 problems/);
    expect(existsSync(join(refused.folder, 'bootstorm-results'))).toBe(false);
  });

  it('is refused where it is missing, is not YAML, or comes from a flag', async () => {
    const [missing, notYaml, flag, unknownFlag] = await Promise.all([
      run(['storm.yaml']),
      runFile('name: [unclosed'),
      run(['--phones', 'a-few']),
      run(['--phonez', '3']),
    ]);
    expect(refusal(missing)).toMatch(/no scenario storm\.yaml/);
    expect(refusal(flag)).toMatch(/--phones: phones\.generate\.count/);
    expect(notYaml.code).toBe(EXIT_CODES.invalidConfiguration.code);
    expect(notYaml.stderr).toMatch(/storm\.yaml:1/);
    expect(unknownFlag.code).toBe(EXIT_CODES.invalidConfiguration.code);
    expect(unknownFlag.stderr).toMatch(/unknown option '--phonez'/);
  });
});

describe('an inventory that is not valid', () => {
  it('is refused with the line of each problem', async () => {
    const phones = [
      'mac,model',
      '001122334455,7961G',
      '00:11:22:33:44:5G,7961G',
      'SEP001122334455,7961G',
      '0011.2233.4456,9999',
    ];
    const refused = await run(['--inventory', 'phones.csv'], { files: { 'phones.csv': phones.join('\n') } });
    const said = refusal(refused);
    expect(said).toMatch(/phones\.csv:3: "00:11:22:33:44:5G" is no MAC address/);
    expect(said).toMatch(/phones\.csv:4: MAC 001122334455 is already on line 2/);
    expect(said).toMatch(/phones\.csv:5: unknown model "9999"/);
    expect(said).toMatch(/3 problems/);
  });

  it('is refused when it is empty, or missing', async () => {
    const [empty, missing] = await Promise.all([
      run(['--inventory', 'phones.csv'], { files: { 'phones.csv': '# nobody yet\n' } }),
      run(['--inventory', 'phones.csv']),
    ]);
    expect(refusal(empty)).toMatch(/no phones/);
    expect(refusal(missing)).toMatch(/cannot read the inventory/);
  });
});

describe('an address or port that cannot be had', () => {
  it('is named when it is taken: metrics, lab, relay', async () => {
    const taken = await takenPort();
    const relay = createSocket('udp4');
    await new Promise<void>((resolve) => {
      relay.bind(0, '127.0.64.1', resolve);
    });
    const replyPort = relay.address().port;
    const [metrics, lab, relayed] = await Promise.all([
      run(['--phones', '1', '--metrics-port', String(taken.port)]),
      runFile(`lab: { callManagers: 1, ports: { sccp: ${taken.port} } }`),
      runFile(`lab: { callManagers: 1, ports: { dhcpReply: ${replyPort} } }`),
    ]);
    await taken.close();
    relay.close();
    expect(refusal(metrics)).toMatch(`metrics port 127.0.0.1:${taken.port} is taken`);
    expect(refusal(lab)).toMatch(`CallManager 1 cannot have 127.0.0.1:${taken.port}: it is in use`);
    expect(refusal(relayed)).toMatch(`127.0.64.1:${replyPort}`);
  });

  it('is named when this machine does not have it', async () => {
    const refused = await runFile('lab: { address: 192.0.2.7 }');
    expect(refused.code).toBe(EXIT_CODES.invalidConfiguration.code);
    expect(refused.stderr).toContain('192.0.2.7');
    expect(refused.stderr).toMatch(/\nhint: \S/);
  });
});

describe('too few descriptors', () => {
  it('are refused before the first phone, with how many would do', async () => {
    const under = ['bash', '-c', 'ulimit -n 200; exec "$@"', 'bash'];
    const said = refusal(await run(['--phones', '500', '--agents', '1'], { under }));
    expect(said).toMatch(
      /500 phones in 1 process need \d+ descriptors each; the limit is 200, enough for \d+ phones/,
    );
    expect(said).toMatch(/ulimit -n \d+/);
  });
});

describe('a destination outside loopback', () => {
  it('is refused whichever key names it, and all of them at once', async () => {
    const target = [
      'target:',
      '  dhcp: { server: 192.0.2.1, relayAddresses: 127.0.64.1 }',
      '  dns: { servers: [192.0.2.2], hosts: { cucm: 192.0.2.3 } }',
      '  tftp: { servers: [127.0.0.1, "192.0.2.4:69"] }',
      '  callManagers: [192.0.2.5, "[2001:db8::6]:2000"]',
    ];
    const [all, ...flags] = await Promise.all([
      runFile(target.join('\n')),
      run(['--tftp', '192.0.2.1:69']),
      run(['--callmanagers', '192.0.2.1', '--skip', 'dhcp,ctl,config']),
      runCommand(['phone', 'SEP020000000001', '--tftp', '192.0.2.1']),
      runCommand(['plan', '--tftp', '192.0.2.1']),
    ]);
    const said = refusal(all);
    expect(said).toMatch(/192\.0\.2\.1/);
    expect(said).toMatch(/192\.0\.2\.2/);
    expect(said).toMatch(/192\.0\.2\.3/);
    expect(said).toMatch(/192\.0\.2\.4/);
    expect(said).toMatch(/192\.0\.2\.5/);
    expect(said).toMatch(/2001:db8::6/);
    for (const refused of flags)
      expect(refusal(refused)).toMatch(/192\.0\.2\.1 lies outside 127\.0\.0\.0\/8, ::1\/128/);
  });
});
