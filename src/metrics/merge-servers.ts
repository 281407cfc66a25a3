import { SERVER_ROLES } from '../phone/stages.ts';
import type { ServerState, TokenState } from './run-state.ts';
import type { ServerSnapshot, TokenSnapshot } from './server-tally.ts';
import { cutIfLost, type ShardPart } from './shard-part.ts';
import { peakOf, sumCurves } from './step-curve.ts';
import { merged, sumRows, total, totals } from './sums.ts';

/** One server as one shard saw it. */
interface View {
  readonly part: ShardPart;
  readonly server: ServerSnapshot;
}

/** The servers that any shard met, each once. */
export function mergeServers(parts: readonly ShardPart[]): ServerState[] {
  const groups = new Map<string, View[]>();
  for (const part of parts) {
    for (const server of part.snapshot?.servers ?? []) {
      const key = `${server.role} ${server.address}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [{ part, server }]);
      else group.push({ part, server });
    }
  }
  return [...groups.values()].map(serverState).sort(byRoleAndAddress);
}

/** Requests for tokens, wherever they went. */
export function mergeTokens(parts: readonly ShardPart[]): TokenState {
  return tokenState(parts.flatMap(({ snapshot }) => (snapshot?.servers ?? []).map(({ tokens }) => tokens)));
}

function serverState(group: readonly View[]): ServerState {
  const [first] = group as [View];
  const { role, address } = first.server;
  const curves = group.map(({ part, server }) => cutIfLost(part, server.registered));
  const present = group.filter(({ part }) => part.lostAtSecond === null);
  return {
    role,
    address,
    attempts: total(group, ({ server }) => server.attempts),
    refused: total(group, ({ server }) => server.refused),
    resets: total(group, ({ server }) => server.resets),
    registeredNow: total(present, ({ server }) => server.registeredNow),
    registeredPeak: peakOf(sumCurves(curves)),
    standbyNow: total(present, ({ server }) => server.standbyNow),
    standbyLost: total(group, ({ server }) => server.standbyLost),
    standbyFailed: total(group, ({ server }) => server.standbyFailed),
    failedOverTo: total(group, ({ server }) => server.failedOverTo),
    failedOverFrom: total(group, ({ server }) => server.failedOverFrom),
    fellBackTo: total(group, ({ server }) => server.fellBackTo),
    lost: sumRows(
      group.flatMap(({ server }) => server.lost),
      ({ cause }) => cause,
    ),
    tokens: tokenState(group.map(({ server }) => server.tokens)),
    tls: {
      handshakes: totals(
        { full: 0, resumed: 0 },
        group.map(({ server }) => server.handshakes),
      ),
      suites: sumRows(
        group.flatMap(({ server }) => server.suites),
        ({ version, suite }) => `${version} ${suite}`,
      ),
    },
    latency: merged(group, ({ server }) => server.latency),
  };
}

function tokenState(tokens: readonly TokenSnapshot[]): TokenState {
  return {
    outcomes: totals(
      { granted: 0, rejected: 0, unanswered: 0 },
      tokens.map(({ outcomes }) => outcomes),
    ),
    roundTrip: merged(tokens, ({ roundTrip }) => roundTrip),
    wait: merged(tokens, ({ wait }) => wait),
  };
}

function byRoleAndAddress(a: ServerState, b: ServerState): number {
  const role = SERVER_ROLES.indexOf(a.role) - SERVER_ROLES.indexOf(b.role);
  return role !== 0 ? role : a.address.localeCompare(b.address, 'en', { numeric: true });
}
