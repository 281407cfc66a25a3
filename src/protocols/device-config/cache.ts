import { ContentCache } from '../content-cache.ts';
import type { DefaultConfig, DeviceConfig } from './device-config.ts';
import {
  type ConfigLimits,
  DEFAULT_CONFIG_LIMITS,
  type ParsedFile,
  parseDefaultConfig,
  parseDeviceConfig,
} from './parse.ts';

/**
 * Parses each distinct file once, whoever asks for it: what cannot be parsed is remembered too. A file over the size
 * limit is refused without being read.
 */
export class DeviceConfigCache {
  readonly #device: ContentCache<ParsedFile<DeviceConfig>>;
  readonly #default: ContentCache<ParsedFile<DefaultConfig>>;

  constructor(limits: ConfigLimits = DEFAULT_CONFIG_LIMITS, capacity = 256) {
    const { maxBytes } = limits;
    this.#device = new ContentCache((content) => parseDeviceConfig(content, limits), maxBytes, capacity);
    this.#default = new ContentCache((content) => parseDefaultConfig(content, limits), maxBytes, capacity);
  }

  /** A SEP<MAC>.cnf.xml file. The same object for the same bytes, while it is remembered. */
  device(content: Uint8Array): ParsedFile<DeviceConfig> {
    return this.#device.get(content);
  }

  /** An XMLDefault.cnf.xml file. */
  default(content: Uint8Array): ParsedFile<DefaultConfig> {
    return this.#default.get(content);
  }
}
