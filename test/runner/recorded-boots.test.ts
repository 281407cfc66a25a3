import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { replayRecording } from '../../src/runner/recording.ts';

const FOLDER = new URL('../vectors/recordings/', import.meta.url);
const FILES = readdirSync(FOLDER).filter((file) => file.endsWith('.jsonl'));

describe('a recorded boot', () => {
  it.each(FILES)('%s replays byte-equal', (file) => {
    const text = readFileSync(new URL(file, FOLDER), 'utf8');
    const { events, effects, difference } = replayRecording(text);
    expect(difference).toBeNull();
    expect(events + effects).toBe(text.trimEnd().split('\n').length - 1);
    expect(effects).toBeGreaterThan(50);
  });

  it.each(FILES)('%s is found to differ wherever a sent byte is changed', (file) => {
    const lines = readFileSync(new URL(file, FOLDER), 'utf8').trimEnd().split('\n');
    const sent = lines.flatMap((line, at) => (line.startsWith('{"effect":"send') ? [at] : []));
    expect(sent.length).toBeGreaterThan(10);
    for (const at of sent) {
      const changed = lines.with(at, (lines[at] ?? '').replace(/"hex":"../, '"hex":"ff'));
      expect(replayRecording(changed.join('\n')).difference?.line, lines[at]).toBe(at + 1);
    }
  });

  it('that is no recording is refused with a hint', () => {
    expect(() => replayRecording('{"a":1}\n')).toThrow('not a recording');
    expect(() => replayRecording('')).toThrow('not a recording');
  });
});
