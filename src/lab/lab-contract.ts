/** What passes between the lab's parent and its processes over IPC: plain data. */
import type { TransportedError } from '../drivers/transported-error.ts';
import type { LabFault } from '../scenario/lab-faults.ts';
import type { LabSettings } from '../scenario/lab-settings.ts';
import type { PhoneSource } from '../scenario/plan.ts';

/** An address and a port. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface NamedServer extends HostPort {
  readonly name: string;
}

/** Each role is a process of its own; there is one `callManager` for each node. */
export type LabRole =
  | { readonly type: 'network' }
  | { readonly type: 'tftp' }
  | { readonly type: 'callManager'; readonly node: number };

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
  readonly tftp: readonly HostPort[];
  readonly dhcpReplyPort: number;
}

export type LabOrder =
  | StartOrder
  | { readonly type: 'faults'; readonly faults: readonly LabFault[] }
  | { readonly type: 'stats'; readonly id: number }
  | { readonly type: 'stop' };

/** Counts of one service, by name. */
export type ServiceStats = Readonly<Record<string, number>>;

/** By the name of the service: `dhcp`, `dns`, `tftp`, `callManager1` ... */
export type LabStats = Readonly<Record<string, ServiceStats>>;

export type LabReport =
  | { readonly type: 'started'; readonly endpoints: Readonly<Record<string, HostPort>> }
  | { readonly type: 'refused'; readonly error: TransportedError }
  | { readonly type: 'stats'; readonly id: number; readonly stats: LabStats };

/** A service of the lab inside its process. */
export interface LabService {
  readonly name: string;
  /** Where it is, once it has been started. */
  readonly endpoint: HostPort;
  stats(): ServiceStats;
  setFaults(faults: readonly LabFault[]): void;
  close(): void;
}
