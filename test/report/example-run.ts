import { aggregate } from '../../src/metrics/aggregate.ts';
import type { RunState } from '../../src/metrics/run-state.ts';
import { buildSummary } from '../../src/report/summary.ts';
import type { RunSummary } from '../../src/report/summary-schema.ts';
import type { BootEvent } from '../../src/phone/boot-event.ts';
import { bootEvents, shardOf, WHOLE_BOOT } from '../metrics/phone-stories.ts';
import { FACTS } from '../metrics/run-facts-example.ts';

export const LAB_FACTS = {
  ...FACTS,
  name: 'first-run',
  labLimits: ['TFTP: 200 transfers at once', 'SCCP: 500 registrations a second'],
  compression: 10,
  warnings: ['all phones share the source address 127.0.0.1'],
};

/**
 * Twelve hundred phones against the lab: most come up, some are refused once, a few are still connecting, three
 * get no lease, one gave up, and one never started.
 */
export function exampleRun(): RunState {
  const refusedOnce = [...WHOLE_BOOT.slice(0, 8), 'fail' as const, ...WHOLE_BOOT.slice(3)];
  const phones: BootEvent[][] = [];
  for (let phone = 0; phone < 1195; phone += 1) {
    const turns = phone % 9 === 0 ? refusedOnce : phone % 100 === 7 ? WHOLE_BOOT.slice(0, 8) : WHOLE_BOOT;
    phones.push(bootEvents(turns, { paceMs: 50 + (phone % 300), from: phone * 4, cause: 'tcp-refused' }));
  }
  for (let phone = 0; phone < 3; phone += 1) {
    phones.push(bootEvents(['pass', 'pass', 'pass', 'fail'], { cause: 'dhcp-timeout' }));
  }
  phones.push(
    bootEvents([...WHOLE_BOOT.slice(0, 9), 'giveUp'], {
      cause: 'sccp-rejected',
      detail: 'No Entry In Database',
    }),
    [],
  );
  const metrics = shardOf(phones);
  for (let sample = 0; sample < 100; sample += 1) {
    metrics.lateness(sample / 20);
    metrics.eventLoopLag(sample / 9);
  }
  metrics.closeLedger(12_500);
  const generator = {
    agent: 'agent-0',
    atMs: 12_000,
    cpuSeconds: 1.2345,
    rssBytes: 93_000_000,
    armedRssBytes: 61_000_000,
    peakRssBytes: 101_000_000,
    openSockets: 1186,
    openDescriptors: 5,
    peakDescriptors: 6,
    descriptorLimit: 1024,
    datagramsSent: 40_000,
    datagramsReceived: 39_000,
    relayedReplies: 4,
    droppedDatagrams: 0,
    network: 'here net',
    networkDrops: 0,
    tlsContextsBuilt: 7,
    tlsContextsEvicted: 2,
  };
  return aggregate([{ shard: 0, phones: phones.length }], [metrics.snapshot(generator)]);
}

export function exampleSummary(): RunSummary {
  return buildSummary(exampleRun(), LAB_FACTS, { durationSeconds: 12.5, abortReason: null });
}

/** A run in which every phone comes into service. */
export function healthyRun(phones = 10): RunState {
  const metrics = shardOf(
    Array.from({ length: phones }, (_, index) => bootEvents(WHOLE_BOOT, { from: index })),
  );
  metrics.lateness(1);
  metrics.eventLoopLag(1);
  metrics.closeLedger(60_000);
  return aggregate([{ shard: 0, phones }], [metrics.snapshot()]);
}
