/** A CallManager node and its clients, closed after each test. */
import { afterEach, expect } from 'vitest';
import { CallManager, settingsOf } from '../../src/lab/call-manager.ts';
import { LabClock } from '../../src/lab/lab-clock.ts';
import type { CallManagerNode } from '../../src/lab/lab-contract.ts';
import { count, directoryOf, labSettings, SccpClient, sum } from './lab-parts.ts';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

/** A node for 10,000 phones, on a clock that the test moves. */
export async function callManager(input: Parameters<typeof labSettings>[0] = {}, node: CallManagerNode = 1) {
  const settings = settingsOf(node, labSettings(input));
  const clock = { now: 0 };
  const manager = new CallManager({
    node,
    settings,
    directory: directoryOf(10_000, settings),
    clock: new LabClock(() => clock.now),
  });
  await manager.start(0);
  open.push(manager);
  const connect = (localAddress?: string): SccpClient => {
    const client = new SccpClient(manager.endpoint, localAddress);
    open.push(client);
    return client;
  };
  return { manager, clock, connect };
}

/** Every connection and every registration is accounted for. */
export function addUp(manager: CallManager): void {
  const stats = manager.stats();
  expect(sum(stats, ['refused', 'connectedNow', 'closed'])).toBe(stats['connections']);
  const ends = ['registeredNow', 'unregistrations', 'takenOver', 'droppedSilent', 'lost'];
  expect(sum(stats, ends)).toBe(stats['registrations']);
}

/** Waits for a count; the test's own limit ends it when it never comes. */
export async function until(manager: CallManager, name: string, value: number): Promise<void> {
  while (count(manager, name) !== value) await new Promise(setImmediate);
}
