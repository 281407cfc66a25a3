import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { describeEvent, missedEventWarnings } from '../../src/scenario/describe-lab.ts';
import { eventField } from '../../src/scenario/lab-events.ts';
import { planOf } from './load-yaml.ts';

const event = (input: z.input<typeof eventField>) => eventField.parse(input);

describe('describeEvent', () => {
  it.each([
    [{ at: 1, do: 'kill', node: 2 }, 'CallManager 2 killed'],
    [{ at: 1, do: 'restart' }, 'all CallManagers restarted'],
    [{ at: 1, do: 'kill', node: 'network' }, 'DHCP and DNS server killed'],
    [{ at: 1, do: 'restart', node: 'tftp' }, 'TFTP server restarted'],
    [{ at: 1, do: 'reset', node: 'srst' }, 'Reset (1, reset) to the phones of SRST router, all at once'],
    [
      { at: 1, do: 'reset', resetType: 2, perSecond: 50 },
      'Reset (2, restart) to the phones of all CallManagers, 50 a second',
    ],
    [
      { at: 1, do: 'reset', node: 1, perSecond: '7%' },
      'Reset (1, reset) to the phones of CallManager 1, 7 % a second',
    ],
  ] as const)('%j: %s', (input, text) => {
    expect(describeEvent(event(input))).toBe(text);
  });
});

describe('a run that ends too early', () => {
  const events = [
    event({ at: 10, do: 'kill', node: 1 }),
    event({ at: 5, from: 'hold', do: 'restart', node: 1 }),
  ];
  const restart = 'CallManager 1 restarted, at 5 s of the hold';

  it.each([
    [12, 20, []],
    [15, 20, [restart]],
    [null, 20, [restart]],
    [null, 10, ['CallManager 1 killed, at 10 s of the run', restart]],
  ] as const)('with a hold from second %s to %d says what was not done to the lab', (hold, end, missed) => {
    const warnings = missedEventWarnings(events, hold, end);
    expect(warnings).toEqual(
      missed.length === 0 ? [] : [`the run ended before these events of the lab: ${missed.join('; ')}`],
    );
  });
});

describe('an event', () => {
  it.each([
    [{ at: 1, do: 'reset', node: 'tftp' }, 'no phones'],
    [{ at: 1, do: 'kill', perSecond: 5 }, 'only for'],
    [{ at: 1, do: 'kill', node: 4 }, ''],
    [{ at: 1, do: 'kill', node: 'everybody' }, 'expected 1, 2 or 3'],
    [{ at: 1, do: 'reset', resetType: 4 }, ''],
    [{ at: 1, do: 'reset', perSecond: '0%' }, 'share such as "5%"'],
    [{ at: 1, do: 'reset', perSecond: -5 }, 'phones a second'],
    [{ at: -1, do: 'reset' }, 'duration'],
    [{ do: 'reset' }, ''],
  ])('is refused: %j', (input, text) => {
    const { error } = eventField.safeParse(input);
    expect(error?.issues.map(({ message }) => message).join('; ')).toContain(text);
    expect(error).toBeDefined();
  });
});

describe('events of a scenario', () => {
  it('come while the hold lasts, and name nodes that the lab has; all problems at once', () => {
    const yaml = `
hold: 30s
lab:
  callManagers: 1
  events:
    - { at: 30s, from: hold, do: kill, node: 1 }
    - { at: 29s, from: hold, do: kill, node: 2 }
    - { at: 10m, do: restart, node: srst }
`;
    expect(() => planOf(yaml)).toThrow(/the hold is over after 30 s, before this: lengthen hold/);
    expect(() => planOf(yaml)).toThrow(/events\[1\]\.node: lab\.callManagers is 1/);
    expect(() => planOf(yaml)).toThrow(/events\[2\]\.node: there is no SRST router/);
  });

  it('faults are held against the lab and the hold alike', () => {
    const yaml = `
hold: 30s
lab:
  callManagers: 2
  faults:
    - { on: sccp, kind: reject, node: 3 }
    - { on: sccp, kind: reject, node: srst }
    - { on: tftp, kind: silence, from: hold, fromSeconds: 30, toSeconds: 40 }
    - { on: tftp, kind: silence, from: start, fromSeconds: 300 }
`;
    expect(() => planOf(yaml)).toThrow(/: 3 problems\n/);
    expect(() => planOf(yaml)).toThrow(/faults\[0\]\.node: lab\.callManagers is 2/);
    expect(() => planOf(yaml)).toThrow(/faults\[1\]\.node: there is no SRST router/);
    expect(() => planOf(yaml)).toThrow(/faults\[2\]\.fromSeconds: the hold is over after 30 s, before this/);
  });

  it.each([
    ['5%', 100, []],
    ['4%', 100, []],
    ['3%', 100, [/until 38.3 s/]],
    ['10', 250, []],
    ['10', 251, [/until 30\.1 s .* over after 30 s/]],
  ])('at %s a second are done with %i phones within the hold, or the plan says so', (pace, phones, said) => {
    const plan = planOf(`
phones: { generate: { count: ${phones} } }
hold: 30s
lab: { events: [{ at: 5s, from: hold, do: reset, perSecond: ${pace} }] }
`);
    const warnings = plan.warnings.filter((text) => text.includes('resets'));
    expect(warnings).toEqual(said.map((pattern) => expect.stringMatching(pattern)));
  });
});
