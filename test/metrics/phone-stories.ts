import fc from 'fast-check';
import { type BootEvent, SECURITY_LEVELS, type SecurityLevel } from '../../src/phone/boot-event.ts';
import { FAILURE_CAUSE_NAMES, type Failure, type FailureCause } from '../../src/phone/failure-causes.ts';
import { STAGES, type Stage } from '../../src/phone/stages.ts';
import { ShardMetrics } from '../../src/metrics/shard-metrics.ts';
import type { ShardSnapshot } from '../../src/metrics/shard-snapshot.ts';
import { ORDINARY_STAGES } from '../support/boot-stages.ts';

const SERVERS = {
  dhcp: '127.0.0.1:67',
  tftp: '127.0.0.1:69',
  capf: '127.0.0.1:3804',
  dns: '127.0.0.1:53',
  callManager: '127.0.0.1:2000',
};

/** The second of the group. */
export const SECONDARY = '127.0.0.1:2001';

/**
 * One turn in a phone's life: what happens next is legal whatever came before. In service, `switch` is a failover to
 * the secondary, or from there the fallback, after a token that was rejected once.
 */
export type Turn = 'pass' | 'fail' | 'lose' | 'leave' | 'giveUp' | 'outage' | 'switch';

/** The server that a stage talks to in these stories. */
export function serverOf(stage: Stage): string | null {
  const role = STAGES[stage].serverRole;
  return role === null ? null : SERVERS[role];
}

interface StoryOptions {
  readonly from?: number;
  readonly paceMs?: number;
  readonly cause?: FailureCause;
  /** What the server says where an attempt fails. */
  readonly detail?: string | undefined;
}

/**
 * The events of one phone that lives through the turns, one turn every `paceMs` from `from` on, in the order in
 * which a boot sends them.
 */
export function bootEvents(
  turns: readonly Turn[],
  { from = 0, paceMs = 100, cause = 'sccp-no-answer', detail }: StoryOptions = {},
): BootEvent[] {
  const events: BootEvent[] = [{ type: 'poweredOn', now: from, intendedAt: from, wave: 0 }];
  const firstStarted = new Map<Stage, number>();
  let now = from;
  let next = 0;
  let server = SERVERS.callManager;
  for (const turn of turns) {
    now += paceMs;
    const stage = ORDINARY_STAGES[next];
    if (turn === 'outage') {
      events.push({ type: 'poweredOff', now }, { type: 'poweredOn', now, intendedAt: now, wave: 1 });
      firstStarted.clear();
      server = SERVERS.callManager;
      next = 0;
    } else if (stage === undefined) {
      // In service: it stays there, loses its CallManager, or takes its leave.
      if (turn === 'lose')
        events.push(...losingService(now, true, server), { type: 'restarting', now, pauseMs: 1 });
      else if (turn === 'leave') events.push({ type: 'unregistered', now, server });
      else if (turn === 'switch') {
        events.push(...(server === SECONDARY ? fallingBack(now) : failingOver(now)));
        server = server === SECONDARY ? SERVERS.callManager : SECONDARY;
        events.push({
          type: 'ready',
          now,
          server,
          intendedAt: from,
          firstPacketAt: from,
          pausedMs: 0,
          security: 'none',
        });
        continue;
      } else {
        events.push({ type: 'keepAliveAnswered', now, roundTripMs: 3 });
        continue;
      }
      server = SERVERS.callManager;
      next = 3;
    } else {
      const startedAt = now - paceMs / 2;
      events.push({ type: 'stageStarted', stage, now: startedAt });
      if (!firstStarted.has(stage)) firstStarted.set(stage, startedAt);
      const firstStartedAt = firstStarted.get(stage) as number;
      if (turn === 'pass') {
        events.push({ type: 'stagePassed', stage, now, startedAt, firstStartedAt, server: serverOf(stage) });
        if (stage === 'register') events.push({ type: 'registered', now, server: SERVERS.callManager });
        if (stage === 'ready') {
          const [intendedAt, firstPacketAt] = [from, Math.min(now, from + 4 * paceMs)];
          events.push({
            type: 'ready',
            now,
            server: SERVERS.callManager,
            intendedAt,
            firstPacketAt,
            pausedMs: 0,
            security: 'none',
          });
        }
        next += 1;
      } else {
        const said = detail === undefined ? {} : { detail };
        const failure: Failure = { stage, cause, server: serverOf(stage), ...said };
        events.push({ type: 'stageFailed', failure, now, startedAt });
        if (stage === 'ready') events.push(...losingService(now, false, server));
        if (turn === 'giveUp') return [...events, { type: 'gaveUp', now, failure }];
        events.push({ type: 'restarting', now, pauseMs: 1 });
        next = Math.min(next, 3);
      }
    }
  }
  return events;
}

function failingOver(now: number): BootEvent[] {
  const from = SERVERS.callManager;
  return [
    { type: 'standbyUp', now, server: SECONDARY },
    ...losingService(now, true, from),
    { type: 'standbyLeft', now, server: SECONDARY },
    { type: 'registered', now, server: SECONDARY },
    { type: 'failedOver', now, from, to: SECONDARY },
  ];
}

function fallingBack(now: number): BootEvent[] {
  const server = SERVERS.callManager;
  return [
    { type: 'standbyUp', now, server },
    { type: 'standbyLost', now, server, cause: 'tcp-reset' },
    { type: 'standbyFailed', now, server, cause: 'tcp-refused' },
    { type: 'standbyUp', now, server },
    { type: 'tokenAnswered', now, server, outcome: 'rejected', roundTripMs: 4, waitMs: 5000 },
    { type: 'tokenAnswered', now, server, outcome: 'granted', roundTripMs: 6, waitMs: 0 },
    { type: 'standbyLeft', now, server },
    { type: 'registered', now, server },
    { type: 'fellBack', now, from: SECONDARY, to: server },
  ];
}

