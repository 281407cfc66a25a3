import { describe, expect, it } from 'vitest';
import { describeLab, labLimits } from '../../src/lab/describe.ts';
import { labSettings, LOCALHOST } from './lab-parts.ts';

const at = (port: number): { host: string; port: number } => ({ host: LOCALHOST, port });

describe('labLimits', () => {
  it('says that it is no CUCM, and every limit, service time and fault that is set', () => {
    const lines = labLimits(
      labSettings({
        limits: { tftpConcurrency: 7, registrationsPerSecond: 50, registeredPhones: 99, dhcpPerSecond: 12 },
        serviceTimes: { tftpMs: 40 },
        faults: [
          { on: 'sccp', kind: 'reject', probability: 0.25, match: 'SEP02', fromSeconds: 5, toSeconds: 9 },
          { on: 'sccp', kind: 'silence', node: 2, from: 'hold' },
        ],
        events: [{ at: '1m30s', from: 'hold', do: 'kill', node: 1 }],
      }),
    );
    const text = lines.join('\n');
    expect(lines[0]).toContain('say nothing about a CUCM cluster');
    for (const part of ['7 transfers', 'second: 50', 'CallManager: 99', 'second: 12', 'tftpMs 40'])
      expect(text).toContain(part);
    expect(lines.slice(-3)).toEqual([
      'fault: sccp reject, 25 % of requests with "SEP02", from 5 s to 9 s',
      'fault: sccp silence on node 2, 100 % of requests, from 0 s of the hold',
      'event: CallManager 1 killed, at 1 m 30 s of the hold',
    ]);
  });

  it('is as short as there is little to say', () => {
    const lines = labLimits(labSettings());
    expect(lines).toHaveLength(7);
    expect(lines.every((line) => !line.includes('\n') && !line.startsWith('fault'))).toBe(true);
    expect(lines.at(-1)).toBe('service times: none added');
  });
});

describe('describeLab', () => {
  it('names every endpoint under the heading of a lab', () => {
    const endpoints = {
      dhcp: at(1067),
      dhcpReplyPort: 1068,
      dns: at(1053),
      tftp: [at(6969)],
      http: at(6970),
      callManagers: [at(2000), at(2001)],
      srst: at(2002),
      secure: null,
    };
    const text = describeLab(endpoints, labSettings());
    expect(text.split('\n')[0]).toBe('embedded lab, not CUCM');
    for (const part of [
      '127.0.0.1:1067',
      'giaddr:1068',
      '127.0.0.1:1053',
      '127.0.0.1:6969',
      '127.0.0.1:6970',
      '127.0.0.1:2000, 127.0.0.1:2001',
      'SRST router   127.0.0.1:2002',
    ]) {
      expect(text).toContain(part);
    }
  });
});
