import type { Threshold } from './threshold-field.ts';
import type { ThresholdMetric } from './threshold-metrics.ts';

/**
 * When it is certain that a threshold is missed, whatever happens later:
 *
 *     metric                                  operator    fate      certain
 *     --------------------------------------  ----------  --------  -----------------------------------------------
 *     failed_over, fell_back, service_lost,   < <= ==     growing   once the limit is passed: what was counted stays
 *     restarts, failures, transfers,                                counted, also of lost agents
 *     tokens_*, handshakes_*
 *     stage.p100, registration.p100           < <= ==     growing   the same: the longest never gets shorter
 *     time_to_service                         < <= ==     timed     once the limit has passed with too few phones in
 *                                                                   service: who comes later takes longer
 *     ready, registered, dropped, failed,     any         atEnd     phones come and go until the end
 *     trying, not_started, secured
 *     stage, registration below p100          any         atEnd     more phones may be quicker
 *     network_time, wave                      any         atEnd     a phone that starts late may be quick; a wave
 *                                                                   begins when steering lets it
 *     any                                     > >= !=     atEnd     more may come
 */
export type ThresholdFate = 'growing' | 'timed' | 'atEnd';

const GROWING: ReadonlySet<ThresholdMetric> = new Set([
  'failed_over',
  'fell_back',
  'service_lost',
  'restarts',
  'failures',
  'transfers',
  'tokens_granted',
  'tokens_rejected',
  'handshakes_full',
  'handshakes_resumed',
]);
const LONGEST: ReadonlySet<ThresholdMetric> = new Set(['stage', 'registration']);

export function fateOf({
  metric,
  operator,
  quantile,
}: Pick<Threshold, 'metric' | 'operator' | 'quantile'>): ThresholdFate {
  if (operator !== '<' && operator !== '<=' && operator !== '==') return 'atEnd';
  if (GROWING.has(metric) || (LONGEST.has(metric) && quantile === 1)) return 'growing';
  return metric === 'time_to_service' ? 'timed' : 'atEnd';
}
