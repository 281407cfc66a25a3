/** A storm of the built program, every packet of it read by tshark, whose dissectors nobody here wrote. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PHONE_MODELS } from '../../src/phone/models.ts';
import { MESSAGE_KINDS } from '../../src/protocols/sccp/message-table.ts';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { type FinishedStorm, ledgerSum, runStorm } from '../support/bootstorm-command.ts';
import { startCapture } from '../support/interop/capture.ts';
import {
  type CapturedLeaseMessage,
  type Conversations,
  readConversations,
  type SccpConversation,
} from '../support/interop/conversations.ts';
import { assertNoMalformed, dissect } from '../support/interop/dissect.ts';
import {
  ANSWERS,
  expectedSaying,
  type Kind,
  LENGTHS,
  saying,
  withoutRepeats,
} from '../support/interop/expected-messages.ts';
import { freeUdpPort, ownLoopbackAddress } from '../support/interop/loopback.ts';

const PHONES = 25;
/** The lab has an address of its own: a filter on it sees this storm and nothing else. */
const LAB_PORTS = { dhcp: 6767, dns: 6753, tftp: 6969, sccp: 2000 } as const;

interface Captured extends Conversations {
  readonly file: string;
  readonly ports: { sccp: number[]; tftp: number[]; dhcp: number[]; dns: number[] };
  readonly lab: string;
  readonly storm: FinishedStorm;
}

