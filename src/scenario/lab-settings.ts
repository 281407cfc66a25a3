import * as z from 'zod';
import { parseMac } from '../phone/identity.ts';
import { addressPoolField } from './address-pool-field.ts';
import { loadsByModel } from './firmware-schema.ts';
import { addressField } from './host-port.ts';
import { eventField } from './lab-events.ts';
import { faultField } from './lab-faults.ts';
import { labLimitsField, tokensField } from './lab-limits.ts';
import { labSecurityField } from './lab-security.ts';

/** Which phones the lab's database holds. */
export type KnownPhones =
  | { readonly type: 'all' }
  | { readonly type: 'first'; readonly count: number }
  /** Spread evenly over the plan. */
  | { readonly type: 'share'; readonly share: number }
  /** MACs, twelve upper-case hex digits. */
  | { readonly type: 'list'; readonly macs: readonly string[] };

const KNOWN_EXPECTED = 'expected "all", "none", a share such as "95%", a count, or a list of MAC addresses';

const knownPhonesField = z
  .union(
    [
      z.enum(['all', 'none'], { error: KNOWN_EXPECTED }),
      z.string().regex(/^\d{1,3}(?:\.\d+)?%$/, KNOWN_EXPECTED),
      z.int({ error: KNOWN_EXPECTED }).nonnegative({ error: KNOWN_EXPECTED }),
      z.array(z.string()),
    ],
    { error: KNOWN_EXPECTED },
  )
  .transform((value, context): KnownPhones => {
    if (value === 'all') return { type: 'all' };
    if (value === 'none') return { type: 'first', count: 0 };
    if (typeof value === 'number') return { type: 'first', count: value };
    if (typeof value === 'string')
      return { type: 'share', share: Math.min(1, Number.parseFloat(value) / 100) };
    const macs = value.map((text, i) => {
      const mac = parseMac(text);
      if (mac === null)
        context.issues.push({ code: 'custom', message: `no MAC: ${text}`, input: text, path: [i] });
      return mac ?? '';
    });
    return { type: 'list', macs };
  })
  .meta({ title: '`all`, `none`, share, count or list' });

const anyPort = z.int().min(0).max(65535).default(0);
const milliseconds = z.number().nonnegative();

const serviceTimes = z
  .strictObject({
    dhcpMs: milliseconds.default(0).describe('From DISCOVER or REQUEST to the answer.'),
    dnsMs: milliseconds.default(0).describe('From query to answer.'),
    tftpMs: milliseconds
      .default(0)
      .describe(
        'From read request to the first block, over HTTP to the answer: the time to build a configuration file.',
      ),
    tftpBlockMs: milliseconds.default(0).describe('From each acknowledgement to the next block.'),
    registerMs: milliseconds.default(0).describe('From Register to RegisterAck.'),
    answerMs: milliseconds.default(0).describe('From any other SCCP request to its answer.'),
  })
  .prefault({})
  .describe('How long the lab takes for each answer, milliseconds: a model of a busy server, not of CUCM.');

const ports = z
  .strictObject({
    dhcp: anyPort.describe('UDP; 67 on a real network.'),
    dhcpReply: anyPort.describe('UDP, of the relay: where answers are sent; 67 on a real network.'),
    dns: anyPort.describe('UDP; 53 on a real network.'),
    tftp: anyPort.describe('UDP; 69 on a real network.'),
    http: anyPort.describe('TCP, of the file server; 6970 on a real network.'),
    sccp: anyPort.describe(
      'TCP, of the first CallManager; 2000 on a real network. Others follow, the SRST router last.',
    ),
    securedSccp: anyPort.describe(
      'TCP, TLS of the first CallManager; 2443 on a real network. Others follow.',
    ),
    capf: anyPort.describe('TCP; 3804 on a real network.'),
    tvs: anyPort.describe('TCP; 2445 on a real network.'),
  })
  .prefault({})
  .describe('Ports of the lab; 0: any free one.');

const SECOND_REGISTRATIONS = ['takeOver', 'accept', 'reject', 'rejectWithoutText', 'silence'] as const;
const UNREGISTER_ANSWERS = ['ack', 'reset', 'close', 'nak'] as const;

