import type { HttpSettings } from '../protocols/http/get-exchange.ts';
import type { KeepAliveLossName } from '../protocols/sccp/keep-alive.ts';
import { type Distribution, sampleSeconds } from '../random/distribution.ts';
import { PHONE_MODELS, type PhoneModelName } from './models.ts';
import type { TlsProfile } from '../protocols/tls.ts';
import type { SecurityLevel } from './boot-event.ts';
import { TLS_PROFILES, type TlsProfileName } from './tls-profiles.ts';

/** An address (or, where the field says so, a name) and a port. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/**
 * What all phones of a run have in common: the settled form of a scenario's `phone`, `timing` and `target`
 * sections. Plain data: it travels to agents and workers. Times without a unit in their name are distributions in
 * seconds.
 */
export interface BootSettings {
  readonly seed: number;
  /** What a phone remembers from before: `warm` has lease and locale files, `factory` has nothing. */
  readonly flash: 'warm' | 'factory';
  /** Steps 1 to 3 of Table 2-4: modelled time. `image: null` takes the model's own figure, or that in `models`. */
  readonly timing: {
    readonly power: Distribution;
    readonly image: Distribution | null;
    readonly vlan: Distribution;
    /** Seconds for the image by model, where they are not the model's own. */
    readonly models: Readonly<
      Partial<Record<PhoneModelName, { readonly mean: number; readonly sd: number }>>
    >;
    /** Modelled times are divided by this; 1 is real time. */
    readonly compression: number;
  };
  /** Steps that are left out take no time, send nothing and have no outcome. */
  readonly skip: {
    readonly power: boolean;
    readonly image: boolean;
    readonly vlan: boolean;
    /** Step 6: no CTL or ITL request. */
    readonly ctl: boolean;
    /** Step 7: no configuration file; needs `callManagers`. */
    readonly config: boolean;
    /** Step 8: the boot ends, in service, with its configuration. */
    readonly callManager: boolean;
  };
  /** DHCP through a relay, or null: the phone has a static address (its source address). */
  readonly dhcp: DhcpSettings | null;
  /** TFTP servers set on the phone; null: they come from the lease. At most two are used. */
  readonly tftpServers: readonly HostPort[] | null;
  /** Port of TFTP servers that DHCP names: 69 on a real network. */
  readonly tftpPort: number;
  readonly tftp: TftpSettings;
  readonly files: FileSettings;
  readonly firmware: FirmwareSettings;
  /**
   * Whether a phone goes on with the last good configuration where no server gives a usable one. 79xx do, by general
   * knowledge, without a document.
   */
  readonly keepsLastConfig: boolean;
  readonly dns: DnsSettings;
  /** CallManagers instead of those in the configuration file, highest priority first; names are resolved. */
  readonly callManagers: readonly HostPort[] | null;
  readonly sccp: SccpSettings;
  readonly security: SecuritySettings;
  /**
   * Pause before a phone whose boot failed starts again, at DHCP. No source gives a figure: uniform 20-60 s is our
   * inference from 79xx behaviour.
   */
  readonly restartPause: Distribution;
  /**
   * Pause of a registered phone that lost its CallManager, or was told to restart, before it goes on. No source gives
   * a figure: uniform 1-5 s is our inference.
   */
  readonly reconnectPause: Distribution;
  /**
   * A phone that loses its CallManager sooner than this after it came into service rests before it goes on, even when
   * it has a standby connection: members that answer and close would meet it without rest. Our inference.
   */
  readonly quickLossMs: number;
  /** Boots after which a phone gives up; null: never, as real phones. */
  readonly maxBootAttempts: number | null;
}

export interface DhcpSettings {
  readonly server: HostPort;
  /** giaddr is the relay endpoint's own address; replies arrive there on this port (67 on a real network). */
  readonly replyPort: number;
  /** Try INIT-REBOOT first when the flash remembers a lease (RFC 2131, section 3.2). That all phones do it is inference. */
  readonly initReboot: boolean;
  /** Waits before each retransmission, seconds; RFC 2131 section 4.1 has 4, 8, 16, 32, 64. */
  readonly backoffSeconds: readonly number[];
  /** Each wait is spread by plus or minus this, seconds; RFC 2131 section 4.1 has 1. */
  readonly jitterSeconds: number;
  /** Send DHCPRELEASE at the end of the run. */
  readonly release: boolean;
}

