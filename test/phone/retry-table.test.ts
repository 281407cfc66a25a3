/**
 * What a phone does when a server of its start-up misbehaves: one test for each row of the table of errors that public
 * sources give (blog.phpguy.org 2008 for the 7961G's loop; status messages of the 78xx, 88xx and 69xx guides; RFC 1350,
 * RFC 2131), from power to the place where the row ends. No socket and no second passes.
 */
import { describe, expect, it } from 'vitest';
import { buildDeviceConfig } from '../../src/protocols/device-config/build.ts';
import {
  DEFAULT_CONFIG_FILE_NAME,
  trustListFileNames,
} from '../../src/protocols/device-config/file-names.ts';
import { parseDeviceConfig } from '../../src/protocols/device-config/parse.ts';
import { BOOTREPLY, decodeDhcp, encodeDhcp, MESSAGE_TYPES } from '../../src/protocols/dhcp/message.ts';
import { decodePacket, encodeData, encodeError } from '../../src/protocols/tftp/packet.ts';
import { BOOT_SETTINGS } from '../support/boot-settings.ts';
import { boot, failures, FILES, LEASED, MINUTE, NAME, passed } from '../support/phone-world.ts';
import type { DatagramServer } from '../support/virtual-cluster.ts';
import { dhcpServer, tftpServer } from '../support/virtual-servers.ts';

const SEP = `${NAME}.cnf.xml`;
const TRUST_LISTS = trustListFileNames(NAME, 22);
const FIRST = '127.0.0.1:69';
const SECOND = '127.0.0.2:69';
/** Power, image and VLAN are over; nothing has been sent. */
const BOOTED = 48_000;

/** A TFTP server that answers requests for a name as `answer` says, and others as usual. */
function tftpBut(name: string, answer: () => readonly Uint8Array[], files = FILES) {
  const usual = tftpServer(files);
  const server: DatagramServer = (bytes, from) => {
    const answers = usual.server(bytes, from);
    return usual.nameOf(from) === name ? answer() : answers;
  };
  return { ...usual, server };
}

const goodConfig = () => {
  const parsed = parseDeviceConfig(
    buildDeviceConfig({ deviceName: NAME, callManagers: [{ host: '127.0.0.10' }] }),
  );
  if (!parsed.ok) throw new Error(parsed.detail);
  return parsed.config;
};

describe('trust lists', () => {
  it.each(TRUST_LISTS)('%s: after ERROR 1, 2, 0 or nonsense the phone asks for the next file', (name) => {
    for (const answer of [encodeError(1, ''), encodeError(2, ''), encodeError(0, 'x'), Uint8Array.of(9, 9)]) {
      const tftp = tftpBut(name, () => [answer]);
      const { cluster } = boot({ tftp });
      cluster.run(BOOTED + 2000);
      expect(tftp.asked).toEqual([...TRUST_LISTS, SEP]);
      expect(failures(cluster)).toEqual([]);
    }
  });

  it.each(TRUST_LISTS)(
    '%s: after three unanswered requests the second server is asked, for the rest of the boot',
    (name) => {
      const tftp = tftpBut(name, () => []);
      const second = tftpServer(FILES);
      const { cluster } = boot({
        tftp,
        dhcp: dhcpServer(LEASED, { tftpServers: ['127.0.0.1', '127.0.0.2'] }),
        udp: new Map([[SECOND, second.server]]),
      });
      cluster.run(BOOTED + 20_000);
      const before = TRUST_LISTS.slice(0, TRUST_LISTS.indexOf(name));
      expect(tftp.asked).toEqual([...before, name, name, name]);
      expect(second.asked).toEqual([...TRUST_LISTS.slice(before.length), SEP]);
      expect(failures(cluster)).toEqual([`ctl tftp-timeout ${FIRST}`]);
      expect(cluster.of('ready')).toHaveLength(1);
    },
  );
});