const folder = mkdtempSync(join(tmpdir(), 'bootstorm-capture-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function captureStorm({ protocolVersion, flash }: Kind): Promise<Captured> {
  const lab = ownLoopbackAddress();
  const dhcpReply = await freeUdpPort();
  const file = join(folder, `version${protocolVersion}.pcapng`);
  const capture = await startCapture({ filter: `host ${lab}`, file });
  const storm = await runStorm(
    JSON.stringify({
      name: 'captured',
      seed: 7961,
      phones: {
        generate: { count: PHONES },
        models: { '7961G': 3, '7941G': 1, '7970G': 1 },
        protocolVersion,
        flash,
      },
      timing: { power: '0s..1s', image: '100ms', vlan: '0s..300ms' },
      hold: '4s',
      maxDuration: '2m',
      drain: { perSecond: 100 },
      // Whoever stands still for a moment is not given up for it.
      target: { dns: { attempts: 10 }, sccp: { unregisterTimeoutSeconds: '10s' } },
      lab: {
        silentIntervals: 30,
        address: lab,
        keepAliveSeconds: 1,
        secondaryKeepAliveSeconds: 1,
        names: 'dns',
        ports: { ...LAB_PORTS, dhcpReply },
      },
      output: { quiet: true },
    }),
  );
  await capture.stop();
  const ports = {
    sccp: [LAB_PORTS.sccp, LAB_PORTS.sccp + 1],
    tftp: [LAB_PORTS.tftp],
    dhcp: [LAB_PORTS.dhcp, dhcpReply],
    dns: [LAB_PORTS.dns],
  };
  return { file, ports, lab, storm, ...(await readConversations(file, ports)) };
}

const LOCALE_FILES = [expect.stringMatching(/^English_.*-sccp\.jar$/), 'United_States/g3-tones.xml'];
const MODELS = ['7961G', '7941G', '7970G'] as const;
const DEVICE_NAMES = Array.from(
  { length: PHONES },
  (_, index) => `SEP020000${index.toString(16).toUpperCase().padStart(6, '0')}`,
);

describe.each<Kind>([
  { protocolVersion: 17, flash: 'factory' },
  { protocolVersion: 22, flash: 'warm' },
])('a storm of 25 phones of version $protocolVersion, flash $flash, as tshark reads it', (kind) => {
  let captured: Captured;
  beforeAll(async () => {
    captured = await captureStorm(kind);
  });

  test('ends with every phone in service', () => {
    const { summary, code } = captured.storm;
    expect(summary.phones).toMatchObject({ asked: PHONES, registered: PHONES, ready: PHONES });
    expect(ledgerSum(summary)).toBe(PHONES);
    expect(code).toBe(EXIT_CODES.ok.code);
  });

  test('has no packet that is malformed, cut short, unfinished or warned of', async () => {
    const { file, ports } = captured;
    await assertNoMalformed(file, { ports });
    const payload = '(udp || tcp.len > 0) && !icmp && !tcp.analysis.retransmission && !(udp.port == 9)';
    const filter = `${payload} && !(skinny || tftp || dhcp || dns)`;
    expect(await dissect(file, ['frame.number', '_ws.col.Info'], { ports, filter })).toEqual([]);
  });

  test('registers every phone once, with the messages in their order', () => {
    const { registrations } = captured;
    expect(registrations.map(deviceNameOf).sort()).toEqual(DEVICE_NAMES);
    for (const side of ['sent', 'received'] as const) {
      const sayings = new Set(registrations.map((conversation) => saying(conversation, side)));
      expect([...sayings]).toEqual([expectedSaying(kind, side)]);
    }
  });

  test('has an answer to each question, after it', () => {
    for (const { messages, register } of captured.registrations) {
      for (const [question, answer] of Object.entries(ANSWERS)) {
        const asked = messages.filter(({ name }) => name === question);
        const answered = messages.filter(({ name }) => name === answer);
        expect([answer, answered.length]).toEqual([answer, asked.length]);
        asked.forEach(({ frame }, i) => expect(answered[i]?.frame).toBeGreaterThan(frame));
      }
      // The lab's template: one line, then speed dials up to the last button.
      const speedDials = messages.filter(({ name }) => name === 'SpeedDialStatReq');
      expect(speedDials).toHaveLength(Number(register['skinny.maxNumberOfLines'][0]) - 1);
    }
  });

  test('has the names that this program has for the messages, and the lengths of the protocol', () => {
    const ours = new Map(MESSAGE_KINDS.map(({ id, type }) => [id, type]));
    for (const { id, name, length } of captured.registrations.flatMap(({ messages }) => messages)) {
      expect(ours.get(id)).toBe(name);
      if (LENGTHS[name] !== undefined) expect([name, length]).toEqual([name, LENGTHS[name]]);
    }
  });

  test('introduces each phone as what it is', () => {
    for (const { register, phoneAddress } of captured.registrations) {
      const index = DEVICE_NAMES.indexOf(register['skinny.DeviceName'][0] ?? '');
      const deviceType = Number(register['skinny.deviceType'][0]);
      const model = MODELS.map((name) => PHONE_MODELS[name]).find((one) => one.deviceType === deviceType);
      expect(register['skinny.maxNumberOfLines']).toEqual([String(model?.lines)]);
      expect(register['skinny.firmwareLoadName']).toEqual([model?.loads[kind.protocolVersion]]);
      expect(register['skinny.protocolVer']).toEqual([String(kind.protocolVersion)]);
      expect(register['skinny.stationIpAddr']).toEqual([phoneAddress]);
      expect(phoneAddress).toBe(`127.16.0.${index + 1}`);
    }
    const types = captured.registrations.map(({ register }) => Number(register['skinny.deviceType'][0]));
    const count = (deviceType: number): number => types.filter((type) => type === deviceType).length;
    expect(MODELS.map((name) => count(PHONE_MODELS[name].deviceType))).toEqual([15, 5, 5]);
  });

  test('keeps registrations alive between set-up and farewell, each request acknowledged', () => {
    for (const { messages } of captured.registrations) {
      const names = messages.map(({ name }) => name);
      const first = names.indexOf('KeepAliveReq');
      const keepAlives = names.filter((name) => name.startsWith('KeepAlive'));
      expect(first).toBeGreaterThan(names.indexOf('TimeDateRes'));
      // The last answer may cross the farewell on its way.
      expect(names.lastIndexOf('KeepAliveReq')).toBeLessThan(names.indexOf('UnregisterReq'));
      expect(keepAlives.length).toBeGreaterThanOrEqual(4);
      expect(unansweredOf(keepAlives)).toBe(0);
    }
  });

  test('has one standby connection for each phone, on which keepalives go and come from the beginning', () => {
    const { standbys } = captured;
    expect(standbys.map(({ phoneAddress }) => phoneAddress).sort()).toEqual(
      DEVICE_NAMES.map((_, index) => `127.16.0.${index + 1}`).sort(),
    );
    for (const { messages } of standbys) {
      const names = messages.map(({ name }) => name);
      expect(names.length).toBeGreaterThanOrEqual(4);
      // The last answers may come when the connection is closed.
      expect(names.filter((name) => name === 'KeepAliveAck').length).toBeGreaterThanOrEqual(2);
      expect(unansweredOf(names)).toBeGreaterThanOrEqual(0);
      expect(new Set(names)).toEqual(new Set(['KeepAliveReq', 'KeepAliveAck']));
    }
  });

  test('gets each phone its lease through the relay, and gives it back last', () => {
    const { leases, lab } = captured;
    expect([...leases.keys()].sort()).toEqual(DEVICE_NAMES);
    for (const [device, messages] of leases) {
      const expected =
        kind.flash === 'factory'
          ? ['DISCOVER', 'OFFER', 'REQUEST', 'ACK', 'RELEASE']
          : ['REQUEST', 'ACK', 'RELEASE']; // INIT-REBOOT, RFC 2131 section 4.4.2
      expect(withoutRepeats(messages.map(({ name }) => name))).toEqual(expected);
      const address = `127.16.0.${DEVICE_NAMES.indexOf(device) + 1}`;
      const field = (name: string): CapturedLeaseMessage['fields'] | undefined =>
        messages.findLast((message) => message.name === name)?.fields;
      expect(field('REQUEST')?.['dhcp.option.requested_ip_address']).toEqual([address]);
      expect(field('REQUEST')?.['dhcp.option.hostname']).toEqual([device]);
      expect(field('REQUEST')?.['dhcp.option.vendor_class_id'][0]).toMatch(
        /^Cisco Systems, Inc\. IP Phone CP-79[467][01]G$/,
      );
      expect(field('ACK')?.['dhcp.ip.your']).toEqual([address]);
      expect(field('ACK')?.['dhcp.option.tftp_server_address']).toEqual([lab]);
      expect(field('RELEASE')?.['dhcp.ip.client']).toEqual([address]);
    }
  });

  test('asks for the files in their order', () => {
    const { files } = captured;
    expect(files.size).toBe(PHONES);
    DEVICE_NAMES.forEach((device, index) => {
      const requests = files.get(`127.16.0.${index + 1}`) ?? [];
      const trustLists =
        kind.protocolVersion === 22
          ? [`CTL${device}.tlv`, `ITL${device}.tlv`, 'ITLFile.tlv']
          : [`CTL${device}.tlv`];
      const locales = kind.flash === 'factory' ? LOCALE_FILES : [];
      const names = requests.map(({ fileName }) => fileName);
      expect(names).toEqual([...trustLists, `${device}.cnf.xml`, ...locales]);
      expect(requests.every(({ mode }) => mode === 'octet')).toBe(true);
    });
  });

  test('resolves the names of the CallManagers, each when it is wanted', () => {
    const { names, lab } = captured;
    expect(names.size).toBe(PHONES);
    for (const answers of names.values()) {
      expect(withoutRepeats(answers.map(({ name }) => name))).toEqual(['cucm1.lab', 'cucm2.lab']);
      for (const answer of answers) expect(answer).toMatchObject({ type: '1', rcode: '0', addresses: [lab] });
    }
  });

  test('takes each phone through the steps one after the other', () => {
    const { registrations, leases, files, names } = captured;
    for (const conversation of registrations) {
      const { phoneAddress, messages } = conversation;
      const lease = leases.get(deviceNameOf(conversation)) ?? [];
      const frameOf = (name: string): number =>
        messages.find((one) => one.name === name)?.frame ?? Number.NaN;
      const order = [
        lease.find(({ name }) => name === 'ACK')?.frame,
        files.get(phoneAddress)?.[0]?.frame,
        files.get(phoneAddress)?.at(-1)?.frame,
        names.get(phoneAddress)?.[0]?.frame,
        ...['RegisterReq', 'RegisterAck', 'TimeDateRes', 'UnregisterReq', 'UnregisterAck'].map(frameOf),
        lease.find(({ name }) => name === 'RELEASE')?.frame,
      ];
      expect(order).toEqual([...order].sort((a, b) => Number(a) - Number(b)));
      expect(order.every((frame) => frame !== undefined && !Number.isNaN(frame))).toBe(true);
    }
  });

  test('counts in the summary what went over the wire', () => {
    const { storm, registrations, leases, files, names, sent } = captured;
    const { servers, phones, stages, retransmissions } = storm.summary;
    const attempts = (role: string): number | undefined => servers.find((one) => one.role === role)?.attempts;
    const acks = registrations
      .flatMap(({ messages }) => messages)
      .filter(({ name }) => name === 'RegisterAck');
    expect(phones.registered).toBe(acks.length);
    expect(attempts('callManager')).toBe(registrations.length);
    expect(attempts('dhcp')).toBe(leases.size);
    expect(stages.dhcp?.count).toBe(
      [...leases.values()].filter((messages) => messages.some(({ name }) => name === 'ACK')).length,
    );
    expect(attempts('tftp')).toBe([...files.values()].flat().length);
    expect(attempts('dns')).toBe(names.size);
    expect(sent.requests - [...files.values()].flat().length).toBeLessThanOrEqual(retransmissions.tftp);
    expect(sent.queries - 2 * names.size).toBe(retransmissions.dns);
  });
});

/** Of the keepalives of a connection in their order. Where an answer is late, the next request may come before it. */
function unansweredOf(names: readonly string[]): number {
  let unanswered = 0;
  for (const name of names) {
    unanswered += name === 'KeepAliveReq' ? 1 : -1;
    expect(unanswered).toBeGreaterThanOrEqual(0);
  }
  return unanswered;
}

function deviceNameOf({ register }: SccpConversation): string {
  return register['skinny.DeviceName'][0] ?? '';
}