export interface TftpSettings {
  /** Wait for the answer to a request or an acknowledgement. 4 s is from general knowledge, not a document. */
  readonly timeoutMs: number;
  /** Read requests to one server before the next is tried; 3 was seen on a 7961G (blog.phpguy.org, 2008). */
  readonly requestAttempts: number;
  /** Times that a block's acknowledgement is sent before the transfer fails. Our inference. */
  readonly blockAttempts: number;
  /** A larger configuration file is refused; 78xx consoles show a limit of 2048 KB. */
  readonly maxConfigBytes: number;
}

/**
 * How files come. The servers are those of TFTP: their addresses, and for HTTP this port. Newer loads ask over HTTP
 * first, file by file, and over TFTP after any failure (CUCM's TFTP trace of an 8861; Cisco TAC document 214528).
 */
export interface FileSettings {
  readonly transport: FileTransport;
  /** 6970 on a real network. */
  readonly httpPort: number;
  readonly http: HttpSettings;
  /** From the failure over HTTP to the request over TFTP: 0.63 s in that trace, after a 503. */
  readonly fallbackMs: number;
  /** The dictionary of the user locale, of models that ask for another one than our table has. */
  readonly localeJars: Readonly<Partial<Record<PhoneModelName, string>>>;
}

export const FILE_TRANSPORTS = ['tftp', 'http-then-tftp'] as const;
export type FileTransport = (typeof FILE_TRANSPORTS)[number];

export interface FirmwareSettings {
  /** False: every phone already runs what its configuration names. */
  readonly download: boolean;
  /** What phones run before the upgrade, without `.loads`. */
  readonly runningLoads: Readonly<Record<PhoneModelName, string>>;
  /** Of each part: the transfer ends with the block that reaches it, as if the file were over. Null: all of it. */
  readonly maxBytes: number | null;
  /** Writing the load to flash, modelled. No source gives a figure: our inference. */
  readonly flashTime: Distribution;
  /** Getting the load from a peer, modelled. No source gives a figure: our inference. */
  readonly sharingTime: Distribution;
}

export interface DnsSettings {
  /** Null: DHCP option 6. */
  readonly servers: readonly HostPort[] | null;
  /** Port of servers that DHCP names: 53 on a real network. */
  readonly port: number;
  /** Names answered without asking anybody. */
  readonly hosts: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Queries to each server. */
  readonly attempts: number;
}

export interface SccpSettings {
  /** The highest protocol version that the phone announces: 17 (8.x loads) or 22 (9.x loads). */
  readonly protocolVersion: 17 | 22;
  /** The address in the Register message: the leased one, or the one that the connection really has. */
  readonly advertise: 'lease' | 'socket';
  /** No answer to the SYN: next CallManager. Inference, no source. */
  readonly connectTimeoutMs: number;
  /** No RegisterAck: next CallManager. Inference, no source. */
  readonly registerTimeoutMs: number;
  /** No answer to one of the requests that set up the lines. Inference, no source. */
  readonly answerTimeoutMs: number;
  /** No UnregisterAck: close anyway. Inference; chan_skinny never sends one. */
  readonly unregisterTimeoutMs: number;
  /** Row of the table of lost keepalives; `model`: that of the phone's model. */
  readonly keepAliveLoss: KeepAliveLossName | 'model';
  /** Keep connections to other members of the group, for failover and fallback. */
  readonly standby: boolean;
  /**
   * Keepalives acknowledged without a gap before the phone asks to fall back; null: `connectionMonitorDuration` of the
   * configuration, 120 s where it has none.
   */
  readonly connectionMonitorMs: number | null;
  /** No answer to RegisterTokenReq: as a rejection. Inference, no source. */
  readonly tokenTimeoutMs: number;
  /** Wait after that, and after a rejection that names no time. Inference, no source. */
  readonly tokenRetryMs: number;
  /** Wait before a standby connection that failed is tried again. Inference, no source. */
  readonly standbyRetry: Distribution;
}

