import * as z from 'zod';
import { LAB_ORIGINS } from './lab-events.ts';

/** The lab's services that can be made to misbehave. */
export const FAULT_SERVICES = ['dhcp', 'dns', 'tftp', 'http', 'sccp', 'tls', 'capf', 'tvs'] as const;
export type FaultService = (typeof FAULT_SERVICES)[number];

interface FaultFacts {
  readonly on: readonly FaultService[];
  readonly text: string;
}

const DATAGRAMS = ['dhcp', 'dns', 'tftp'] as const;
const STREAMS = ['http', 'sccp', 'tls', 'capf', 'tvs'] as const;
const FILES = ['tftp', 'http'] as const;

const CALL_MANAGERS: readonly FaultService[] = ['sccp', 'tls'];
/** TLS: certificate_unknown. */
const DEFAULT_ALERT = 46;

/** Every way in which the lab can misbehave. Each makes a server do what some real server or network has done. */
export const FAULT_KINDS = {
  drop: { on: DATAGRAMS, text: 'an answer is lost' },
  delay: {
    on: FAULT_SERVICES,
    text: 'an answer comes `delayMs` late; on tls: the first one, so that the handshake is slow',
  },
  duplicate: { on: DATAGRAMS, text: 'an answer comes twice' },
  corrupt: { on: DATAGRAMS, text: 'some bytes of an answer are changed' },
  malformed: { on: FAULT_SERVICES, text: 'an answer that cannot be decoded' },
  truncate: {
    on: [...DATAGRAMS, 'http', 'sccp'],
    text: 'an answer is cut short; on http and sccp the connection then closes',
  },
  silence: { on: FAULT_SERVICES, text: 'requests are taken and never answered; on tls: no handshake begins' },
  refuse: {
    on: ['sccp', 'tls', 'capf', 'tvs'],
    text: 'connections are refused; when not all of them are, reset as soon as they open. On sccp: on both ports',
  },
  close: { on: STREAMS, text: 'the connection is closed instead of an answer' },
  abort: { on: STREAMS, text: 'the connection is reset (RST) instead of an answer' },
  'length-lie': { on: ['sccp'], text: 'a frame whose length field is wrong' },
  reject: { on: ['sccp', 'capf'], text: 'RegisterReject; on capf: the session ends with reason 9' },
  reset: { on: ['sccp'], text: 'an unsolicited Reset after the registration' },
  'token-reject': { on: ['sccp'], text: 'RegisterTokenReject with `waitSeconds`' },
  busy: { on: ['http'], text: '503' },
  nak: { on: ['dhcp'], text: 'DHCPNAK in answer to a request' },
  'no-tftp': { on: ['dhcp'], text: 'a lease that names no TFTP server' },
  'not-found': { on: ['tftp', 'http', 'dns'], text: 'ERROR 1 or 404 to a file, NXDOMAIN to a name' },
  'access-denied': { on: ['tftp'], text: 'ERROR 2' },
  'wrong-tid': { on: ['tftp'], text: 'a block from another port than the transfer’s' },
  'not-xml': { on: FILES, text: 'a configuration that is not XML' },
  oversize: { on: FILES, text: 'a configuration of 50 MB' },
  'entity-bomb': { on: FILES, text: 'a configuration with a million entities' },
  'no-callmanager': { on: FILES, text: 'a configuration that names no CallManager' },
  'bad-signature': { on: FILES, text: 'a signature that is not over the file' },
  'wrong-signer': { on: FILES, text: 'a file that somebody else has signed' },
  'wrong-key': { on: FILES, text: 'an encrypted configuration for the key of another phone' },
  'hash-mismatch': { on: FILES, text: 'an encrypted configuration that is not what its hash says' },
  'tls-alert': {
    on: ['tls'],
    text: 'the alert `alert`: in answer to the certificate of the phone where it is about certificates (42 to 46, 48, 49), else to its first message',
  },
  'expired-certificate': { on: ['tls'], text: 'a server certificate that is no longer valid' },
  'foreign-certificate': { on: ['tls'], text: 'a server certificate that no trust list names' },
  invalid: { on: ['tvs'], text: 'certificates are said to be invalid' },
  'foreign-address': {
    on: ['dhcp', 'dns', 'tftp', 'http'],
    text: 'a lease, answer or configuration that names a server outside the addresses that may be reached',
  },
} as const satisfies Record<string, FaultFacts>;

