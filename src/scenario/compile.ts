import { stringify } from 'yaml';
import { SECURITY_LEVELS } from '../phone/boot-event.ts';
import { PHONE_MODEL_NAMES, PHONE_MODELS, type PhoneModelName } from '../phone/models.ts';
import { type PowerHistory, powerHistory } from '../schedule/power-history.ts';
import { type AddressPool, parseAddressRange, poolSize } from './address-pool.ts';
import { bootSettings } from './boot-settings.ts';
import { labEventWarnings, labSecurityWarnings } from './check-lab.ts';
import { securityFileProblems, securityWarnings } from './check-security.ts';
import { contradictions, deniedDestinations, LOOPBACK, usesDhcp, usesLab } from './check.ts';
import type { Inventory } from './inventory.ts';
import { forbidsAutoRegistration, signsFiles } from './lab-rules.ts';
import type { LoadedScenario } from './load.ts';
import type { LabSettings } from './lab-settings.ts';
import { formatDuration } from './duration.ts';
import { modelCycle } from './model-mix.ts';
import { modelledSeconds } from './plan-times.ts';
import { siteNames } from './phone-groups.ts';
import {
  type PhoneSource,
  type PlanCluster,
  type PlanOutput,
  type PlanTarget,
  type RunPlan,
  UNSAID,
} from './plan.ts';
import { clusterEvents, settlePower } from './power.ts';
import { refuse } from './problems.ts';
import type { Scenario } from './schema.ts';
import { unknownWaves } from './threshold-waves.ts';
import { generatorLimits } from './validity.ts';

/** What a plan depends on besides its scenario. */
export interface PlanEnvironment {
  /** CIDR blocks that may be reached; default: loopback. Only a test with a network of its own says otherwise. */
  readonly allow?: readonly string[];
}

/** Phones' own addresses when the lab is used: a million, apart from the servers' and the relays'. */
const LAB_SOURCE_ADDRESSES = '127.16.0.0/12';
const LAB_RELAY_ADDRESSES = '127.0.64.1-127.0.67.254';

const DEFAULT_GENERATE = { count: 100, macPrefix: '02:00:00' } as const;

/**
 * From a scenario to a plan. Throws `invalid-scenario` for what contradicts itself, `destination-denied` for servers
 * that may not be reached; all problems at once, with their places. Looks whether the files that a scenario names are
 * there; opens and sends nothing.
 */
export function compilePlan(loaded: LoadedScenario, environment: PlanEnvironment = {}): RunPlan {
  const { scenario, inventory, locate } = loaded;
  const allow = environment.allow ?? LOOPBACK;
  const { phones, phoneCount } = plannedPhones(loaded);
  const power = settlePower(scenario, inventory, phoneCount);
  const history = powerHistory(power.schedule, phoneCount);
  const problems = [
    ...contradictions(scenario),
    ...securityFileProblems(scenario),
    ...power.problems,
    ...unknownWaves(scenario.thresholds, history.waves),
  ];
  refuse('invalid-scenario', `scenario ${scenario.name}`, problems, locate);
  refuse(
    'destination-denied',
    `scenario ${scenario.name}`,
    deniedDestinations(scenario, allow),
    locate,
    'for now bootstorm reaches loopback addresses only',
  );
  const { sourceAddresses, relayAddresses } = addressesOf(scenario);
  const boot = bootSettings(scenario);
  return {
    name: scenario.name,
    scenarioText: scenarioText(loaded),
    seed: scenario.seed,
    phoneCount,
    phones,
    siteNames: siteNames({ phones, phoneCount, power: power.schedule }, inventory),
    power: power.schedule,
    vanish: scenario.outage?.connections !== 'close',
    ...history,
    boot,
    firmware: {
      phonesPerSubnet: scenario.firmware.sharing?.phonesPerSubnet ?? null,
      loadBytes: scenario.firmware.loadBytes ?? null,
    },
    target: targetOf(scenario),
    sourceAddresses,
    relayAddresses,
    holdSeconds: scenario.hold,
    maxDurationSeconds: scenario.maxDuration,
    drain: scenario.drain,
    thresholds: scenario.thresholds,
    validity: generatorLimits(scenario.validity),
    workers: scenario.workers,
    cluster: clusterOf(scenario),
    output: outputOf(scenario),
    allow: [...allow],
    warnings: [
      ...loaded.warnings,
      ...warningsOf(loaded, phoneCount, history, sourceAddresses, modelledSeconds({ boot, phones })),
    ],
  };
}

/** By which the run can be repeated, with the seed also where nobody named one. */
function scenarioText({ written, scenario: { name, seed } }: LoadedScenario): string {
  return stringify({ name, seed, ...written }, { aliasDuplicateObjects: false });
}

export type PlannedPhones = Pick<RunPlan, 'phones' | 'phoneCount'>;

/** Who the phones of a scenario are, whatever they are to do. */
export function plannedPhones({ scenario, inventory }: LoadedScenario): PlannedPhones {
  return inventory === null
    ? {
        phones: generatedPhones(scenario),
        phoneCount: scenario.phones.generate?.count ?? DEFAULT_GENERATE.count,
      }
    : { phones: listedPhones(scenario, inventory), phoneCount: inventory.phones.length };
}

function outputOf({ output }: Scenario): PlanOutput {
  const { json = null, junit = null, phonesCsv = null, metricsPort = null } = output;
  return { ...output, json, junit, phonesCsv, metricsPort };
}