/** Certificates, trust lists, TLS, CAPF and TVS. What a phone does with them, its configuration file decides. */
export interface SecuritySettings {
  /** Folder with the certificates of the phones, see src/pki; null: no phone has one. */
  readonly certificates: string | null;
  /** Row of the table of TLS profiles; `model`: that of the phone's model. */
  readonly tlsProfile: TlsProfileName | 'model';
  /**
   * Boots of a phone whose configuration asks for security, and which has no usable trust list, before it goes on
   * without TLS; null: it never does. `model`: for ever for 79x1 (guide of the 7961G), four times for later models.
   */
  readonly trustListAttempts: number | null | 'model';
  /** Pause between them. No source gives a figure: our inference. */
  readonly trustListRetry: Distribution;
  /**
   * Which records of the trust lists make the phone ask for signed files: any with the role of a TFTP server, or only one
   * that has the address or the name of the server that is asked. Inference.
   */
  readonly tftpRecords: 'role' | 'address';
  /** No TLS without an LSC, as a guide of the 7961G for release 4.2 has it; later ones do not. */
  readonly needsLsc: boolean;
  /** A phone that was in encrypted mode asks for `.enc.sgn` first (guide of the 6901/6911); else for the short file. */
  readonly encryptedFirst: boolean;
  /** No end of the handshake: next CallManager. Inference, no source. */
  readonly handshakeTimeoutMs: number;
  /** Modelled time of the phone's own processor for a handshake: 3 to 6 s by a comment in Cisco's sipcc; default 0. */
  readonly handshakeTime: Distribution;
  /** `after-restart`: a phone offers its last TLS session until its power is lost. That phones do is inference. */
  readonly resumption: 'never' | 'after-restart';
  /** When the TLS context of a certificate is built, and how many a worker keeps. */
  readonly contexts: { readonly build: 'before-start' | 'first-use'; readonly most: number };
  /** Port of TVS, 2445 on a real network; the addresses come from the configuration and the trust list. */
  readonly tvs: { readonly port: number; readonly timeoutMs: number };
  readonly capf: CapfSettings;
}

export interface CapfSettings {
  /** The phone contacts CAPF when its configuration asks for it; false: never. */
  readonly enrol: boolean;
  /** File with the authentication string for `capfAuthMode` 1; null: there is none. Never the string itself. */
  readonly passwordFile: string | null;
  /** Let CAPF install, replace or delete the certificate of a phone: on a real cluster it belongs to a real phone. */
  readonly allowCertificateChange: boolean;
  readonly timeoutMs: number;
  /** Sessions before the phone goes on with what it has: 3 (Cisco Security Guide, "Certificates"). */
  readonly attempts: number;
  /** Pause between them: 30 s (same source). */
  readonly retryPause: Distribution;
  /** Making a new key on the phone, modelled. 30 s to minutes on hardware by general knowledge, no source. */
  readonly keyTime: Distribution;
}

/** How long a phone of the model takes to load its image. */
export function imageTime({ image, models }: BootSettings['timing'], model: PhoneModelName): Distribution {
  return image ?? { type: 'normal', ...(models[model] ?? PHONE_MODELS[model].imageTimeSeconds) };
}

/** What a phone of the model offers at this level. */
export function tlsProfileOf(
  { tlsProfile }: SecuritySettings,
  model: PhoneModelName,
  level: Exclude<SecurityLevel, 'none'>,
): TlsProfile {
  return TLS_PROFILES[tlsProfile === 'model' ? PHONE_MODELS[model].tlsProfile : tlsProfile][level];
}

/** The pause of a phone whose boot goes on there; `count` are those that it has had. */
export function pauseSeconds(
  { restartPause, reconnectPause, security, seed }: BootSettings,
  resumeAt: 'image' | 'dhcp' | 'ctl' | 'config' | 'callManager',
  phoneIndex: number,
  count: number,
): number {
  const elsewhere = resumeAt === 'dhcp' ? restartPause : reconnectPause;
  const pause = resumeAt === 'ctl' ? security.trustListRetry : elsewhere;
  return sampleSeconds(pause, seed, phoneIndex, 'reboot-pause', count);
}
