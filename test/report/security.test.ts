import { describe, expect, it } from 'vitest';
import { aggregate } from '../../src/metrics/aggregate.ts';
import type { RunState } from '../../src/metrics/run-state.ts';
import { renderPlainLine } from '../../src/report/live.ts';
import { renderLive } from '../../src/report/live-picture.ts';
import { buildSummary } from '../../src/report/summary.ts';
import { type RunSummary, summarySchema } from '../../src/report/summary-schema.ts';
import { renderReport } from '../../src/report/text.ts';
import { evaluateThreshold } from '../../src/report/thresholds.ts';
import { secureShard } from '../metrics/phone-stories.ts';
import { FACTS } from '../metrics/run-facts-example.ts';
import { healthyRun } from './example-run.ts';
import { thresholdOf } from './threshold-of.ts';

const GENERATOR = {
  agent: 'agent-0',
  atMs: 12_000,
  cpuSeconds: 0.05,
  rssBytes: 93_000_000,
  armedRssBytes: 92_600_000,
  peakRssBytes: 93_000_000,
  openSockets: 8,
  openDescriptors: 5,
  peakDescriptors: 6,
  descriptorLimit: 1024,
  datagramsSent: 40,
  datagramsReceived: 39,
  relayedReplies: 4,
  droppedDatagrams: 0,
  network: 'here net',
  networkDrops: 0,
  tlsContextsBuilt: 3,
  tlsContextsEvicted: 1,
};

function secureRun(): RunState {
  const metrics = secureShard();
  metrics.lateness(1);
  metrics.closeLedger(12_500);
  return aggregate([{ shard: 0, phones: 4 }], [metrics.snapshot(GENERATOR)]);
}

function secureSummary(): RunSummary {
  const facts = { ...FACTS, handshakeCpu: { fullMs: 2.5, resumedMs: 0.5 } };
  return buildSummary(secureRun(), facts, { durationSeconds: 12.5, abortReason: null });
}

/** The lines of a section of the report, without its title. */
function sectionOf(report: string, title: string): string[] | undefined {
  const sections = report.split(/\n\n(?=\S)/);
  return sections
    .find((section) => section.startsWith(`${title}\n`))
    ?.split('\n')
    .slice(1);
}

describe('security in the summary', () => {
  it('says what was agreed on, what it cost, and what phones made of trust lists', () => {
    const summary = summarySchema.parse(secureSummary());
    expect(summary.security).toEqual({
      inService: { none: 1, authenticated: 1, encrypted: 2 },
      handshakes: {
        full: { count: 3, p50Seconds: 0.02, p95Seconds: 0.02, p99Seconds: 0.02, maxSeconds: 0.02 },
        resumed: { count: 1, p50Seconds: 0.02, p95Seconds: 0.02, p99Seconds: 0.02, maxSeconds: 0.02 },
      },
      handshakeCpu: { fullMilliseconds: 2.5, resumedMilliseconds: 0.5, seconds: 0.008, share: 0.16 },
      contextsBuilt: 3,
      contextsEvicted: 1,
      trustLists: {
        CTL: { none: 0, 'first-use': 3, 'known-signer': 0, tvs: 0, refused: 0 },
        ITL: { none: 1, 'first-use': 0, 'known-signer': 0, tvs: 0, refused: 1 },
      },
      trustListRefusals: [{ cause: 'signer-unknown', count: 1 }],
      tvs: { valid: 1, invalid: 0, unreachable: 0, cached: 0 },
      enrolments: { install: 1, delete: 0, fetch: 0, none: 0 },
    });
    expect(summary.servers.find(({ role }) => role === 'callManager')?.tls).toEqual({
      full: 3,
      resumed: 1,
      suites: [
        { version: 'TLSv1', suite: 'TLS_RSA_WITH_AES_128_CBC_SHA', count: 3 },
        { version: 'TLSv1', suite: 'TLS_RSA_WITH_NULL_SHA', count: 1 },
      ],
    });
    expect(summary.generator.grownBytesPerRegisteredPhone).toBe(100_000);
    expect(summary.servers.map(({ role, attempts }) => [role, attempts])).toEqual(
      expect.arrayContaining([
        ['capf', 1],
        ['tvs', 1],
      ]),
    );
  });

  it('does not say what handshakes cost where nobody measured it', () => {
    const { security } = buildSummary(secureRun(), FACTS, { durationSeconds: 1, abortReason: null });
    expect(security.handshakeCpu).toBeNull();
  });
});

