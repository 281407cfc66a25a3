import type { DefaultConfig, DeviceConfig } from '../protocols/device-config/device-config.ts';
import type { DhcpClient, DhcpNotice, DhcpResult, DhcpTimer } from '../protocols/dhcp/client.ts';
import type { Lease } from '../protocols/dhcp/lease.ts';
import type { CapfClient, CapfResult, CapfTimer } from '../protocols/capf/client-contract.ts';
import type { Credential } from '../protocols/credential.ts';
import type { DnsClient, DnsNotice, DnsResult, DnsTimer } from '../protocols/dns/client.ts';
import { LAST_OUT_OF_SERVICE, type LastOutOfService } from '../protocols/sccp/greeting.ts';
import type { Registration, SccpNotice, SccpResult, SccpTimer } from '../protocols/sccp/registration.ts';
import type { GetExchange, HttpResult, HttpTimer } from '../protocols/http/get-exchange.ts';
import type { Standby, StandbyNotice, StandbyResult, StandbyTimer } from '../protocols/sccp/standby.ts';
import type { TvsResult, TvsTimer } from '../protocols/tvs/client.ts';
import type { ReadTransfer, TftpNotice, TftpResult, TftpTimer } from '../protocols/tftp/read-transfer.ts';
import type { SecurityLevel } from './boot-event.ts';
import type { HostPort } from './boot-settings.ts';
import { type GroupMember, NO_PLACE } from './call-manager-group.ts';
import { ChildScope } from './child-scope.ts';
import type { Enrolment } from './enrolment-step.ts';
import type { Failure, FailureCause } from './failure-causes.ts';
import { type Flash, initialFlash } from './flash.ts';
import { deviceName, type PhoneIdentity } from './identity.ts';
import { CALL_MANAGER_ENDPOINTS, type PhoneEffects } from './phone-effects.ts';
import type { PhoneEnvironment } from './phone-environment.ts';
import type { SecureLinks } from './secure-link.ts';
import type { HeldBack } from './signed-files.ts';
import { STAGE_NAMES, type Stage } from './stages.ts';
import type { TvsDesk } from './tvs-questions.ts';

/**
 * Where a phone is. Up to `callManager` they are the steps of Table 2-4 (see boot-sequence.ts); `pausing` waits before the
 * whole boot is tried again; `gaveUp` has used up its boots and waits for power to go and come back.
 */
export type PhoneState =
  | 'off'
  | 'power'
  | 'image'
  | 'vlan'
  | 'dhcp'
  | 'tftpServer'
  | 'ctl'
  | 'config'
  | 'capf'
  | 'firmware'
  | 'locale'
  | 'callManager'
  | 'inService'
  | 'pausing'
  | 'gaveUp'
  | 'stopping'
  | 'stopped';

