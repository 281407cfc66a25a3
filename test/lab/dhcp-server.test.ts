import { afterEach, describe, expect, it } from 'vitest';
import { LabClock } from '../../src/lab/lab-clock.ts';
import { DhcpServer } from '../../src/lab/dhcp-server.ts';
import { FOREIGN_ADDRESS } from '../../src/lab/fault-table.ts';
import {
  BOOTREPLY,
  BOOTREQUEST,
  BROADCAST_FLAG,
  decodeDhcp,
  type DhcpMessage,
  encodeDhcp,
  MESSAGE_TYPES,
  NO_ADDRESS,
} from '../../src/protocols/dhcp/message.ts';
import type { DhcpOptions } from '../../src/protocols/dhcp/options.ts';
import {
  count,
  directoryOf,
  fault,
  labSettings,
  LOCALHOST,
  macOf,
  sum,
  udpClient,
  type UdpClient,
} from './lab-parts.ts';

const { DHCPDISCOVER, DHCPOFFER, DHCPREQUEST, DHCPDECLINE, DHCPACK, DHCPNAK, DHCPRELEASE, DHCPINFORM } =
  MESSAGE_TYPES;
const STRANGER = 'AABBCCDDEEFF';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

/** A server for ten phones, and a relay at giaddr. */
async function dhcp(input: Parameters<typeof labSettings>[0] = {}) {
  const settings = labSettings({ leasePool: '127.16.0.0/24', ...input });
  const relay = await udpClient();
  const server = new DhcpServer({
    settings,
    directory: directoryOf(10, settings),
    tftp: [{ host: '127.0.0.3', port: 69 }],
    dns: { host: '127.0.0.4', port: 53 },
    replyPort: relay.port,
    clock: new LabClock(() => 0),
  });
  await server.start(0);
  open.push(relay, server);
  return { server, relay, client: clientOf(relay, server) };
}

interface Fields extends Partial<Omit<DhcpMessage, 'options'>> {
  readonly options?: DhcpOptions;
}

let xid = 1000;

function request(messageType: number, mac: string, fields: Fields = {}): Buffer {
  return encodeDhcp({
    op: BOOTREQUEST,
    htype: 1,
    hops: 1,
    xid: xid++,
    secs: 4,
    flags: 0,
    ciaddr: NO_ADDRESS,
    yiaddr: NO_ADDRESS,
    siaddr: NO_ADDRESS,
    giaddr: LOCALHOST,
    chaddr: mac,
    sname: '',
    file: '',
    otherOptions: [],
    ...fields,
    options: { messageType, ...fields.options },
  });
}

function clientOf(relay: UdpClient, server: DhcpServer) {
  const say = (type: number, mac: string, fields?: Fields): void =>
    relay.send(request(type, mac, fields), server.endpoint);
  const hear = async (): Promise<DhcpMessage> => decodeDhcp((await relay.next()).bytes);
  const ask = async (type: number, mac: string, fields?: Fields): Promise<DhcpMessage> => {
    say(type, mac, fields);
    return hear();
  };
  const lease = async (mac: string): Promise<string> => {
    const { yiaddr } = await ask(DHCPDISCOVER, mac);
    const options = { requestedAddress: yiaddr, serverIdentifier: LOCALHOST };
    const ack = await ask(DHCPREQUEST, mac, { options });
    expect(ack.options.messageType).toBe(DHCPACK);
    return ack.yiaddr;
  };
  /** What went before was not answered when the next answer is the one to this. */
  const expectSilence = async (): Promise<void> => {
    const sent = xid;
    const { xid: answered } = await ask(DHCPDISCOVER, macOf(9));
    expect(answered).toBe(sent);
  };
  return { say, ask, lease, hear, expectSilence };
}

