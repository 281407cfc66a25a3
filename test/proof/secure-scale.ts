import type { RunSummary } from '../../src/report/summary-schema.ts';
import { type Claim, everyPhoneIsUp, judge, type ProvenStorm, stormOf } from './storm-proof.ts';

const PHONES = 2000;
const LIMIT_MS = 480_000;

/** Modelled times are compressed, handshakes are real; the generator is held to the limits that every run has. */
function scenario(mode: 'clear' | 'encrypted'): string {
  return `
name: proof-secure-scale-${mode}
seed: 2000
phones: { generate: { count: ${PHONES} }, models: { 7961G: 3, 7941G: 1 } }
timing: { compression: 20 }
ramp: [ { duration: 80s, phones: ${PHONES} } ]
hold: 150s
drain: { perSecond: 500 }
maxDuration: 7m
workers: { agents: 1, threads: 1 }
lab:
  callManagers: 2
  keepAliveSeconds: 30
  ${mode === 'encrypted' ? 'security: { mode: mixed, deviceSecurityMode: encrypted }' : ''}
  events:
    - { at: 5s, from: hold, do: reset, resetType: 2, perSecond: 1% }
thresholds: [ "ready == 100%"${mode === 'encrypted' ? ', "secured == 100%"' : ''}, "dropped == 0", "failed == 0" ]
`;
}

/** Two thousand phones in encrypted mode, each with its own certificate, beside the same storm in clear. */
export function proveSecureScale(): boolean {
  console.log('\nThe storm in clear, to compare with\n');
  const clear = stormOf(scenario('clear'), LIMIT_MS);
  console.log('\nThe same storm in encrypted mode\n');
  const secure = stormOf(scenario('encrypted'), LIMIT_MS);
  if (clear === null || secure === null) return false;
  return judge([
    ...named('in clear', everyPhoneIsUp(clear, PHONES)),
    ...named('encrypted', everyPhoneIsUp(secure, PHONES)),
    ...handshakeClaims(secure),
    ...costClaims(clear, secure),
  ]);
}

function named(name: string, claims: readonly Claim[]): Claim[] {
  return claims.map(([text, holds]) => [`${name}: ${text}`, holds]);
}

function handshakeClaims({ summary }: ProvenStorm): Claim[] {
  const { inService, handshakes, contextsBuilt, handshakeCpu } = summary.security;
  const { full, resumed } = handshakes;
  const time = ({ p50Seconds, p99Seconds }: typeof full): string =>
    `p50 ${p50Seconds} s, p99 ${p99Seconds} s`;
  return [
    [
      `phones in service over an encrypted connection: ${inService.encrypted}`,
      inService.encrypted === PHONES,
    ],
    [`TLS contexts built, one for each certificate: ${contextsBuilt}`, contextsBuilt >= PHONES],
    [`full handshakes: ${full.count} (${time(full)}), at least one for each phone`, full.count >= PHONES],
    [
      `resumed handshakes: ${resumed.count} (${time(resumed)}), at least one for each phone after the Reset`,
      resumed.count >= PHONES,
    ],
    ...summary.servers.filter(({ tls }) => tls.full + tls.resumed > 0).map(serverClaim),
    [cpuText(handshakeCpu), handshakeCpu !== null && handshakeCpu.share > 0],
  ];
}

/** What phones counted is what the servers are said to have done. */
function serverClaim({ address, tls }: RunSummary['servers'][number]): Claim {
  const suites = tls.suites.map(({ version, suite, count }) => `${version} ${suite} ${count}`).join(', ');
  const agreed = tls.suites.reduce((sum, { count }) => sum + count, 0);
  return [
    `CallManager ${address}: ${tls.full} full, ${tls.resumed} resumed; ${suites}`,
    agreed === tls.full + tls.resumed,
  ];
}

function cpuText(cpu: RunSummary['security']['handshakeCpu']): string {
  if (cpu === null) return 'CPU of handshakes: not measured';
  const { fullMilliseconds, resumedMilliseconds, seconds, share } = cpu;
  return `CPU of handshakes: ${seconds} s, ${(share * 100).toFixed(1)} % of the generator's (${fullMilliseconds} ms a full one, ${resumedMilliseconds} ms a resumed one)`;
}

function costClaims(clear: ProvenStorm, secure: ProvenStorm): Claim[] {
  const [inClear, withTls] = [clear, secure].map(({ summary }) => summary.generator);
  const bytes = (withTls?.grownBytesPerRegisteredPhone ?? 0) - (inClear?.grownBytesPerRegisteredPhone ?? 0);
  return [
    [
      `memory grew by ${inClear?.grownBytesPerRegisteredPhone} bytes per phone in clear, ${withTls?.grownBytesPerRegisteredPhone} with TLS: ${bytes} bytes for TLS`,
      bytes > 0,
    ],
    [`CPU of the generator: ${inClear?.cpuSeconds} s in clear, ${withTls?.cpuSeconds} s with TLS`, true],
    [
      `for the record: lateness p99 ${inClear?.latenessP99Seconds} s in clear, ${withTls?.latenessP99Seconds} s with TLS, in their worst ten seconds`,
      true,
    ],
  ];
}
