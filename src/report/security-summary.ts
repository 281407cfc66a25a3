import type { Histogram } from '../metrics/histogram.ts';
import type { HandshakeCpu } from '../metrics/run-facts.ts';
import type { RunState, ServerTls } from '../metrics/run-state.ts';
import { HANDSHAKE_OUTCOMES, recordOf } from '../metrics/security-tally.ts';
import { inSeconds, rounded } from './rounding.ts';
import type { RunSummary } from './summary-schema.ts';

export function securitySummary(
  { security, generator }: RunState,
  cpu: HandshakeCpu | null,
): RunSummary['security'] {
  const { inService, handshakes, trustLists, tvs, enrolments } = security;
  return {
    inService: { ...inService },
    handshakes: recordOf(HANDSHAKE_OUTCOMES, (outcome) => handshakeTimes(handshakes[outcome])),
    handshakeCpu: cpu && handshakeCpu(handshakes, cpu, generator.cpuSeconds),
    contextsBuilt: generator.tlsContextsBuilt,
    contextsEvicted: generator.tlsContextsEvicted,
    trustLists: { CTL: { ...trustLists.CTL }, ITL: { ...trustLists.ITL } },
    trustListRefusals: [...security.trustListRefusals],
    tvs: { ...tvs },
    enrolments: { ...enrolments },
  };
}

export function serverTlsSummary({ handshakes, suites }: ServerTls): RunSummary['servers'][number]['tls'] {
  return { ...handshakes, suites: [...suites] };
}

function handshakeTimes(histogram: Histogram): RunSummary['security']['handshakes']['full'] {
  return {
    count: histogram.count,
    p50Seconds: inSeconds(histogram.quantile(0.5)),
    p95Seconds: inSeconds(histogram.quantile(0.95)),
    p99Seconds: inSeconds(histogram.quantile(0.99)),
    maxSeconds: inSeconds(histogram.quantile(1)),
  };
}

function handshakeCpu(
  { full, resumed }: RunState['security']['handshakes'],
  { fullMs, resumedMs }: HandshakeCpu,
  generatorCpuSeconds: number,
): RunSummary['security']['handshakeCpu'] {
  const seconds = (full.count * fullMs + resumed.count * resumedMs) / 1000;
  return {
    fullMilliseconds: rounded(fullMs),
    resumedMilliseconds: rounded(resumedMs),
    seconds: rounded(seconds),
    share: generatorCpuSeconds === 0 ? 0 : rounded(seconds / generatorCpuSeconds),
  };
}
