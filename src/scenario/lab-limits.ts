import * as z from 'zod';

/** What a server at its limit does with one more; see `limits`. */
export const TFTP_OVERLOADS = ['drop', 'queue', 'error'] as const;
export const REGISTRATION_OVERLOADS = ['reject', 'close', 'silence'] as const;

const perSecond = z.number().positive().optional();

export const labLimitsField = z
  .strictObject({
    dhcpPerSecond: perSecond.describe('Answers a second; more are dropped.'),
    tftpConcurrency: z
      .int()
      .positive()
      .default(500)
      .describe('Transfers at one time (CUCM: Maximum Serving Count, default 500).'),
    tftpPerSecond: perSecond.describe(
      'Read requests a second that are taken. No figure for CUCM is published.',
    ),
    tftpOverload: z
      .enum(TFTP_OVERLOADS)
      .default('drop')
      .describe(
        'Requests beyond either: dropped, so that phones ask again; queued up to `tftpQueue`, more are dropped; or ERROR 0 “server busy”. CUCM drops or queues them (Inference).',
      ),
    tftpQueue: z
      .int()
      .positive()
      .default(1000)
      .describe('Requests that wait with `tftpOverload: queue`. Inference.'),
    httpConcurrency: z
      .int()
      .positive()
      .default(2500)
      .describe('Files sent over HTTP at one time; requests beyond it get 503 (CUCM logs a limit of 2500).'),
    registrationsPerSecond: perSecond.describe(
      'RegisterAck a second for each CallManager; others wait. No figure for CUCM is published.',
    ),
    registrationQueue: z
      .int()
      .nonnegative()
      .optional()
      .describe('Registrations that wait for their turn; default: any number. General knowledge, no source.'),
    registrationOverload: z
      .enum(REGISTRATION_OVERLOADS)
      .default('close')
      .describe(
        'Registrations beyond the queue: RegisterReject, the connection closed (as CUCM closes a throttled device), or no answer. General knowledge, no source.',
      ),
    registeredPhones: z
      .int()
      .positive()
      .optional()
      .describe('Phones on one CallManager; more are rejected (CUCM: Maximum Number of Registered Devices).'),
    backlog: z.int().positive().default(511).describe('Listen backlog of each CallManager.'),
  })
  .prefault({})
  .describe('What the lab refuses to exceed. Left out: no limit.');

export const tokensField = z
  .strictObject({
    depth: z
      .int()
      .nonnegative()
      .default(10)
      .describe(
        'Phones that wait for their token at one time (CUCM: Maximum Phone Fallback Queue Depth; 10 is general knowledge, no source).',
      ),
    serviceMs: z
      .number()
      .nonnegative()
      .default(10)
      .describe('From one token to the next. No figure for CUCM is published.'),
    waitSeconds: z
      .int()
      .min(1)
      .default(60)
      .describe('What phones beyond the depth are told to wait (chan-sccp and sccp-rs: 60).'),
  })
  .prefault({})
  .describe('RegisterTokenReq: phones that want to come back to a CallManager, served one after the other.');
