import * as z from 'zod';
import { FILE_TRANSPORTS } from '../phone/boot-settings.ts';
import { PHONE_MODEL_NAMES } from '../phone/models.ts';
import { addressField, addressPortField, hostPortField, portField } from './host-port.ts';
import { KEEP_ALIVE_LOSS_NAMES } from '../protocols/sccp/keep-alive.ts';
import { distributionField } from './distribution-field.ts';
import { addressPoolField } from './address-pool-field.ts';
import { durationField } from './duration.ts';
import { targetSecuritySchema } from './security-schema.ts';

const attempts = z.int().min(1).max(100);

const dhcp = z
  .strictObject({
    server: addressPortField.optional().describe('The DHCP server. Not with the lab.'),
    port: portField.default(67).describe('Port of the server where it is written without one.'),
    relayAddresses: addressPoolField
      .optional()
      .describe('Addresses of this machine used as giaddr, at least one per worker; the lab has a default.'),
    replyPort: portField
      .default(67)
      .describe(
        'Port on the relay addresses where answers arrive; servers send to 67 unless told otherwise.',
      ),
    initReboot: z
      .boolean()
      .default(true)
      .describe(
        'With warm flash, ask for the remembered lease first (RFC 2131, 3.2). That all phones do it is inference.',
      ),
    backoffSeconds: z
      .array(z.number().positive())
      .min(1)
      .default([4, 8, 16, 32, 64])
      .describe('Waits before each retransmission (RFC 2131, 4.1).'),
    jitterSeconds: z
      .number()
      .nonnegative()
      .default(1)
      .describe('Each wait is spread by plus or minus this (RFC 2131, 4.1).'),
    release: z.boolean().default(true).describe('Give the lease back at the end of the run.'),
  })
  .meta({ title: 'section' });

const dns = z
  .strictObject({
    servers: z.array(addressPortField).min(1).optional().describe('DNS servers; default: DHCP option 6.'),
    port: portField.default(53).describe('Port of servers that DHCP names, or that are written without one.'),
    hosts: z
      .record(z.string(), addressField)
      .default({})
      .describe('Names answered without asking anybody: `cucm1.example: 127.0.0.1`.'),
    timeoutSeconds: durationField.prefault('2s').describe('Wait for an answer. Inference.'),
    attempts: attempts.default(2).describe('Queries to each server. Inference.'),
  })
  .prefault({})
  .describe('Step 8: the names of CallManagers.');

const tftp = z
  .strictObject({
    servers: z
      .array(addressPortField)
      .min(1)
      .max(2)
      .optional()
      .describe('TFTP servers set on the phone, at most two; default: those in the lease.'),
    port: portField.default(69).describe('Port of servers that DHCP names, or that are written without one.'),
    timeoutSeconds: durationField
      .prefault('4s')
      .describe('Wait for the answer to a request or an acknowledgement. General knowledge, no source.'),
    requestAttempts: attempts
      .default(3)
      .describe('Read requests to one server before the next; 3 was seen on a 7961G.'),
    blockAttempts: attempts
      .default(5)
      .describe('Times that an acknowledgement is sent before the transfer fails. Inference.'),
    maxConfigBytes: z
      .int()
      .positive()
      .default(2_097_152)
      .describe('A larger configuration file is refused; consoles of 78xx phones show 2048 KB.'),
  })
  .prefault({})
  .describe('Steps 5 to 7: trust lists and configuration.');

