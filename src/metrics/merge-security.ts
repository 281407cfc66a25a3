import { SECURITY_LEVELS, TRUST_VERDICTS } from '../phone/boot-event.ts';
import type { SecurityState } from './run-state.ts';
import {
  CAPF_OPERATIONS,
  HANDSHAKE_OUTCOMES,
  recordOf,
  type SecuritySnapshot,
  TRUST_LISTS,
  TVS_OUTCOMES,
} from './security-tally.ts';
import type { ShardPart } from './shard-part.ts';
import { merged, sumRows, totals } from './sums.ts';

/** What phones did stays counted; those of lost shards are not in service any more. */
export function mergeSecurity(parts: readonly ShardPart[]): SecurityState {
  const all = parts.flatMap(({ snapshot }) => snapshot?.security ?? []);
  const present = parts.flatMap(({ snapshot, lostAtSecond }) =>
    lostAtSecond === null ? (snapshot?.security ?? []) : [],
  );
  const sum = <Name extends string>(
    names: readonly Name[],
    from: readonly SecuritySnapshot[],
    of: (security: SecuritySnapshot) => Readonly<Record<Name, number>>,
  ): Record<Name, number> =>
    totals(
      recordOf(names, () => 0),
      from.map(of),
    );
  return {
    inService: sum(SECURITY_LEVELS, present, ({ inService }) => inService),
    handshakes: recordOf(HANDSHAKE_OUTCOMES, (outcome) => merged(all, (s) => s.handshakes[outcome])),
    registration: recordOf(SECURITY_LEVELS, (level) => merged(all, (s) => s.registration[level])),
    trustLists: recordOf(TRUST_LISTS, (list) => sum(TRUST_VERDICTS, all, (s) => s.trustLists[list])),
    trustListRefusals: sumRows(
      all.flatMap(({ trustListRefusals }) => trustListRefusals),
      ({ cause }) => cause,
    ),
    tvs: sum(TVS_OUTCOMES, all, ({ tvs }) => tvs),
    enrolments: sum(CAPF_OPERATIONS, all, ({ enrolments }) => enrolments),
  };
}
