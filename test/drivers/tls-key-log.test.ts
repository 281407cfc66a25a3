import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openKeyLog } from '../../src/drivers/key-log.ts';
import { PcapWriter } from '../../src/drivers/pcap-writer.ts';
import { TlsClient } from '../../src/drivers/tls-client.ts';
import { dissect } from '../support/interop/dissect.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type ByteRelay, relayTo } from './byte-relay.ts';
import { Harness, TestOwner } from './driver-harness.ts';
import { credentialOf, demandOf, listenTls, PROFILES } from './tls-parts.ts';

/** SCCP KeepAlive: length 4, version 0, message 0. */
const KEEP_ALIVE = Buffer.from('040000000000000000000000', 'hex');
const PLACE = {
  localAddress: '127.16.0.1',
  localPort: 40_000,
  remoteAddress: '127.0.0.10',
  remotePort: 2443,
  now: 0,
};

/** What passed a relay, as a capture would have it. */
function capture(folder: string, relay: ByteRelay): string {
  const file = join(folder, 'wire.pcap');
  const pcap = new PcapWriter<null, 'tcp'>(file, Date.UTC(2026, 0, 1));
  for (const { from, bytes } of relay.passed) {
    pcap.stream(null, 'tcp', 'data', {
      ...PLACE,
      direction: from === 'client' ? 'sent' : 'received',
      bytes,
    });
  }
  return file;
}

async function conversation(tls: TlsClient<TestOwner>, profile: keyof typeof PROFILES): Promise<ByteRelay> {
  const { port } = await listenTls((socket) => socket.pipe(socket));
  const relay = await relayTo(port);
  const harness = new Harness({ tls });
  harness.step(new TestOwner(), (out) => {
    out.connect(
      'primary',
      '127.0.0.1',
      relay.port,
      demandOf(PROFILES[profile], credentialOf('SEP001122334455')),
    );
    out.send('primary', KEEP_ALIVE);
  });
  await harness.received(3);
  return relay;
}

test.each(['encrypted', 'tls12', 'tls13'] as const)(
  'with the secrets tshark reads a capture (%s), without them it does not',
  async (profile) => {
    const folder = temporaryFolder({ 'keys.log': 'left over' });
    const keys = join(folder, 'keys.log');
    const relay = await conversation(new TlsClient(Infinity, openKeyLog(keys)), profile);
    expect(statSync(keys).mode & 0o777).toBe(0o600);
    expect(readFileSync(keys, 'utf8')).not.toContain('left over');
    const file = capture(folder, relay);
    const decodeAs = ['tls.port==2443,skinny'];
    const fields = ['skinny.messageId'] as const;
    const ids = async (preferences: string[]): Promise<string[]> =>
      (await dissect(file, fields, { preferences, decodeAs })).flatMap((row) => [...row['skinny.messageId']]);
    expect((await ids([`tls.keylog_file:${keys}`])).length).toBe(2);
    expect(await ids([])).toEqual([]);
  },
);

test('a capture of the drivers holds what was said, decrypted: tshark reads it as SCCP', async () => {
  const file = join(temporaryFolder({}), 'phone.pcap');
  const pcap = new PcapWriter<null, 'tcp'>(file, Date.UTC(2026, 0, 1));
  pcap.stream(null, 'tcp', 'data', { ...PLACE, direction: 'sent', bytes: KEEP_ALIVE });
  const rows = await dissect(file, ['skinny.messageId'], { decodeAs: ['tcp.port==2443,skinny'] });
  expect(rows.flatMap((row) => row['skinny.messageId'])).toHaveLength(1);
});
