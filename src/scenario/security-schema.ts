import * as z from 'zod';
import { TLS_PROFILES, type TlsProfileName } from '../phone/tls-profiles.ts';
import { distributionField } from './distribution-field.ts';
import { durationField } from './duration.ts';
import { portField } from './host-port.ts';

const PROFILE_NAMES = Object.keys(TLS_PROFILES) as TlsProfileName[];
const attempts = z.int().min(1).max(100);

const contexts = z
  .strictObject({
    build: z
      .enum(['before-start', 'first-use'])
      .default('first-use')
      .describe(
        'When the TLS context of a certificate is built: `before-start` takes time then, and none of the storm.',
      ),
    most: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(10_000)
      .describe('TLS contexts that a worker keeps, about 30 KB each; the one unused longest makes room.'),
  })
  .prefault({});

/** What phones bring along: `phones.security`. Whether they use it, their configuration files decide. */
export const phoneSecuritySchema = z
  .strictObject({
    certificates: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Folder with the certificates and keys of the phones (`bootstorm pki`); relative to this file. Default: none; with a lab in mixed mode they are made for the run.',
      ),
    tlsProfile: z
      .enum(['model', ...PROFILE_NAMES])
      .default('model')
      .describe(
        'TLS version and cipher suites that phones offer: as their model does, or as a family of phones. Suites of 78xx, and NULL-SHA for authenticated mode: general knowledge, no source.',
      ),
    trustListAttempts: z
      .union([z.enum(['model', 'forever']), attempts], {
        error: 'expected "model", "forever", or a whole number from 1 to 100',
      })
      .default('model')
      .describe(
        'Boots of a phone whose configuration asks for security, and which has no usable trust list, before it goes on without TLS; `model`: for ever for 79x1 (guide of the 7961G), else four.',
      ),
    trustListRetry: distributionField.prefault('60s').describe('Pause between them. Inference.'),
    tftpRecords: z
      .enum(['role', 'address'])
      .default('role')
      .describe(
        'Which records of the trust lists make phones ask for signed files: any with the role of a TFTP server, or only one with the address or name of the server that is asked. Inference.',
      ),
    needsLsc: z
      .boolean()
      .default(false)
      .describe(
        'No TLS without a certificate from CAPF (LSC), as a guide of the 7961G for release 4.2 has it; later ones do not.',
      ),
    encryptedFirst: z
      .boolean()
      .default(true)
      .describe(
        'A phone that was in encrypted mode asks for its encrypted configuration first (guide of the 6901 and 6911), else for the short file.',
      ),
    handshakeTime: distributionField
      .prefault('0s')
      .describe(
        'Time of the phone’s own processor for a handshake: modelled, on top of what is measured. Old phones take 3s..6s (comment in Cisco’s sipcc).',
      ),
    resumption: z
      .enum(['never', 'after-restart'])
      .default('after-restart')
      .describe(
        'TLS sessions: `after-restart` offers the last one until power is lost, so that a cold boot is always a full handshake. Inference.',
      ),
    contexts: contexts.describe('TLS contexts of the load generator.'),
    enrol: z
      .boolean()
      .default(true)
      .describe('Phones contact CAPF when their configuration asks for it; otherwise never.'),
    passwordFile: z
      .string()
      .min(1)
      .optional()
      .describe(
        'File with the authentication string for CAPF, one for all phones; relative to this file. The string itself is never written in a scenario.',
      ),
    keyTime: distributionField
      .prefault('0s')
      .describe(
        'Making a new key on the phone: modelled. Real ones take 30s..2m. General knowledge, no source.',
      ),
  })
  .prefault({})
  .describe('Secure phones: what they bring along. Their configuration files decide who uses it.');

/** The security services of the cluster: `target.security`. */
export const targetSecuritySchema = z
  .strictObject({
    allowCertificateChange: z
      .boolean()
      .default(false)
      .describe(
        'Let CAPF install, replace or delete the certificates of phones: it takes them from the real phones of these names. Always allowed with the lab.',
      ),
    handshakeTimeoutSeconds: durationField
      .prefault('20s')
      .describe('No end of the TLS handshake: next CallManager. Inference.'),
    tvs: z
      .strictObject({
        port: portField
          .default(2445)
          .describe('Port of TVS, at the addresses that configuration and trust list name.'),
        timeoutSeconds: durationField.prefault('5s').describe('No answer of TVS. Inference.'),
      })
      .prefault({}),
    capf: z
      .strictObject({
        timeoutSeconds: durationField.prefault('10s').describe('Longest silence of CAPF. Inference.'),
        attempts: attempts
          .default(3)
          .describe('Sessions before a phone goes on with what it has; 3 (Cisco Security Guide).'),
        retryPause: distributionField
          .prefault('30s')
          .describe('Pause between them; 30 s (Cisco Security Guide).'),
      })
      .prefault({}),
  })
  .prefault({})
  .describe('Steps 6 to 8: TLS, certificates (CAPF) and trust (TVS).');
