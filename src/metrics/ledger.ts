import { FAILURE_CAUSE_NAMES, type Failure, type FailureCause } from '../phone/failure-causes.ts';
import { STAGE_NAMES, type Stage } from '../phone/stages.ts';

/**
 * Where every phone stands. At any instant each is in exactly one state, and the states add up to the phones asked:
 *
 *     state       | meaning                                          | left by
 *     notStarted  | power has not come (or has gone before service)  | poweredOn, stageStarted
 *     trying      | booting, never registered since it began         | registered, ready, gaveUp, poweredOff
 *     registered  | RegisterAck, not yet in service                  | ready, serviceLost, unregistered, poweredOff
 *     ready       | DefineTimeDate: in service                       | serviceLost, unregistered, poweredOff
 *     dropped     | was registered, is not, and is not back          | registered, ready, gaveUp
 *     failed      | its own policy ended its attempts                | poweredOn
 *
 * A seventh state, lostWithAgent, is for the coordinator to give: a ledger that is lost can't say so itself.
 */
export const PHONE_STATES = ['notStarted', 'trying', 'registered', 'ready', 'dropped', 'failed'] as const;
export type PhoneState = (typeof PHONE_STATES)[number];

/** Phones that are not in service and have begun to boot: where they stand and what happened to them last. */
export interface UnfinishedRow {
  readonly state: 'trying' | 'dropped' | 'failed';
  readonly stage: Stage;
  /** `in-progress`: nothing failed that has not been overcome. */
  readonly cause: FailureCause;
  readonly server: string | null;
  readonly count: number;
}

/** Attempts that failed, whatever became of the phone. */
export interface FailureRow {
  readonly stage: Stage;
  readonly cause: FailureCause;
  readonly server: string | null;
  readonly count: number;
}

const STATE_CODE = codes(PHONE_STATES);
export const STAGE_CODE = codes(STAGE_NAMES);
const CAUSE_CODE = codes(FAILURE_CAUSE_NAMES);
const IN_PROGRESS = CAUSE_CODE['in-progress'];
/** No stage under way; also: no server. */
const NONE = 0;
/** Added to the stage of a failure that has been overcome. */
const OVERCOME = 0x80;

/** The phones of one shard, by their index within it, in typed arrays: 18 bytes for each. */
export class Ledger {
  readonly #state: Uint8Array;
  /** The stage under way, plus 1. */
  readonly #stage: Uint8Array;
  /** The last stage that was under way: what a phone between two attempts is trying. */
  readonly #lastStage: Uint8Array;
  /** Stages passed since power return, one bit each. */
  readonly #passed: Uint16Array;
  /** The last failure: its stage plus 1, and whether it has been overcome; cause; server plus 1. */
  readonly #failedStage: Uint8Array;
  readonly #failedCause: Uint8Array;
  readonly #failedServer: Uint16Array;
  /** Whether it was ever registered, and ever in service. */
  readonly #ever: Uint8Array;
  readonly #intendedAt: Float64Array;

  readonly #counts: Record<PhoneState, number>;
  readonly #inStage = new Uint32Array(STAGE_NAMES.length + 1);
  readonly #servers: string[] = [];
  readonly #serverCode = new Map<string, number>();
  readonly #failures = new Map<number, number>();

  constructor(phones: number) {
    this.#state = new Uint8Array(phones);
    this.#stage = new Uint8Array(phones);
    this.#lastStage = new Uint8Array(phones);
    this.#passed = new Uint16Array(phones);
    this.#failedStage = new Uint8Array(phones);
    this.#failedCause = new Uint8Array(phones);
    this.#failedServer = new Uint16Array(phones);
    this.#ever = new Uint8Array(phones);
    this.#intendedAt = new Float64Array(phones);
    this.#counts = { notStarted: phones, trying: 0, registered: 0, ready: 0, dropped: 0, failed: 0 };
  }

  get size(): number {
    return this.#state.length;
  }

