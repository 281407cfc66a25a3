/**
 * `npm run proof -- NAME`: a claim of the README at its full size, shown rather than believed. A proof prints what it
 * found and exits with 1 when the claim does not hold.
 */
import { proveAgreement } from './agreement.ts';
import { proveCluster } from './cluster.ts';
import { proveScale } from './scale.ts';
import { proveSecureScale } from './secure-scale.ts';
import { proveSubscriberFailure } from './subscriber-failure.ts';

const PROOFS: Readonly<
  Record<string, { readonly text: string; readonly prove: () => boolean | Promise<boolean> }>
> = {
  scale: {
    text: '10,000 phones on one machine together with the lab: all in service, ledger closed, memory per phone',
    prove: proveScale,
  },
  'secure-scale': {
    text: '2,000 phones in encrypted mode with certificates of their own, reset once, beside the same storm in clear: handshakes full and resumed, their CPU, memory per TLS phone',
    prove: proveSecureScale,
  },
  cluster: {
    text: '3,000 phones on three agents that a Redis connects: one agent is killed and its phones begin anew, Redis is frozen for 30 s; skew of the first start, commands to Redis',
    prove: proveCluster,
  },
  agreement: {
    text: '2,000 phones, captured and scraped: terminal, page, reports, summary, Prometheus and tshark have the same counts; Register to RegisterAck beside the wire',
    prove: proveAgreement,
  },
  'subscriber-failure': {
    text: 'the CallManager of 5,000 phones is killed and comes back after 30 s: every phone fails over and falls back',
    prove: proveSubscriberFailure,
  },
};

const [name = ''] = process.argv.slice(2);
const proof = PROOFS[name];
if (proof === undefined) {
  console.log('usage: npm run proof -- NAME');
  for (const [known, { text }] of Object.entries(PROOFS)) console.log(`  ${known.padEnd(18)} ${text}`);
  process.exitCode = name === '' ? 0 : 1;
} else {
  const holds = await proof.prove();
  console.log(holds ? `\nproof ${name}: holds` : `\nproof ${name}: DOES NOT HOLD`);
  process.exitCode = holds ? 0 : 1;
}
