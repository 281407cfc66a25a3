import { PHONE_MODELS, type PhoneModelName } from '../phone/models.ts';
import { buildLoadsFile } from '../protocols/firmware/loads-file.ts';
import { loadsFileName, partsOfLoad } from '../protocols/firmware/known-loads.ts';
import { DEFAULT_BLOCK_SIZE } from '../protocols/tftp/packet.ts';
import { identityOf, type RunPlan } from './plan.ts';

/** What an upgrade takes from the TFTP servers, by model. */
export interface UpgradeOfModel {
  readonly model: PhoneModelName;
  /** Null: the configuration files say which, and they are not known yet. */
  readonly load: string | null;
  /** Phones that download. */
  readonly downloads: number;
  /** Phones that get the load from one of these. */
  readonly fromPeers: number;
  /** Of one download, as it would be without loss. */
  readonly bytesEach: number;
}

/** Empty where nothing is to be downloaded. */
export function upgradesOf(plan: RunPlan): readonly UpgradeOfModel[] {
  if (!plan.boot.firmware.download || plan.boot.skip.config) return [];
  const byModel = new Map<PhoneModelName, { downloads: number; fromPeers: number }>();
  for (let index = 0; index < plan.phoneCount; index++) {
    const { model, firmwareFromPeer } = identityOf(plan, index);
    const tally = byModel.get(model) ?? { downloads: 0, fromPeers: 0 };
    if (firmwareFromPeer === true) tally.fromPeers++;
    else tally.downloads++;
    byModel.set(model, tally);
  }
  return [...byModel].flatMap(([model, tally]) => {
    const load = loadFor(plan, model);
    if (load === undefined || load === plan.boot.firmware.runningLoads[model]) return [];
    return [{ model, load, ...tally, bytesEach: bytesOfUpgrade(plan, model, load) }];
  });
}

/** The lines of `bootstorm plan`. */
export function upgradeLines(plan: RunPlan): readonly string[] {
  const upgrades = upgradesOf(plan);
  if (upgrades.length === 0) return [];
  const total = upgrades.reduce((sum, { downloads, bytesEach }) => sum + downloads * bytesEach, 0);
  const { maxBytes } = plan.boot.firmware;
  const cut = maxBytes === null ? '' : `, each part broken off after ${formatCount(maxBytes)} bytes`;
  const lines = upgrades.map(({ model, load, downloads, fromPeers, bytesEach }) => {
    const peers = fromPeers === 0 ? '' : `, ${formatCount(fromPeers)} from peers (modelled)`;
    return `${model} to ${load ?? 'what the configuration names'}: ${formatCount(downloads)} x ${formatCount(bytesEach)} bytes${peers}`;
  });
  return [`${formatCount(total)} bytes from file servers in all${cut}`, ...lines];
}

/** What the configuration files name, null: known when they come; undefined: nothing. */
function loadFor({ target }: RunPlan, model: PhoneModelName): string | null | undefined {
  return target.type === 'named' ? null : target.settings.loads?.[model];
}

function bytesOfUpgrade({ boot, firmware }: RunPlan, model: PhoneModelName, load: string | null): number {
  const { maxBytes } = boot.firmware;
  const name = load ?? PHONE_MODELS[model].loads[boot.sccp.protocolVersion];
  const parts = partsOfLoad(name);
  const list = buildLoadsFile(
    loadsFileName(name),
    parts.map((part) => part.name),
  );
  const bytes = parts.reduce((sum, part) => sum + bytesOfPart(part.bytes, maxBytes), list.length);
  return load === null && firmware.loadBytes !== null ? Math.min(firmware.loadBytes, bytes) : bytes;
}

/** A transfer that is broken off ends with the block that reaches the limit. */
function bytesOfPart(bytes: number, maxBytes: number | null): number {
  if (maxBytes === null) return bytes;
  return Math.min(bytes, Math.ceil(maxBytes / DEFAULT_BLOCK_SIZE) * DEFAULT_BLOCK_SIZE);
}

function formatCount(value: number): string {
  return value.toLocaleString('en');
}
