/** What phones count of their handshakes is what the servers have counted. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { firstGrant } from '../../src/engine/agent-contract.ts';
import { LocalFleet } from '../../src/coordinator/local-fleet.ts';
import { RunLog } from '../../src/coordinator/run-log.ts';
import { StormRun } from '../../src/coordinator/storm-run.ts';
import { monotonicMilliseconds } from '../../src/drivers/clock.ts';
import { type LabCluster, startLab } from '../../src/lab/lab-cluster.ts';
import { applyLab, relayAddressOf } from '../../src/scenario/plan.ts';
import { planOf } from '../scenario/load-yaml.ts';

const PHONES = 3;
/** Of a phone: with its CallManager, and with the one that stands by. */
const CONNECTIONS = 2;
const SCENARIO = `
phones: { generate: { count: ${PHONES} } }
skip: [power, image, vlan]
timing: { compression: 60 }
hold: 5m
lab:
  callManagers: 2
  security: { mode: mixed, deviceSecurityMode: encrypted }
  events: [ { at: 0s, from: hold, do: reset, resetType: 2 } ]
`;

/** Of the TLS ports of all CallManagers. */
async function counted(lab: LabCluster, name: string): Promise<number> {
  const stats = await lab.stats('callManagers');
  return ['callManager1Tls', 'callManager2Tls'].reduce((sum, port) => sum + (stats[port]?.[name] ?? 0), 0);
}

it('full and resumed handshakes of a run are those of the lab', async () => {
  const compiled = planOf(SCENARIO);
  if (compiled.target.type !== 'lab') throw new Error('no lab');
  const lab = await startLab(compiled.target.settings, compiled);
  onTestFinished(() => lab.stop());
  const plan = applyLab(compiled, lab.endpoints);
  const grant = firstGrant(0, relayAddressOf(plan, 0));
  const run = new StormRun({ plan, fleet: new LocalFleet([[grant]]), log: new RunLog(null) });
  const inService = new Promise<void>((resolve) => {
    run.onInstant((origin, atMs) => {
      if (origin === 'hold') resolve();
      else lab.announce(origin, atMs);
    });
  });
  const running = run.run();
  await inService;
  // The lab resets phones when it hears of the hold: not before each has both of its connections, and what resumes them.
  while (run.state.security.handshakes.full.count < CONNECTIONS * PHONES) await pause(100);
  lab.announce('hold', monotonicMilliseconds());
  // Nobody's handshake is under way then: the client's side of a resumed one is over first.
  while ((await counted(lab, 'handshakesResumed')) < CONNECTIONS * PHONES) await pause(100);
  run.stop();
  const { full, resumed } = (await running).state.security.handshakes;
  expect([full.count, resumed.count]).toEqual([
    await counted(lab, 'handshakesFull'),
    await counted(lab, 'handshakesResumed'),
  ]);
  expect(full.count).toBeGreaterThanOrEqual(CONNECTIONS * PHONES);
  expect(resumed.count).toBeGreaterThanOrEqual(CONNECTIONS * PHONES);
});
