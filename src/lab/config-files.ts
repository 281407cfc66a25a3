/**
 * The files that the lab's TFTP server has, made when they are asked for: CUCM builds configuration files on request
 * since 11.5. Building one takes some 10 us, a fortieth of sending it: nothing is kept. Names are compared without
 * regard to case, as CUCM does (its traces show lower-cased names).
 *
 *   SEP<MAC>.cnf.xml      for every phone that the database holds
 *   XMLDefault.cnf.xml    always: an unknown phone reads it, and is then registered or rejected (7961G/7941G
 *                         Administration Guide: it registers if auto-registration is on, and keeps resetting if not)
 *   firmware, locales     see firmware-files.ts
 *   everything else       not there; in a non-secure cluster trust lists are not either
 */
import { buildDefaultConfig, buildDeviceConfig } from '../protocols/device-config/build.ts';
import { DEFAULT_CONFIG_FILE_NAME } from '../protocols/device-config/file-names.ts';
import type { FaultKind, LabFault } from '../scenario/lab-faults.ts';
import { loadsByModelNumber } from '../scenario/lab-loads.ts';
import type { LabSettings } from '../scenario/lab-settings.ts';
import { FOREIGN_ADDRESS } from './fault-table.ts';
import { FirmwareFiles } from './firmware-files.ts';
import type { NamedServer } from './lab-contract.ts';
import type { PhoneDirectory } from './phone-directory.ts';

/** Faults that are a wrong file. */
export const CONTENT_FAULTS = [
  'not-xml',
  'oversize',
  'entity-bomb',
  'no-callmanager',
  'foreign-address',
] as const satisfies readonly FaultKind[];

const DEFAULT_FILE = DEFAULT_CONFIG_FILE_NAME.toUpperCase();
const DEVICE_FILE = /^(SEP[0-9A-F]{12})\.CNF\.XML$/;
const OVERSIZE_BYTES = 50 * 1024 * 1024;
const BOMB_ENTITIES = 1_000_000;
const NOT_XML = Buffer.from('%PDF-1.4 this is not the file you are looking for');
const FOREIGN: readonly Member[] = [{ name: 'foreign', host: FOREIGN_ADDRESS, sccpPort: 2000 }];

interface Member {
  readonly name: string;
  readonly host: string;
  readonly sccpPort: number;
}

/** The servers that configuration files name. */
export interface ConfigServers {
  readonly callManagers: readonly NamedServer[];
  readonly srst: NamedServer | null;
}

export class ConfigFiles {
  readonly #settings: LabSettings;
  readonly #firmware: FirmwareFiles;
  readonly #directory: PhoneDirectory;
  /** The CallManager group: highest priority first. */
  readonly #group: readonly Member[];
  readonly #srst: NamedServer | null;
  /** Large ones, made when they are first needed. */
  #oversize: Buffer | null = null;
  #bomb: Buffer | null = null;

  constructor(settings: LabSettings, directory: PhoneDirectory, { callManagers, srst }: ConfigServers) {
    this.#settings = settings;
    this.#firmware = new FirmwareFiles(settings);
    this.#directory = directory;
    this.#srst = srst;
    this.#group = callManagers.map(({ name, host, port }) => ({
      name,
      host: settings.names === 'dns' ? name : host,
      sccpPort: port,
    }));
  }

  /** The content of a file, or null: not found. `fault` may spoil it. */
  read(fileName: string, fault: LabFault | null): Buffer | null {
    const name = fileName.toUpperCase();
    const deviceName = DEVICE_FILE.exec(name)?.[1];
    const isDefault = name === DEFAULT_FILE;
    if (deviceName === undefined && !isDefault) return this.#firmware.read(fileName);
    if (deviceName !== undefined && !this.#directory.holds(deviceName)) return null;
    const file = (group: readonly Member[]): Buffer =>
      deviceName === undefined
        ? buildDefaultConfig({ callManagers: group, loads: loadsByModelNumber(this.#settings) })
        : this.#deviceFile(deviceName, group);
    switch (fault?.kind) {
      case 'not-xml':
        return NOT_XML;
      case 'oversize':
        this.#oversize ??= Buffer.alloc(OVERSIZE_BYTES, ' ');
        return this.#oversize;
      case 'entity-bomb':
        this.#bomb ??= Buffer.from(`<device><name>${'&amp;'.repeat(BOMB_ENTITIES)}</name></device>`);
        return this.#bomb;
      case 'no-callmanager':
        return file([]);
      case 'foreign-address':
        return file(FOREIGN);
      default:
        return file(this.#group);
    }
  }

  #deviceFile(deviceName: string, callManagers: readonly Member[]): Buffer {
    const { loads, configBytes, connectionMonitorSeconds } = this.#settings;
    const srst = this.#srst === null ? {} : { srst: this.#srst };
    const model = this.#directory.modelOf(deviceName);
    const load = model === null ? undefined : loads?.[model];
    const loadInformation = load === undefined ? {} : { loadInformation: load };
    const options = { connectionMonitorSeconds, ...srst, ...loadInformation };
    const file = buildDeviceConfig({ deviceName, callManagers, ...options });
    const missing = configBytes - file.length;
    return missing > 0 ? Buffer.concat([file, Buffer.alloc(missing, '\n')]) : file;
  }
}