describe('the configuration', () => {
  it.each([
    ['ERROR 1', [encodeError(1, 'File not found')], 'tftp-file-not-found', true],
    ['ERROR 2', [encodeError(2, 'Access violation')], 'tftp-access-violation', false],
    ['ERROR 0', [encodeError(0, 'Something')], 'tftp-error', false],
    ['ERROR 0 that says so', [encodeError(0, 'Server busy')], 'tftp-server-busy', false],
    ['ERROR 3 that says so', [encodeError(3, 'out of resources')], 'tftp-server-busy', false],
    ['ERROR 3 of a full disk', [encodeError(3, 'Disk full')], 'tftp-error', false],
    ['ERROR 4 with the same words', [encodeError(4, 'Server busy')], 'tftp-error', false],
    ['bytes that are no TFTP', [Uint8Array.of(0, 9, 1)], 'tftp-malformed', false],
    ['nothing', [], 'tftp-timeout', false],
  ])('%s is told apart from every other answer', (_, answers, cause, asksDefault) => {
    const tftp = tftpBut(SEP, () => answers);
    const { cluster, phone, dhcp } = boot({ tftp });
    cluster.run(BOOTED + 20_000);
    expect(failures(cluster)).toEqual([`config ${cause} ${FIRST}`]);
    expect(tftp.asked.includes(DEFAULT_CONFIG_FILE_NAME)).toBe(asksDefault);
    // The address is dropped: the next boot begins at DHCP.
    expect([phone.state, phone.resumeAt]).toEqual(['pausing', 'dhcp']);
    cluster.run(BOOTED + 60_000);
    expect(dhcp.requests.length).toBeGreaterThan(2);
  });

  it.each([
    ['too large', Buffer.alloc(3_000_000, 0x20), 'config-too-large'],
    ['no XML', Buffer.from('<device><a></device>'), 'config-malformed'],
    ['empty', Buffer.alloc(0), 'config-malformed'],
  ])('that is %s ends the boot, or leaves a phone that has one with its last good one', (_, file, cause) => {
    const world = { tftp: tftpServer({ [SEP]: file }) };
    const without = boot(world);
    without.cluster.run(BOOTED + 25_000);
    expect(failures(without.cluster)).toEqual([`config ${cause} ${FIRST}`]);
    expect([without.phone.state, without.phone.resumeAt]).toEqual(['pausing', 'dhcp']);

    const cached = boot({ tftp: tftpServer({ [SEP]: file }), flash: { config: goodConfig() } });
    cached.cluster.run(BOOTED + 25_000);
    expect(failures(cached.cluster)).toEqual([`config ${cause} ${FIRST}`]);
    expect(cached.cluster.of('ready')).toHaveLength(1);

    const strict = boot({
      tftp: tftpServer({ [SEP]: file }),
      flash: { config: goodConfig() },
      settings: { keepsLastConfig: false },
    });
    strict.cluster.run(BOOTED + 25_000);
    expect(strict.phone.state).toBe('pausing');
  });

  it('that nobody has is not replaced by the last good one: the server has answered', () => {
    const { cluster, phone } = boot({ tftp: tftpServer({}), flash: { config: goodConfig() } });
    cluster.run(BOOTED + 20_000);
    expect(failures(cluster)).toEqual([`config tftp-file-not-found ${FIRST}`]);
    expect(phone.state).toBe('pausing');
  });

  it.each(['first', 'second'])(
    'is asked for at the second server, and comes from flash when the %s is silent too',
    (dead) => {
      const silent = tftpBut(SEP, () => []);
      const second = dead === 'second' ? tftpBut(SEP, () => []) : tftpServer(FILES);
      const { cluster } = boot({
        tftp: silent,
        dhcp: dhcpServer(LEASED, { tftpServers: ['127.0.0.1', '127.0.0.2'] }),
        udp: new Map([[SECOND, second.server]]),
        flash: { config: goodConfig() },
      });
      cluster.run(BOOTED + 30_000);
      const expected = [`config tftp-timeout ${FIRST}`, `config tftp-timeout ${SECOND}`];
      expect(failures(cluster)).toEqual(dead === 'second' ? expected : expected.slice(0, 1));
      expect(cluster.of('ready')).toHaveLength(1);
    },
  );
});

