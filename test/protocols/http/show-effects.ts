import type { RecordedEffect } from '../../support/recording-effects.ts';

/** Effects as lines that read like a trace: `connect 127.0.0.2:6970`. */
export function showEffects(effects: readonly RecordedEffect[]): string[] {
  return effects.map((effect) => {
    switch (effect.effect) {
      case 'connect':
        return `connect ${effect.address}:${effect.port}`;
      case 'send':
        return `send ${JSON.stringify(Buffer.from(effect.bytes).toString('latin1'))}`;
      case 'setTimer':
        return `timer ${effect.timer} ${effect.delayMs}`;
      case 'clearTimer':
        return `clear ${effect.timer}`;
      case 'done':
        return `done ${JSON.stringify(effect.result)}`;
      default:
        return effect.effect;
    }
  });
}
