import { longestSeconds } from '../random/distribution.ts';
import type { Budget } from './budget.ts';
import { describeDistribution } from './distribution-field.ts';
import { expectedLevels, expectedSecured } from './expected-security.ts';
import type { RunPlan } from './plan.ts';
import { leastDurationSeconds } from './plan-times.ts';

/** What is known of the folder of certificates that a plan names. */
export interface CertificateFacts {
  readonly folder: string;
  /** Phones of the plan that have one. */
  readonly phones: number;
  /** The authorities behind them: subject, and when each ends. */
  readonly authorities: readonly { readonly name: string; readonly end: Date }[];
  /** When the first certificate or authority ends; null: there is none. */
  readonly firstEnd: Date | null;
}

/** Of a TLS connection with a context of its own, and of that context: measured with Node 20. */
const CONNECTION_BYTES = 85_000;
const CONTEXT_BYTES = 30_000;
/** CPU of the client's side of a full handshake, seconds: measured with Node 20, RSA 2048, TLS 1.2. */
const FULL_HANDSHAKE_SECONDS = 0.0015;
/** Handshakes that take more of a core than this leave too little for the rest of the boot. */
const COMFORTABLE_CORE_SHARE = 0.5;

/** The lines of `bootstorm plan` about security, as label and text; none where nothing is secured. */
export function securityLines(
  plan: RunPlan,
  budget: Budget,
  certificates: CertificateFacts | null,
): readonly (readonly [label: string, text: string])[] {
  const secured = expectedSecured(plan);
  if (secured === 0 && certificates === null) return [];
  const { security } = plan.boot;
  const capf = security.capf.enrol
    ? `phones enrol where their configuration asks for it${security.capf.allowCertificateChange ? '' : '; no certificate may be changed (allowCertificateChange)'}`
    : 'not contacted';
  return [
    ['phones', phonesText(plan)],
    ['certificates', certificatesText(plan, certificates)],
    [
      'TLS',
      `profile ${security.tlsProfile === 'model' ? 'of the model' : security.tlsProfile}; sessions ${security.resumption === 'never' ? 'are never resumed' : 'are resumed until power is lost'}; contexts built ${security.contexts.build === 'first-use' ? 'at first use' : 'before the start'}, ${security.contexts.most.toLocaleString('en')} kept by a worker`,
    ],
    ...(longestSeconds(security.handshakeTime) > 0
      ? [
          [
            '',
            `and ${describeDistribution(security.handshakeTime)} of the phone’s own processor, modelled`,
          ] as const,
        ]
      : []),
    ['CAPF', capf],
    ['sockets', 'as many as in clear; those to TVS and CAPF are closed before CallManager is called'],
    ...(secured === 0 ? [] : [['memory', memoryText(secured, budget, plan)] as const]),
  ];
}

/** What a user should know before the run of certificates and handshakes. */
export function securityPlanWarnings(
  plan: RunPlan,
  cpus: number,
  certificates: CertificateFacts | null,
  now: Date,
): readonly string[] {
  const warnings: string[] = [];
  const end = certificates?.firstEnd ?? null;
  const over = now.getTime() + (leastDurationSeconds(plan) + plan.maxDurationSeconds) * 1000;
  if (end !== null && end.getTime() < over) {
    warnings.push(
      `certificates in ${certificates?.folder} end on ${end.toUTCString()}, before the run is over`,
    );
  }
  const missing = certificates === null ? 0 : expectedSecured(plan) - certificates.phones;
  if (missing > 0)
    warnings.push(`${missing.toLocaleString('en')} phones are to be secured and have no certificate`);
  const perSecond = handshakesPerSecond(plan);
  const carried = Math.floor((cpus * COMFORTABLE_CORE_SHARE) / FULL_HANDSHAKE_SECONDS);
  if (perSecond > carried) {
    warnings.push(
      `up to ${Math.round(perSecond).toLocaleString('en')} full TLS handshakes a second: ${cpus} processors carry about ${carried.toLocaleString('en')} beside the rest of the boot; watch the lateness`,
    );
  }
  return warnings;
}

function phonesText(plan: RunPlan): string {
  const { none, authenticated, encrypted, unsaid } = expectedLevels(plan);
  const counts = (
    [
      [encrypted, 'encrypted'],
      [authenticated, 'authenticated'],
      [none, 'in clear'],
      [unsaid, 'not said'],
    ] as const
  ).filter(([count]) => count > 0);
  const text = counts.map(([count, what]) => `${count.toLocaleString('en')} ${what}`).join(', ');
  return plan.target.type === 'lab'
    ? `${text}, as the embedded lab has them`
    : `${text}: what the inventory says of the cluster. Their configuration files decide`;
}

function certificatesText(plan: RunPlan, facts: CertificateFacts | null): string {
  if (facts === null) {
    return plan.target.type === 'lab'
      ? 'made for the run, removed at its end'
      : 'none: phones that are asked for one cannot be secured';
  }
  const authorities = facts.authorities.map(({ name, end }) => `${name}, until ${end.toUTCString()}`);
  const from = authorities.length === 0 ? '' : `; authority ${authorities.join('; ')}`;
  return `${facts.folder}: ${facts.phones.toLocaleString('en')} of ${plan.phoneCount.toLocaleString('en')} phones${from}`;
}

function memoryText(secured: number, budget: Budget, { boot }: RunPlan): string {
  const connections = boot.sccp.standby ? Math.min(2, budget.descriptorsPerPhone) : 1;
  const contexts = Math.min(secured, boot.security.contexts.most * budget.workers);
  const bytes = secured * connections * CONNECTION_BYTES + contexts * CONTEXT_BYTES;
  return `about ${Math.ceil(bytes / 1e6).toLocaleString('en')} MB for TLS: ${CONNECTION_BYTES / 1000} KB for each of ${connections} connections of a phone, ${CONTEXT_BYTES / 1000} KB for each context`;
}

/** Of the fastest wave: phones come as their power does, spread by what is modelled before the first packet. */
function handshakesPerSecond(plan: RunPlan): number {
  const share = expectedSecured(plan) / plan.phoneCount;
  const { power, vlan, compression } = plan.boot.timing;
  const spread = (longestSeconds(power) + longestSeconds(vlan)) / compression;
  const rates = plan.waves.map(
    ({ phones, startSeconds, lastSeconds }) => phones / Math.max(1, lastSeconds - startSeconds + spread),
  );
  return Math.max(0, ...rates) * share;
}
