import * as z from 'zod';
import { SECURITY_LEVELS } from '../phone/boot-event.ts';
import { TLS_VERSIONS } from '../protocols/tls.ts';
import { durationField } from './duration.ts';

const CAPF_OPERATIONS = ['none', 'install', 'delete', 'fetch'] as const;
const CAPF_AUTH_MODES = ['password', 'null-string', 'existing-certificate', 'mic'] as const;

/** TLS 1.3 came to CUCM with 15SU2, and for SIP only. */
const MIN_TLS_VERSIONS = TLS_VERSIONS.filter((version) => version !== 'TLSv1.3');

/** What CallManager takes on its secured SCCP port; OpenSSL's names. */
const SCCP_SUITES = [
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'AES256-SHA',
  'AES128-SHA',
  'NULL-SHA',
] as const;

const capf = z
  .strictObject({
    operation: z
      .enum(CAPF_OPERATIONS)
      .default('none')
      .describe('What CAPF is to do to every phone, once: CUCM’s Certificate Operation.'),
    authMode: z
      .enum(CAPF_AUTH_MODES)
      .default('null-string')
      .describe('How phones prove themselves to CAPF, as configuration files say it.'),
    passwordFile: z
      .string()
      .min(1)
      .optional()
      .describe('File with the authentication string, for `authMode: password`; relative to this file.'),
  })
  .prefault({})
  .describe('Enrolment of certificates.');

export const labSecurityField = z
  .strictObject({
    mode: z
      .enum(['non-secure', 'mixed'])
      .default('non-secure')
      .describe('Cluster security mode. `mixed`: there is a CTL file, and CallManagers listen for TLS.'),
    release: z
      .number()
      .min(8)
      .max(15)
      .default(11.5)
      .describe(
        'Release of CUCM: before 12 auto-registration goes off with mixed mode (6901/6911 Administration Guide), since then it may stay on (System Configuration Guide 12.5).',
      ),
    signedFiles: z
      .boolean()
      .optional()
      .describe(
        'An ITL file, and signed files for the phones that have read it: Security By Default, as every cluster has since 8.0 (Cisco document 116232). Default: with `mode: mixed` only.',
      ),
    deviceSecurityMode: z
      .enum(SECURITY_LEVELS)
      .default('none')
      .describe('Of phones for which the inventory says nothing; has an effect with `mode: mixed` only.'),
    encryptedConfig: z
      .boolean()
      .default(false)
      .describe(
        'TFTP Encrypted Config: phones with a certificate find a short file and an encrypted one. Needs signed files.',
      ),
    capf,
    certificates: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Folder of the phones’ certificates, see `bootstorm pki`: their issuers are in CallManager-trust, and encrypted files are for them. Default: that of the phones. Relative to this file.',
      ),
    minTlsVersion: z
      .enum(MIN_TLS_VERSIONS)
      .default('TLSv1')
      .describe('Lowest version that CallManagers take (CUCM: `set tls min-version`).'),
    suites: z
      .array(z.enum(SCCP_SUITES))
      .min(1)
      .default([...SCCP_SUITES])
      .describe(
        'Cipher suites that CallManagers take, in their order of preference. General knowledge, no source.',
      ),
    resumption: durationField
      .prefault('3600s')
      .describe('How long a TLS session may be resumed (CUCM: TLS Resumption Timer, 3600 s); 0: never.'),
    signatureDigest: z
      .enum(['sha1', 'sha256', 'sha512'])
      .default('sha1')
      .describe(
        'Of signed files. SHA-1 is proven by a file in production use; SHA-512 is a parameter since 12.5 (General knowledge, no source).',
      ),
  })
  .prefault({})
  .describe('Certificates, trust lists and TLS of the lab.');

/** Security of the lab, complete: every default but those that depend on other keys is filled in. */
export type LabSecurity = z.output<typeof labSecurityField>;
