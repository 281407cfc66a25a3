/** The clock of Redis, which all machines of a run share, seen from this machine's CLOCK_MONOTONIC. */
import type { Redis } from 'ioredis';
import { monotonicMilliseconds } from '../drivers/clock.ts';
import { type ClockEstimate, type ClockProbe, driftMsOf, estimateClock } from '../schedule/clock-offset.ts';

/** The estimate that a run uses is the best of so many. */
const PROBES = 15;

/** Frozen when it is made: what was armed by it must not move. */
export class ServerClock {
  readonly #redis: Redis;
  readonly estimate: ClockEstimate;

  private constructor(redis: Redis, estimate: ClockEstimate) {
    this.#redis = redis;
    this.estimate = estimate;
  }

  /** Rejects as the connection's commands do. */
  static async measure(redis: Redis): Promise<ServerClock> {
    return new ServerClock(redis, estimateClock(await probeClock(redis)));
  }

  /** How far the two clocks have moved against each other since; reported, never used. */
  async measureDriftMs(): Promise<number> {
    return driftMsOf(this.estimate, estimateClock(await probeClock(this.#redis)));
  }
}

async function probeClock(redis: Redis): Promise<ClockProbe[]> {
  const probes: ClockProbe[] = [];
  for (let i = 0; i < PROBES; i++) {
    const sentMs = monotonicMilliseconds();
    const [seconds, microseconds] = await redis.time();
    const receivedMs = monotonicMilliseconds();
    probes.push({ sentMs, serverMs: Number(seconds) * 1000 + Number(microseconds) / 1000, receivedMs });
  }
  return probes;
}
