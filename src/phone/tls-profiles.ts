import type { TlsProfile } from '../protocols/tls.ts';
import type { SecurityLevel } from './boot-event.ts';

type Profiles = Readonly<Record<Exclude<SecurityLevel, 'none'>, TlsProfile>>;

/**
 * What families of phones offer, by the security mode of their configuration. 79xx speak TLS 1.0 alone
 * (usecallmanager.nz, "Device security": servers need SECLEVEL=0); the suites of 78xx and 88xx are general knowledge,
 * and so is NULL-SHA for authenticated mode: which row a phone follows is a setting.
 */
export const TLS_PROFILES = {
  '79xx': {
    authenticated: {
      name: '79xx authenticated',
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1',
      suites: ['NULL-SHA'],
    },
    encrypted: {
      name: '79xx encrypted',
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1',
      suites: ['AES128-SHA'],
    },
  },
  '78xx': {
    authenticated: {
      name: '78xx authenticated',
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.2',
      suites: ['NULL-SHA'],
    },
    encrypted: {
      name: '78xx encrypted',
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.2',
      suites: ['ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES128-GCM-SHA256', 'AES256-SHA', 'AES128-SHA'],
    },
  },
} as const satisfies Record<string, Profiles>;

export type TlsProfileName = keyof typeof TLS_PROFILES;
