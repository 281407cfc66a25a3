import { describe, expect, it } from 'vitest';
import { boot, failures, LEASED, MINUTE } from '../support/phone-world.ts';
import { dhcpServer, dnsServer } from '../support/virtual-servers.ts';

describe('the TFTP server', () => {
  it.each([
    [
      'option 150 before 66 and siaddr',
      { tftpServers: ['127.0.0.1'], tftpServerName: '127.0.0.7' },
      '127.0.0.8',
    ],
    ['option 66 before siaddr', { tftpServers: [], tftpServerName: '127.0.0.1' }, '127.0.0.8'],
    ['siaddr when nothing else is there', { tftpServers: [] }, '127.0.0.1'],
  ])('%s', (_, lease, siaddr) => {
    const { tftpServers, ...rest } = lease;
    const options = tftpServers.length > 0 ? lease : { ...rest };
    const dhcp = dhcpServer(LEASED, { ...options }, siaddr);
    if (tftpServers.length === 0) withoutOption150(dhcp, rest, siaddr);
    const { cluster } = boot({ dhcp });
    cluster.run(2 * MINUTE);
    expect(cluster.log.find((line) => line.startsWith('tftp'))).toMatch(/^tftp > 127\.0\.0\.1:69 /);
  });

  it('resolves the name in option 66 by its own DNS client', () => {
    const dhcp = dhcpServer(LEASED);
    withoutOption150(dhcp, { tftpServerName: 'tftp.lab', domainNameServers: ['127.0.0.53'] }, '0.0.0.0');
    const { cluster } = boot({
      dhcp,
      udp: new Map([['127.0.0.53:53', dnsServer({ 'tftp.lab': '127.0.0.1' })]]),
    });
    cluster.run(2 * MINUTE);
    expect(cluster.of('ready')).toHaveLength(1);
  });

  it('fails with no-tftp-server when the lease names none, and tries again', () => {
    const dhcp = dhcpServer(LEASED);
    withoutOption150(dhcp, {}, '0.0.0.0');
    const { cluster } = boot({ dhcp });
    cluster.run(2 * MINUTE);
    expect(failures(cluster)[0]).toBe('tftpServer no-tftp-server null');
    expect(cluster.of('restarting').length).toBeGreaterThan(1);
  });

  it('is left for the second one after three unanswered requests', () => {
    const { cluster, tftp } = boot({ dhcp: dhcpServer(LEASED, { tftpServers: ['127.0.0.2', '127.0.0.1'] }) });
    cluster.run(2 * MINUTE);
    expect(cluster.log.filter((line) => line.startsWith('tftp > 127.0.0.2:69'))).toHaveLength(3);
    expect(failures(cluster)).toEqual(['ctl tftp-timeout 127.0.0.2:69']);
    expect(tftp.asked).toHaveLength(4);
    expect(cluster.of('ready')).toHaveLength(1);
  });

  it('goes back to DHCP when no server answers', () => {
    const { cluster, dhcp } = boot({ dhcp: dhcpServer(LEASED, { tftpServers: ['127.0.0.2'] }) });
    cluster.run(5 * MINUTE);
    expect(failures(cluster)[0]).toBe('ctl tftp-timeout 127.0.0.2:69');
    expect(dhcp.requests.length).toBeGreaterThan(3);
  });
});

/** The helper's lease has option 150; these tests need one without. */
function withoutOption150(dhcp: ReturnType<typeof dhcpServer>, lease: object, siaddr: string): void {
  const { server } = dhcpServer(LEASED, { tftpServers: undefined, ...lease } as never, siaddr);
  dhcp.server = server;
}
