import { describe, expect, it } from 'vitest';
import { INFINITE_LEASE, leaseFrom } from '../../../src/protocols/dhcp/lease.ts';
import { decodeDhcp } from '../../../src/protocols/dhcp/message.ts';
import { discoverFrame } from '../../../src/protocols/dhcp/phone-frames.ts';
import { ack, OFFERED, SERVER_ID } from './server-replies.ts';

const DISCOVER = discoverFrame(
  { mac: '001122334455', hostName: 'SEP001122334455', vendorClass: 'phone', relayAddress: '127.0.0.2' },
  1,
);
type Change = Parameters<typeof ack>[1];
const lease = (change: Change, known: string | null = null) =>
  leaseFrom(decodeDhcp(ack(DISCOVER, change)), known);

describe('leaseFrom', () => {
  it('takes what a phone needs', () => {
    expect(lease({ sname: 'tftp.example.test', options: { tftpServerName: '127.0.0.71' } })).toEqual({
      address: OFFERED,
      mask: '255.0.0.0',
      routers: ['127.0.0.1'],
      dnsServers: ['127.0.0.53'],
      domain: 'example.test',
      leaseSeconds: 1000,
      renewSeconds: 500,
      rebindSeconds: 875,
      serverId: SERVER_ID,
      tftp150: ['127.0.0.69', '127.0.0.70'],
      tftp66: '127.0.0.71',
      siaddr: SERVER_ID,
      sname: 'tftp.example.test',
    });
  });

  it.each([
    ["the server's T1 and T2", 1000, 300, 800, 300, 800],
    ['a T1 behind T2', 1000, 900, 800, 500, 800],
    ['a T2 behind the lease', 1000, 300, 1000, 300, 875],
    ['an early T2', 1000, undefined, 200, 200, 200],
    ['zeros', 1000, 0, 0, 500, 875],
    [
      'a lease for ever',
      INFINITE_LEASE,
      INFINITE_LEASE,
      INFINITE_LEASE,
      INFINITE_LEASE / 2,
      INFINITE_LEASE * 0.875,
    ],
  ])('T1 and T2: %s', (_, leaseTime, t1, t2, renewSeconds, rebindSeconds) => {
    const options = {
      leaseTime,
      ...(t1 === undefined ? {} : { renewalTime: t1 }),
      ...(t2 === undefined ? {} : { rebindingTime: t2 }),
    };
    expect(lease({ options })).toMatchObject({ renewSeconds, rebindSeconds });
  });

  it('is none without address or lease time', () => {
    expect(lease({ yiaddr: '0.0.0.0' })).toBeNull();
    expect(lease({ options: { leaseTime: 0 } })).toBeNull();
  });

  it('needs a server identifier, if only the one of the offer', () => {
    const message = decodeDhcp(ack(DISCOVER));
    const { serverIdentifier: _, ...options } = message.options;
    expect(leaseFrom({ ...message, options }, null)).toBeNull();
    expect(leaseFrom({ ...message, options }, '127.0.0.9')).toMatchObject({ serverId: '127.0.0.9' });
  });
});
