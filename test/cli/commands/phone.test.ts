/** `bootstorm phone`: one boot, step by step, with a verdict; its recording; and the lab by itself to point it at. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../../src/cli/exit-codes.ts';
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
