import { afterEach, describe, expect, it } from 'vitest';
import { LabClock } from '../../src/lab/lab-clock.ts';
import { DnsServer } from '../../src/lab/dns-server.ts';
import { FOREIGN_ADDRESS } from '../../src/lab/fault-table.ts';
import {
  CLASS_IN,
  decodeDns,
  DNS_RCODES,
  DNS_TYPES,
  type DnsMessage,
  encodeDns,
} from '../../src/protocols/dns/message.ts';
import { count, labSettings, sum, udpClient } from './lab-parts.ts';

const TYPE_AAAA = 28;
const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

function query(id: number, name: string, type: number = DNS_TYPES.A, response = false): Buffer {
  return encodeDns({
    id,
    response,
    opcode: 0,
    authoritative: false,
    truncated: false,
    recursionDesired: true,
    recursionAvailable: false,
    rcode: 0,
    questions: [{ name, type, class: CLASS_IN }],
    answers: [],
  });
}

async function dns(input: Parameters<typeof labSettings>[0] = {}) {
  const server = new DnsServer(
    labSettings(input),
    [{ name: 'cucm1.lab', host: '127.0.0.7', port: 2000 }],
    new LabClock(() => 0),
  );
  const client = await udpClient();
  await server.start(0);
  open.push(server, client);
  let id = 1;
  const ask = async (name: string, type?: number): Promise<DnsMessage> => {
    client.send(query(id++, name, type), server.endpoint);
    return decodeDns((await client.next()).bytes);
  };
  return { server, client, ask };
}

describe('DnsServer', () => {
  it('answers the names of the lab, whatever their case', async () => {
    const { ask } = await dns();
    for (const name of ['cucm1.lab', 'CUCM1.Lab']) {
      const answer = await ask(name);
      expect(answer).toMatchObject({ response: true, authoritative: true, rcode: DNS_RCODES.NOERROR });
      expect(answer.answers).toMatchObject([{ type: 'A', name, address: '127.0.0.7' }]);
    }
  });

  it('says that other names do not exist, and that a name has no other records', async () => {
    const { ask } = await dns();
    expect(await ask('cucm9.lab')).toMatchObject({ rcode: DNS_RCODES.NXDOMAIN, answers: [] });
    expect(await ask('cucm1.lab', TYPE_AAAA)).toMatchObject({ rcode: DNS_RCODES.NOERROR, answers: [] });
  });

  it('ignores answers and nonsense, and counts everything', async () => {
    const { server, client, ask } = await dns();
    client.send(query(77, 'cucm1.lab', DNS_TYPES.A, true), server.endpoint);
    client.send(Buffer.from('nonsense'), server.endpoint);
    client.send(Buffer.alloc(12), server.endpoint);
    expect(await ask('cucm1.lab')).toMatchObject({ id: 1 });
    await ask('nobody');
    const stats = server.stats();
    expect(stats).toMatchObject({ malformed: 1, ignored: 2, answers: 1, nameErrors: 1 });
    expect(sum(stats, ['malformed', 'ignored', 'answers', 'nameErrors', 'unanswered'])).toBe(
      stats['received'],
    );
  });

  it('not-found and foreign-address', async () => {
    const { server, ask } = await dns({ faults: [{ on: 'dns', kind: 'not-found' }] });
    expect((await ask('cucm1.lab')).rcode).toBe(DNS_RCODES.NXDOMAIN);
    const { ask: askForeign } = await dns({ faults: [{ on: 'dns', kind: 'foreign-address' }] });
    expect((await askForeign('cucm1.lab')).answers).toMatchObject([{ address: FOREIGN_ADDRESS }]);
    expect(count(server, 'faults')).toBe(1);
  });

  it.each(['drop', 'silence'] as const)('%s', async (kind) => {
    const { client, server, ask } = await dns({ faults: [{ on: 'dns', kind, match: 'lost' }] });
    client.send(query(500, 'lost.lab'), server.endpoint);
    expect((await ask('cucm1.lab')).id).toBe(1);
    expect(count(server, 'faults')).toBe(1);
  });

  it('duplicate, malformed and delay', async () => {
    const faults = (['duplicate', 'malformed', 'delay'] as const).map(
      (kind) => ({ on: 'dns', kind, match: kind, delayMs: 50 }) as const,
    );
    const { client, server, ask } = await dns({ faults });
    const twice = await ask('duplicate.lab');
    expect(decodeDns((await client.next()).bytes)).toEqual(twice);
    client.send(query(9, 'malformed.lab'), server.endpoint);
    const { bytes } = await client.next();
    expect(() => decodeDns(bytes)).toThrow(/dns/);
    client.send(query(10, 'delay.lab'), server.endpoint);
    expect((await ask('cucm1.lab')).id).toBe(2);
    expect(decodeDns((await client.next()).bytes).id).toBe(10);
  });
});