/** The embedded lab: a CallManager cluster with its DHCP, DNS and TFTP servers. It is not CUCM. */
export const labSettingsSchema = z.strictObject({
  address: addressField.default('127.0.0.1').describe('Loopback address of all services of the lab.'),
  callManagers: z
    .int()
    .min(1)
    .max(3)
    .default(2)
    .describe('CallManagers in the group; phones take the first.'),
  srst: z
    .boolean()
    .default(false)
    .describe(
      'Add an SRST router, which the configuration files name: it registers any phone, in version 17 (General knowledge, no source).',
    ),
  connectionMonitorSeconds: z
    .int()
    .min(-1)
    .default(120)
    .describe(
      'How long a CallManager must be back before phones return to it, as configuration files say it; -1: the phone’s own (CUCM: 120).',
    ),
  autoRegistration: z.boolean().default(false).describe('Register phones that the database does not hold.'),
  knownPhones: knownPhonesField
    .prefault('all')
    .describe('Phones in the database; the others find no configuration file of their own.'),
  protocolVersion: z
    .literal([17, 22])
    .default(22)
    .describe('Highest SCCP version of the CallManagers; the lower of theirs and the phone’s is used.'),
  keepAliveSeconds: z.int().min(1).default(30).describe('Interval in RegisterAck (CUCM: 30).'),
  secondaryKeepAliveSeconds: z
    .int()
    .min(1)
    .default(60)
    .describe('Interval on a standby connection, in RegisterAck (CUCM: 60).'),
  keepAliveSpread: z
    .number()
    .min(0)
    .max(0.9)
    .default(0)
    .describe(
      'Intervals in RegisterAck are shorter by up to this share, each phone’s its own (chan-sccp: 0.25): phones that do not read theirs are found out.',
    ),
  silentIntervals: z
    .number()
    .min(1)
    .max(100)
    .default(3)
    .describe(
      'A phone that is silent for so many intervals is dropped (Asterisk: 3, wazo: 2, chan-sccp: 1.2, FreeSWITCH: 1.1). Until then its registration stays.',
    ),
  secondRegistration: z
    .enum(SECOND_REGISTRATIONS)
    .default('takeOver')
    .describe(
      'A device registers on a second connection. `takeOver`: the first is closed; `accept`: it is left open; `reject`: “Crossover session”, both are closed (chan-sccp); `rejectWithoutText`: the second is rejected; `silence`: it gets no answer. All were seen on real servers.',
    ),
  unregisterAnswer: z
    .enum(UNREGISTER_ANSWERS)
    .default('ack')
    .describe(
      'To Unregister: UnregisterAck, a Reset, or a plain close (all seen on real servers); `nak`: UnregisterAck 2, as to a phone with a call (the phone stays registered).',
    ),
  names: z
    .enum(['dns', 'address'])
    .default('dns')
    .describe('Whether configuration files name CallManagers by DNS name or by address.'),
  configBytes: z
    .int()
    .min(0)
    .max(2_000_000)
    .default(8000)
    .describe('Configuration files are filled up to this size; real ones have 7 to 13 KB.'),
  tftpRepeatSeconds: z
    .number()
    .positive()
    .default(2)
    .describe(
      'From a TFTP block that nobody acknowledges to its repetition (tftpd-hpa begins with one second).',
    ),
  loads: loadsByModel
    .optional()
    .describe(
      'Firmware that configuration files name, by model, and that the TFTP server has; default: none, with firmware.download each model’s own.',
    ),
  leasePool: addressPoolField.prefault('127.16.0.0/12').describe('Addresses that the DHCP server leases.'),
  leaseSeconds: z.int().min(10).default(86_400).describe('Length of a lease.'),
  security: labSecurityField,
  serviceTimes,
  limits: labLimitsField,
  tokens: tokensField,
  ports,
  faults: z.array(faultField).default([]).describe('Ways in which the lab misbehaves, on demand.'),
  events: z.array(eventField).default([]).describe('What is done to the lab during a run, each at its time.'),
});

/** Settings of the embedded lab, complete: every default is filled in. */
export type LabSettings = z.output<typeof labSettingsSchema>;
