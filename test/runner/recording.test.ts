import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createPhone } from '../../src/phone/phone.ts';
import { createEnvironment } from '../../src/phone/phone-environment.ts';
import { TLS_PROFILES } from '../../src/phone/tls-profiles.ts';
import { EffectRecorder, eventLine, RECORDING_FORMAT, replayRecording } from '../../src/runner/recording.ts';
import { BOOT_SETTINGS } from '../support/boot-settings.ts';
import { FILES, IDENTITY, LEASED, MINUTE } from '../support/phone-world.ts';
import { thrownBy } from '../support/thrown.ts';
import { VirtualCluster } from '../support/virtual-cluster.ts';
import { callManager, dhcpServer, tftpServer } from '../support/virtual-servers.ts';

describe('a recording', () => {
  it('replays byte-equal, and a changed byte is found', () => {
    const environment = createEnvironment(BOOT_SETTINGS, '127.0.9.1');
    const lines = [
      JSON.stringify({
        format: RECORDING_FORMAT,
        identity: IDENTITY,
        sourceAddress: '127.5.5.5',
        relayAddress: '127.0.9.1',
        settings: BOOT_SETTINGS,
      }),
    ];
    const cluster = new VirtualCluster(
      createPhone(IDENTITY, '127.5.5.5', environment),
      {
        udp: new Map([
          ['127.0.0.1:67', dhcpServer(LEASED).server],
          ['127.0.0.1:69', tftpServer(FILES).server],
        ]),
        tcp: new Map([['127.0.0.10:2000', callManager().connect]]),
      },
      (effects) => new EffectRecorder((line) => lines.push(line), effects),
    );
    cluster.onEvent = (event) => lines.push(eventLine(event));
    cluster.powerOn();
    cluster.run(3 * MINUTE);
    cluster.step({ type: 'stop', now: cluster.now });
    cluster.run(4 * MINUTE);
    const text = lines.join('\n');
    const replay = replayRecording(text);
    expect(replay.difference).toBeNull();
    expect(replay.effects + replay.events).toBe(lines.length - 1);
    const changed = text.replace(
      '"effect":"sendTo","endpoint":"tftp","address":"127.0.0.1"',
      '"effect":"sendTo","endpoint":"tftp","address":"127.0.0.2"',
    );
    expect(replayRecording(changed).difference?.recorded).toContain('127.0.0.2');
  });

  it.each([
    '',
    'not JSON',
    '{}',
    '{"format":"bootstorm-recording-0"}',
    `{"format":"${RECORDING_FORMAT}"}`,
    '[]',
    'null',
  ])('is refused when its first line is %j', (text) => {
    const error = thrownBy(() => replayRecording(text));
    expect(error).toMatchObject({
      code: 'file-unreadable',
      message: 'the file is not a recording of a boot',
    });
    expect(error.hint).toContain('--record');
  });

  it('that was cut off in the middle is equal as far as it goes, or differs where it ends', () => {
    const header = { format: RECORDING_FORMAT, identity: IDENTITY, settings: BOOT_SETTINGS };
    const alone = replayRecording(JSON.stringify(header));
    expect(alone).toEqual({ events: 0, effects: 0, difference: null });
    const powerOn = JSON.stringify({ event: { type: 'powerOn', intendedAt: 0, wave: 0, now: 0 } });
    const { difference } = replayRecording([JSON.stringify(header), powerOn].join('\n'));
    expect(difference).toMatchObject({ line: 3, recorded: '(nothing)' });
  });

  it('with a line that is nothing differs there', () => {
    const header = { format: RECORDING_FORMAT, identity: IDENTITY, settings: BOOT_SETTINGS };
    const { difference } = replayRecording([JSON.stringify(header), 'garbage'].join('\n'));
    expect(difference).toEqual({ line: 2, recorded: 'garbage', replayed: '(nothing)' });
  });

  it('names what a secured stream is to be by profile and digest, and holds no key', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const credential = {
      origin: 'lsc',
      certificate: Uint8Array.of(1, 2),
      digest: 'abcd',
      privateKey,
    } as const;
    const lines: string[] = [];
    const recorder = new EffectRecorder((line) => lines.push(line), null);
    const profile = TLS_PROFILES['79xx'].encrypted;
    recorder.connect('callManager1', '127.0.0.1', 2443, { profile, credential, resume: true });
    recorder.connect('callManager2', '127.0.0.1', 2443, { profile, credential: null, resume: false });
    const place = { effect: 'connect', address: '127.0.0.1', port: 2443 };
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        ...place,
        endpoint: 'callManager1',
        tls: { profile: profile.name, credential: 'abcd', resume: true },
      },
      { ...place, endpoint: 'callManager2', tls: { profile: profile.name, credential: null, resume: false } },
    ]);
  });

  it.each([Uint8Array.of(0x30, 0x82), null])('keeps the certificate of a peer: %j', (peerCertificate) => {
    const secured = { type: 'secured', version: 'TLSv1', suite: 'X', resumed: false, now: 1 } as const;
    const line = eventLine({
      type: 'endpoint',
      endpoint: 'callManager1',
      event: { ...secured, peerCertificate },
    });
    expect(JSON.parse(line)).toEqual({
      event: {
        type: 'endpoint',
        endpoint: 'callManager1',
        event: { ...secured, hex: peerCertificate && '3082' },
      },
    });
  });
});
