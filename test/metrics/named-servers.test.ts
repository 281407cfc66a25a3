import { expect, it } from 'vitest';
import { Histogram } from '../../src/metrics/histogram.ts';
import type { Sample } from '../../src/metrics/metric.ts';
import { NamedServers } from '../../src/metrics/named-servers.ts';
import { MOST_SERVERS } from '../../src/metrics/series-bounds.ts';

function sampleOf(server: number, value = 1): Sample<number> {
  return { labels: { role: 'callManager', server: `server-${server}` }, value };
}

const FIRST = Array.from({ length: MOST_SERVERS }, (_, i) => sampleOf(i));

it('servers keep the names that they had, whatever comes before or after them', () => {
  const servers = new NamedServers();
  expect(servers.foldNumbers(FIRST)).toEqual(FIRST);
  const late = [sampleOf(100, 5), sampleOf(101, 6)];
  const other = { labels: { role: 'callManager', server: 'other' }, value: 11 };
  expect(servers.foldNumbers([...late, ...FIRST])).toEqual([...FIRST, other]);
  expect(servers.foldNumbers(late)).toEqual([other]);
});

it('those that there is no room for are one of each role, and of each other label', () => {
  const servers = new NamedServers();
  servers.foldNumbers(FIRST);
  const labels = { role: 'tftp', server: 'a:69' } as const;
  const refused = { labels: { ...labels, cause: 'tcp-refused' }, value: 2 } as const;
  const reset = { labels: { ...labels, cause: 'tcp-reset' }, value: 3 } as const;
  expect(servers.foldNumbers([refused, reset])).toEqual([
    { ...refused, labels: { ...refused.labels, server: 'other' } },
    { ...reset, labels: { ...reset.labels, server: 'other' } },
  ]);
  const [one, two] = [new Histogram(), new Histogram()];
  one.record(10);
  two.record(20);
  const [folded, ...more] = servers.foldHistograms([
    { labels, value: one },
    { labels: { ...labels, server: 'b:69' }, value: two },
  ]);
  expect(more).toEqual([]);
  expect([folded?.value.count, folded?.value.sum]).toEqual([2, 30]);
});
