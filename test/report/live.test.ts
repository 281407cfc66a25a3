import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { aggregate } from '../../src/metrics/aggregate.ts';
import { renderPlainLine } from '../../src/report/live.ts';
import { type LiveWindow, renderLive } from '../../src/report/live-picture.ts';
import { bootEvents, shardOf, stories, WHOLE_BOOT } from '../metrics/phone-stories.ts';
import { agentOf, OUTAGE_FACTS } from '../metrics/run-facts-example.ts';
import { exampleRun, LAB_FACTS } from './example-run.ts';

/** A window that is high enough for everything. */
function columns(count: number): LiveWindow {
  return { columns: count, rows: 100, color: false };
}

const MOMENT = { elapsedSeconds: 4.2, phase: 'ramping' } as const;

/** The example as it was four seconds after its start would need a clock; a few phones on their way do as well. */
const early = aggregate(
  [{ shard: 0, phones: 12 }],
  [
    shardOf([
      ...[1, 2, 3, 4].map(() => bootEvents(WHOLE_BOOT, { paceMs: 300 })),
      ...[1, 2, 3].map(() => bootEvents(WHOLE_BOOT.slice(0, 7), { paceMs: 500 }).slice(0, -1)),
      ...[1, 2].map(() => bootEvents([...WHOLE_BOOT.slice(0, 8), 'fail'], { cause: 'tcp-refused' })),
      bootEvents(WHOLE_BOOT.slice(0, 2)).slice(0, -1),
      [],
      [],
    ]).snapshot(),
  ],
);

describe('troubles', () => {
  it('are shown where they are, and agents that are lost', () => {
    const facts = {
      ...LAB_FACTS,
      agents: [agentOf(0), agentOf(1, { state: 'lost' }), agentOf(2, { state: 'drained' })],
    };
    const moment = { ...MOMENT, troubles: ['Redis does not answer for 7 s'] };
    const [, shown] = renderLive(early, facts, moment, columns(80)).split('waiting to try again');
    expect(shown?.split('\n').slice(2, 4)).toEqual([
      'Redis does not answer for 7 s',
      'agents: 3, of them lost 1, drained 1',
    ]);
    expect(renderPlainLine(early, facts, moment)).toContain(
      ', Redis does not answer for 7 s, agents: 3, of them lost 1, drained 1, ',
    );
  });
});

