/**
 * The files that the lab's TFTP server has, made when they are asked for: CUCM builds configuration files on request
 * since 11.5. Building one takes some 10 us, a fortieth of sending it: nothing is kept. Names are compared without
 * regard to case, as CUCM does (its traces show lower-cased names).
 *
 *   SEP<MAC>.cnf.xml      for every phone that the database holds
 *   XMLDefault.cnf.xml    always: an unknown phone reads it, and is then registered or rejected (7961G/7941G
 *                         Administration Guide: it registers if auto-registration is on, and keeps resetting if not)
 *   firmware, locales     see firmware-files.ts
 *   everything else       not there; trust lists and signed files: see signed-files.ts
 */
import {
  buildDefaultConfig,
  buildDeviceConfig,
  buildShortConfig,
  type DeviceConfigOptions,
  type ServiceAddress,
} from '../protocols/device-config/build.ts';
import { DEFAULT_CONFIG_FILE_NAME } from '../protocols/device-config/file-names.ts';
import type { FaultKind, LabFault } from '../scenario/lab-faults.ts';
import { loadsByModelNumber } from '../scenario/lab-loads.ts';
import type { LabSettings } from '../scenario/lab-settings.ts';
import type { SecureEndpoints } from '../scenario/plan.ts';
import { FOREIGN_ADDRESS } from './fault-table.ts';
import { FirmwareFiles } from './firmware-files.ts';
import type { HostPort, NamedServer } from './lab-contract.ts';
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
  readonly securedSccpPort?: number;
}

/** The servers that configuration files name. */
export interface ConfigServers {
  readonly callManagers: readonly NamedServer[];
  readonly srst: NamedServer | null;
  readonly secure: SecureEndpoints | null;
}

/** What the cluster's database says of the security of a device. */
export type DeviceSecurity = Required<
  Pick<DeviceConfigOptions, 'deviceSecurityMode' | 'capfAuthMode' | 'certHash'>
> & {
  /** Its configuration is encrypted: everybody else finds the short file. */
  readonly encrypted: boolean;
};

/** The files of a server by name; `fault` may spoil them. Null: not found. */
export interface FileSource {
  read(fileName: string, fault: LabFault | null): Buffer | null;
}

const NO_SECURITY: DeviceSecurity = {
  deviceSecurityMode: 1,
  capfAuthMode: 0,
  certHash: '',
  encrypted: false,
};

export class ConfigFiles implements FileSource {
  readonly #settings: LabSettings;
  readonly #firmware: FirmwareFiles;
  readonly #directory: PhoneDirectory;
  /** The CallManager group: highest priority first. */
  readonly #group: readonly Member[];
  readonly #srst: NamedServer | null;
  readonly #services: { readonly capf?: ServiceAddress; readonly tvs?: readonly ServiceAddress[] };
  readonly #securityOf: (deviceName: string) => DeviceSecurity;
  /** Large ones, made when they are first needed. */
  #oversize: Buffer | null = null;
  #bomb: Buffer | null = null;

  constructor(
    settings: LabSettings,
    directory: PhoneDirectory,
    { callManagers, srst, secure }: ConfigServers,
    securityOf: (deviceName: string) => DeviceSecurity = () => NO_SECURITY,
  ) {
    this.#settings = settings;
    this.#firmware = new FirmwareFiles(settings);
    this.#directory = directory;
    this.#srst = srst;
    this.#securityOf = securityOf;
    const hostOf = ({ name, host }: NamedServer): string => (settings.names === 'dns' ? name : host);
    this.#group = callManagers.map((server, place) => {
      const secured = secure?.callManagers[place];
      return {
        name: server.name,
        host: hostOf(server),
        sccpPort: server.port,
        ...(secured === undefined ? {} : { securedSccpPort: secured.port }),
      };
    });
    // They run on the publisher. Where it is no CallManager of this lab's, they have no name.
    const publisher = callManagers.find(({ host }) => host === secure?.capf.host);
    const at = ({ host, port }: HostPort): ServiceAddress => ({
      host: publisher?.host === host ? hostOf(publisher) : host,
      port,
    });
    this.#services = secure === null ? {} : { capf: at(secure.capf), tvs: [at(secure.tvs)] };
  }

  read(fileName: string, fault: LabFault | null): Buffer | null {
    return this.#read(fileName, fault, false);
  }

  /** The configuration of a device as a whole, which nobody else may see; null: there is none. */
  readWhole(deviceName: string, fault: LabFault | null): Buffer | null {
    return this.#read(`${deviceName}.cnf.xml`, fault, true);
  }

  #read(fileName: string, fault: LabFault | null, whole: boolean): Buffer | null {
    const name = fileName.toUpperCase();
    const deviceName = DEVICE_FILE.exec(name)?.[1];
    const isDefault = name === DEFAULT_FILE;
    if (deviceName === undefined && !isDefault) return this.#firmware.read(fileName);
    if (deviceName !== undefined && !this.#directory.holds(deviceName)) return null;
    const file = (group: readonly Member[]): Buffer =>
      deviceName === undefined
        ? buildDefaultConfig({ callManagers: group, loads: loadsByModelNumber(this.#settings) })
        : this.#deviceFile(deviceName, group, whole);
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

  #deviceFile(deviceName: string, callManagers: readonly Member[], whole: boolean): Buffer {
    const { loads, configBytes, connectionMonitorSeconds } = this.#settings;
    const srst = this.#srst === null ? {} : { srst: this.#srst };
    const model = this.#directory.modelOf(deviceName);
    const load = model === null ? undefined : loads?.[model];
    const loadInformation = load === undefined ? {} : { loadInformation: load };
    const { encrypted, ...security } = this.#securityOf(deviceName);
    const options = { callManagers, ...this.#services, ...security, ...loadInformation };
    if (encrypted && !whole) return buildShortConfig(options);
    const file = buildDeviceConfig({
      deviceName,
      connectionMonitorSeconds,
      encrConfig: encrypted,
      ...srst,
      ...options,
    });
    const missing = configBytes - file.length;
    return missing > 0 ? Buffer.concat([file, Buffer.alloc(missing, '\n')]) : file;
  }
}
