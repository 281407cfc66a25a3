/** `bootstorm plan` in a place where not even loopback is up: it says everything, and sends nothing. */
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../support/bootstorm-command.ts';

/** A network of its own, all interfaces down; afterwards what the kernel counted there. */
const UNDER = ['unshare', '--net', 'sh', '-c', '"$@"; code=$?; cat /proc/net/snmp; exit $code', 'sh'];

function kernelCount(text: string, protocol: string, name: string): number {
  const [names = [], values = []] = text
    .split('\n')
    .filter((line) => line.startsWith(`${protocol}:`))
    .map((line) => line.split(' '));
  return Number(values[names.indexOf(name)]);
}

describe('bootstorm plan', () => {
  it('prints phones, servers, times, addresses, ports and descriptors', async () => {
    const scenario = [
      'name: planned',
      'phones: { generate: { count: 40, macPrefix: "02:AA" }, models: { 7961G: 3, 7941G: 1 } }',
      'sourceAddresses: 127.20.0.1-127.20.0.40',
      'ramp: [{ duration: 10s }]',
      'target:',
      '  dhcp: { server: 127.0.0.2:6767, relayAddresses: 127.0.64.1, replyPort: 6768 }',
      '  tftp: { servers: ["127.0.0.3:6969"] }',
    ].join('\n');
    const { code, stdout, stderr } = await runCommand(['plan', 'storm.yaml'], {
      files: { 'storm.yaml': scenario },
      under: UNDER,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('planned: 40 phones');
    expect(stdout).not.toContain('embedded lab');
    expect(stdout).toMatch(/devices +SEP02AA00000000 to SEP02AA00000027/);
    expect(stdout).toMatch(/models +7961G: 30, 7941G: 10/);
    expect(stdout).toMatch(/DHCP +127\.0\.0\.2:6767.*127\.0\.64\.1/);
    expect(stdout).toMatch(/TFTP +127\.0\.0\.3:6969/);
    expect(stdout).toMatch(/0 s to 10 s: 40 phones, 4\/s/);
    expect(stdout).toMatch(/addresses +127\.20\.0\.1-127\.20\.0\.40/);
    expect(stdout).toMatch(/ports +up to 4 sockets on each address/);
    expect(stdout).toMatch(/descriptors +\d+ in each process \(4 for each phone\)/);
    for (const [protocol, name] of [
      ['Ip', 'OutRequests'],
      ['Ip', 'OutNoRoutes'],
      ['Tcp', 'ActiveOpens'],
      ['Udp', 'OutDatagrams'],
    ] as const) {
      expect({ protocol, name, count: kernelCount(stdout, protocol, name) }).toEqual({
        protocol,
        name,
        count: 0,
      });
    }
  });

  it('takes a shipped scenario by name, and starts no lab for it', async () => {
    const { code, stdout } = await runCommand(['plan', 'first-run'], { under: UNDER });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^first-run: 1,000 phones, seed \d+ \(embedded lab, not CUCM\)/);
    expect(stdout).toContain('port chosen at start');
    expect(kernelCount(stdout, 'Ip', 'OutRequests')).toBe(0);
  });
});
