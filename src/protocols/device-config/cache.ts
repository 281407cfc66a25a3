import { hash } from 'node:crypto';
import type { DefaultConfig, DeviceConfig } from './device-config.ts';
import {
  type ConfigLimits,
  DEFAULT_CONFIG_LIMITS,
  type ParsedFile,
  parseDefaultConfig,
  parseDeviceConfig,
} from './parse.ts';

/**
 * Parses each distinct file once, whoever asks for it: what cannot be parsed is remembered too. The key is the
 * SHA-256 of the bytes; the least recently used result goes when there are more than `capacity`. A file over the
 * size limit is refused without being read.
 */
export class DeviceConfigCache {
  readonly #device: ParseCache<DeviceConfig>;
  readonly #default: ParseCache<DefaultConfig>;

  constructor(limits: ConfigLimits = DEFAULT_CONFIG_LIMITS, capacity = 256) {
    this.#device = new ParseCache((content) => parseDeviceConfig(content, limits), limits.maxBytes, capacity);
    this.#default = new ParseCache(
      (content) => parseDefaultConfig(content, limits),
      limits.maxBytes,
      capacity,
    );
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

class ParseCache<Config> {
  readonly #parse: (content: Uint8Array) => ParsedFile<Config>;
  readonly #maxBytes: number;
  readonly #capacity: number;
  /** In the order of use: a Map keeps the order of insertion, and a hit is inserted again. */
  readonly #results = new Map<string, ParsedFile<Config>>();

  constructor(parse: (content: Uint8Array) => ParsedFile<Config>, maxBytes: number, capacity: number) {
    this.#parse = parse;
    this.#maxBytes = maxBytes;
    this.#capacity = capacity;
  }

  get(content: Uint8Array): ParsedFile<Config> {
    if (content.length > this.#maxBytes) return this.#parse(content);
    const key = hash('sha256', content, 'hex');
    const known = this.#results.get(key);
    const result = known ?? this.#parse(content);
    if (known !== undefined) this.#results.delete(key);
    this.#results.set(key, result);
    if (this.#results.size > this.#capacity) this.#forgetOldest();
    return result;
  }

  #forgetOldest(): void {
    for (const key of this.#results.keys()) {
      this.#results.delete(key);
      return;
    }
  }
}
