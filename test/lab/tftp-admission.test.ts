import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { TftpAdmission } from '../../src/lab/tftp-admission.ts';
import { labSettings } from './lab-parts.ts';
import type { labLimitsField } from '../../src/scenario/lab-limits.ts';

/** A door on a clock of the test's; what it lets in stays until the test releases it. */
function door(input: z.input<typeof labLimitsField>, serve: (request: number) => void = () => {}) {
  const { limits } = labSettings({ limits: input });
  const clock = { now: 0 };
  const due: { at: number; action: () => void }[] = [];
  const served: number[] = [];
  const admission: TftpAdmission<number> = new TftpAdmission<number>({
    limits,
    now: () => clock.now,
    schedule: (delayMs, action) => due.push({ at: clock.now + delayMs, action }),
    serve: (request) => {
      served.push(request);
      serve(request);
    },
  });
  const runTo = (until: number): void => {
    for (;;) {
      const next = due.toSorted((a, b) => a.at - b.at).find(({ at }) => at <= until);
      if (next === undefined) break;
      due.splice(due.indexOf(next), 1);
      clock.now = next.at;
      next.action();
    }
    clock.now = until;
  };
  return { admission, served, runTo };
}

describe('TftpAdmission', () => {
  it.each(['drop', 'error'] as const)('%s: lets in as many as it may serve, and no more', (tftpOverload) => {
    const { admission, served } = door({ tftpConcurrency: 2, tftpOverload });
    expect([1, 2, 3].map((request) => admission.offer(request))).toEqual(['served', 'served', 'overLimit']);
    admission.release();
    expect(admission.offer(4)).toBe('served');
    expect(served).toEqual([1, 2, 4]);
    expect(admission.inServiceNow).toBe(2);
  });

  it('queue: the others wait in order, up to its length', () => {
    const { admission, served } = door({ tftpConcurrency: 1, tftpOverload: 'queue', tftpQueue: 2 });
    const answers = [1, 2, 3, 4].map((request) => admission.offer(request));
    expect(answers).toEqual(['served', 'queued', 'queued', 'overLimit']);
    expect(admission.queuedNow).toBe(2);
    admission.release();
    expect(served).toEqual([1, 2]);
    expect(admission.offer(5)).toBe('queued');
    for (let i = 0; i < 3; i++) admission.release();
    expect(served).toEqual([1, 2, 3, 5]);
    expect([admission.inServiceNow, admission.queuedNow]).toEqual([0, 0]);
  });

  it('so many a second: the others are dropped, or wait for their second', () => {
    const dropping = door({ tftpPerSecond: 10 });
    const offers = Array.from({ length: 15 }, (_, at) => dropping.admission.offer(at));
    expect(offers.filter((outcome) => outcome === 'served')).toHaveLength(10);
    dropping.runTo(500);
    expect(dropping.admission.offer(99)).toBe('served');

    const queueing = door({ tftpPerSecond: 10, tftpOverload: 'queue' });
    for (let at = 0; at < 15; at++) queueing.admission.offer(at);
    expect(queueing.served).toHaveLength(10);
    queueing.runTo(301);
    expect(queueing.served).toHaveLength(13);
    queueing.runTo(2000);
    expect(queueing.served).toEqual(Array.from({ length: 15 }, (_, at) => at));
  });

  it('serves a long queue of requests that are done at once', () => {
    let release = (): void => {};
    const { admission, served } = door(
      { tftpConcurrency: 1, tftpOverload: 'queue', tftpQueue: 100_000 },
      (request) => {
        if (request > 0) release();
      },
    );
    release = () => admission.release();
    for (let request = 0; request <= 50_000; request++) admission.offer(request);
    expect(served).toEqual([0]);
    admission.release();
    expect(served).toHaveLength(50_001);
    expect([admission.inServiceNow, admission.queuedNow]).toEqual([0, 0]);
  });
});
