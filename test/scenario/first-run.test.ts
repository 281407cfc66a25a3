import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planBudget } from '../../src/scenario/budget.ts';
import { compilePlan } from '../../src/scenario/compile.ts';
import { leastDurationSeconds } from '../../src/scenario/plan-times.ts';
import { findScenario, loadScenario, shippedScenarioNames } from '../../src/scenario/load.ts';
import { purposeOf } from '../../src/scenario/shipped-purpose.ts';
import { identityOf, powerEventsOf } from '../../src/scenario/plan.ts';

/** A small machine: two processors, the usual limit of a login shell on Linux. */
const SMALL = {
  descriptorLimit: 4096,
  ephemeralPorts: { first: 32_768, last: 60_999 },
  cpus: 2,
  blackholeObstacle: null,
};

describe('first-run', () => {
  const plan = compilePlan(loadScenario({ file: 'first-run' }));

  it('boots a thousand phones of four models at the lab, and is over soon', () => {
    expect(plan).toMatchObject({ name: 'first-run', phoneCount: 1000, target: { type: 'lab' } });
    const models = new Set(Array.from({ length: 1000 }, (_, i) => identityOf(plan, i).model));
    expect([...models].sort()).toEqual(['7941G', '7961G', '7962G', '7970G']);
    expect(powerEventsOf(plan, 999)).toEqual([{ atSeconds: expect.any(Number), on: true, wave: 0 }]);
    expect(plan.lastPowerSeconds).toBeLessThan(10);
    expect(leastDurationSeconds(plan)).toBeLessThan(60);
    expect(plan.maxDurationSeconds).toBe(120);
  });

  it('fits any number of phones', () => {
    for (const phones of [1, 2, 3, 7, 10, 333, 5000]) {
      const { waves } = compilePlan(loadScenario({ file: 'first-run', flags: { phones: String(phones) } }));
      expect(waves, `${phones} phones`).toMatchObject([{ name: 'first-start', startSeconds: 0, phones }]);
    }
  });

  it('is compressed, and says so', () => {
    expect(plan.boot.timing.compression).toBe(10);
    expect(plan.warnings).toEqual([]);
  });

  it('holds long enough for several keepalives', () => {
    if (plan.target.type !== 'lab') throw new Error('not the lab');
    expect(plan.holdSeconds / plan.target.settings.keepAliveSeconds).toBeGreaterThanOrEqual(3);
  });

  it('runs on a small machine', () => {
    expect(planBudget(plan, SMALL)).toMatchObject({ agents: 1, threadsPerAgent: 1, warnings: [] });
  });
});

describe('every shipped scenario', () => {
  it.each(shippedScenarioNames())(
    '%s has the name of its file, a schema, a header and thresholds',
    (name) => {
      const file = findScenario(name);
      const loaded = loadScenario({ file });
      expect(compilePlan(loaded).name).toBe(name);
      expect(purposeOf(readFileSync(file, 'utf8'))).toMatch(/^.{20,180}[.?]$/);
      expect(loaded.locate(['thresholds']), 'its own expectation').not.toBeNull();
      // The schema for editors, then at least two lines that say what it is.
      expect(readFileSync(file, 'utf8')).toMatch(/^# yaml-language-server: \$schema=\S+\n#\n(# \S.*\n){2,}/);
    },
  );
});