describe('blocks', () => {
  it('that stop coming: the last one is acknowledged five times, then the second server sends the file anew', () => {
    const second = tftpServer(FILES);
    const first = tftpServer(FILES);
    let acks = 0;
    const server: DatagramServer = (bytes, from) => {
      const answers = first.server(bytes, from);
      if (decodePacket(bytes).type !== 'ACK') return answers;
      acks++;
      return [];
    };
    const { cluster } = boot({
      tftp: { ...first, server },
      dhcp: dhcpServer(LEASED, { tftpServers: ['127.0.0.1', '127.0.0.2'] }),
      udp: new Map([[SECOND, second.server]]),
    });
    cluster.run(BOOTED + 30_000);
    expect(FILES[SEP]?.length).toBeGreaterThan(512);
    expect(first.asked).toEqual([...TRUST_LISTS, SEP]);
    expect([acks, second.asked]).toEqual([5, [SEP]]);
    expect(failures(cluster)).toEqual([`config tftp-timeout ${FIRST}`]);
    expect(cluster.of('fileTransferred').at(-1)).toMatchObject({
      outcome: 'received',
      bytes: FILES[SEP]?.length,
      server: SECOND,
    });
    expect(cluster.of('ready')).toHaveLength(1);
  });

  it('that come twice, late or far too early do not disturb the file', () => {
    const usual = tftpServer(FILES);
    let last: readonly Uint8Array[] = [];
    const server: DatagramServer = (bytes, from) => {
      const isAck = decodePacket(bytes).type === 'ACK';
      const answers = usual.server(bytes, from);
      const noise = isAck ? [...last, encodeData(9999, Buffer.alloc(512, 0xff))] : [];
      last = answers;
      return [...answers, ...answers, ...noise];
    };
    const { cluster } = boot({ tftp: { ...usual, server } });
    cluster.run(2 * MINUTE);
    expect(failures(cluster)).toEqual([]);
    const [config] = cluster.of('fileTransferred').filter(({ name }) => name === SEP);
    expect(config).toMatchObject({ outcome: 'received', bytes: FILES[SEP]?.length });
    expect(cluster.of('ready')).toHaveLength(1);
  });
});

describe('DHCP', () => {
  it('that is silent is asked for ever: each back-off counts as one attempt, and none is longer than the last', () => {
    const { cluster, phone } = boot({ dhcp: { server: () => [], requests: [] } });
    cluster.run(60 * MINUTE);
    const timeouts = cluster.of('stageFailed');
    expect(new Set(failures(cluster))).toEqual(new Set(['dhcp dhcp-timeout 127.0.0.1:67']));
    const gaps = timeouts.slice(1).map(({ now }, i) => now - (timeouts[i]?.now ?? 0));
    // 4 + 8 + 16 + 32 + 64 s, each within a second.
    expect(gaps.every((gap) => Math.abs(gap - 124_000) <= 5000)).toBe(true);
    expect(gaps.length).toBeGreaterThan(20);
    expect([phone.state, cluster.pendingTimers]).toEqual(['dhcp', ['dhcp.wait']]);
    expect(cluster.of('restarting')).toEqual([]);
  });

  it('that refuses is asked again with DISCOVER, counted, and waited for longer from the second time on', () => {
    const nak: DatagramServer = (bytes) => {
      const request = decodeDhcp(bytes);
      const isDiscover = request.options.messageType === MESSAGE_TYPES.DHCPDISCOVER;
      const messageType = isDiscover ? MESSAGE_TYPES.DHCPOFFER : MESSAGE_TYPES.DHCPNAK;
      const options = { messageType, serverIdentifier: '127.0.0.1', leaseTime: 3600 };
      return [encodeDhcp({ ...request, op: BOOTREPLY, yiaddr: LEASED, options, otherOptions: [] })];
    };
    const { cluster } = boot({ dhcp: { server: nak, requests: [] } });
    cluster.run(BOOTED + 10 * MINUTE);
    expect(new Set(failures(cluster))).toEqual(new Set(['dhcp dhcp-nak 127.0.0.1:67']));
    expect(cluster.of('stageFailed').length).toBeGreaterThan(5);
    expect(cluster.of('stageFailed').length).toBeLessThan(40);
  });

  it('renews at half of the lease without a word to anybody else', () => {
    const dhcp = dhcpServer(LEASED, { leaseTime: 600 });
    const { cluster, phone } = boot({ dhcp });
    cluster.run(BOOTED + 10_000);
    const before = dhcp.requests.length;
    cluster.run(BOOTED + 299_000);
    expect(dhcp.requests.length).toBe(before);
    cluster.run(BOOTED + 301_000);
    expect(dhcp.requests.slice(before)).toEqual(['DHCPREQUEST']);
    expect([phone.state, cluster.of('serviceLost').length]).toEqual(['inService', 0]);
  });

  it('that falls silent for a whole lease costs the address: service is lost, and the phone begins again at DHCP', () => {
    const usual = dhcpServer(LEASED, { leaseTime: 600 });
    let alive = true;
    const server: DatagramServer = (bytes, from) => (alive ? usual.server(bytes, from) : []);
    const { cluster, phone } = boot({ dhcp: { ...usual, server } });
    cluster.run(BOOTED + 10_000);
    alive = false;
    cluster.run(BOOTED + 11 * MINUTE);
    expect(cluster.of('serviceLost').map(({ failure }) => failure.cause)).toEqual(['lease-lost']);
    expect(cluster.of('serviceLost')[0]?.now).toBeCloseTo(BOOTED + 600_000, -2);
    expect(phone.state).toBe('dhcp');
    alive = true;
    cluster.run(BOOTED + 15 * MINUTE);
    expect(cluster.of('ready')).toHaveLength(2);
  });
});

