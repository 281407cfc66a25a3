/** One run, and every place that tells of it: they say the same, and what tshark reads in a capture of it. */
import { beforeAll, describe, expect, it } from 'vitest';
import { delayFaults, delayRows } from '../support/agreement/register-delays.ts';
import { disagreements, FIGURE_SELECTORS, figuresOf } from '../support/agreement/figures.ts';
import { agreementScenario } from '../support/agreement/scenario.ts';
import { type WitnessedStorm, witnessStorm } from '../support/agreement/witnessed-storm.ts';

const SIZE = { phones: 120, rampSeconds: 1, holdSeconds: 2, keepAliveSeconds: 60, retrySeconds: 0.5 };

let witnessed: WitnessedStorm;
beforeAll(async () => {
  witnessed = await witnessStorm((lab) => agreementScenario(lab, SIZE), FIGURE_SELECTORS);
});

describe('a storm with lost datagrams and unknown phones, captured and scraped', () => {
  it('has one count of everything in terminal, text, HTML, JSON, Prometheus and on the wire', () => {
    const { storm } = witnessed;
    const figures = figuresOf({ ...witnessed, ...storm });
    expect(disagreements(figures)).toEqual([]);
    // Each was exercised: nothing agrees by being nothing.
    for (const { what, counts } of figures)
      expect([what, Math.min(...Object.values(counts))]).not.toEqual([what, 0]);
    expect(storm.summary.phones.asked).toBe(SIZE.phones);
  });

  it('is told from one in which a single count is off by one', () => {
    const { storm } = witnessed;
    const sources = { ...witnessed, ...storm };
    const off = disagreements(
      figuresOf({ ...sources, wire: { ...witnessed.wire, files: witnessed.wire.files + 1 } }),
    );
    expect(off).toMatchObject([expect.stringMatching(/^files asked for by TFTP/)]);
    const { registrationRequestDelay: delay } = storm.summary;
    const summary = { ...storm.summary, registrationRequestDelay: { ...delay, count: delay.count - 1 } };
    expect(disagreements(figuresOf({ ...sources, summary }))).toMatchObject([
      expect.stringMatching(/^RegisterAck/),
    ]);
  });

  it('is drawn from the dashboards as they are, whatever they use', () => {
    const { dashboards } = witnessed;
    expect(dashboards.map(({ name }) => name)).toContain('bootstorm-storm');
    for (const { name, page, empty } of dashboards) {
      const panels = page.split('<section class="panel').length - 1;
      expect([name, panels > empty.length]).toEqual([name, true]);
    }
  });

  it('measures Register to RegisterAck as long as the wire, and its own lag at most longer', () => {
    const { storm, wire, lagMs } = witnessed;
    expect(wire.registerDelaysMs).toHaveLength(storm.summary.registrationRequestDelay.count);
    expect(delayFaults(delayRows(storm.summary, wire.registerDelaysMs, lagMs))).toEqual([]);
    const slower = wire.registerDelaysMs.map((ms) => ms + 60_000);
    expect(delayFaults(delayRows(storm.summary, slower, lagMs))).toHaveLength(4);
  });
});