  stateOf(phone: number): PhoneState {
    return PHONE_STATES[this.#state[phone] as number] as PhoneState;
  }

  /** When the schedule wanted the phone's power back, ms. */
  intendedAt(phone: number): number {
    return this.#intendedAt[phone] as number;
  }

  poweredOn(phone: number, intendedAt: number): void {
    this.#intendedAt[phone] = intendedAt;
    this.#passed[phone] = 0;
    this.#forgetFailure(phone);
    this.#enterStage(phone, NONE);
    this.#lastStage[phone] = NONE;
    this.#moveTo(phone, this.#wasRegistered(phone) ? 'dropped' : 'trying');
  }

  poweredOff(phone: number): void {
    this.#forgetFailure(phone);
    this.#enterStage(phone, NONE);
    this.#moveTo(phone, this.#wasRegistered(phone) ? 'dropped' : 'notStarted');
  }

  stageStarted(phone: number, stage: Stage): void {
    this.#enterStage(phone, STAGE_CODE[stage] + 1);
    this.#lastStage[phone] = STAGE_CODE[stage] + 1;
    if (this.stateOf(phone) === 'notStarted') this.#moveTo(phone, 'trying');
  }

  /** Returns whether this is the first time since power return: later passes are repetitions of a whole boot. */
  stagePassed(phone: number, stage: Stage): boolean {
    this.#enterStage(phone, NONE);
    if (this.#failedStage[phone] === STAGE_CODE[stage] + 1) this.#forgetFailure(phone);
    const bit = 1 << STAGE_CODE[stage];
    const passed = this.#passed[phone] as number;
    this.#passed[phone] = passed | bit;
    return (passed & bit) === 0;
  }

  stageFailed(phone: number, failure: Failure): void {
    this.#enterStage(phone, NONE);
    this.#lastStage[phone] = STAGE_CODE[failure.stage] + 1;
    this.#remember(phone, failure);
    this.#countFailure(failure);
  }

  registered(phone: number): void {
    this.#ever[phone] = (this.#ever[phone] as number) | 1;
    if (this.stateOf(phone) !== 'ready') this.#moveTo(phone, 'registered');
  }

  /** Returns whether the phone is in service for the first time in this run. */
  ready(phone: number): boolean {
    const ever = this.#ever[phone] as number;
    this.#ever[phone] = 3;
    this.#forgetFailure(phone);
    this.#enterStage(phone, NONE);
    this.#moveTo(phone, 'ready');
    return (ever & 2) === 0;
  }

  /**
   * Service is lost. It counts as a failure of its own, unless the set-up of the lines was under way and has
   * already been reported as a stage that failed. Returns whether it counts.
   */
  serviceLost(phone: number, failure: Failure, wasReady: boolean): boolean {
    const counts = wasReady || this.#stage[phone] !== NONE;
    if (counts) this.#countFailure(failure);
    this.#enterStage(phone, NONE);
    this.#remember(phone, failure);
    this.#moveTo(phone, 'dropped');
    return counts;
  }

  unregistered(phone: number): void {
    this.#enterStage(phone, NONE);
    this.#moveTo(phone, this.#wasRegistered(phone) ? 'dropped' : 'trying');
  }

  restarting(phone: number): void {
    this.#enterStage(phone, NONE);
  }

  gaveUp(phone: number, failure: Failure): void {
    this.#enterStage(phone, NONE);
    this.#remember(phone, failure);
    this.#moveTo(phone, 'failed');
  }

  /** How many phones are in each state: the sum is all of them. */
  counts(): Record<PhoneState, number> {
    return { ...this.#counts };
  }

  /** How many phones have each stage under way. */
  inStage(): Record<Stage, number> {
    return stageRecord((_, code) => this.#inStage[code + 1] as number);
  }

  failures(): FailureRow[] {
    return [...this.#failures].map(([key, count]) => ({ ...this.#rowOf(key), count }));
  }

  unfinished(): UnfinishedRow[] {
    const tally = new Map<number, number>();
    for (let phone = 0; phone < this.#state.length; phone += 1) {
      const state = this.#state[phone] as number;
      if (state !== STATE_CODE.trying && state !== STATE_CODE.dropped && state !== STATE_CODE.failed)
        continue;
      const key = this.#standing(phone) * PHONE_STATES.length + state;
      tally.set(key, (tally.get(key) ?? 0) + 1);
    }
    return [...tally].map(([key, count]) => ({
      state: PHONE_STATES[key % PHONE_STATES.length] as UnfinishedRow['state'],
      ...this.#rowOf(Math.floor(key / PHONE_STATES.length)),
      count,
    }));
  }

  /**
   * Where a phone stands: its last failure; for one that has overcome it, or has none, the stage that it is at. Of a
   * phone in service it is the last failure in any case. Null where there is nothing to tell.
   */
  standingOf(phone: number): Omit<FailureRow, 'count'> | null {
    const failed = this.#failedStage[phone] as number;
    if (this.stateOf(phone) !== 'ready') {
      const isKnown = this.#lastStage[phone] !== NONE || (failed !== NONE && failed < OVERCOME);
      return isKnown ? this.#rowOf(this.#standing(phone)) : null;
    }
    if (failed === NONE) return null;
    const [cause, server] = [this.#failedCause[phone] as number, this.#failedServer[phone] as number];
    return this.#rowOf(rowKey((failed & ~OVERCOME) - 1, cause, server));
  }

  /** A phone's last failure, or the stage that it is at, as one number. */
  #standing(phone: number): number {
    const failed = this.#failedStage[phone] as number;
    if (failed !== NONE && failed < OVERCOME) {
      return rowKey(failed - 1, this.#failedCause[phone] as number, this.#failedServer[phone] as number);
    }
    return rowKey(Math.max(0, (this.#lastStage[phone] as number) - 1), IN_PROGRESS, NONE);
  }

  #rowOf(key: number): Omit<FailureRow, 'count'> {
    const stage = key % STAGE_NAMES.length;
    const rest = Math.floor(key / STAGE_NAMES.length);
    const server = Math.floor(rest / FAILURE_CAUSE_NAMES.length);
    return {
      stage: STAGE_NAMES[stage] as Stage,
      cause: FAILURE_CAUSE_NAMES[rest % FAILURE_CAUSE_NAMES.length] as FailureCause,
      server: server === NONE ? null : (this.#servers[server - 1] as string),
    };
  }

  #countFailure(failure: Failure): void {
    const key = rowKey(STAGE_CODE[failure.stage], CAUSE_CODE[failure.cause], this.#codeOf(failure.server));
    this.#failures.set(key, (this.#failures.get(key) ?? 0) + 1);
  }

  #remember(phone: number, failure: Failure): void {
    this.#failedStage[phone] = STAGE_CODE[failure.stage] + 1;
    this.#failedCause[phone] = CAUSE_CODE[failure.cause];
    this.#failedServer[phone] = this.#codeOf(failure.server);
  }

  #forgetFailure(phone: number): void {
    const stage = this.#failedStage[phone] as number;
    if (stage !== NONE) this.#failedStage[phone] = stage | OVERCOME;
  }

  #wasRegistered(phone: number): boolean {
    return this.#ever[phone] !== 0;
  }

  #moveTo(phone: number, state: PhoneState): void {
    this.#counts[this.stateOf(phone)] -= 1;
    this.#counts[state] += 1;
    this.#state[phone] = STATE_CODE[state];
  }

  #enterStage(phone: number, code: number): void {
    const before = this.#stage[phone] as number;
    if (before === code) return;
    this.#inStage[before] = (this.#inStage[before] as number) - 1;
    this.#inStage[code] = (this.#inStage[code] as number) + 1;
    this.#stage[phone] = code;
  }

  #codeOf(server: string | null): number {
    if (server === null) return NONE;
    let code = this.#serverCode.get(server);
    if (code === undefined) {
      code = this.#servers.push(server);
      this.#serverCode.set(server, code);
    }
    return code;
  }
}

/** A record with every stage, in the order of a boot. */
export function stageRecord<T>(of: (stage: Stage, index: number) => T): Record<Stage, T> {
  return Object.fromEntries(STAGE_NAMES.map((stage, index) => [stage, of(stage, index)])) as Record<Stage, T>;
}

function rowKey(stage: number, cause: number, server: number): number {
  return (server * FAILURE_CAUSE_NAMES.length + cause) * STAGE_NAMES.length + stage;
}

function codes<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name, index) => [name, index])) as Record<Name, number>;
}
