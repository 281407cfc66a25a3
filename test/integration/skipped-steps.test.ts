/** A scenario leaves out any step of the start-up process: phones on real sockets do without it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LabCluster, startLab } from '../../src/lab/lab-cluster.ts';
import type { Stage } from '../../src/phone/stages.ts';
import { settleLab } from '../../src/scenario/compile.ts';
import { loadScenario } from '../../src/scenario/load.ts';
import { applyLab } from '../../src/scenario/plan.ts';
import { SKIPPABLE_STEPS } from '../../src/scenario/schema.ts';
import { planOf } from '../scenario/load-yaml.ts';
import { ORDINARY_STAGES } from '../support/boot-stages.ts';
import { bootOnSockets } from '../support/socket-phones.ts';

const SCENARIO = `
phones: { generate: { count: 3 } }
timing: { power: 0.1s, image: 0.1s, vlan: 0.1s }
target: { lab: true }
`;

/** What goes with each step. */
const STAGES: Readonly<Record<(typeof SKIPPABLE_STEPS)[number], readonly Stage[]>> = {
  power: ['power'],
  image: ['image'],
  vlan: ['vlan'],
  dhcp: ['dhcp'],
  ctl: ['ctl'],
  // The configuration is what names a CallManager by its name.
  config: ['config', 'dns'],
  callManager: ['dns', 'connect', 'register', 'ready'],
};
const SKIPS = [
  { skip: [], without: [] },
  ...SKIPPABLE_STEPS.map((step) => ({ skip: [step], without: STAGES[step] })),
  { skip: SKIPPABLE_STEPS, without: ORDINARY_STAGES },
];

let lab: LabCluster;

beforeAll(async () => {
  const { scenario } = loadScenario({});
  lab = await startLab({ ...settleLab(scenario), callManagers: 1 }, planOf(SCENARIO));
});

afterAll(() => lab.stop());

it.each(SKIPS)('skip: $skip', async ({ skip, without }) => {
  const plan = applyLab(planOf(`${SCENARIO}skip: [${skip.join(', ')}]\n`), lab.endpoints);
  const tried = new Set<Stage>();
  const fates = await bootOnSockets(plan, [0, 1, 2], (event) => {
    if (event.type === 'stageStarted') tried.add(event.stage);
  });
  expect([...fates.values()]).toEqual(['ready', 'ready', 'ready']);
  expect(ORDINARY_STAGES.filter((stage) => !tried.has(stage))).toEqual(
    ORDINARY_STAGES.filter((stage) => without.includes(stage)),
  );
});
