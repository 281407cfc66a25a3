/** A run of an hour in which everything happens: so that it is seen what a page leaves out. */
import type { RunMark } from '../../src/metrics/run-progress.ts';
import type { RunState } from '../../src/metrics/run-state.ts';
import type { PageMoment } from '../../src/page/page-moment.ts';
import { FAILURE_CAUSES, type FailureCause } from '../../src/phone/failure-causes.ts';
import { agentOf } from '../metrics/run-facts-example.ts';
import { exampleRun } from '../report/example-run.ts';
import { momentOf } from './moment.ts';

const HOUR = 3600;
const HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=1</script>';
const UTC = '2026-01-02T03:04:05.000Z';

export function longRun(phones: number, second: number = HOUR): PageMoment {
  const base = exampleRun();
  const [server] = base.servers;
  if (server === undefined) throw new Error('the example has servers');
  const causes = Object.keys(FAILURE_CAUSES) as FailureCause[];
  const ready = Math.floor((phones * second) / HOUR);
  const state: RunState = {
    ...base,
    asked: phones,
    ledger: { ...EMPTY, ready, trying: phones - ready },
    recovery: { ...base.recovery, inService: curveTo(second, phones) },
    servers: Array.from({ length: 250 }, (_, i) => ({ ...server, address: `192.0.2.${i}:2000` })),
    failures: causes.flatMap((cause) =>
      Array.from({ length: 50 }, (_, i) => ({
        stage: 'config' as const,
        cause,
        server: `192.0.2.${i}`,
        count: 50 - (i % 50),
      })),
    ),
    failureTexts: causes.flatMap((cause) =>
      Array.from({ length: 16 }, (_, i) => ({ cause, text: `${HOSTILE} ${i}`, count: 16 - i })),
    ),
  };
  const marks = Array.from(
    { length: 500 },
    (_, i): RunMark => ({ type: 'wave', utc: UTC, second: i * 7, what: `${HOSTILE} ${i}` }),
  );
  return momentOf(
    state,
    { elapsedSeconds: second, marks, troubles: [HOSTILE] },
    {
      name: HOSTILE,
      agents: Array.from({ length: 200 }, (_, i) => agentOf(i, { trouble: HOSTILE })),
      warnings: Array.from({ length: 300 }, () => HOSTILE),
    },
    { runLog: Array.from({ length: 5000 }, (_, i) => ({ utc: UTC, second: i, what: `${HOSTILE} ${i}` })) },
  );
}

const EMPTY = { notStarted: 0, trying: 0, registered: 0, ready: 0, dropped: 0, failed: 0, lostWithAgent: 0 };

/** Each second a change. */
function curveTo(second: number, phones: number): number[] {
  return Array.from({ length: second + 1 }, (_, at) => [
    at,
    Math.floor((phones * at) / HOUR) + (at % 3),
  ]).flat();
}