describe('an outage of six hours', () => {
  const HOURS = 60 * MINUTE;
  const CYCLE_MS = 3 * 4000 + 30_000;

  function outage(hours: number) {
    const tftp = { ...tftpServer(FILES), server: () => [] };
    const seen = boot({ tftp });
    seen.cluster.run(hours * HOURS);
    const requests = seen.cluster.log.filter((line) => line.startsWith(`tftp > ${FIRST}`)).length;
    return { ...seen, requests };
  }

  it('with a dead TFTP server is a loop of three requests and a new lease, which does not end after the first one', () => {
    const { cluster, dhcp, requests } = outage(6);
    const cycles = Math.floor((6 * HOURS - BOOTED) / CYCLE_MS);
    expect(requests).toBeGreaterThanOrEqual(3 * (cycles - 1));
    expect(requests).toBeLessThanOrEqual(3 * (cycles + 1));
    expect(dhcp.requests.filter((type) => type === 'DHCPREQUEST').length).toBeGreaterThanOrEqual(cycles - 1);
    expect(new Set(failures(cluster))).toEqual(new Set([`ctl tftp-timeout ${FIRST}`]));
    // No back-off: the last pause is as long as the first.
    expect(new Set(cluster.of('restarting').map(({ pauseMs }) => pauseMs))).toEqual(new Set([30_000]));
  });

  it('leaves nothing behind in the phone: neither timers nor ports nor memory grow', () => {
    const sizeOf = ({ phone }: ReturnType<typeof outage>): number => {
      const { environment: _, ...record } = phone;
      return JSON.stringify(record, (_key, value: unknown) =>
        value instanceof Uint8Array ? value.length : value,
      ).length;
    };
    const early = outage(1);
    const late = outage(6);
    for (const { phone, cluster } of [early, late])
      while (phone.state !== 'pausing') cluster.run(cluster.now + 1000);
    expect(late.cluster.pendingTimers).toEqual(early.cluster.pendingTimers);
    expect(late.cluster.openEndpoints).toEqual([]);
    // The digits of larger numbers are all that is new.
    expect(sizeOf(late) - sizeOf(early)).toBeLessThan(40);
  });

  it('is over when the server is back: the phone is in service within one cycle', () => {
    const usual = tftpServer(FILES);
    let alive = false;
    const { cluster } = boot({
      tftp: { ...usual, server: (bytes, from) => (alive ? usual.server(bytes, from) : []) },
    });
    cluster.run(6 * HOURS);
    alive = true;
    cluster.run(6 * HOURS + CYCLE_MS + 1000);
    expect(cluster.of('ready')).toHaveLength(1);
    expect(passed(cluster).at(-1)).toBe('ready');
    expect(BOOT_SETTINGS.tftp).toMatchObject({ requestAttempts: 3, timeoutMs: 4000 });
  });
});
