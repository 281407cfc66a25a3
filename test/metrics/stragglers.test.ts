import { describe, expect, it } from 'vitest';
import type { Straggler } from '../../src/metrics/stragglers.ts';
import { bootEvents, shardOf, WHOLE_BOOT } from './phone-stories.ts';

function stragglersOf(phones: Parameters<typeof shardOf>[0], now = 100_000): readonly Straggler[] {
  const metrics = shardOf(phones);
  expect(metrics.snapshot().stragglers).toEqual([]);
  metrics.closeLedger(now);
  return metrics.snapshot().stragglers;
}

describe('stragglers', () => {
  it('are named with what they went through, the worst first', () => {
    const refused = bootEvents([...WHOLE_BOOT.slice(0, -3), 'fail', ...WHOLE_BOOT.slice(3, -3), 'fail'], {
      cause: 'tcp-refused',
      paceMs: 1000,
    });
    const waiting = bootEvents(['pass', 'pass', 'pass', 'pass'], { paceMs: 1000 }).slice(0, -1);
    const quick = bootEvents(WHOLE_BOOT, { paceMs: 100 });
    const slow = bootEvents(['pass', 'pass', 'pass', 'fail', ...WHOLE_BOOT.slice(3)], { paceMs: 1000 });
    const lost = bootEvents([...WHOLE_BOOT, 'lose'], { paceMs: 1000 });
    const named = stragglersOf([quick, refused, slow, waiting, lost, []], 10_000);
    expect(named.map(({ device, state }) => `${Number(device.slice(3))} ${state}`)).toEqual([
      '4 dropped',
      '1 trying',
      '3 trying',
      '5 notStarted',
      '2 ready',
      '0 ready',
    ]);
    const [dropped, trying, underWay, never, slowest] = named;
    expect(dropped).toMatchObject({ stage: 'ready', cause: 'keepalive-timeout', boots: 2 });
    expect(trying).toMatchObject({
      stage: 'connect',
      cause: 'tcp-refused',
      server: '127.0.0.1:2000',
      secondsToService: null,
      boots: 3,
      stages: { dhcp: { attempts: 2, seconds: 1 }, connect: { attempts: 2, seconds: 1 } },
    });
    expect(trying?.stages).not.toHaveProperty('register');
    // Its DHCP began after 3.5 s and was still under way when the ledger was closed.
    expect(underWay).toMatchObject({
      stage: 'dhcp',
      cause: 'in-progress',
      stages: { dhcp: { seconds: 6.5 } },
    });
    expect(never).toMatchObject({ stage: null, cause: null, server: null, boots: 0, stages: {} });
    expect(slowest).toMatchObject({
      stage: 'dhcp',
      cause: 'sccp-no-answer',
      secondsToService: WHOLE_BOOT.length + 1,
      stages: { dhcp: { attempts: 2, seconds: 1 } },
    });
  });

  it('count time from the last power return, and tries from the start of the run', () => {
    const [phone] = stragglersOf([bootEvents([...WHOLE_BOOT, 'outage', ...WHOLE_BOOT], { paceMs: 1000 })]);
    expect(phone).toMatchObject({
      state: 'ready',
      secondsToService: WHOLE_BOOT.length,
      boots: 2,
      stages: { dhcp: { attempts: 2, seconds: 1 } },
    });
  });

  it('lose no time of a stage that an outage cut short', () => {
    const metrics = shardOf([]);
    expect(metrics.snapshot().stragglers).toEqual([]);
    const cut = bootEvents(['pass'], { paceMs: 1000 }).slice(0, -1);
    const [phone] = stragglersOf([[...cut, { type: 'poweredOff', now: 5500 }]]);
    expect(phone).toMatchObject({ state: 'notStarted', stages: { power: { attempts: 1, seconds: 5 } } });
  });

  it('are the worst of all phones, wherever in the shard those are', () => {
    const phones = Array.from({ length: 1300 }, (_, phone) =>
      phone % 130 === 7
        ? bootEvents(['pass'])
        : bootEvents(WHOLE_BOOT, { paceMs: 1 + ((phone * 37) % 1300) }),
    );
    const named = stragglersOf(phones);
    expect(named.slice(0, 10).map(({ index }) => index)).toEqual(
      Array.from({ length: 10 }, (_, i) => 7 + 130 * i),
    );
    const others = Array.from(phones.keys()).filter((phone) => phone % 130 !== 7);
    const slowest = others.sort((a, b) => ((b * 37) % 1300) - ((a * 37) % 1300)).slice(0, 90);
    expect(named.slice(10).map(({ index }) => index)).toEqual(slowest);
  });

  it('are a hundred at most', () => {
    expect(stragglersOf(Array.from({ length: 250 }, () => []))).toHaveLength(100);
  });
});