describe('security in the report', () => {
  it('has a section of its own', () => {
    const report = renderReport(secureSummary(), { summaryPath: null });
    expect(sectionOf(report, 'Security')?.join('\n')).toMatchInlineSnapshot(`
      "  in service: 1 none, 1 authenticated, 2 encrypted

        TLS      handshakes      p50      p95      p99      max
        full              3  20.0 ms  20.0 ms  20.0 ms  20.0 ms
        resumed           1  20.0 ms  20.0 ms  20.0 ms  20.0 ms
        CPU of handshakes: 8.00 ms, 16 % of the generator’s (their number times 2.50 ms a full one, 0.50
          ms a resumed one, measured on this machine by itself)
        memory: grew by 100 kB per registered phone, from the armed start to its peak, all included
        TLS contexts: 3 built, 1 made room for others

        127.0.0.1:2000: 3 full, 1 resumed; TLSv1 TLS_RSA_WITH_AES_128_CBC_SHA 3, TLSv1
            TLS_RSA_WITH_NULL_SHA 1

        CTL files: first-use 3
        ITL files: none 1, refused 1
        TVS: valid 1
        CAPF: install 1
        1 x trust list refused: signer-unknown
            the signer of a file is not in the trust list, and TVS does not vouch for it
            do:   the phone holds the ITL of another cluster, or all certificates were regenerated at once
            look: OS Administration > Security > Certificate Management; \`show ctl\`, \`show itl\`; phone:
                  Settings > Status > Status Messages"
    `);
  });

  it('has none in a run in clear', () => {
    const clear = buildSummary(healthyRun(), FACTS, { durationSeconds: 60, abortReason: null });
    expect(sectionOf(renderReport(clear, { summaryPath: null }), 'Security')).toBeUndefined();
  });

  it('has one where phones tried and none came so far', () => {
    const clear = buildSummary(healthyRun(), FACTS, { durationSeconds: 60, abortReason: null });
    const tried = {
      ...clear,
      stages: { ...clear.stages, handshake: { ...clear.stages.handshake, attempts: 2 } },
    };
    expect(sectionOf(renderReport(tried, { summaryPath: null }), 'Security')).toContain(
      '  in service: 10 none, 0 authenticated, 0 encrypted',
    );
  });

  it('keeps to the width', () => {
    for (const line of renderReport(secureSummary(), { summaryPath: null }).split('\n')) {
      expect(line.length).toBeLessThanOrEqual(100);
    }
  });
});

describe('security in the live view', () => {
  const moment = { elapsedSeconds: 12, phase: 'holding' } as const;
  const line = 'TLS: authenticated 1, encrypted 2, full handshakes 3, resumed 1';

  it('is one line, and none in a run in clear', () => {
    expect(
      renderLive(secureRun(), FACTS, moment, { columns: 100, rows: 60, color: false }).split('\n'),
    ).toContain(line);
    expect(renderPlainLine(secureRun(), FACTS, moment)).toContain(line);
    expect(renderLive(healthyRun(), FACTS, moment, { columns: 100, rows: 60, color: false })).not.toContain(
      'TLS: ',
    );
  });
});

describe('thresholds of security', () => {
  it.each([
    ['secured >= 75%', 75, true],
    ['secured == 100%', 75, false],
    ['secured == 3', 3, true],
    ['handshakes_full == 3', 3, true],
    ['handshakes_resumed > 1', 1, false],
    ['stage.handshake.p95 <= 20ms', 0.02, true],
    ['stage.handshake.p95 < 20ms', 0.02, false],
  ])('%s finds %d', (text, value, holds) => {
    expect(evaluateThreshold(secureRun(), [], thresholdOf(text))).toMatchObject({ value, holds });
  });
});
