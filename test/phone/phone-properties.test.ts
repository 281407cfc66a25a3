/** Whatever the servers do, a phone neither throws nor hangs, and leaves nothing behind when it is asked to end. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FAILURE_CAUSES } from '../../src/phone/failure-causes.ts';
import { createPhone } from '../../src/phone/phone.ts';
import { createEnvironment } from '../../src/phone/phone-environment.ts';
import { BOOT_SETTINGS } from '../support/boot-settings.ts';
import { FILES, IDENTITY, LEASED, MINUTE } from '../support/phone-world.ts';
import { type DatagramServer, type StreamServer, VirtualCluster } from '../support/virtual-cluster.ts';
import { callManager, dhcpServer, tftpServer } from '../support/virtual-servers.ts';

type Mood = 'good' | 'silent' | 'garbage' | 'twice' | 'cut' | 'flaky';
const mood = fc.constantFrom<Mood>('good', 'silent', 'garbage', 'twice', 'cut', 'flaky');

function moody(server: DatagramServer, current: () => Mood): DatagramServer {
  let requests = 0;
  return (bytes, from) => {
    requests++;
    const answers = server(bytes, from);
    switch (current()) {
      case 'silent':
        return [];
      case 'garbage':
        return [Uint8Array.of(1, 2, 3), Uint8Array.from({ length: 300 }, (_, at) => at & 255)];
      case 'twice':
        return [...answers, ...answers];
      case 'cut':
        return answers.map((answer) => answer.subarray(0, answer.length >> 1));
      case 'flaky':
        return requests % 3 === 0 ? answers : [];
      case 'good':
        return answers;
    }
  };
}

function moodyStream(connect: () => StreamServer, current: () => Mood): () => StreamServer {
  return () => {
    const server = connect();
    return {
      accept: () => (current() === 'silent' ? 'silent' : server.accept()),
      data: (bytes) => {
        const answers = server.data(bytes);
        switch (current()) {
          case 'silent':
            return [];
          case 'garbage':
            return [Uint8Array.from({ length: 40 }, () => 0xff)];
          case 'twice':
            return [...answers, ...answers];
          case 'cut':
            return [...answers.slice(0, 1), 'fin'];
          case 'flaky':
            return ['reset'];
          case 'good':
            return answers;
        }
      },
    };
  };
}

const moods = fc.record({ dhcp: mood, tftp: mood, callManager: mood });

it('ends in a state of the ledger, with a cause from the table, and recovers when the servers do', () => {
  fc.assert(
    fc.property(fc.array(moods, { minLength: 1, maxLength: 6 }), (phases) => {
      let now = phases[0] as (typeof phases)[number];
      const environment = createEnvironment(
        { ...BOOT_SETTINGS, timing: { ...BOOT_SETTINGS.timing, compression: 50 } },
        '127.0.9.1',
      );
      const phone = createPhone(IDENTITY, '127.5.5.5', environment);
      const cluster = new VirtualCluster(phone, {
        udp: new Map([
          ['127.0.0.1:67', moody(dhcpServer(LEASED).server, () => now.dhcp)],
          ['127.0.0.1:69', moody(tftpServer(FILES).server, () => now.tftp)],
        ]),
        tcp: new Map([['127.0.0.10:2000', moodyStream(callManager().connect, () => now.callManager)]]),
      });
      cluster.powerOn();
      let until = 0;
      for (const phase of phases) {
        now = phase;
        until += 4 * MINUTE;
        cluster.run(until);
        expect(phone.state === 'inService' || cluster.pendingTimers.length > 0).toBe(true);
      }
      for (const { failure } of cluster.of('stageFailed'))
        expect(FAILURE_CAUSES).toHaveProperty(failure.cause);

      now = { dhcp: 'good', tftp: 'good', callManager: 'good' };
      until += 15 * MINUTE;
      cluster.run(until);
      expect(phone.state).toBe('inService');

      cluster.step({ type: 'stop', now: cluster.now });
      cluster.run(until + MINUTE);
      expect([phone.state, cluster.ended, cluster.pendingTimers, cluster.openEndpoints]).toEqual([
        'stopped',
        true,
        [],
        [],
      ]);
    }),
    { numRuns: 150 },
  );
});

it('can be stopped at any moment', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 120_000 }), moods, (stopAt, now) => {
      const phone = createPhone(IDENTITY, '127.5.5.5', createEnvironment(BOOT_SETTINGS, '127.0.9.1'));
      const cluster = new VirtualCluster(phone, {
        udp: new Map([
          ['127.0.0.1:67', moody(dhcpServer(LEASED).server, () => now.dhcp)],
          ['127.0.0.1:69', moody(tftpServer(FILES).server, () => now.tftp)],
        ]),
        tcp: new Map([['127.0.0.10:2000', moodyStream(callManager().connect, () => now.callManager)]]),
      });
      cluster.powerOn();
      cluster.run(stopAt);
      cluster.step({ type: 'stop', now: cluster.now });
      cluster.run(stopAt + MINUTE);
      expect([phone.state, cluster.pendingTimers, cluster.openEndpoints]).toEqual(['stopped', [], []]);
    }),
    { numRuns: 300 },
  );
});
