/** `bootstorm phone --pcap`, held against a capture of the same boot and against what the command printed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FinishedCommand, runCommand } from '../support/bootstorm-command.ts';
import { type CallManagers, generatedDevice, startCallManagers } from '../support/interop/call-managers.ts';
import { startCapture } from '../support/interop/capture.ts';
import { readConversations, type SccpConversation } from '../support/interop/conversations.ts';
import { assertNoMalformed, type CapturedPorts, dissect } from '../support/interop/dissect.ts';
import { ownLoopbackAddress } from '../support/interop/loopback.ts';

const CHECKSUMS = ['ip.check_checksum:TRUE', 'tcp.check_checksum:TRUE', 'udp.check_checksum:TRUE'];

const folder = mkdtempSync(join(tmpdir(), 'bootstorm-pcap-'));
const captured = join(folder, 'captured.pcapng');
const written = join(folder, 'written.pcap');
let lab: CallManagers;
let ports: CapturedPorts;
let boot: FinishedCommand;

beforeAll(async () => {
  lab = await startCallManagers({ knownPhones: 1, keepAliveSeconds: 1 });
  const { dhcp, dhcpReplyPort, dns, tftp } = lab.endpoints;
  ports = {
    sccp: lab.group.map(({ port }) => port),
    tftp: tftp.map(({ port }) => port),
    dhcp: [dhcp.port, dhcpReplyPort],
    dns: [dns.port],
  };
  const [phoneAddress, relayAddress] = [ownLoopbackAddress(), ownLoopbackAddress()];
  const capture = await startCapture({
    filter: `host ${phoneAddress} or host ${relayAddress}`,
    file: captured,
  });
  boot = await runCommand([
    ...['phone', generatedDevice(0), '--pcap', written, '--hold', '1500ms'],
    ...['--dhcp', `${dhcp.host}:${dhcp.port}`, '--dhcp-reply-port', String(dhcpReplyPort)],
    ...['--relay-addresses', relayAddress, '--source-addresses', phoneAddress],
    ...['--dns', `${dns.host}:${dns.port}`, '--tftp', `${tftp[0]?.host}:${tftp[0]?.port}`],
  ]);
  await capture.stop();
});

afterAll(async () => {
  await lab.stop();
  rmSync(folder, { recursive: true });
});

describe('the file that `bootstorm phone --pcap` writes', () => {
  test('has no packet that a dissector finds fault with, and right checksums', async () => {
    expect(boot.code).toBe(0);
    await assertNoMalformed(written, { ports, preferences: CHECKSUMS });
    const filter =
      'ip.checksum.status != 1 || tcp.checksum.status == 0 || tcp.analysis.flags || !(skinny || tftp || dhcp || dns || tcp)';
    const fields = ['frame.number', '_ws.col.Info'] as const;
    expect(await dissect(written, fields, { ports, preferences: CHECKSUMS, filter })).toEqual([]);
  });

  test('has the datagrams that went over the wire, byte for byte', async () => {
    const fields = ['ip.src', 'udp.srcport', 'ip.dst', 'udp.dstport', 'udp.payload'] as const;
    const datagrams = async (file: string): Promise<string[]> => {
      const rows = await dissect(file, fields, { ports, filter: 'udp && !(udp.port == 9)' });
      return rows.map((row) => fields.map((field) => row[field].join()).join(' ')).sort();
    };
    const wire = await datagrams(captured);
    expect(wire.length).toBeGreaterThan(20);
    expect(await datagrams(written)).toEqual(wire);
  });

  test('has the bytes of the connection, and its opening and end', async () => {
    const fields = ['ip.src', 'tcp.srcport', 'tcp.flags.str', 'tcp.payload'] as const;
    const stream = async (file: string): Promise<{ sent: string; received: string; flags: string[] }> => {
      const rows = await dissect(file, fields, { ports, filter: 'tcp && !tcp.analysis.retransmission' });
      const phone = rows[0]?.['ip.src'][0];
      const bytes = (isSent: boolean): string =>
        rows
          .filter((row) => (row['ip.src'][0] === phone) === isSent)
          .flatMap((row) => row['tcp.payload'])
          .join('');
      const flags = rows.map((row) => row['tcp.flags.str'][0] ?? '');
      return { sent: bytes(true), received: bytes(false), flags };
    };
    const [wire, file] = await Promise.all([stream(captured), stream(written)]);
    expect(wire.sent.length).toBeGreaterThan(2000);
    expect(file.sent).toBe(wire.sent);
    expect(file.received).toBe(wire.received);
    for (const { flags } of [wire, file]) {
      expect(flags.filter((text) => text.includes('S'))).toHaveLength(2);
      expect(flags.filter((text) => text.includes('F'))).not.toHaveLength(0);
    }
  });

  test('has the messages that the command printed, in the same order', async () => {
    const { registrations, standbys } = await readConversations(written, ports);
    const [conversation] = registrations;
    expect([registrations.length, standbys]).toEqual([1, []]);
    expect(namesOf(conversation)).toEqual(
      [...boot.stdout.matchAll(/ ([→←]) \S+ +SCCP (\w+)/g)].map(([, arrow, name]) => `${arrow} ${name}`),
    );
    expect(namesOf(conversation)).toContain('→ KeepAliveReq');
    const files = await dissect(written, ['tftp.source_file'], { ports, filter: 'tftp.opcode == 1' });
    expect(files.map((row) => row['tftp.source_file'][0])).toEqual(
      [...boot.stdout.matchAll(/TFTP RRQ (\S+)/g)].map(([, name]) => name),
    );
    const leases = await dissect(written, ['_ws.col.Info'], { ports, filter: 'dhcp' });
    expect(
      leases.map((row) => row['_ws.col.Info'][0]?.replace(/^DHCP (\w+) .*/, 'DHCP$1').toUpperCase()),
    ).toEqual([...boot.stdout.matchAll(/ (DHCP[A-Z]+) xid=/g)].map(([, name]) => name));
  });
});

function namesOf(conversation: SccpConversation | undefined): string[] {
  return (conversation?.messages ?? []).map(
    ({ direction, name }) => `${direction === 'sent' ? '→' : '←'} ${name}`,
  );
}
