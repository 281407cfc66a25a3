import type { RunSummary } from '../../src/report/summary-schema.ts';
import { type Claim, everyPhoneIsUp, judge, stormOf } from './storm-proof.ts';

const PHONES = 5000;
const LIMIT_MS = 780_000;
/** CUCM has 10, from memory. A generator that shares its processors with the lab asks in bursts of more than that. */
const QUEUE_DEPTH = 50;

/**
 * Everything that phones wait for has its real length; the lab's tokens have the shortest wait that chan-sccp allows.
 * What is proven is where each phone ends, not how fast: 5,000 failovers in one instant are more than two processors
 * can do in a quarter of a second together with the lab, so how late the generator may be is not limited.
 */
const SCENARIO = `
name: proof-subscriber-failure
seed: 5000
phones: { generate: { count: ${PHONES} }, models: { 7961G: 3, 7941G: 1 } }
timing: { compression: 20 }
ramp: [ { duration: 50s, phones: ${PHONES} } ]
hold: 5m30s
drain: { perSecond: 250 }
validity: { latenessP99: 1m, eventLoopLagP99: 1m, longestBlock: 1m }
maxDuration: 10m
lab:
  callManagers: 2
  keepAliveSeconds: 30
  secondaryKeepAliveSeconds: 60
  connectionMonitorSeconds: 120
  tokens: { depth: ${QUEUE_DEPTH}, serviceMs: 5, waitSeconds: 30 }
  events:
    - { at: 10s, from: hold, do: kill, node: 1 }
    - { at: 40s, from: hold, do: restart, node: 1 }
thresholds: [ "ready == 100%", "failed_over == 100%", "fell_back == 100%", "dropped == 0", "failed == 0" ]
`;

/** The primary CallManager of 5,000 phones dies, and is back after 30 s. */
export function proveSubscriberFailure(): boolean {
  const storm = stormOf(SCENARIO, LIMIT_MS);
  if (storm === null) return false;
  const { summary } = storm;
  return judge([
    ...everyPhoneIsUp(storm, PHONES),
    ...summary.thresholds.map(
      ({ text, value, unit, holds }): Claim => [`${text}: found ${value} (${unit})`, holds],
    ),
    ...eventClaims(summary),
    ...tokenClaims(summary),
    ...nodeClaims(summary),
    [latenessText(summary), true],
  ]);
}

function latenessText({ generator }: RunSummary): string {
  const { latenessP99Seconds, eventLoopLagP99Seconds } = generator;
  return `for the record: lateness p99 ${latenessP99Seconds} s, event-loop lag p99 ${eventLoopLagP99Seconds} s in their worst ten seconds`;
}

function eventClaims({ lab }: RunSummary): Claim[] {
  const [kill, restart] = lab?.events ?? [];
  const apart = (restart?.second ?? 0) - (kill?.second ?? 0);
  return [
    [`${kill?.what} at ${kill?.second} s`, kill?.what === 'CallManager 1 killed'],
    [
      `${restart?.what} ${apart.toFixed(1)} s later`,
      restart?.what === 'CallManager 1 restarted' && Math.round(apart) === 30,
    ],
  ];
}

/** The queue as the lab counts it: never longer than its depth, one token for each phone. */
function tokenClaims({ lab, tokens }: RunSummary): Claim[] {
  const queue = lab?.tokenQueue.find(({ node }) => node === 'callManager1');
  const longest = Math.max(...(queue?.curve ?? []).map(([, queued]) => queued));
  return [
    [
      `tokens of CallManager 1: ${queue?.granted} granted, ${queue?.rejected} rejected; phones heard ${tokens.granted} and ${tokens.rejected}`,
      (queue?.granted ?? 0) >= PHONES && tokens.granted >= PHONES,
    ],
    [
      `its queue was ${queue?.peak} long at most (${longest} in the samples of ${queue?.curve.length} points), its depth is ${QUEUE_DEPTH}`,
      (queue?.peak ?? 0) > 0 && (queue?.peak ?? Number.POSITIVE_INFINITY) <= QUEUE_DEPTH,
    ],
  ];
}

/** The phones, as the two CallManagers see them: all here, all there, all here again. */
function nodeClaims({ lab, servers }: RunSummary): Claim[] {
  const curveOf = (name: string) => lab?.registered.find(({ node }) => node === name)?.curve ?? [];
  const most = (name: string): number => Math.max(0, ...curveOf(name).map(([, phones]) => phones));
  const restartedAt = lab?.events[1]?.second ?? Number.POSITIVE_INFINITY;
  const back = curveOf('callManager1').filter(([second]) => second > restartedAt);
  const mostBack = Math.max(0, ...back.map(([, phones]) => phones));
  const moved = (pick: (server: RunSummary['servers'][number]) => number): number =>
    servers.reduce((total, server) => total + pick(server), 0);
  const [over, returned] = [moved(({ failedOverTo }) => failedOverTo), moved(({ fellBackTo }) => fellBackTo)];
  return [
    [`most phones on CallManager 2: ${most('callManager2')}`, most('callManager2') === PHONES],
    [`most phones on CallManager 1 after its return: ${mostBack}`, mostBack === PHONES],
    [`failovers ${over}, fallbacks ${returned}`, over >= PHONES && returned >= PHONES],
  ];
}
