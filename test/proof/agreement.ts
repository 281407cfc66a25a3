import { agreementScenario } from '../support/agreement/scenario.ts';
import { delayFaults, delayRows, delayText } from '../support/agreement/register-delays.ts';
import { disagreements, FIGURE_SELECTORS, figuresOf, sayings } from '../support/agreement/figures.ts';
import { type WitnessedStorm, witnessStorm } from '../support/agreement/witnessed-storm.ts';
import { type Claim, judge } from './storm-proof.ts';

const LIMIT_MS = 600_000;
/** Keepalives of the registration come once, and not again before the hold is over: between two of them it is quiet. */
const SIZE = {
  phones: 2000,
  rampSeconds: 60,
  holdSeconds: 132,
  keepAliveSeconds: 120,
  retrySeconds: 4,
} as const;

/** One storm in its terminal, its reports, its summary and a Prometheus, and the packets of it as tshark reads them. */
export async function proveAgreement(): Promise<boolean> {
  console.log(`${SIZE.phones} phones, captured by dumpcap and scraped by Prometheus\n`);
  const witnessed = await witnessStorm((lab) => agreementScenario(lab, SIZE), FIGURE_SELECTORS, LIMIT_MS);
  console.log(witnessed.storm.stdout);
  return judge([...figureClaims(witnessed), ...delayClaims(witnessed)]);
}

function figureClaims(witnessed: WitnessedStorm): Claim[] {
  return figuresOf({ ...witnessed, ...witnessed.storm }).map((figure) => [
    `${figure.what}: ${sayings(figure.counts)}`,
    disagreements([figure]).length === 0 && Math.min(...Object.values(figure.counts)) > 0,
  ]);
}

function delayClaims({ storm, wire, lagMs }: WitnessedStorm): Claim[] {
  const rows = delayRows(storm.summary, wire.registerDelaysMs, lagMs);
  return rows.map((row) => [
    `Register to RegisterAck, ${delayText(row)} (lag of the event loop ${lagMs.toFixed(1)} ms)`,
    delayFaults([row]).length === 0,
  ]);
}
