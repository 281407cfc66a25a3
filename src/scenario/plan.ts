import { SECURITY_LEVELS, type SecurityLevel } from '../phone/boot-event.ts';
import type { BootSettings, HostPort } from '../phone/boot-settings.ts';
import type { PhoneIdentity } from '../phone/identity.ts';
import type { PhoneModelName } from '../phone/models.ts';
import type { PowerHistory } from '../schedule/power-history.ts';
import { type PowerEvent, powerEvents, type PowerSchedule } from '../schedule/power-schedule.ts';
import { type AddressPool, addressAt } from './address-pool.ts';
import type { OnAgentLoss, OnLostControl } from './cluster-schema.ts';
import type { LabSettings } from './lab-settings.ts';
import type { PagePlace } from './page-place.ts';
import type { LogFormat } from './schema.ts';
import type { Threshold } from './threshold-field.ts';
import type { GeneratorLimits } from './validity.ts';

/**
 * Everything that a run is, before it runs: plain data that travels to agents and workers as it is. It does not depend
 * on how many of them there are, and it names every phone without holding an object for each.
 */
export interface RunPlan extends PowerHistory {
  /** Name of the scenario. */
  readonly name: string;
  /** The scenario as YAML, with what environment and flags have set; of secrets it names the files only. */
  readonly scenarioText: string;
  readonly seed: number;
  readonly phoneCount: number;
  readonly phones: PhoneSource;
  /** What metrics call the sites of the layout, by their numbers. */
  readonly siteNames: readonly string[];
  readonly power: PowerSchedule;
  /** Whether phones that lose power are to vanish from the network, where the machine allows it. */
  readonly vanish: boolean;
  readonly boot: BootSettings;
  readonly firmware: PlanFirmware;
  readonly target: PlanTarget;
  /** Phone i has address i, from the start again past the end; null: all share the host's own. */
  readonly sourceAddresses: AddressPool | null;
  /** Relay addresses (giaddr) by worker; null without DHCP. */
  readonly relayAddresses: AddressPool | null;
  /** From the instant at which all phones are in service or have given up. */
  readonly holdSeconds: number;
  /** The hold ends at the latest this long after the start. */
  readonly maxDurationSeconds: number;
  readonly drain: { readonly perSecond: number /** Seconds. */; readonly patience: number };
  /** What the run has to fulfil, judged at the end of the hold. */
  readonly thresholds: readonly Threshold[];
  /** Beyond these the generator was the bottleneck and the run is INVALID. */
  readonly validity: GeneratorLimits;
  readonly workers: { readonly agents: number | 'auto'; readonly threads: number | 'auto' };
  readonly cluster: PlanCluster;
  readonly output: PlanOutput;
  /** CIDR blocks: nothing is sent to an address outside them, whatever named it. */
  readonly allow: readonly string[];
  /** What a user should know before trusting the figures, one sentence each. */
  readonly warnings: readonly string[];
}

export type PlanTarget =
  | { readonly type: 'named' }
  /** `endpoints` are null until the lab has started: its ports are then known. */
  | { readonly type: 'lab'; readonly settings: LabSettings; readonly endpoints: LabEndpoints | null };

/** Where the services of a lab are. */
export interface LabEndpoints {
  readonly dhcp: HostPort;
  /** Port on the relay addresses to which the lab sends DHCP answers. */
  readonly dhcpReplyPort: number;
  readonly dns: HostPort;
  readonly tftp: readonly HostPort[];
  /** The file server beside TFTP, with the same files. */
  readonly http: HostPort;
  readonly callManagers: readonly HostPort[];
  /** The SRST router, where the lab has one: configuration files name it. */
  readonly srst: HostPort | null;
  /** Where the cluster has certificates. */
  readonly secure: SecureEndpoints | null;
}

export interface SecureEndpoints {
  /** TLS ports of the CallManagers, in the same order; none in a cluster that is not in mixed mode. */
  readonly callManagers: readonly HostPort[];
  readonly capf: HostPort;
  readonly tvs: HostPort;
  /** Folder with certificates of the phones that were made for this lab; null: they had some. */
  readonly certificates: string | null;
}

/** What of an upgrade of firmware depends on the plan as a whole. */
export interface PlanFirmware {
  /** Peer firmware sharing: phones of one subnet, one after the other in the plan; null: each phone downloads. */
  readonly phonesPerSubnet: number | null;
  /** Size of a load, for arithmetic only; null: that of the model's load. */
  readonly loadBytes: number | null;
}

/** How a run on many machines deals with them. */
export interface PlanCluster {
  readonly onAgentLoss: OnAgentLoss;
  readonly onLostControl: OnLostControl;
  /** For the agents to join. */
  readonly waitSeconds: number;
}

export interface PlanOutput {
  readonly json: string | null;
  readonly junit: string | null;
  /** File for a row of each phone. */
  readonly phonesCsv: string | null;
  readonly metricsPort: number | null;
  readonly metricsAddress: string;
  /** Longest time that the metrics wait for their last scrape, seconds. */
  readonly metricsLinger: number;
  /** The live page. */
  readonly ui: PagePlace;
  readonly quiet: boolean;
  readonly logFormat: LogFormat;
}