describe('DhcpServer: RFC 2131', () => {
  it('offers and grants a phone the address at its place, with what a phone needs', async () => {
    const { server, client } = await dhcp({ leaseSeconds: 800 });
    const offer = await client.ask(DHCPDISCOVER, macOf(4), { flags: BROADCAST_FLAG });
    expect(offer).toMatchObject({ op: BOOTREPLY, hops: 0, flags: BROADCAST_FLAG, yiaddr: '127.16.0.5' });
    expect(offer).toMatchObject({ giaddr: LOCALHOST, chaddr: macOf(4), ciaddr: NO_ADDRESS });
    expect(offer.options).toEqual({
      messageType: DHCPOFFER,
      serverIdentifier: LOCALHOST,
      leaseTime: 800,
      renewalTime: 400,
      rebindingTime: 700,
      subnetMask: '255.0.0.0',
      routers: [LOCALHOST],
      domainNameServers: ['127.0.0.4'],
      domainName: 'lab',
      tftpServers: ['127.0.0.3'],
    });
    expect(count(server, 'leasesNow')).toBe(0);
    expect(await client.lease(macOf(4))).toBe('127.16.0.5');
    expect(count(server, 'leasesNow')).toBe(1);
  });

  it('SELECTING: refuses another address than the offered, and leaves others’ clients alone', async () => {
    const { client } = await dhcp();
    await client.ask(DHCPDISCOVER, macOf(1));
    const wrong = { requestedAddress: '127.16.0.9', serverIdentifier: LOCALHOST };
    expect((await client.ask(DHCPREQUEST, macOf(1), { options: wrong })).options.messageType).toBe(DHCPNAK);
    const elsewhere = { requestedAddress: '127.16.0.2', serverIdentifier: '127.9.9.9' };
    client.say(DHCPREQUEST, macOf(1), { options: elsewhere });
    await client.expectSilence();
  });

  it('INIT-REBOOT: the right address, a wrong one, and a client that it does not know', async () => {
    const { client } = await dhcp();
    const rebooting = (requestedAddress: string): Fields => ({ options: { requestedAddress } });
    const right = await client.ask(DHCPREQUEST, macOf(2), rebooting('127.16.0.3'));
    expect([right.options.messageType, right.yiaddr]).toEqual([DHCPACK, '127.16.0.3']);
    const wrong = await client.ask(DHCPREQUEST, macOf(2), rebooting('10.0.0.1'));
    expect(wrong.options.messageType).toBe(DHCPNAK);
    expect(wrong).toMatchObject({ yiaddr: NO_ADDRESS, ciaddr: NO_ADDRESS, flags: BROADCAST_FLAG });
    client.say(DHCPREQUEST, STRANGER, rebooting('127.16.0.200'));
    await client.expectSilence();
  });

  it('RENEWING: acknowledges the client’s own address only', async () => {
    const { client } = await dhcp();
    const address = await client.lease(STRANGER);
    expect(address).toBe('127.16.0.254');
    const renewed = await client.ask(DHCPREQUEST, STRANGER, { ciaddr: address });
    expect(renewed).toMatchObject({ ciaddr: address, yiaddr: address });
    expect(renewed.options.messageType).toBe(DHCPACK);
    const another = await client.ask(DHCPREQUEST, STRANGER, { ciaddr: '127.16.0.253' });
    expect(another.options.messageType).toBe(DHCPNAK);
    const unknown = await client.ask(DHCPREQUEST, '001122334455', { ciaddr: address });
    expect(unknown.options.messageType).toBe(DHCPNAK);
  });

  it('RELEASE and DECLINE have no answer and do what they say', async () => {
    const { server, client } = await dhcp();
    const address = await client.lease(macOf(0));
    client.say(DHCPRELEASE, macOf(0), { ciaddr: address });
    await client.expectSilence();
    expect(count(server, 'leasesNow')).toBe(0);
    client.say(DHCPDECLINE, macOf(0), { options: { requestedAddress: address } });
    await client.expectSilence();
    expect(await client.lease(macOf(0))).toBe('127.16.0.254');
  });

  it('is silent when no address is left', async () => {
    const { server, client } = await dhcp({ leasePool: '127.16.0.1-127.16.0.11' });
    expect(await client.lease(STRANGER)).toBe('127.16.0.11');
    client.say(DHCPDISCOVER, '001122334455');
    await client.expectSilence();
    expect(count(server, 'exhausted')).toBe(1);
  });

  it('tells clients apart by their identifier, and returns it with what the relay added', async () => {
    const { client } = await dhcp();
    const named = (name: string): Fields => ({ options: { clientIdentifier: Buffer.from(name) } });
    const first = await client.ask(DHCPDISCOVER, STRANGER, named('\0one'));
    const second = await client.ask(DHCPDISCOVER, STRANGER, named('\0two'));
    expect(first.yiaddr).not.toBe(second.yiaddr);
    const clientIdentifier = Buffer.from(`01${macOf(3)}`, 'hex');
    const relayAgentInformation = Uint8Array.of(1, 2, 0xab, 0xcd);
    const echoed = await client.ask(DHCPDISCOVER, macOf(3), {
      options: { clientIdentifier, relayAgentInformation },
    });
    expect(echoed.yiaddr).toBe('127.16.0.4');
    expect(Object.keys(echoed.options).at(-1)).toBe('relayAgentInformation');
    expect(Buffer.from(echoed.options.clientIdentifier ?? [])).toEqual(clientIdentifier);
    expect(Buffer.from(echoed.options.relayAgentInformation ?? [])).toEqual(
      Buffer.from(relayAgentInformation),
    );
  });

  it('ignores what no relay sent, answers, other messages and nonsense, and counts everything', async () => {
    const { server, relay, client } = await dhcp();
    await client.lease(macOf(1));
    client.say(DHCPDISCOVER, macOf(1), { giaddr: NO_ADDRESS });
    client.say(DHCPDISCOVER, macOf(1), { giaddr: '203.0.113.1' });
    client.say(DHCPDISCOVER, macOf(1), { op: BOOTREPLY });
    client.say(DHCPINFORM, macOf(1));
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.alloc(300),
      Buffer.from('GET /'),
      request(DHCPDISCOVER, macOf(1)).subarray(0, 241),
    ]) {
      relay.send(bytes, server.endpoint);
    }
    client.say(DHCPREQUEST, STRANGER, { options: { requestedAddress: '127.16.0.77' } });
    await client.expectSilence();
    const stats = server.stats();
    expect(stats).toMatchObject({ ignored: 4, malformed: 4, unanswered: 1, offers: 2, acks: 1 });
    expect(sum(stats, ['malformed', 'ignored', 'discovers', 'requests', 'releases', 'declines'])).toBe(
      stats['received'],
    );
    const outcomes = sum(stats, ['offers', 'acks', 'naks', 'overLimit', 'exhausted', 'unanswered']);
    expect(outcomes).toBe(sum(stats, ['discovers', 'requests']));
  });

  it('drops what is beyond its limit', async () => {
    const { server, client } = await dhcp({ limits: { dhcpPerSecond: 2 } });
    await client.ask(DHCPDISCOVER, macOf(0));
    await client.ask(DHCPDISCOVER, macOf(1));
    client.say(DHCPDISCOVER, macOf(2));
    client.say(DHCPDISCOVER, macOf(3));
    while (count(server, 'received') < 4) await new Promise(setImmediate);
    expect(server.stats()).toMatchObject({ offers: 2, overLimit: 2 });
  });
});

