import { describe, expect, it } from 'vitest';
import { createPhone } from '../../src/phone/phone.ts';
import { createEnvironment } from '../../src/phone/phone-environment.ts';
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
});
