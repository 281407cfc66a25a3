import { type RunSummary, summarySchema } from '../../../src/report/summary-schema.ts';
import { exampleSummary } from '../example-run.ts';

/** A summary in which every list that may hold a text from outside holds one. */
export function fullSummary(): RunSummary {
  const summary = exampleSummary();
  const [server, ...servers] = summary.servers.toSorted((a, b) =>
    a.role === 'callManager' ? -1 : b.role === 'callManager' ? 1 : 0,
  );
  if (server === undefined || summary.lab === null) throw new Error('the example has a server and a lab');
  return summarySchema.parse({
    ...summary,
    lab: {
      ...summary.lab,
      events: [{ second: 3, what: 'CallManager 1 is killed' }],
      tokenQueue: [
        {
          node: 'cucm-1',
          granted: 4,
          rejected: 1,
          peak: 3,
          curve: [
            [0, 0],
            [2, 3],
            [4, 0],
          ],
        },
      ],
      registered: [
        {
          node: 'cucm-1',
          curve: [
            [0, 0],
            [9, 1185],
          ],
        },
      ],
    },
    recovery: {
      ...summary.recovery,
      waves: [wave('floor-1', 0), wave('floor-2', 4)],
      dips: [{ fromSecond: 5, before: 600, lowest: 20, lowestSecond: 6, backSecond: null }],
    },
    scenario: 'name: first-run\nseed: 1\n',
    events: [{ second: 1.5, what: 'floor-1: 600 phones get power' }],
    runLog: [
      { utc: '2026-01-02T03:04:05.000Z', second: null, what: 'prepared' },
      { utc: '2026-01-02T03:04:06.000Z', second: 0.5, what: 'floor-1: 600 phones get power' },
    ],
    servers: [
      {
        ...server,
        standbyNow: 3,
        lost: [{ cause: 'tcp-refused', count: 2 }],
        tls: {
          full: 3,
          resumed: 2,
          suites: [{ version: 'TLSv1.2', suite: 'TLS_AES_128_GCM_SHA256', count: 5 }],
        },
        tokens: { ...server.tokens, granted: 4, rejected: 1 },
      },
      ...servers,
    ],
    security: { ...summary.security, tvs: { ...summary.security.tvs, valid: 1 } },
    stages: { ...summary.stages, handshake: { ...summary.stages.handshake, attempts: 5, count: 5 } },
    failures: summary.failures.slice(0, 3),
    stragglers: { ...summary.stragglers, phones: summary.stragglers.phones.slice(0, 2) },
    failureTexts: [{ cause: 'tcp-refused', text: 'ECONNREFUSED', count: 9 }],
    agents: summary.agents.map((agent) => ({ ...agent, trouble: 'was told to end' })),
    warnings: [...summary.warnings, 'another warning'],
  });
}

function wave(name: string, startSeconds: number): RunSummary['recovery']['waves'][number] {
  const times = { t50Seconds: 2, t90Seconds: 3, t99Seconds: 4, t100Seconds: null };
  return { name, startSeconds, startedSecond: startSeconds + 12, phones: 600, isRestart: false, ...times };
}

/** Every text of the summary that may come from outside replaced: those that its schema does not name one by one. */
export function withTexts(summary: RunSummary, text: string): RunSummary {
  const replaced = structuredClone(summary);
  const visit = (holder: Record<string, unknown>): void => {
    for (const [key, value] of Object.entries(holder)) {
      if (typeof value === 'object' && value !== null) visit(value as Record<string, unknown>);
      if (typeof value !== 'string') continue;
      holder[key] = text;
      if (!summarySchema.safeParse(replaced).success) holder[key] = value;
    }
  };
  visit(replaced);
  return replaced;
}