/** One simulated phone. Times are milliseconds on the run's clock; -1 is "not yet". */
export interface Phone {
  readonly identity: PhoneIdentity;
  readonly name: string;
  /** The address that the phone has when it does not use DHCP. */
  readonly sourceAddress: string;
  readonly environment: PhoneEnvironment;
  readonly flash: Flash;
  /** The certificate from the factory. */
  readonly mic: Credential | null;
  state: PhoneState;
  /** Boots since power returned that failed, and the one under way: from 1. */
  boots: number;
  intendedAt: number;
  firstPacketAt: number;
  /** Pauses between boots and modelled time since the first packet, ms. */
  pausedMs: number;
  pauses: number;
  /** Where the boot goes on after a pause. */
  resumeAt: 'image' | 'dhcp' | 'ctl' | 'config' | 'callManager';
  /** The stage under way and when this try of it began; the first tries since power return, by stage. */
  stage: Stage | null;
  stageStartedAt: number;
  readonly firstStartedAt: Float64Array;
  lastFailure: Failure | null;
  /** Why it was out of service last: goes into its next Alarm. */
  reason: LastOutOfService;
  lease: Lease | null;
  tftpServers: readonly HostPort[];
  tftpServer: number;
  /** Files that the step under way has still to ask for; then the name of the one that it has asked for. */
  pendingFiles: readonly string[];
  fileName: string;
  /** How it was asked for last. */
  fileProtocol: 'http' | 'tftp';
  fileStartedAt: number;
  /** A file that waits for what TVS says of its signer. */
  heldBack: HeldBack | null;
  /** The file that says there is an encrypted one, while that is read. */
  shortConfig: DeviceConfig | null;
  config: DeviceConfig | DefaultConfig | null;
  /** What the registration rests on; a configuration that is read again (Reset 3) is compared with it. */
  appliedConfig: DeviceConfig | DefaultConfig | null;
  applyConfigAsked: boolean;
  /** Boots that found no trust list for a phone that needs one. */
  trustListTries: number;
  /** How it connects to CallManagers. */
  security: SecurityLevel;
  /** Its secured connections; null: it has had none. */
  links: SecureLinks | null;
  /** Its questions to TVS, and what was answered; null: it has had none. */
  tvs: TvsDesk | null;
  tvsSessions: number;
  /** CAPF was asked in this boot; what is still to be done there, and the session under way. */
  enrolled: boolean;
  enrolment: Enrolment | null;
  capf: CapfClient | null;
  /** Keys that it has made. */
  keys: number;
  handshakes: number;
  callManagers: readonly GroupMember[];
  /** The place in the group that is contacted or registered with, and its `address:port`. */
  callManager: number;
  server: string;
  registered: boolean;
  inServiceSince: number;
  /** Places that were contacted since the last registration, one bit each; and the one that it was lost at. */
  tried: number;
  lostPlace: number;
  /** The place that has granted a token, while the phone takes its leave of the one that it comes from. */
  fallbackTo: number;
  /** The registration before, until there is a new one. */
  cameFrom: { readonly server: string; readonly place: number; readonly lost: boolean } | null;
  /** Connections beside the registration, by place; places where that failed last, one bit each. */
  readonly standbys: (Standby | null)[];
  unreachable: number;
  standbyRetries: number;
  standbyKeepAliveMs: number;
  /** The place for which the resolver was asked in the background. */
  resolving: number;
  dnsQueries: number;
  /** DHCP transactions of earlier boots. */
  transactions: number;
  dhcp: DhcpClient | null;
  dns: DnsClient | null;
  tvsDns: DnsClient | null;
  tftp: ReadTransfer | null;
  http: GetExchange | null;
  sccp: Registration | null;
}

/** A phone without power, or one that has never had any. */
const POWERED_OFF = {
  state: 'off',
  boots: 0,
  intendedAt: -1,
  firstPacketAt: -1,
  pausedMs: 0,
  resumeAt: 'dhcp',
  stage: null,
  stageStartedAt: -1,
  lastFailure: null,
  reason: LAST_OUT_OF_SERVICE.initialized,
  lease: null,
  tftpServers: [],
  tftpServer: 0,
  pendingFiles: [],
  fileName: '',
  fileProtocol: 'tftp',
  fileStartedAt: -1,
  heldBack: null,
  shortConfig: null,
  config: null,
  appliedConfig: null,
  applyConfigAsked: false,
  trustListTries: 0,
  security: 'none',
  links: null,
  tvs: null,
  enrolled: false,
  enrolment: null,
  capf: null,
  callManagers: [],
  callManager: 0,
  server: '',
  registered: false,
  inServiceSince: -1,
  tried: 0,
  lostPlace: NO_PLACE,
  fallbackTo: NO_PLACE,
  cameFrom: null,
  unreachable: 0,
  standbyKeepAliveMs: 0,
  resolving: NO_PLACE,
  dhcp: null,
  dns: null,
  tvsDns: null,
  tftp: null,
  http: null,
  sccp: null,
} as const satisfies Partial<Phone>;

export function createPhone(
  identity: PhoneIdentity,
  sourceAddress: string,
  environment: PhoneEnvironment,
  flash: Flash = initialFlash(
    environment.settings,
    identity.model,
    null,
    environment.secrets.credentialOf(deviceName(identity.mac), 'lsc'),
  ),
): Phone {
  return {
    identity,
    name: deviceName(identity.mac),
    sourceAddress,
    environment,
    flash,
    mic: environment.secrets.credentialOf(deviceName(identity.mac), 'mic'),
    ...POWERED_OFF,
    pauses: 0,
    handshakes: 0,
    tvsSessions: 0,
    keys: 0,
    firstStartedAt: new Float64Array(STAGE_NAMES.length).fill(-1),
    standbys: CALL_MANAGER_ENDPOINTS.map(() => null),
    standbyRetries: 0,
    dnsQueries: 0,
    transactions: 0,
  };
}

