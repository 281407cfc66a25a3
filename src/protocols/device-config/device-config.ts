/**
 * What a phone's start-up needs of its configuration file. The elements and their meaning: the 7962 and 8851
 * templates of the usecallmanager.nz project (`sepmac-cnf-xml`), the SEP_BASE_7970 and XMLDefault files of the
 * chan-sccp provisioning repository, and the parameter names of Cisco's sipcc sources. An element that is absent or
 * empty takes the default named here. Paths are below the root `<device>`.
 */

/** Ports of a CallManager whose file names none (Cisco Unified Communications Manager TCP and UDP port usage). */
export const SCCP_PORT = 2000;
export const SECURED_SCCP_PORT = 2443;
export const CAPF_PORT = 3804;

/** One `devicePool/callManagerGroup/members/member`. A member without a processNodeName is left out. */
export interface CallManagerMember {
  /** `member@priority`, 0 first; without one, the position in the file. */
  readonly priority: number;
  /** `callManager/name`, '' when absent: a label, not an address. */
  readonly name: string;
  /** `callManager/processNodeName`: address, or name for DNS. */
  readonly host: string;
  /** `callManager/ports/ethernetPhonePort`, default 2000. */
  readonly sccpPort: number;
  /** `callManager/ports/securedEthernetPhonePort`, default 2443. */
  readonly securedSccpPort: number;
}

/** `devicePool/srstInfo`: the router that takes over when no CallManager answers. */
export interface SrstReference {
  /** `name`. */
  readonly name: string;
  /** `ipAddr1`..`ipAddr3` with `port1`..`port3` (default 2000), without empty and 0.0.0.0 entries. */
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  /** `isSecure`. */
  readonly isSecure: boolean;
}

/** A server beside the CallManagers: address, or name for DNS. */
export interface ServiceMember {
  readonly host: string;
  /** Null where the element is absent. */
  readonly port: number | null;
}

/** A set of files in a directory of its own on the TFTP server. */
export interface Locale {
  /** Name of the directory; '' when the element is empty. */
  readonly name: string;
  /** '' when absent. */
  readonly version: string;
}

/** A SEP<MAC>.cnf.xml file. */
export interface DeviceConfig {
  /** `deviceProtocol`; null: the phone's firmware decides. */
  readonly protocol: 'SCCP' | 'SIP' | null;
  /** `fullConfig`, default true; false: this is the short form, the rest is in the encrypted file. */
  readonly fullConfig: boolean;
  /** By ascending priority. May be empty: whether that is a failure is for the caller to say. */
  readonly callManagers: readonly CallManagerMember[];
  /** Null where the element is absent or `srstOption` is Disable. */
  readonly srst: SrstReference | null;
  /** `devicePool/connectionMonitorDuration` in seconds, -1: the cluster's default (120); null when absent. */
  readonly connectionMonitorSeconds: number | null;
  /** `loadInformation`, the firmware that the phone should run, without `.loads`; null: keep what it has. */
  readonly loadInformation: string | null;
  /** `versionStamp`: changes when the file changes. */
  readonly versionStamp: string | null;
  /** `userLocale/name` and its version, e.g. English_United_States; null when the element is absent. */
  readonly userLocale: Locale | null;
  /** `networkLocale`, e.g. United_States, and `networkLocaleInfo/version`; null when the element is absent. */
  readonly networkLocale: Locale | null;
  /** `deviceSecurityMode`: 1 (also 0 and absent) non-secure, 2 authenticated, 3 encrypted. */
  readonly deviceSecurityMode: 0 | 1 | 2 | 3;
  /** `transportLayerProtocol`, SIP only: 1 TCP, 2 UDP, 3 TLS, 4 the cluster's default. */
  readonly transportLayerProtocol: number | null;
  /** `capfAuthMode`: 0 none, 1 authentication string, 2 null string, 3 existing certificate, 4 MIC. */
  readonly capfAuthMode: number;
  /** `capfList/capf`: `processNodeName` and `phonePort` (default 3804), in the order of the file, five at most. */
  readonly capfServers: readonly { readonly host: string; readonly port: number }[];
  /** `TVS/members/member`: `address` and `port`, by ascending `@priority`, five at most. */
  readonly tvsServers: readonly ServiceMember[];
  /** `certHash`: hex digest of the certificate that CUCM knows for the phone. */
  readonly certHash: string | null;
  /** `encrConfig`: an encrypted file exists for this phone. */
  readonly encrConfig: boolean;
}

/** XMLDefault.cnf.xml, root `<Default>`: for phones without a file of their own. */
export interface DefaultConfig {
  /** `callManagerGroup/members`, by ascending priority: where unknown phones register. */
  readonly callManagers: readonly CallManagerMember[];
  /**
   * `loadInformation<N>`: firmware by the model number of the CUCM typemodel table. The number may have leading
   * zeros and the name any case: CUCM, CallManager Express and hand-made files differ.
   */
  readonly loads: ReadonlyMap<number, string>;
}
