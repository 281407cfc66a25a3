/** The shipped upgrade storm, scaled down, with every packet of it read by tshark: what went over the wire, and how often. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { partsOfLoad } from '../../src/protocols/firmware/known-loads.ts';
import { findScenario } from '../../src/scenario/load.ts';
import { type FinishedStorm, runStorm } from '../support/bootstorm-command.ts';
import { startCapture } from '../support/interop/capture.ts';
import {
  type CapturedRequest,
  type SccpConversation,
  readConversations,
} from '../support/interop/conversations.ts';
import { assertNoMalformed, type CapturedPorts, dissect } from '../support/interop/dissect.ts';
import { freeUdpPort, ownLoopbackAddress } from '../support/interop/loopback.ts';

const PHONES = 4;
/** Multiple of the block size, so that a part that is broken off has just so many bytes. */
const PART_BYTES = 8192;
const LOADS = ['SCCP41.9-4-2SR3-1S', 'SCCP42.9-4-2SR3-1S', 'SCCP70.9-4-2SR3-1S', 'SCCP41.9-4-2SR3-1S'];
const folder = mkdtempSync(join(tmpdir(), 'bootstorm-upgrade-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('firmware-upgrade', () => {
  let storm: FinishedStorm;
  let registrations: readonly SccpConversation[];
  let requests: ReadonlyMap<string, readonly CapturedRequest[]>;
  let dataBytes: ReadonlyMap<string, number>;

  beforeAll(async () => {
    const lab = ownLoopbackAddress();
    const dhcpReply = await freeUdpPort();
    const ports = { dhcp: 6767, dhcpReply, dns: 6753, tftp: 6969, sccp: 2000 };
    const shipped = parse(readFileSync(findScenario('firmware-upgrade'), 'utf8')) as Record<string, object>;
    const scenario = {
      ...shipped,
      phones: { ...shipped['phones'], generate: { count: PHONES } },
      firmware: { ...shipped['firmware'], maxBytes: PART_BYTES },
      timing: { power: 0, image: 0.1, vlan: 0, compression: 100 },
      ramp: 'all at once',
      hold: '500ms',
      lab: { ...shipped['lab'], address: lab, ports },
    };
    const file = join(folder, 'upgrade.pcapng');
    const capture = await startCapture({ filter: `host ${lab}`, file });
    storm = await runStorm(JSON.stringify(scenario));
    await capture.stop();
    const captured = {
      sccp: [2000, 2001],
      tftp: [ports.tftp],
      dhcp: [ports.dhcp, dhcpReply],
      dns: [ports.dns],
    };
    ({ registrations, files: requests } = await readConversations(file, captured));
    await assertNoMalformed(file, { ports: captured });
    dataBytes = await dataByPhone(file, captured, lab);
  });

  test('ends as its own thresholds ask for, every phone restarted once', () => {
    expect(storm.code, storm.stdout).toBe(EXIT_CODES.ok.code);
    expect(storm.summary.phones).toMatchObject({ asked: PHONES, ready: PHONES });
    expect(storm.summary.failures).toEqual([]);
    expect(storm.summary.stages.firmware).toMatchObject({ count: PHONES, attempts: PHONES });
    expect(storm.summary.stages.image).toMatchObject({ attempts: 2 * PHONES });
  });

  test('registers every phone once, with the new load in its RegisterReq', () => {
    const loads = registrations.map(
      ({ register }) => `${register['skinny.DeviceName'][0]} ${register['skinny.firmwareLoadName'][0]}`,
    );
    expect(loads.toSorted()).toEqual(LOADS.map((load, i) => `SEP02000000000${i} ${load}`));
  });

  test('asks for the .loads file and then for its parts in their order, between two readings of the configuration', () => {
    LOADS.forEach((load, i) => {
      const names = (requests.get(`127.16.0.${i + 1}`) ?? [])
        .map(({ fileName }) => fileName)
        .filter((name) => !name.endsWith('.tlv'));
      const config = `SEP02000000000${i}.cnf.xml`;
      const parts = partsOfLoad(load).map(({ name }) => name);
      expect(names).toEqual([config, `${load}.loads`, ...parts, config]);
    });
  });

  test('moves the bytes of every part, no more and no less, in blocks of 512', () => {
    for (const i of LOADS.keys()) expect(dataBytes.get(`127.16.0.${i + 1}`)).toBe(5 * PART_BYTES);
  });
});

/** Bytes of the parts' DATA blocks by phone: those that went to the port which had asked for an .sbn file. */
async function dataByPhone(file: string, ports: CapturedPorts, lab: string): Promise<Map<string, number>> {
  const asked = await dissect(file, ['ip.src', 'udp.srcport', 'tftp.source_file'] as const, {
    ports,
    filter: 'tftp.opcode == 1',
  });
  const parts = new Set(
    asked
      .filter((row) => row['tftp.source_file'][0]?.endsWith('.sbn'))
      .map((row) => `${row['ip.src'][0]} ${row['udp.srcport'][0]}`),
  );
  const rows = await dissect(file, ['ip.dst', 'udp.dstport', 'udp.payload'] as const, {
    ports,
    filter: `udp.payload[0:2] == 00:03 && ip.src == ${lab}`,
  });
  const blocks = new Map<string, { phone: string; bytes: number }>();
  for (const row of rows) {
    const phone = row['ip.dst'][0] ?? '';
    const port = `${phone} ${row['udp.dstport'][0]}`;
    const payload = row['udp.payload'][0] ?? '';
    if (parts.has(port))
      blocks.set(`${port} ${payload.slice(4, 8)}`, { phone, bytes: payload.length / 2 - 4 });
  }
  const sums = new Map<string, number>();
  for (const { phone, bytes } of blocks.values()) sums.set(phone, (sums.get(phone) ?? 0) + bytes);
  return sums;
}
