/** The order to start, to a store that fails as a Redis does. */
import { describe, expect, it } from 'vitest';
import { armStart } from '../../src/coordinator/common-start.ts';
import { BootstormError } from '../../src/errors.ts';
import { MemoryRampStore } from '../../src/ramp/memory-ramp-store.ts';

const AWAY = new BootstormError('redis-unreachable', 'away', { retryable: true });

/** Fails so often, before or after the order was taken. */
async function storeThatFails(times: number, isTaken: boolean) {
  const store = new MemoryRampStore<string>();
  await store.publish('plan');
  const tried: number[] = [];
  return {
    tried,
    read: () => store.read(),
    arm: async (startAtMs: number): Promise<void> => {
      tried.push(startAtMs);
      if (tried.length > times) return store.arm(startAtMs);
      if (isTaken) await store.arm(startAtMs);
      throw AWAY;
    },
  };
}

describe('the order to start', () => {
  it('is given again, for a later instant, while Redis is away', async () => {
    const store = await storeThatFails(1, false);
    const startAtMs = await armStart(store, 3000, () => true);
    expect(store.tried).toHaveLength(2);
    expect(startAtMs).toBe(store.tried[1]);
    expect((await store.read()).startAtMs).toBe(startAtMs);
  });

  it('that was taken counts, though the answer was lost', async () => {
    const store = await storeThatFails(1, true);
    expect(await armStart(store, 3000, () => true)).toBe(store.tried[0]);
    expect(store.tried).toHaveLength(1);
  });

  it('is not given again when nobody wants it any more', async () => {
    const store = await storeThatFails(1, false);
    expect(await armStart(store, 3000, () => store.tried.length === 0)).toBeNull();
  });

  it('that is refused for good is not repeated', async () => {
    const store = new MemoryRampStore<string>();
    await expect(armStart(store, 3000, () => true)).rejects.toMatchObject({ code: 'schedule-conflict' });
  });
});