/** A real cluster is not to be met with more phones than somebody can stop. */
function clusterOf(scenario: Scenario): PlanCluster {
  const {
    onAgentLoss,
    onLostControl = usesLab(scenario) ? 'continue' : 'stop-starts',
    wait,
  } = scenario.cluster;
  return { onAgentLoss, onLostControl, waitSeconds: wait };
}

function targetOf(scenario: Scenario): PlanTarget {
  if (!usesLab(scenario)) return { type: 'named' };
  const { firmware, phones } = scenario;
  const lab = { ...settleLab(scenario), events: [...scenario.lab.events, ...clusterEvents(scenario)] };
  const loads = lab.loads ?? (firmware.download ? currentLoads(phones.protocolVersion) : undefined);
  return { type: 'lab', settings: loads === undefined ? lab : { ...lab, loads }, endpoints: null };
}

/**
 * The lab as it will be: with the phones' certificates and password, and without auto-registration where a mixed-mode
 * cluster of its release has none.
 */
export function settleLab({ lab, phones }: Scenario): LabSettings {
  const { certificates = phones.security.certificates, capf } = lab.security;
  const { passwordFile = phones.security.passwordFile } = capf;
  const security = { ...lab.security, certificates, capf: { ...capf, passwordFile } };
  return {
    ...lab,
    autoRegistration: lab.autoRegistration && !forbidsAutoRegistration(security),
    security: { ...security, signedFiles: signsFiles(security) },
  };
}

/** For an upgrade the lab names each model's own load. */
function currentLoads(protocolVersion: 17 | 22): LabSettings['loads'] {
  return Object.fromEntries(
    PHONE_MODEL_NAMES.map((model) => [model, PHONE_MODELS[model].loads[protocolVersion]]),
  );
}

function generatedPhones({ phones }: Scenario): PhoneSource {
  const { macPrefix } = phones.generate ?? DEFAULT_GENERATE;
  return {
    type: 'generated',
    macPrefix: macPrefix.replaceAll(/[:-]/g, '').toUpperCase(),
    models: modelsOf(phones),
  };
}

function listedPhones({ phones }: Scenario, inventory: Inventory): PhoneSource {
  const cycle = modelsOf(phones);
  const names: PhoneModelName[] = [];
  let models = '';
  let security = '';
  for (const [i, phone] of inventory.phones.entries()) {
    const model = phone.model ?? cycle[i % cycle.length] ?? phones.model;
    if (!names.includes(model)) names.push(model);
    models += names.indexOf(model).toString(36);
    security += phone.security === null ? UNSAID : SECURITY_LEVELS.indexOf(phone.security);
  }
  return {
    type: 'inventory',
    macs: inventory.phones.map(({ mac }) => mac).join(''),
    modelNames: names,
    models,
    security,
  };
}

function modelsOf({ model, models }: Scenario['phones']): readonly PhoneModelName[] {
  const shares = new Map<PhoneModelName, number>();
  for (const [name, share] of Object.entries(models ?? {})) shares.set(name as PhoneModelName, share);
  return shares.size === 0 ? [model] : modelCycle(shares);
}

function addressesOf(scenario: Scenario): {
  sourceAddresses: AddressPool | null;
  relayAddresses: AddressPool | null;
} {
  const { sourceAddresses = usesLab(scenario) ? poolOf(LAB_SOURCE_ADDRESSES) : 'shared', target } = scenario;
  const relays = target.dhcp === 'static' ? undefined : target.dhcp?.relayAddresses;
  return {
    sourceAddresses: sourceAddresses === 'shared' ? null : sourceAddresses,
    relayAddresses: usesDhcp(scenario) ? (relays ?? poolOf(LAB_RELAY_ADDRESSES)) : null,
  };
}

function poolOf(text: string): AddressPool {
  const range = parseAddressRange(text);
  if (range === null) throw new Error(`not an address range: ${text}`);
  return [range];
}

function warningsOf(
  { scenario, locate }: LoadedScenario,
  phones: number,
  history: PowerHistory,
  sourceAddresses: AddressPool | null,
  modelled: number,
): readonly string[] {
  const { maxDuration, outage } = scenario;
  const warnings: string[] = [];
  if (history.lastPowerSeconds >= maxDuration) {
    warnings.push(
      'the run is over (maxDuration) before power has returned to everybody: some phones never start',
    );
  }
  const up = (history.waves[0]?.lastSeconds ?? 0) + modelled;
  if (outage !== undefined && outage.at < up) {
    warnings.push(
      `power is cut at ${formatDuration(outage.at)}, and the last phone may need ${formatDuration(up)} to start: some are cut off before they are in service`,
    );
  }
  if (!usesLab(scenario) && locate(['lab']) !== null) {
    warnings.push('the settings under `lab` have no effect: the target names servers of its own');
  }
  if (sourceAddresses !== null && poolSize(sourceAddresses) < phones) {
    warnings.push(`${phones} phones share ${poolSize(sourceAddresses)} source addresses`);
  }
  if (usesLab(scenario)) {
    warnings.push(...labEventWarnings(scenario, phones), ...labSecurityWarnings(scenario));
  }
  if (scenario.output.metricsLinger > 0 && scenario.output.metricsPort === undefined) {
    warnings.push('`output.metricsLinger` has no effect without `output.metricsPort`');
  }
  warnings.push(...securityWarnings(scenario, usesLab(scenario)));
  return warnings;
}