export type FaultKind = keyof typeof FAULT_KINDS;
export const FAULT_KIND_NAMES = Object.keys(FAULT_KINDS) as readonly FaultKind[];

const faultShape = z.strictObject({
  on: z.enum(FAULT_SERVICES).describe('The service that misbehaves.'),
  kind: z.enum(FAULT_KIND_NAMES).describe('What it does: see the table of faults.'),
  node: z
    .union([z.int().min(1).max(3), z.literal('srst')], { error: 'expected 1, 2, 3 or "srst"' })
    .optional()
    .describe('For sccp and tls: only this CallManager; default: every one.'),
  probability: z.number().min(0).max(1).default(1).describe('Share of the requests that meet the fault.'),
  delayMs: z.number().nonnegative().default(1000).describe('For `delay`: how late, milliseconds.'),
  match: z
    .string()
    .optional()
    .describe(
      'Only where this occurs in the file name (tftp, http), host name (dns), device name (dhcp, sccp, capf, tvs) or address of the phone (tls).',
    ),
  waitSeconds: z
    .int()
    .nonnegative()
    .default(60)
    .describe('For `token-reject`: when the phone may ask again, seconds.'),
  alert: z
    .int()
    .min(0)
    .max(255)
    .default(DEFAULT_ALERT)
    .describe('For `tls-alert`: its number (RFC 5246, section 7.2); 46: certificate_unknown.'),
  from: z
    .enum(LAB_ORIGINS)
    .default('lab')
    .describe(
      'What the times below are counted from: the start of the lab, of the run (its first power), or of the hold.',
    ),
  fromSeconds: z.number().nonnegative().default(0).describe('Begins so long after `from`.'),
  toSeconds: z.number().positive().optional().describe('Ends so long after `from`; else never.'),
});

/** One fault of the embedded lab. */
export type LabFault = z.output<typeof faultShape>;

export const faultField = faultShape.superRefine((fault, context) => {
  const services: readonly FaultService[] = FAULT_KINDS[fault.kind].on;
  if (!services.includes(fault.on)) {
    const message = `"${fault.kind}" is no fault of ${fault.on}: expected one of ${faultsOf(fault.on).join(', ')}`;
    context.addIssue({ code: 'custom', message, path: ['kind'] });
  }
  if (fault.node !== undefined && !CALL_MANAGERS.includes(fault.on)) {
    context.addIssue({
      code: 'custom',
      message: `only for ${CALL_MANAGERS.join(' and ')}: ${fault.on} has one server`,
      path: ['node'],
    });
  }
  if (fault.toSeconds !== undefined && fault.toSeconds <= fault.fromSeconds) {
    context.addIssue({ code: 'custom', message: 'ends before it begins', path: ['toSeconds'] });
  }
});

/** The faults that a service knows. */
export function faultsOf(service: FaultService): readonly FaultKind[] {
  return FAULT_KIND_NAMES.filter((kind) =>
    (FAULT_KINDS[kind].on as readonly FaultService[]).includes(service),
  );
}

/** The table of faults for the README. */
export function labFaultsMarkdown(): string {
  const rows = FAULT_KIND_NAMES.map(
    (kind) => `| \`${kind}\` | ${FAULT_KINDS[kind].on.join(', ')} | ${FAULT_KINDS[kind].text} |`,
  );
  return ['| Fault | On | What happens |', '|---|---|---|', ...rows, ''].join('\n');
}
