/** The strangers themselves: each starts, answers a plain datagram as its protocol says, and is gone afterwards. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDnsmasqDhcp, startKea } from '../support/interop/dhcp-servers.ts';
import { startDnsmasqDns } from '../support/interop/dns-server.ts';
import {
  createServedFolder,
  startAtftpd,
  startDnsmasqTftp,
  startTftpdHpa,
} from '../support/interop/tftp-servers.ts';
import { ask, dhcpDiscover, dhcpOptions, dnsQuestion, tftpReadRequest } from './datagrams.ts';

let folder: string;

beforeAll(() => {
  folder = createServedFolder({ 'SEP001122334455.cnf.xml': '<device/>' });
});

afterAll(() => rmSync(folder, { recursive: true }));

describe.each([
  { server: 'tftpd-hpa', start: startTftpdHpa },
  { server: 'atftpd', start: startAtftpd },
  { server: 'dnsmasq', start: startDnsmasqTftp },
])('$server serves TFTP', ({ start }) => {
  test('files, from a port of the transfer', async () => {
    const server = await start({ folder });
    try {
      const { bytes, from } = await ask(tftpReadRequest('SEP001122334455.cnf.xml'), server);
      expect(bytes.toString('latin1')).toBe('\0\u0003\0\u0001<device/>');
      expect(from.address).toBe(server.address);
      expect(from.port).not.toBe(server.port);
    } finally {
      await server.stop();
    }
  });

  test('"file not found" (error 1) for the others', async () => {
    const server = await start({ folder });
    try {
      const { bytes } = await ask(tftpReadRequest('CTLSEP001122334455.tlv'), server);
      expect([...bytes.subarray(0, 4)]).toEqual([0, 5, 0, 1]);
    } finally {
      await server.stop();
    }
  });
});

describe('dnsmasq answers DNS', () => {
  test('with the address of a known name, and refuses others', async () => {
    const server = await startDnsmasqDns({ hosts: { 'cucm-sub1.example.test': '127.0.0.31' } });
    try {
      const known = await ask(dnsQuestion('cucm-sub1.example.test'), server);
      expect([...known.bytes.subarray(-4)]).toEqual([127, 0, 0, 31]);
      const unknown = await ask(dnsQuestion('cucm-sub2.example.test'), server);
      expect((unknown.bytes[3] ?? 0) & 0x0f).toBe(5); // RCODE REFUSED
      expect(server.log()).toContain('cucm-sub1.example.test');
    } finally {
      await server.stop();
    }
  });
});

describe.each([
  { server: 'dnsmasq', start: startDnsmasqDhcp },
  { server: 'Kea', start: startKea },
])('$server gives leases through a relay', ({ start }) => {
  test('an OFFER to the relay address and port, with what was asked for', async () => {
    const relayAddress = '127.0.0.2';
    const server = await start({
      tftpServers: ['127.0.0.11', '127.0.0.12'],
      tftpServerName: 'tftp.example.test',
      dnsServers: ['127.0.0.13'],
    });
    try {
      const { bytes, from } = await ask(dhcpDiscover('001122334455', relayAddress), server, {
        address: relayAddress,
        port: server.replyPort,
      });
      const options = dhcpOptions(bytes);
      expect(from.port).toBe(server.port);
      expect(bytes[0]).toBe(2); // BOOTREPLY
      expect([...(options.get(53) ?? [])]).toEqual([2]); // DHCPOFFER
      expect([...bytes.subarray(16, 18)]).toEqual([127, 1]); // yiaddr, from the range
      expect([...(options.get(150) ?? [])]).toEqual([127, 0, 0, 11, 127, 0, 0, 12]);
      expect(options.get(66)?.toString('latin1').replace(/\0$/, '')).toBe('tftp.example.test');
      expect([...(options.get(6) ?? [])]).toEqual([127, 0, 0, 13]);
      expect(options.get(51)?.readUInt32BE()).toBe(600);
    } finally {
      await server.stop();
    }
  });
});