/** Where phones write their effects: the root sink and a view of it for each child machine. One for a worker. */
export class PhoneOutput {
  readonly effects: PhoneEffects;
  readonly dhcp: ChildScope<DhcpTimer, DhcpNotice, DhcpResult>;
  readonly dns: ChildScope<DnsTimer, DnsNotice, DnsResult>;
  readonly tvsDns: ChildScope<DnsTimer, DnsNotice, DnsResult>;
  readonly tftp: ChildScope<TftpTimer, TftpNotice, TftpResult>;
  readonly http: ChildScope<HttpTimer, never, HttpResult>;
  readonly capf: ChildScope<CapfTimer, never, CapfResult>;
  readonly tvs: ChildScope<TvsTimer, never, TvsResult>;
  /** By place in the group; a place has a registration or a standby connection. */
  readonly sccp: readonly ChildScope<SccpTimer, SccpNotice, SccpResult>[];
  readonly standby: readonly ChildScope<StandbyTimer, StandbyNotice, StandbyResult>[];

  constructor(effects: PhoneEffects) {
    this.effects = effects;
    this.dhcp = new ChildScope('dhcp', effects);
    this.dns = new ChildScope('dns', effects);
    this.tvsDns = new ChildScope('tvsDns', effects);
    this.tftp = new ChildScope('tftp', effects);
    this.http = new ChildScope('http', effects);
    this.capf = new ChildScope('capf', effects);
    this.tvs = new ChildScope('tvs', effects);
    this.sccp = CALL_MANAGER_ENDPOINTS.map((endpoint) => new ChildScope(endpoint, effects));
    this.standby = CALL_MANAGER_ENDPOINTS.map((endpoint) => new ChildScope(endpoint, effects));
  }
}

/** What power loss leaves of a phone. The counters that keep its transactions and pauses apart go on. */
export function forgetAllButFlash(phone: Phone): void {
  phone.transactions = phone.dhcp?.transactions ?? phone.transactions;
  Object.assign(phone, POWERED_OFF);
  phone.firstStartedAt.fill(-1);
  phone.standbys.fill(null);
}

const STAGE_INDEX = new Map(STAGE_NAMES.map((stage, index) => [stage, index]));

/** A try of `stage` begins. */
export function beginStage(phone: Phone, stage: Stage, now: number, out: PhoneOutput): void {
  phone.stage = stage;
  phone.stageStartedAt = now;
  const index = STAGE_INDEX.get(stage) ?? 0;
  if ((phone.firstStartedAt[index] ?? -1) < 0) phone.firstStartedAt[index] = now;
  out.effects.emit({ type: 'stageStarted', stage, now });
}

/** The try under way succeeded. */
export function passStage(phone: Phone, server: string | null, now: number, out: PhoneOutput): void {
  const stage = phone.stage;
  if (stage === null) return;
  phone.stage = null;
  out.effects.emit({
    type: 'stagePassed',
    stage,
    now,
    startedAt: phone.stageStartedAt,
    firstStartedAt: phone.firstStartedAt[STAGE_INDEX.get(stage) ?? 0] ?? now,
    server,
  });
}

/** The try under way failed; what happens next is the caller's decision. */
export function failStage(
  phone: Phone,
  cause: FailureCause,
  server: string | null,
  detail: string | undefined,
  now: number,
  out: PhoneOutput,
): void {
  const stage = phone.stage;
  if (stage === null) return;
  phone.stage = null;
  const failure: Failure =
    detail === undefined || detail === '' ? { stage, cause, server } : { stage, cause, server, detail };
  phone.lastFailure = failure;
  out.effects.emit({ type: 'stageFailed', failure, now, startedAt: phone.stageStartedAt });
}

/** Remembers and reports the first packet since power return. */
export function noteSent(phone: Phone, sent: boolean, now: number, out: PhoneOutput): void {
  if (!sent || phone.firstPacketAt >= 0) return;
  phone.firstPacketAt = now;
  out.effects.emit({ type: 'firstPacket', now });
}

/** Modelled time passes: nothing is sent. After the first packet it is kept apart from the time of the network. */
export function waitModelled(phone: Phone, seconds: number, out: PhoneOutput): void {
  const waitMs = (seconds * 1000) / phone.environment.settings.timing.compression;
  if (phone.firstPacketAt >= 0) phone.pausedMs += waitMs;
  out.effects.setTimer('boot', waitMs);
}

export function hostPortText(host: HostPort): string {
  return `${host.host}:${host.port}`;
}