/** Who the phones are, in the order of the ramp. */
export type PhoneSource =
  | {
      readonly type: 'generated';
      /** Hex digits; the rest of the MAC is the phone's index. */
      readonly macPrefix: string;
      /** Phone i has model i modulo the length. */
      readonly models: readonly PhoneModelName[];
    }
  | {
      readonly type: 'inventory';
      /** Twelve hex digits for each phone, one after the other. */
      readonly macs: string;
      readonly modelNames: readonly PhoneModelName[];
      /** One digit of base 36 for each phone: its place in `modelNames`. */
      readonly models: string;
      /** One character for each phone: its place in `SECURITY_LEVELS`, or `UNSAID`. */
      readonly security: string;
    };

const MAC_DIGITS = 12;

/** Stands for the security of a phone of which the inventory says nothing. */
export const UNSAID = '-';

export function identityOf(plan: RunPlan, index: number): PhoneIdentity {
  checkIndex(plan, index);
  const security = securityOf(plan.phones, index);
  return {
    index,
    mac: macOf(plan.phones, index),
    model: modelOf(plan.phones, index),
    ...(security === undefined ? {} : { security }),
    ...(hasFirmwareRoot(plan, index) ? { firmwareFromPeer: true } : {}),
  };
}

/** Whether a phone of the same subnet and model comes before this one: the first of them downloads for all. */
function hasFirmwareRoot({ firmware, phones }: RunPlan, index: number): boolean {
  const { phonesPerSubnet } = firmware;
  if (phonesPerSubnet === null) return false;
  const model = modelOf(phones, index);
  for (let other = index - (index % phonesPerSubnet); other < index; other++)
    if (modelOf(phones, other) === model) return true;
  return false;
}

/** When a phone gets power and loses it, seconds of schedule time. */
export function powerEventsOf(plan: RunPlan, index: number): readonly PowerEvent[] {
  checkIndex(plan, index);
  return powerEvents(plan.power, index);
}

/** The local address that a phone uses; null: the host's own. */
export function sourceAddressOf(plan: RunPlan, index: number): string | null {
  checkIndex(plan, index);
  return plan.sourceAddresses === null ? null : addressAt(plan.sourceAddresses, index);
}

/** The relay address (giaddr) of a worker, counted over all agents from 0; null without DHCP. */
export function relayAddressOf(plan: RunPlan, worker: number): string | null {
  return plan.relayAddresses === null ? null : addressAt(plan.relayAddresses, worker);
}

/** The plan with the addresses of a lab that has started. A plan for named servers is returned as it is. */
export function applyLab(plan: RunPlan, endpoints: LabEndpoints): RunPlan {
  if (plan.target.type !== 'lab') return plan;
  const { boot } = plan;
  return {
    ...plan,
    target: { ...plan.target, endpoints },
    boot: {
      ...boot,
      dhcp: boot.dhcp && { ...boot.dhcp, server: endpoints.dhcp, replyPort: endpoints.dhcpReplyPort },
      dns: {
        ...boot.dns,
        port: endpoints.dns.port,
        servers: boot.dhcp === null ? [endpoints.dns] : null,
      },
      files: { ...boot.files, httpPort: endpoints.http.port },
      tftpPort: endpoints.tftp[0]?.port ?? boot.tftpPort,
      tftpServers: boot.dhcp === null ? endpoints.tftp : null,
      callManagers: boot.skip.config ? endpoints.callManagers : null,
      security: {
        ...boot.security,
        certificates: boot.security.certificates ?? endpoints.secure?.certificates ?? null,
        tvs: { ...boot.security.tvs, port: endpoints.secure?.tvs.port ?? boot.security.tvs.port },
      },
    },
  };
}

/** The MAC of the phone at `index`: twelve upper-case hex digits. */
export function macOf(phones: PhoneSource, index: number): string {
  if (phones.type === 'inventory') return phones.macs.slice(index * MAC_DIGITS, (index + 1) * MAC_DIGITS);
  const digits = MAC_DIGITS - phones.macPrefix.length;
  return phones.macPrefix + index.toString(16).toUpperCase().padStart(digits, '0');
}

/** The security mode that an inventory gives the phone at `index`; undefined: it says nothing. */
export function securityOf(phones: PhoneSource, index: number): SecurityLevel | undefined {
  return phones.type === 'generated' ? undefined : SECURITY_LEVELS[Number(phones.security.charAt(index))];
}

/** The model of the phone at `index`. */
export function modelOf(phones: PhoneSource, index: number): PhoneModelName {
  const model =
    phones.type === 'generated'
      ? phones.models[index % phones.models.length]
      : phones.modelNames[Number.parseInt(phones.models.charAt(index), 36)];
  if (model === undefined) throw new RangeError(`the plan names no model for phone ${index}`);
  return model;
}

function checkIndex(plan: RunPlan, index: number): void {
  if (!(index >= 0 && index < plan.phoneCount)) {
    throw new RangeError(`phone ${index} is not one of the plan's ${plan.phoneCount}`);
  }
}