const files = z
  .strictObject({
    transport: z
      .enum(FILE_TRANSPORTS)
      .default('tftp')
      .describe(
        'How phones ask for files. `http-then-tftp`: each file over HTTP first, over TFTP after any failure, as an 8861 does. Default for all models that there are: `tftp`, which captures of a 7962G show, although the guide of the 7965G family names HTTP first.',
      ),
    httpPort: portField
      .default(6970)
      .describe('Port of the HTTP file server, at the address of the TFTP server.'),
    connectTimeoutSeconds: durationField
      .prefault('5s')
      .describe('HTTP: no answer to the SYN. General knowledge, no source.'),
    answerTimeoutSeconds: durationField
      .prefault('5s')
      .describe('HTTP: longest silence of a server that is connected. Inference.'),
    exchangeTimeoutSeconds: durationField
      .prefault('10m')
      .describe('HTTP: longest time for one file. Inference.'),
    fallbackSeconds: durationField
      .prefault('0.63s')
      .describe(
        'From a failure over HTTP to the request over TFTP; 0.63 s was seen on an 8861, after a 503.',
      ),
    localeJars: z
      .partialRecord(z.enum(PHONE_MODEL_NAMES), z.string().regex(/^[^/\0]+$/, 'expected a file name'))
      .default({})
      .describe(
        'Dictionary of the user locale by model, such as `7970G: td-sccp.jar`; default: the model’s own. Inference for 7945G, 7965G, 7970G, 7971G-GE and 7975G: only the names tc-sccp.jar and td-sccp.jar are known.',
      ),
  })
  .prefault({})
  .describe('Steps 6 and 7: how files come.');

const sccp = z
  .strictObject({
    advertise: z
      .enum(['lease', 'socket'])
      .default('lease')
      .describe('Address in the Register message: the leased one, or the one the connection has.'),
    connectTimeoutSeconds: durationField.prefault('10s').describe('No answer to the SYN. Inference.'),
    registerTimeoutSeconds: durationField
      .prefault('20s')
      .describe('No RegisterAck: next CallManager. Inference.'),
    answerTimeoutSeconds: durationField
      .prefault('20s')
      .describe('No answer to a request that sets up the lines. Inference.'),
    unregisterTimeoutSeconds: durationField
      .prefault('2s')
      .describe('No UnregisterAck: close anyway. Inference.'),
    keepAliveLoss: z
      .enum(['model', ...KEEP_ALIVE_LOSS_NAMES])
      .default('model')
      .describe(
        'How phones take a CallManager that does not answer keepalives: as their model does, or as a class of phones. Inference: all models are taken as 79x1.',
      ),
    standby: z
      .boolean()
      .default(true)
      .describe('Keep connections to other members of the group, for failover and fallback.'),
    connectionMonitorSeconds: durationField
      .optional()
      .describe(
        'Keepalives acknowledged without a gap before a phone asks to fall back; default: as the configuration says, else 120 s.',
      ),
    tokenTimeoutSeconds: durationField
      .prefault('20s')
      .describe('No answer to RegisterTokenReq: as a rejection. Inference.'),
    tokenRetrySeconds: durationField
      .prefault('60s')
      .describe('Wait after that, and after a rejection that names no time. Inference.'),
    standbyRetry: distributionField
      .prefault('20s..40s')
      .describe('Wait before a standby connection that failed is tried again. Inference.'),
  })
  .prefault({})
  .describe('Step 8: the registration, its timers, and the connections beside it.');

/** Who the phones talk to. */
export const targetSchema = z
  .strictObject({
    lab: z
      .boolean()
      .optional()
      .describe('Start the embedded lab and use it; default: when no server is named here.'),
    dhcp: z
      .union([z.literal('static'), dhcp], { error: 'expected "static" or a section' })
      .optional()
      .describe(
        '`static`: no DHCP, the phone’s source address is its own. Default: DHCP with the lab, else static.',
      ),
    dns,
    tftp,
    files,
    callManagers: z
      .array(hostPortField)
      .min(1)
      .max(5)
      .optional()
      .describe(
        'CallManagers instead of those in the configuration file, highest priority first; port 2000.',
      ),
    sccp,
    security: targetSecuritySchema,
  })
  .prefault({})
  .describe('Who the phones talk to. For now only loopback addresses are allowed.');

export const dhcpDefaults = dhcp.parse({});
