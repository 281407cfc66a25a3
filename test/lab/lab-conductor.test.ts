import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { LabConductor } from '../../src/lab/lab-conductor.ts';
import { eventField } from '../../src/scenario/lab-events.ts';
import { faultField } from '../../src/scenario/lab-faults.ts';

const fault = (input: z.input<typeof faultField>) => faultField.parse(input);
const event = (input: z.input<typeof eventField>) => eventField.parse(input);

/** A conductor on a clock of the test's. */
function conductor(...inputs: z.input<typeof eventField>[]) {
  return conductorOf(inputs, []);
}

function conductorOf(inputs: z.input<typeof eventField>[], faults: z.input<typeof faultField>[]) {
  const clock = { now: 1000 };
  const due: { at: number; action: () => void }[] = [];
  const done: string[] = [];
  const seen: number[] = [];
  const told: string[] = [];
  const one = new LabConductor({
    events: inputs.map(event),
    faults: faults.map(fault),
    now: () => clock.now,
    schedule: (delayMs, action) => due.push({ at: clock.now + delayMs, action }),
    execute: ({ do: deed, node }) => done.push(`${deed} ${node} at ${clock.now}`),
    executed: ({ what, atMs }) => {
      seen.push(atMs);
      told.push(what);
    },
  });
  const runTo = (until: number): void => {
    for (const { at, action } of due.splice(0).toSorted((a, b) => a.at - b.at)) {
      if (at > until) due.push({ at, action });
      else {
        clock.now = at;
        action();
      }
    }
    clock.now = until;
  };
  return { one, runTo, done, seen, told };
}

describe('LabConductor', () => {
  it('does each event at its time, counted from the instant that it names', () => {
    const { one, runTo, done, seen } = conductor(
      { at: '30s', from: 'hold', do: 'restart', node: 1 },
      { at: '10s', from: 'hold', do: 'kill', node: 1 },
      { at: '5s', do: 'reset' },
    );
    runTo(100_000);
    expect(done).toEqual([]);
    one.announce('start', 100_250);
    runTo(200_000);
    one.announce('hold', 200_000);
    runTo(300_000);
    expect(done).toEqual(['reset all at 105250', 'kill 1 at 210000', 'restart 1 at 230000']);
    expect(seen).toEqual([105_250, 210_000, 230_000]);
  });

  it('does at once what is late, and nothing twice', () => {
    const { one, runTo, done } = conductor({ at: 1, do: 'kill', node: 'tftp' });
    one.announce('start', -10_000);
    one.announce('start', -10_000);
    runTo(1000);
    expect(done).toEqual(['kill tftp at 1000']);
  });

  it('tells when faults that count from a run begin and end, and does nothing for them', () => {
    const { one, runTo, done, seen, told } = conductorOf(
      [],
      [
        { on: 'tftp', kind: 'silence', from: 'start', fromSeconds: 0, toSeconds: 120 },
        { on: 'sccp', kind: 'reject', node: 2, probability: 0.07, from: 'hold', fromSeconds: 3 },
        { on: 'dns', kind: 'drop' },
      ],
    );
    one.announce('start', 2000);
    runTo(200_000);
    one.announce('hold', 200_000);
    runTo(300_000);
    expect(told).toEqual([
      'tftp silence, 100 % of requests, begins',
      'tftp silence, 100 % of requests, ends',
      'sccp reject on node 2, 7 % of requests, begins',
    ]);
    expect(seen).toEqual([2000, 122_000, 203_000]);
    expect(done).toEqual([]);
  });
});
