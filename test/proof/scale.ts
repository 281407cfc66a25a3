import { everyPhoneIsUp, judge, stormOf } from './storm-proof.ts';

const PHONES = 10_000;
const LIMIT_MS = 600_000;

const SCENARIO = `
name: proof-scale
seed: 10000
phones: { generate: { count: ${PHONES} }, models: { 7961G: 3, 7941G: 1 } }
timing: { compression: 20 }
ramp: [ { duration: 60s, phones: ${PHONES} } ]
hold: 40s # longer than the keepalive interval
drain: { perSecond: 1000 }
maxDuration: 5m
lab: { callManagers: 2, keepAliveSeconds: 30 }
`;

/** Ten thousand phones in one run, generator and lab on the same machine. */
export function proveScale(): boolean {
  const storm = stormOf(SCENARIO, LIMIT_MS);
  if (storm === null) return false;
  const { bytesPerRegisteredPhone } = storm.summary.generator;
  return judge([
    ...everyPhoneIsUp(storm, PHONES),
    [`memory per registered phone: ${bytesPerRegisteredPhone} bytes`, bytesPerRegisteredPhone !== null],
  ]);
}