describe('DhcpServer: faults', () => {
  const onPhone = { on: 'dhcp', match: macOf(1) } as const;

  it.each(['drop', 'silence'] as const)('%s', async (kind) => {
    const { server, client } = await dhcp({ faults: [{ ...onPhone, kind }] });
    client.say(DHCPDISCOVER, macOf(1));
    await client.expectSilence();
    expect(count(server, 'faults')).toBe(1);
  });

  it('duplicate', async () => {
    const { client } = await dhcp({ faults: [{ ...onPhone, kind: 'duplicate' }] });
    const first = await client.ask(DHCPDISCOVER, macOf(1));
    expect(await client.hear()).toEqual(first);
  });

  it('delay lets a later answer pass', async () => {
    const { client } = await dhcp({ faults: [{ ...onPhone, kind: 'delay', delayMs: 500 }] });
    client.say(DHCPDISCOVER, macOf(1));
    await client.expectSilence();
    expect((await client.hear()).chaddr).toBe(macOf(1));
  });

  it.each(['malformed', 'truncate'] as const)('%s cannot be decoded', async (kind) => {
    const { relay, client } = await dhcp({ faults: [{ ...onPhone, kind }] });
    client.say(DHCPDISCOVER, macOf(1));
    const { bytes } = await relay.next();
    expect(() => decodeDhcp(bytes)).toThrow(/dhcp/);
  });

  it('corrupt changes bytes and not the length', async () => {
    const { relay, server, client } = await dhcp();
    const discover = request(DHCPDISCOVER, macOf(1));
    relay.send(discover, server.endpoint);
    const { bytes: good } = await relay.next();
    server.setFaults([fault({ ...onPhone, kind: 'corrupt' })]);
    relay.send(discover, server.endpoint);
    const { bytes: bad } = await relay.next();
    expect(bad).toHaveLength(good.length);
    expect(bad.equals(good)).toBe(false);
    server.setFaults([]);
    expect((await client.ask(DHCPDISCOVER, macOf(1))).options.messageType).toBe(DHCPOFFER);
  });

  it('nak refuses what it would have granted, and grants no lease', async () => {
    const { server, client } = await dhcp({ faults: [{ ...onPhone, kind: 'nak' }] });
    const offer = await client.ask(DHCPDISCOVER, macOf(1));
    expect(offer.options.messageType).toBe(DHCPOFFER);
    const options = { requestedAddress: offer.yiaddr, serverIdentifier: LOCALHOST };
    expect((await client.ask(DHCPREQUEST, macOf(1), { options })).options.messageType).toBe(DHCPNAK);
    expect(count(server, 'leasesNow')).toBe(0);
  });

  it('no-tftp and foreign-address change option 150 only', async () => {
    const { server, client } = await dhcp({ faults: [{ ...onPhone, kind: 'no-tftp' }] });
    const { tftpServers, ...others } = (await client.ask(DHCPDISCOVER, macOf(2))).options;
    expect(tftpServers).toEqual(['127.0.0.3']);
    expect((await client.ask(DHCPDISCOVER, macOf(1))).options).toEqual(others);
    server.setFaults([fault({ ...onPhone, kind: 'foreign-address' })]);
    const foreign = { ...others, tftpServers: [FOREIGN_ADDRESS] };
    expect((await client.ask(DHCPDISCOVER, macOf(1))).options).toEqual(foreign);
  });
});
