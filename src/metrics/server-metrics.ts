import type { FailureCause } from '../phone/failure-causes.ts';
import type { ServerRole } from '../phone/stages.ts';
import { blamedRole } from './blamed-role.ts';
import type { Histogram } from './histogram.ts';
import { type CatalogueMetric, counter, gauge, histogram, type LabelValues, type Sample } from './metric.ts';
import type { RunState, ServerState } from './run-state.ts';
import { TOKEN_OUTCOMES } from './server-tally.ts';

/**
 * Each server as its phones saw it, whoever named it: the user, DHCP, or a configuration file. Those that `MOST_SERVERS`
 * leaves no room for are one, `other`.
 */
export const SERVER_METRICS: readonly CatalogueMetric[] = [
  counter(
    'server_attempts_total',
    'Tries that ended, of what a server is for: lease, file, name, connection.',
    {
      labels: ['role', 'server'],
      read: ofEach(({ attempts }) => attempts),
    },
  ),
  counter('server_refused_total', 'Tries that a server refused.', {
    labels: ['role', 'server'],
    read: ofEach(({ refused }) => refused),
  }),
  counter('server_resets_total', 'Connections that a server reset or closed.', {
    labels: ['role', 'server'],
    read: ofEach(({ resets }) => resets),
  }),
  counter('server_failures_total', 'Tries that failed, and losses of service, by server and cause.', {
    labels: ['role', 'server', 'cause'],
    read: failuresByServer,
  }),
  gauge('server_registered_phones', 'Phones that are registered with a CallManager.', {
    labels: ['role', 'server'],
    read: ofCallManagers(({ registeredNow }) => registeredNow),
  }),
  gauge('server_standby_connections', 'Connections that stand by, beside a registration elsewhere.', {
    labels: ['role', 'server'],
    read: ofCallManagers(({ standbyNow }) => standbyNow),
  }),
  counter('server_lost_total', 'Registrations with a CallManager that were lost, by cause.', {
    labels: ['role', 'server', 'cause'],
    read: ({ servers }) =>
      servers.flatMap((server) =>
        server.lost.map(({ cause, count }) => ({ labels: { ...namesOf(server), cause }, value: count })),
      ),
  }),
  counter('server_tokens_total', 'Requests for a token (RegisterTokenReq) by what became of them.', {
    labels: ['role', 'server', 'outcome'],
    read: ({ servers }) =>
      servers.filter(isCallManager).flatMap((server) =>
        TOKEN_OUTCOMES.map((outcome) => ({
          labels: { ...namesOf(server), outcome },
          value: server.tokens.outcomes[outcome],
        })),
      ),
  }),
  histogram(
    'server_response_seconds',
    'Duration of tries that ended well: a lease, a file, a name; of a CallManager SYN to RegisterAck.',
    {
      labels: ['role', 'server'],
      read: ({ servers }): Sample<Histogram>[] =>
        servers.map((server) => ({ labels: namesOf(server), value: server.latency })),
    },
  ),
];

function ofEach(value: (server: ServerState) => number): (state: RunState) => Sample<number>[] {
  return ({ servers }) => servers.map((server) => ({ labels: namesOf(server), value: value(server) }));
}

function ofCallManagers(value: (server: ServerState) => number): (state: RunState) => Sample<number>[] {
  return ({ servers }) =>
    servers.filter(isCallManager).map((server) => ({ labels: namesOf(server), value: value(server) }));
}

function isCallManager({ role }: ServerState): boolean {
  return role === 'callManager';
}

function namesOf({ role, address }: ServerState): LabelValues {
  return { role, server: address };
}

/** Stages are one: a server and a cause of several stages have one series. */
function failuresByServer({ failures }: RunState): Sample<number>[] {
  const sums = new Map<string, { role: ServerRole; server: string; cause: FailureCause; count: number }>();
  for (const { stage, cause, server, count } of failures) {
    const role = blamedRole({ stage, cause });
    if (role === null || server === null) continue;
    const key = `${role} ${server} ${cause}`;
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { role, server, cause, count });
    else sum.count += count;
  }
  return [...sums.values()].map(({ count, ...labels }) => ({ labels, value: count }));
}
