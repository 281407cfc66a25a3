/** What passes between the lab's parent and its processes over IPC: plain data. */
import type { TransportedError } from '../drivers/transported-error.ts';
import type { LabFault } from '../scenario/lab-faults.ts';
import type { LabEvent, ResetPace, RunOrigin } from '../scenario/lab-events.ts';
import type { LabSettings } from '../scenario/lab-settings.ts';
import type { PhoneSource, SecureEndpoints } from '../scenario/plan.ts';
import type { LabOrigins } from './lab-clock.ts';
import type { RoleSecrets } from './role-secrets.ts';

/** An address and a port. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface NamedServer extends HostPort {
  readonly name: string;
}

/** Place in the group, from 1, or the SRST router. */
export type CallManagerNode = number | 'srst';

/** Each role is a process of its own; there is one `callManager` for each node. */
export type LabRole =
  | { readonly type: 'network' }
  | { readonly type: 'tftp' }
  /** CAPF and TVS, in a cluster with certificates. */
  | { readonly type: 'security' }
  | { readonly type: 'callManager'; readonly node: CallManagerNode };

export type ResetType = LabEvent['resetType'];

/** The database of the cluster: which phones the run has. */
export interface LabPhones {
  readonly phones: PhoneSource;
  readonly phoneCount: number;
}

export interface StartOrder {
  readonly type: 'start';
  readonly role: LabRole;
  readonly settings: LabSettings;
  readonly database: LabPhones;
  /** Where the other processes are; a process gets what it needs to know. */
  readonly callManagers: readonly NamedServer[];
  readonly srst: NamedServer | null;
  /** Null in a cluster without certificates. */
  readonly secure: SecureEndpoints | null;
  readonly tftp: readonly HostPort[];
  readonly dhcpReplyPort: number;
  readonly secrets: RoleSecrets | null;
  /** By the name of the service; 0 or not here: any free one. */
  readonly ports: Readonly<Record<string, number>>;
  readonly origins: LabOrigins;
}

export type LabOrder =
  | StartOrder
  | { readonly type: 'faults'; readonly faults: readonly LabFault[] }
  | { readonly type: 'announce'; readonly origin: RunOrigin; readonly atMs: number }
  /** To every registered phone of a CallManager; without `perSecond` all at once. */
  | { readonly type: 'reset'; readonly resetType: ResetType; readonly perSecond: ResetPace | undefined }
  /** To the file servers: CAPF has changed what is known of a phone. */
  | { readonly type: 'certificate'; readonly change: CertificateChange }
  | { readonly type: 'stats'; readonly id: number }
  | { readonly type: 'stop' };

/** A phone has a new certificate from CAPF, base64 of its DER, or (null) none any more. */
export interface CertificateChange {
  readonly deviceName: string;
  readonly certificate: string | null;
}

/** Counts of one service, by name. */
export type ServiceStats = Readonly<Record<string, number>>;

/** By the name of the service: `dhcp`, `dns`, `tftp`, `callManager1` ..., `srst`. */
export type LabStats = Readonly<Record<string, ServiceStats>>;

export type LabReport =
  | { readonly type: 'started'; readonly endpoints: Readonly<Record<string, HostPort>> }
  | { readonly type: 'refused'; readonly error: TransportedError }
  | { readonly type: 'certificate'; readonly change: CertificateChange }
  | { readonly type: 'stats'; readonly id: number; readonly stats: LabStats };

/** A service of the lab inside its process. */
export interface LabService {
  readonly name: string;
  /** Where it is, once it has been started. */
  readonly endpoint: HostPort;
  stats(): ServiceStats;
  setFaults(faults: readonly LabFault[]): void;
  /** Of a service that has phones to be reset. */
  resetAll?(resetType: ResetType, perSecond?: ResetPace): void;
  close(): void;
}
