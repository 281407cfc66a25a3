import {
  type BootEvent,
  SECURITY_LEVELS,
  type SecurityLevel,
  TRUST_VERDICTS,
  type TrustVerdict,
} from '../phone/boot-event.ts';
import type { FailureCause } from '../phone/failure-causes.ts';
import { Histogram, type SparseHistogram } from './histogram.ts';
import type { LossRow, ServerTallies } from './server-tally.ts';

type EventOf<Type extends BootEvent['type']> = Extract<BootEvent, { readonly type: Type }>;

type SecurityEvent = EventOf<'secured' | 'trustListJudged' | 'tvsAnswered' | 'enrolled'>;

export const HANDSHAKE_OUTCOMES = ['full', 'resumed'] as const;
export type HandshakeOutcome = (typeof HANDSHAKE_OUTCOMES)[number];

export const TRUST_LISTS = ['CTL', 'ITL'] as const satisfies EventOf<'trustListJudged'>['list'][];
export type TrustList = (typeof TRUST_LISTS)[number];

export const TVS_OUTCOMES = [
  'valid',
  'invalid',
  'unreachable',
  'cached',
] as const satisfies EventOf<'tvsAnswered'>['outcome'][];
export type TvsOutcome = (typeof TVS_OUTCOMES)[number];

export const CAPF_OPERATIONS = [
  'install',
  'delete',
  'fetch',
  'none',
] as const satisfies EventOf<'enrolled'>['operation'][];
export type CapfOperation = (typeof CAPF_OPERATIONS)[number];

/** What the phones of a shard did about security, plain data. */
export interface SecuritySnapshot {
  /** Phones in service by how their registration is protected. */
  readonly inService: Readonly<Record<SecurityLevel, number>>;
  /** Duration of handshakes with CallManagers, ms: as many as were completed. */
  readonly handshakes: Readonly<Record<HandshakeOutcome, SparseHistogram>>;
  /** To RegisterAck by how the connection is protected, ms: from the SYN of the try, or from Register where it stood by. */
  readonly registration: Readonly<Record<SecurityLevel, SparseHistogram>>;
  readonly trustLists: Readonly<Record<TrustList, Readonly<Record<TrustVerdict, number>>>>;
  /** Trust lists that were refused, by cause: the phone kept the old one, and went on. */
  readonly trustListRefusals: readonly LossRow[];
  readonly tvs: Readonly<Record<TvsOutcome, number>>;
  readonly enrolments: Readonly<Record<CapfOperation, number>>;
}

/** A record with a value for each name. */
export function recordOf<Name extends string, Value>(
  names: readonly Name[],
  value: (name: Name) => Value,
): Record<Name, Value> {
  return Object.fromEntries(names.map((name) => [name, value(name)])) as Record<Name, Value>;
}

/** A cipher suite without encryption is what authenticated mode means (IANA: TLS_RSA_WITH_NULL_SHA). */
function levelOfSuite(suite: string): SecurityLevel {
  return suite.includes('_NULL_') || suite.startsWith('NULL-') ? 'authenticated' : 'encrypted';
}

const NOT_IN_SERVICE = 0;

/** The security of one shard's phones: two bytes for each phone. */
export class SecurityTally {
  readonly #servers: ServerTallies;
  /** Position in `SECURITY_LEVELS` of the connections that the phone makes now. */
  readonly #connection: Uint8Array;
  /** The same of the registration that it is in service with, plus 1. */
  readonly #service: Uint8Array;
  readonly #inService = recordOf(SECURITY_LEVELS, () => 0);
  readonly #handshakes = recordOf(HANDSHAKE_OUTCOMES, () => new Histogram());
  readonly #registration = recordOf(SECURITY_LEVELS, () => new Histogram());
  readonly #trustLists = recordOf(TRUST_LISTS, () => recordOf(TRUST_VERDICTS, () => 0));
  readonly #refusals = new Map<FailureCause, number>();
  readonly #tvs = recordOf(TVS_OUTCOMES, () => 0);
  readonly #enrolments = recordOf(CAPF_OPERATIONS, () => 0);

  constructor(phones: number, servers: ServerTallies) {
    this.#servers = servers;
    this.#connection = new Uint8Array(phones);
    this.#service = new Uint8Array(phones);
  }

  /** A connection for a registration begins: in clear until its handshake is complete. */
  connecting(phone: number): void {
    this.#connection[phone] = SECURITY_LEVELS.indexOf('none');
  }

  registered(phone: number, latencyMs: number): void {
    const level = SECURITY_LEVELS[this.#connection[phone] as number] as SecurityLevel;
    this.#registration[level].record(latencyMs);
  }

  inService(phone: number, level: SecurityLevel): void {
    this.leftService(phone);
    this.#service[phone] = SECURITY_LEVELS.indexOf(level) + 1;
    this.#inService[level] += 1;
  }

  /** The phone is not in service any more, if it was. */
  leftService(phone: number): void {
    const level = SECURITY_LEVELS[(this.#service[phone] as number) - 1];
    if (level === undefined) return;
    this.#service[phone] = NOT_IN_SERVICE;
    this.#inService[level] -= 1;
  }

  observe(phone: number, event: SecurityEvent): void {
    switch (event.type) {
      case 'secured':
        return this.#secured(phone, event);
      case 'trustListJudged':
        this.#trustLists[event.list][event.verdict] += 1;
        if (event.cause !== null) this.#refusals.set(event.cause, (this.#refusals.get(event.cause) ?? 0) + 1);
        return;
      case 'tvsAnswered':
        return this.#tvsAnswered(event);
      case 'enrolled':
        this.#enrolments[event.operation] += 1;
        return this.#servers.answered('capf', event.server, event.now - event.startedAt);
      default:
        return event satisfies never;
    }
  }

  #secured(phone: number, { now, startedAt, server, version, suite, resumed }: EventOf<'secured'>): void {
    const outcome = resumed ? 'resumed' : 'full';
    this.#connection[phone] = SECURITY_LEVELS.indexOf(levelOfSuite(suite));
    this.#handshakes[outcome].record(now - startedAt);
    this.#servers.secured(server, version, suite, outcome);
  }

  #tvsAnswered({ outcome, server, now, startedAt }: EventOf<'tvsAnswered'>): void {
    this.#tvs[outcome] += 1;
    if (outcome === 'unreachable') this.#servers.tried('tvs', server);
    else if (outcome !== 'cached') this.#servers.answered('tvs', server, now - startedAt);
  }

  snapshot(): SecuritySnapshot {
    return {
      inService: { ...this.#inService },
      handshakes: recordOf(HANDSHAKE_OUTCOMES, (outcome) => this.#handshakes[outcome].toSparse()),
      registration: recordOf(SECURITY_LEVELS, (level) => this.#registration[level].toSparse()),
      trustLists: recordOf(TRUST_LISTS, (list) => ({ ...this.#trustLists[list] })),
      trustListRefusals: [...this.#refusals].map(([cause, count]) => ({ cause, count })),
      tvs: { ...this.#tvs },
      enrolments: { ...this.#enrolments },
    };
  }
}