describe('renderLive', () => {
  it('has room for titles at 120 columns', () => {
    expect(renderLive(early, LAB_FACTS, MOMENT, columns(120))).toMatchInlineSnapshot(`
      "00:04 ramping: first-run, embedded lab, not CUCM
      in service 4 of 12 (33.3 %), 1/s █████████████░░░░░░░░░░░░░░░░░░░░░░░░░░░

      1 Obtain power from the switch (modelled)   0
      2 Load the stored phone image (modelled)    1  ███
      3 Configure the VLAN (modelled)             0
      4 Obtain an IP address                      0
      5 Find the TFTP server                      0
      6 Request the trust lists                   0
      7 Request the configuration file            3  ██████████
      7 Enrol a certificate (CAPF)                0
      7 Download the firmware                     0
      7 Request the locale files                  0
      8 Resolve the CallManager name              0
      8 Connect to CallManager                    0
      8 Secure the connection (TLS)               0
      8 Register (to RegisterAck)                 0
      8 Set up lines (to DefineTimeDate)          0
        waiting to try again                      2  ██████

      failed attempts: tcp-refused 2
      generator: lateness p99 -, loop lag p99 -, CPU 0 ms, 0 B"
    `);
  });

  it('fits an ordinary terminal of 80 columns', () => {
    expect(renderLive(exampleRun(), LAB_FACTS, MOMENT, columns(80))).toMatchInlineSnapshot(`
      "00:04 ramping: first-run, embedded lab, not CUCM
      in service 1,185 of 1,200 (98.7 %), 107/s █████████████████████████████████████░

      1 Obtain power from the switch (modelled)      0
      2 Load the stored phone image (modelled)       0
      3 Configure the VLAN (modelled)                0
      4 Obtain an IP address                         0
      5 Find the TFTP server                         0
      6 Request the trust lists                      0
      7 Request the configuration file               0
      7 Enrol a certificate (CAPF)                   0
      7 Download the firmware                        0
      7 Request the locale files                     0
      8 Resolve the CallManager name                 0
      8 Connect to CallManager                       0
      8 Secure the connection (TLS)                  0
      8 Register (to RegisterAck)                    0
      8 Set up lines (to DefineTimeDate)             0
        waiting to try again                        13  █

      failed attempts: tcp-refused 133, dhcp-timeout 3, sccp-rejected 1
      generator: lateness p99 4.91 ms, loop lag p99 10.9 ms, CPU 1.23 s, 93.0 MB"
    `);
  });

  it('survives 40 columns', () => {
    expect(renderLive(early, LAB_FACTS, MOMENT, columns(40))).toMatchInlineSnapshot(`
      "00:04 ramping: first-run, embedded lab,
        not CUCM
      in service 4 of 12 (33.3 %), 1/s
      █████████████░░░░░░░░░░░░░░░░░░░░░░░░░░░

      1 power        0
      2 image        1  █
      3 vlan         0
      4 dhcp         0
      5 tftpServer   0
      6 ctl          0
      7 config       3  █████
      7 capf         0
      7 firmware     0
      7 locale       0
      8 dns          0
      8 connect      0
      8 handshake    0
      8 register     0
      8 ready        0
        waiting      2  ███

      failed attempts: tcp-refused 2
      generator: lateness p99 -, loop lag p99
        -, CPU 0 ms, 0 B"
    `);
  });

  it('tells of waves, failovers and tokens where there are any, and fits 50 columns', () => {
    const phones = [
      bootEvents([...WHOLE_BOOT, 'outage', ...WHOLE_BOOT, 'switch']),
      bootEvents([...WHOLE_BOOT, 'outage', ...WHOLE_BOOT, 'switch', 'switch']),
      bootEvents([...WHOLE_BOOT, 'outage', 'pass']),
    ];
    const metrics = shardOf(phones);
    metrics.observe(0, { type: 'standbyUp', now: 90_000, server: '127.0.0.1:2000' });
    const state = aggregate([{ shard: 0, phones: 3 }], [metrics.snapshot()]);
    const lines = renderLive(state, OUTAGE_FACTS, MOMENT, columns(50)).split('\n');
    const from = lines.findIndex((line) => line.startsWith('back:'));
    expect(lines.slice(from, from + 4)).toEqual([
      'back: first-start 3 of 3, power-return 2 of 3',
      'CallManagers: standby 1, failed over 2, fell back',
      '  1',
      'tokens: granted 1, rejected 1',
    ]);
    expect(renderPlainLine(state, OUTAGE_FACTS, MOMENT)).toContain(
      'back: first-start 3 of 3, power-return 2 of 3, CallManagers: standby 1, failed over 2, fell back 1, tokens: ',
    );
    expect(renderLive(early, LAB_FACTS, MOMENT, columns(50))).not.toMatch(/back:|CallManagers:|tokens:/);
  });

  it('leaves out stages without a phone where the window is too low, then what is at the bottom', () => {
    const low = (rows: number): string => renderLive(early, LAB_FACTS, MOMENT, { ...columns(80), rows });
    expect(low(22)).toBe(renderLive(early, LAB_FACTS, MOMENT, columns(80)));
    expect(low(21)).toMatchInlineSnapshot(`
      "00:04 ramping: first-run, embedded lab, not CUCM
      in service 4 of 12 (33.3 %), 1/s █████████████░░░░░░░░░░░░░░░░░░░░░░░░░░░
      2 Load the stored phone image (modelled)    1  ██
      7 Request the configuration file            3  ████████
        waiting to try again                      2  █████
      failed attempts: tcp-refused 2
      generator: lateness p99 -, loop lag p99 -, CPU 0 ms, 0 B"
    `);
    expect(low(4).split('\n')).toEqual(low(21).split('\n').slice(0, 4));
    expect(low(0).split('\n')).toEqual(low(21).split('\n').slice(0, 1));
  });

  it('counts columns, not characters, of a name that somebody gave', () => {
    const facts = { ...LAB_FACTS, name: '東京本社ビル停電訓練🏢'.repeat(9) };
    for (const width of [20, 21, 40, 60, 80, 200]) {
      for (const line of renderLive(early, facts, MOMENT, columns(width)).split('\n')) {
        expect(stringWidth(line)).toBeLessThanOrEqual(width);
      }
    }
  });

  it('is coloured where colours are wanted, with the same words', () => {
    const colored = renderLive(early, LAB_FACTS, MOMENT, { ...columns(80), color: true });
    expect(colored).toContain('\u001b[31mfailed attempts: tcp-refused 2\u001b[0m');
    expect(stripVTControlCharacters(colored)).toBe(renderLive(early, LAB_FACTS, MOMENT, columns(80)));
  });

  it('never exceeds its window, whatever the phones did', () => {
    fc.assert(
      fc.property(
        stories,
        fc.record({
          columns: fc.integer({ min: 20, max: 200 }),
          rows: fc.integer({ min: 1, max: 50 }),
          color: fc.boolean(),
        }),
        fc.nat(10_000),
        (phones, window, elapsedSeconds) => {
          const state = aggregate([{ shard: 0, phones: phones.length }], [shardOf(phones).snapshot()]);
          const text = renderLive(state, LAB_FACTS, { elapsedSeconds, phase: 'holding' }, window);
          const lines = text.split('\n');
          expect(lines.length).toBeLessThanOrEqual(window.rows);
          for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(window.columns);
        },
      ),
    );
  });
});

describe('renderPlainLine', () => {
  it('says in one line what the view says', () => {
    expect(renderPlainLine(early, LAB_FACTS, MOMENT)).toMatchInlineSnapshot(
      `"00:04 ramping: 4 of 12 in service, 1/s, under way: image 1 config 3, failed attempts: tcp-refused 2, lateness p99 -"`,
    );
  });
});