function losingService(now: number, wasReady: boolean, server: string): BootEvent[] {
  const failure: Failure = { stage: 'ready', cause: 'keepalive-timeout', server };
  return [{ type: 'serviceLost', now, failure, wasReady }];
}

/** Every stage once, to service. */
export const WHOLE_BOOT: readonly Turn[] = ORDINARY_STAGES.map(() => 'pass');

const turn = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Turn>('pass') },
  { weight: 2, arbitrary: fc.constantFrom<Turn>('fail', 'lose', 'switch') },
  { weight: 1, arbitrary: fc.constantFrom<Turn>('leave', 'giveUp', 'outage') },
);

/** Phones with random lives, any of which may end at any event. */
export const stories: fc.Arbitrary<BootEvent[][]> = fc.array(
  fc
    .tuple(
      fc.array(turn, { maxLength: 40 }),
      fc.nat(60_000),
      fc.integer({ min: 1, max: 4000 }),
      fc.constantFrom(...FAILURE_CAUSE_NAMES),
      fc.option(fc.constantFrom('busy', 'unknown device', 'no'), { nil: undefined }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.constantFrom(...SECURITY_LEVELS),
    )
    .map(([turns, from, paceMs, cause, detail, until, level]) => {
      const options = { from, paceMs, cause, detail };
      const events = level === 'none' ? bootEvents(turns, options) : secureEvents(turns, level, options);
      return events.slice(0, Math.round(events.length * until));
    }),
  { minLength: 1, maxLength: 12 },
);

/** All phones' events in the order of time, as a worker sees them. */
export function interleaved(phones: readonly BootEvent[][]): { phone: number; event: BootEvent }[] {
  const all = phones.flatMap((events, phone) => events.map((event) => ({ phone, event })));
  return all.sort((a, b) => a.event.now - b.event.now);
}

/** A shard that has seen the stories. Its phones are `firstIndex` and those after it. */
export function shardOf(phones: readonly BootEvent[][], shard = 0, firstIndex = 0): ShardMetrics {
  const nameOf = (phone: number): { index: number; device: string } => ({
    index: firstIndex + phone,
    device: `SEP${String(firstIndex + phone).padStart(12, '0')}`,
  });
  const metrics = new ShardMetrics({ shard, epoch: 0, phones: phones.length, armedAt: 0, nameOf });
  for (const { phone, event } of interleaved(phones)) metrics.observe(phone, event);
  return metrics;
}

/** The snapshots that a shard sends while it sees the stories, one after every `every` events. */
export function snapshotsOf(phones: readonly BootEvent[][], shard: number, every: number): ShardSnapshot[] {
  const metrics = new ShardMetrics({ shard, epoch: 0, phones: phones.length, armedAt: 0 });
  const snapshots: ShardSnapshot[] = [];
  interleaved(phones).forEach(({ phone, event }, index) => {
    metrics.observe(phone, event);
    if (index % every === every - 1) snapshots.push(metrics.snapshot());
  });
  return [...snapshots, metrics.snapshot()];
}

/** The same life on secured connections: a handshake after every TCP connection, and `ready` says the level. */
export function secureEvents(
  turns: readonly Turn[],
  level: Exclude<SecurityLevel, 'none'>,
  { resumed = false, ...options }: StoryOptions & { readonly resumed?: boolean } = {},
): BootEvent[] {
  const suite = level === 'encrypted' ? 'TLS_RSA_WITH_AES_128_CBC_SHA' : 'TLS_RSA_WITH_NULL_SHA';
  return bootEvents(turns, options).flatMap((event): BootEvent[] => {
    if (event.type === 'ready') return [{ ...event, security: level }];
    if (event.type !== 'stagePassed' || event.stage !== 'connect') return [event];
    const { now } = event;
    const server = SERVERS.callManager;
    const handshake = { now, startedAt: now - 20, server };
    return [
      event,
      { type: 'stageStarted', stage: 'handshake', now: now - 20 },
      { type: 'secured', ...handshake, version: 'TLSv1', suite, resumed },
      { type: 'stagePassed', stage: 'handshake', firstStartedAt: now - 20, ...handshake },
    ];
  });
}

/**
 * Four phones: one in clear, one authenticated, one encrypted that resumes its session after a loss, and one encrypted
 * that enrolled and asked TVS.
 */
export function secureShard(): ShardMetrics {
  const again = secureEvents([...WHOLE_BOOT, 'lose'], 'encrypted');
  const resumed = secureEvents(WHOLE_BOOT, 'encrypted', { from: 5000, resumed: true });
  const metrics = shardOf([
    bootEvents(WHOLE_BOOT),
    secureEvents(WHOLE_BOOT, 'authenticated'),
    [...again, ...resumed.slice(1)],
    secureEvents(WHOLE_BOOT, 'encrypted'),
  ]);
  const now = 9000;
  for (const phone of [1, 2, 3])
    metrics.observe(phone, { type: 'trustListJudged', now, list: 'CTL', verdict: 'first-use', cause: null });
  metrics.observe(0, { type: 'trustListJudged', now, list: 'ITL', verdict: 'none', cause: null });
  metrics.observe(1, {
    type: 'trustListJudged',
    now,
    list: 'ITL',
    verdict: 'refused',
    cause: 'signer-unknown',
  });
  const server = '127.0.0.1:2445';
  metrics.observe(3, { type: 'tvsAnswered', now, startedAt: now - 7, server, outcome: 'valid' });
  metrics.observe(3, {
    type: 'enrolled',
    now,
    startedAt: now - 90,
    server: SERVERS.capf,
    operation: 'install',
  });
  return metrics;
}
