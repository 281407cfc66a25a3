/** Whether the run measured the servers or itself. */
import { formatBytes, formatCount, formatSeconds } from '../figures.ts';
import type { RunSummary } from '../summary-schema.ts';
import { left, right } from '../table.ts';
import { barMarkup } from './bars.ts';
import { dataTable, factList } from './elements.ts';
import { html, type Markup } from './markup.ts';

export function generatorBody({ generator, phones, agents }: RunSummary): Markup {
  const { limits, cpuSeconds, peakRssBytes, bytesPerRegisteredPhone, node } = generator;
  const perPhone = phones.registered === 0 ? null : cpuSeconds / phones.registered;
  return html`${dataTable(
    'How late the generator itself was: 99th percentile of the worst ten seconds, and the limit beyond which the run is INVALID',
    [left('figure'), left('share of the limit'), right('found'), right('limit')],
    [
      slownessRow('lateness of timers', generator.latenessP99Seconds, limits.latenessP99Seconds),
      slownessRow('event-loop lag', generator.eventLoopLagP99Seconds, limits.eventLoopLagP99Seconds),
    ],
  )}${factList([
    ['CPU', `${formatSeconds(cpuSeconds)} (${formatSeconds(perPhone)} per registered phone)`],
    [
      'memory at its peak',
      `${formatBytes(peakRssBytes)} (${formatBytes(bytesPerRegisteredPhone)} per registered phone)`,
    ],
    ['processes', formatCount(agents.length)],
    ['Node', node],
  ])}`;
}

function slownessRow(name: string, seconds: number | null, limit: number): (string | Markup)[] {
  const share = (seconds ?? 0) / limit;
  const bar = barMarkup([
    { kind: 'idle', from: 0, to: 1 },
    { kind: share > 1 ? 'bad' : 'good', from: 0, to: share },
  ]);
  return [name, bar, formatSeconds(seconds), formatSeconds(limit)];
}
