import { expect, it } from 'vitest';
import { MOST_GROUPS } from '../../src/metrics/series-bounds.ts';
import { countGroups, groupFinder } from '../../src/scenario/phone-groups.ts';
import { compilePlan } from '../../src/scenario/compile.ts';
import { loadScenario } from '../../src/scenario/load.ts';
import type { RunPlan } from '../../src/scenario/plan.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { planOf } from './load-yaml.ts';

function planOfInventory(lines: readonly string[]): RunPlan {
  const folder = temporaryFolder({
    'storm.yaml': 'phones: { inventory: phones.csv }',
    'phones.csv': ['mac,model,site', ...lines.map((line, i) => `${macOf(i)},${line}`)].join('\n'),
  });
  return compilePlan(loadScenario({ file: `${folder}/storm.yaml` }));
}

function macOf(index: number): string {
  return `020000${index.toString(16).padStart(6, '0')}`;
}

function groupsOf(plan: RunPlan): string[] {
  const groupOf = groupFinder(plan);
  return Array.from({ length: plan.phoneCount }, (_, i) => groupOf(i)).map(
    ({ site, model }) => `${site} ${model}`,
  );
}

it('made-up phones have the sites of their layout, and models by their mix', () => {
  const plan = planOf(`
phones:
  generate: { count: 6, layout: { perSwitch: 1, switchesPerFloor: 1, floorsPerSite: 3 } }
  models: { 7961G: 1, 7945G: 1 }
`);
  expect(groupsOf(plan)).toEqual(['1 7961G', '1 7945G', '1 7961G', '2 7945G', '2 7961G', '2 7945G']);
  expect(countGroups(plan)).toBe(4);
  const groupOf = groupFinder(plan);
  expect(groupOf(0)).toBe(groupOf(2));
});

it('listed phones have the names of the inventory; without one the site is unknown', () => {
  const plan = planOfInventory(['7961G,Berlin', '7945G,Bonn', '7961G,', '7961G,Berlin']);
  expect(groupsOf(plan)).toEqual(['Berlin 7961G', 'Bonn 7945G', 'unknown 7961G', 'Berlin 7961G']);
});

it('sites that there is no room for are one: those with the fewest phones', () => {
  const branches = Array.from({ length: MOST_GROUPS + 50 }, (_, i) => `7961G,branch-${i}`);
  const plan = planOfInventory([...branches, ...branches.slice(100)]);
  const groups = new Set(groupsOf(plan));
  expect(groups.size).toBe(countGroups(plan));
  expect(groups.size).toBeLessThanOrEqual(MOST_GROUPS);
  expect(groups).toContain('other 7961G');
  // Two phones each, against one of those before them.
  for (let i = 100; i < branches.length; i++) expect(groups).toContain(`branch-${i} 7961G`);
});
