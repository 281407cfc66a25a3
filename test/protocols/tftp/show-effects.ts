import { decodePacket, describePacket } from '../../../src/protocols/tftp/packet.ts';
import type { RecordedEffect } from '../../support/recording-effects.ts';

/** Effects as lines that read like a trace: `to 127.0.0.2:50000 ACK block 1`. */
export function showEffects(effects: readonly RecordedEffect[]): string[] {
  return effects.map((effect) => {
    switch (effect.effect) {
      case 'sendTo':
        return `to ${effect.address}:${effect.port} ${describePacket(decodePacket(effect.bytes))}`;
      case 'setTimer':
        return `timer ${effect.timer} ${effect.delayMs}`;
      case 'clearTimer':
        return `clear ${effect.timer}`;
      case 'notice':
        return `notice ${JSON.stringify(effect.notice)}`;
      case 'done':
        return `done ${JSON.stringify(effect.result)}`;
      default:
        return effect.effect;
    }
  });
}
