import { waveStart } from '../answer.ts';
import { formatCount, formatSeconds } from '../figures.ts';
import type { RunSummary } from '../summary-schema.ts';
import { left, right, table } from '../table.ts';
import { type Paint, section } from './section.ts';

export function recoverySection({ recovery, timing }: RunSummary, paint: Paint): string[] {
  const reached = (seconds: number | null): string =>
    seconds === null ? 'not reached' : formatSeconds(seconds);
  const row = (name: string, times: Omit<RunSummary['recovery']['network'], 'curve' | 'bins'>): string[] => [
    name,
    reached(times.t50Seconds),
    reached(times.t90Seconds),
    reached(times.t99Seconds),
    reached(times.t100Seconds),
  ];
  const compressed = timing.compression === 1 ? '' : ' (compressed)';
  return section(
    paint,
    'Recovery: time until a share of the phones asked was in service',
    table(
      [left(''), right('50 %'), right('90 %'), right('99 %'), right('100 %')],
      [
        row(
          `from ${recovery.waves.length > 1 ? 'the first power' : 'power return'}${compressed}`,
          recovery.fromPower,
        ),
        row('network only (first packet to ready)', recovery.network),
        ...(recovery.waves.length > 1 ? recovery.waves.map((wave) => row(waveName(wave), wave)) : []),
      ],
    ),
  );
}

function waveName(wave: RunSummary['recovery']['waves'][number]): string {
  return `${wave.name}, ${formatCount(wave.phones)} phones (${waveStart(wave)})`;
}
