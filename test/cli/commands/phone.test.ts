/** `bootstorm phone`: one boot, step by step, with a verdict; its recording; and the lab by itself to point it at. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { EXIT_CODES } from '../../../src/cli/exit-codes.ts';
import { createTemporaryStore } from '../../../src/pki/temporary-store.ts';
import { runCommand, startCommand } from '../../support/bootstorm-command.ts';
import { freePort } from '../../support/free-port.ts';
import { createNamespace, type Namespace } from '../../support/interop/namespace.ts';

const DEVICE = 'SEP020000000001';

describe('bootstorm phone', () => {
  it('prints every step and message of a boot, and its recording replays equal', async () => {
    const args = [
      'phone',
      DEVICE,
      '--lab',
      '--hold',
      '100ms',
      '--record',
      'boot.jsonl',
      '--pcap',
      'boot.pcap',
    ];
    const { code, stdout, stderr, folder } = await runCommand(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const steps = [
      /step 4 of 8/,
      /→ \S+ +DHCPREQUEST /,
      /← \S+ +DHCPACK /,
      /step 6 of 8/,
      /TFTP RRQ .*CTLSEP020000000001\.tlv/,
      /step 7 of 8/,
      /TFTP RRQ .*SEP020000000001\.cnf\.xml/,
      /DNS .*cucm1\.lab/,
      /TCP connected/,
      /SCCP RegisterReq .*SEP020000000001/,
      /SCCP RegisterAck /,
      /SCCP TimeDateRes /,
      /ready passed/,
      /SCCP UnregisterReq /,
      /DHCPRELEASE /,
      /IN SERVICE: SEP020000000001 with 127\.0\.0\.1:\d+/,
    ];
    const places = steps.map((step) => stdout.search(step));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(stdout).toContain('steps 1 to 3 (power, image, VLAN) are modelled time and left out');
    // pcap, little-endian, in microseconds or nanoseconds
    const magic = readFileSync(join(folder, 'boot.pcap')).readUInt32LE(0);
    expect([0xa1b2c3d4, 0xa1b23c4d]).toContain(magic);

    const recording = readFileSync(join(folder, 'boot.jsonl'), 'utf8');
    const changed = recording.replace('"effect":"bind"', '"effect":"bond"');
    const files = { 'boot.jsonl': recording, 'changed.jsonl': changed, 'other.txt': 'not a recording\n' };
    const [equal, different, none] = await Promise.all(
      Object.keys(files).map((file) => runCommand(['replay', file], { files })),
    );
    expect(equal).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^equal: \d+ events gave the same \d+ effects/) as string,
    });
    expect(different?.code).toBe(EXIT_CODES.thresholdsMissed.code);
    expect(different?.stdout).toMatch(/^different at line \d+\n {2}recorded .*bond.*\n {2}replayed .*bind/);
    expect(none?.code).toBe(EXIT_CODES.invalidConfiguration.code);
    expect(none?.stderr).toMatch(/not a recording of a boot\nhint: /);
  });

  it('names the step that failed, why, and where to look', async () => {
    const port = await freePort();
    const [unknown, silent, alone, malformed] = await Promise.all([
      runCommand(['phone', DEVICE, '--lab', '--known-phones', 'none']),
      runCommand(['phone', DEVICE, '--callmanagers', `127.0.0.1:${port}`]),
      runCommand(['phone', DEVICE]),
      runCommand(['phone', 'SEP00112233445']),
    ]);
    expect(unknown.code).toBe(EXIT_CODES.thresholdsMissed.code);
    expect(unknown.stdout).toMatch(/SCCP RegisterReject /);
    expect(unknown.stdout).toMatch(
      /NOT IN SERVICE: step 8 of 8 .*failed\n {2}why +sccp-rejected .*\n {2}hint +\S.*\n {2}look +\S/,
    );
    expect(silent.code).toBe(EXIT_CODES.thresholdsMissed.code);
    expect(silent.stdout).toMatch(/NOT IN SERVICE: step 8 of 8 .*\n {2}why +tcp-refused/);
    expect(alone.code).toBe(EXIT_CODES.invalidConfiguration.code);
    expect(alone.stderr).toMatch(/no server is named\nhint: give --tftp/);
    expect(malformed.code).toBe(EXIT_CODES.invalidConfiguration.code);
    expect(malformed.stderr).toMatch(/neither a MAC address nor a device name\nhint: /);
  });
});

describe('bootstorm phone, secured', () => {
  const SCENARIO = `
    phones: { security: { passwordFile: password.txt } }
    lab:
      security:
        mode: mixed
        deviceSecurityMode: encrypted
        encryptedConfig: true
        capf: { operation: install, authMode: password }
      events: [{ at: 1s, do: kill, node: all }]
    ramp: [{ duration: 10s, phones: 5 }]
    thresholds: ['registered == 0']
  `;
  const FILES = { 'secure.yaml': SCENARIO, 'password.txt': 'the-secret-of-the-phone' };

  it('takes security and lab from a scenario; its recording replays equal with the same certificates', async () => {
    const store = await createTemporaryStore([{ deviceName: DEVICE, model: '7961G' }], 1, 'mic');
    onTestFinished(() => store.close());
    const certificates = ['--certificates', store.folder];
    const args = ['phone', DEVICE, 'secure.yaml', ...certificates, '--hold', '1ms', '--record', 'boot.jsonl'];
    const { code, stdout, stderr, folder } = await runCommand(args, { files: FILES });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const steps = [
      /CTL file taken: it is the first one/,
      /ITL file taken: the trust list that the phone has names its signer/,
      /TFTP RRQ .*\.cnf\.xml\.sgn /,
      /TFTP RRQ .*\.cnf\.xml\.enc\.sgn /,
      /← \S+ +CAPF AuthReq /,
      /→ \S+ +CAPF AuthRes .*password=hidden/,
      /CAPF \S+: install done after /,
      /TLS with \S+: TLSv1 TLS_RSA_WITH_AES_128_CBC_SHA, full handshake in /,
      /SCCP RegisterAck /,
      /IN SERVICE: SEP020000000001/,
    ];
    const places = steps.map((step) => stdout.search(step));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(stdout).not.toContain('malformed');

    const recording = readFileSync(join(folder, 'boot.jsonl'), 'utf8');
    expect(recording).not.toContain('the-secret-of-the-phone');
    const files = { 'boot.jsonl': recording };
    // Where the password was then it is still: what it says is of no account.
    const [equal, moved] = await Promise.all([
      runCommand(['replay', 'boot.jsonl', ...certificates], { files }),
      runCommand(['replay', 'boot.jsonl', '--certificates', 'elsewhere'], { files }),
    ]);
    expect(equal.stdout).toMatch(/^equal: \d+ events gave the same \d+ effects/);
    expect(moved.code).toBe(EXIT_CODES.invalidConfiguration.code);
    expect(moved.stderr).toMatch(/certificates of the phone are not there: elsewhere\nhint: give --cert/);
  });
});

describe('bootstorm lab', () => {
  let namespace: Namespace;

  beforeEach(async () => {
    namespace = await createNamespace();
  });

  afterEach(() => namespace.remove());

  it('serves a phone that is pointed at it as it says, until Ctrl-C', async () => {
    // A network of its own: the lab's ports are fixed ones there.
    const under = namespace.command(['env']);
    const lab = startCommand(['lab'], { under });
    const [, line = ''] = await lab.printed(/try: bootstorm (.*)\n/);
    const phone = await runCommand([...line.split(' '), '--hold', '100ms'], { under });
    expect({ code: phone.code, stderr: phone.stderr }).toEqual({ code: 0, stderr: '' });
    expect(phone.stdout).toContain('IN SERVICE: SEP020000000000');
    const second = await runCommand(['lab'], { under });
    expect(second.code).toBe(EXIT_CODES.invalidConfiguration.code);
    expect(second.stderr).toMatch(/is in use\nhint: /);
    lab.interrupt();
    const { code, stdout, stderr } = await lab.finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^embedded lab, not CUCM\n/);
  });
});
