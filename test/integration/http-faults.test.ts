/** Every fault of the lab's HTTP file server, on real sockets: the phone goes on to TFTP, or it was the file itself. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LabCluster, startLab } from '../../src/lab/lab-cluster.ts';
import { compilePlan } from '../../src/scenario/compile.ts';
import { faultField, type FaultKind, faultsOf } from '../../src/scenario/lab-faults.ts';
import { loadScenario } from '../../src/scenario/load.ts';
import { applyLab } from '../../src/scenario/plan.ts';
import { bootOnSockets, type Fate } from '../support/socket-phones.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const SCENARIO = `
phones: { generate: { count: 32 }, maxBootAttempts: 1, flash: factory, keepLastConfig: false }
skip: [power, image, vlan]
target:
  files:
    transport: http-then-tftp
    connectTimeoutSeconds: 10s
    answerTimeoutSeconds: 5s
    exchangeTimeoutSeconds: 15s
    fallbackSeconds: 0.05s
lab: { callManagers: 1, configBytes: 2000 }
`;

/** What becomes of a phone whose configuration meets the fault, and whether TFTP is asked for the file. */
const FATES: Partial<Record<FaultKind, { readonly fate: Fate; readonly tftp: boolean }>> = {
  delay: { fate: 'ready', tftp: false },
  malformed: { fate: 'ready', tftp: true },
  truncate: { fate: 'ready', tftp: true },
  silence: { fate: 'ready', tftp: true },
  close: { fate: 'ready', tftp: true },
  abort: { fate: 'ready', tftp: true },
  busy: { fate: 'ready', tftp: true },
  'not-found': { fate: 'ready', tftp: false },
  'not-xml': { fate: 'config config-malformed', tftp: false },
  oversize: { fate: 'config config-too-large', tftp: false },
  'entity-bomb': { fate: 'config config-too-large', tftp: false },
  'no-callmanager': { fate: 'config config-no-callmanager', tftp: false },
  'foreign-address': { fate: 'connect destination-denied', tftp: false },
  // Nothing is signed or encrypted here.
  'bad-signature': { fate: 'ready', tftp: false },
  'wrong-signer': { fate: 'ready', tftp: false },
  'wrong-key': { fate: 'ready', tftp: false },
  'hash-mismatch': { fate: 'ready', tftp: false },
};
const KINDS = faultsOf('http');

let lab: LabCluster;
let fates: ReadonlyMap<number, Fate>;

beforeAll(async () => {
  const folder = temporaryFolder({ 'storm.yaml': SCENARIO });
  const loaded = loadScenario({ file: `${folder}/storm.yaml` });
  const named = compilePlan({
    ...loaded,
    scenario: { ...loaded.scenario, target: { ...loaded.scenario.target, lab: true } },
  });
  const faults = KINDS.map((kind, i) => {
    const match = `SEP020000${i.toString(16).toUpperCase().padStart(6, '0')}.cnf.xml`;
    return faultField.parse({ on: 'http', kind, delayMs: 100, match });
  });
  lab = await startLab({ ...loaded.scenario.lab, faults }, named);
  fates = await bootOnSockets(
    applyLab(named, lab.endpoints),
    KINDS.map((_, i) => i),
  );
});

afterAll(() => lab.stop());

it.each(KINDS.map((kind, i) => ({ kind, i, expected: FATES[kind]?.fate })))(
  '$kind: $expected',
  ({ i, expected }) => {
    expect(fates.get(i)).toBe(expected);
  },
);

it('has met each fault once, and asked TFTP where HTTP was what failed', async () => {
  const { http = {}, tftp = {} } = await lab.stats();
  expect(http['faults']).toBe(KINDS.length);
  const fallbacks = KINDS.filter((kind) => FATES[kind]?.tftp).length;
  expect(tftp).toMatchObject({ filesSent: fallbacks, notFound: 0 });
});
