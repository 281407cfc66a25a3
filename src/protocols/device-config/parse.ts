import { XMLParser } from 'fast-xml-parser';
import {
  CAPF_PORT,
  type CallManagerMember,
  type DefaultConfig,
  type DeviceConfig,
  type Locale,
  SCCP_PORT,
  SECURED_SCCP_PORT,
  type ServiceMember,
  type SrstReference,
} from './device-config.ts';
import {
  BadValue,
  booleanOf,
  type Element,
  find,
  findAll,
  integerAttribute,
  integerOf,
  textOf,
} from './element.ts';
import { decodeXmlText } from './text-encoding.ts';
import { checkWellFormed, decodeReferences, type WellFormedness, type XmlLimits } from './well-formed.ts';

export interface ConfigLimits extends XmlLimits {
  /** A larger file is not even decoded. */
  readonly maxBytes: number;
}

/**
 * 2048 KB is the limit that 78xx consoles print. The others are ours: a genuine file has about ten levels, fewer than
 * a thousand elements and hardly a reference.
 */
export const DEFAULT_CONFIG_LIMITS: ConfigLimits = {
  maxBytes: 2048 * 1024,
  maxDepth: 64,
  maxElements: 20_000,
  maxReferences: 10_000,
};

export type ParsedFile<Config> =
  | { readonly ok: true; readonly config: Config }
  | {
      readonly ok: false;
      readonly problem: 'malformed' | 'too-large';
      /** For traces: what is wrong, and where. */
      readonly detail: string;
    };

/**
 * A SEP<MAC>.cnf.xml file. `malformed` is a file that is not well-formed XML, has another root than `<device>`, or
 * gives an element that matters a value that it cannot have. Never throws, whatever the bytes; time and memory are
 * bounded by the limits. A file without a CallManager is fine here.
 */
export function parseDeviceConfig(
  content: Uint8Array,
  limits: ConfigLimits = DEFAULT_CONFIG_LIMITS,
): ParsedFile<DeviceConfig> {
  return parseFile(content, limits, 'device', readDevice);
}

/** An XMLDefault.cnf.xml file, root `<Default>`; otherwise as `parseDeviceConfig`. */
export function parseDefaultConfig(
  content: Uint8Array,
  limits: ConfigLimits = DEFAULT_CONFIG_LIMITS,
): ParsedFile<DefaultConfig> {
  return parseFile(content, limits, 'Default', readDefault);
}

/** Well-formedness is settled before this parser sees the text, and it sees only what start-up reads. */
const PARSER = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  isArray: (_name, _path, _leaf, isAttribute) => !isAttribute,
  ignoreDeclaration: true,
  ignorePiTags: true,
  jPath: false,
  maxNestedTags: 1000,
  stopNodes: ['device.devicePool.dateTimeSetting'],
  entityDecoder: {
    decode: decodeReferences,
    setExternalEntities: ignore,
    addInputEntities: ignore,
    setXmlVersion: ignore,
    reset: ignore,
  },
});

function parseFile<Config>(
  content: Uint8Array,
  limits: ConfigLimits,
  rootName: string,
  read: (root: Element) => Config,
): ParsedFile<Config> {
  if (content.length > limits.maxBytes) {
    return { ok: false, problem: 'too-large', detail: `${content.length} bytes, at most ${limits.maxBytes}` };
  }
  const text = decodeXmlText(content);
  if (text === null) return malformed('not text in the encoding of the file');
  const wellFormed = checkWellFormed(text, limits);
  if (!wellFormed.ok) return malformed(wellFormed.detail);
  if (wellFormed.root !== rootName) {
    return malformed(`root element <${wellFormed.root.slice(0, 40)}> where <${rootName}> should be`);
  }
  try {
    const root = find(parseElements(essence(text, wellFormed)), rootName);
    return root === null ? malformed('no root element') : { ok: true, config: read(root) };
  } catch (error) {
    if (error instanceof BadValue) return malformed(error.message);
    throw error;
  }
}

/** The children of `<device>` that `readDevice` looks at; every child of `<Default>` may be a load. */
const DEVICE_CHILDREN: ReadonlySet<string> = new Set([
  'TVS',
  'capfAuthMode',
  'capfList',
  'certHash',
  'deviceProtocol',
  'devicePool',
  'deviceSecurityMode',
  'encrConfig',
  'fullConfig',
  'loadInformation',
  'networkLocale',
  'networkLocaleInfo',
  'transportLayerProtocol',
  'userLocale',
  'versionStamp',
]);

/**
 * The document with only those children. Nine tenths of a real file are vendor settings, services and locales; without
 * them the parser is several times faster.
 */
function essence(text: string, { root, children }: Extract<WellFormedness, { ok: true }>): string {
  if (root !== 'device') return text;
  let kept = '<device>';
  for (const { name, start, end } of children) if (DEVICE_CHILDREN.has(name)) kept += text.slice(start, end);
  return `${kept}</device>`;
}

/**
 * fast-xml-parser refuses some well-formed texts, such as an element named `__proto__`, with a bare Error: no phone's
 * file has that.
 */
function parseElements(text: string): Element {
  try {
    return PARSER.parse(text) as Element;
  } catch (error) {
    throw new BadValue(`refused by the XML parser: ${String(error).slice(0, 160)}`);
  }
}

function readDevice(device: Element): DeviceConfig {
  const pool = find(device, 'devicePool');
  return {
    protocol: readProtocol(device),
    fullConfig: booleanOf(device, 'fullConfig', true),
    callManagers: readCallManagers(pool),
    srst: readSrst(pool),
    connectionMonitorSeconds: integerOf(pool, 'connectionMonitorDuration', { min: -1, max: 86_400 }, null),
    loadInformation: textOf(device, 'loadInformation'),
    versionStamp: textOf(device, 'versionStamp'),
    userLocale: readLocale(device, 'userLocale', ['name'], 'userLocale'),
    networkLocale: readLocale(device, 'networkLocale', [], 'networkLocaleInfo'),
    deviceSecurityMode: readSecurityMode(device),
    transportLayerProtocol: integerOf(device, 'transportLayerProtocol', { min: 0, max: 255 }, null),
    capfAuthMode: integerOf(device, 'capfAuthMode', { min: 0, max: 255 }, 0),
    capfServers: readCapfServers(device),
    tvsServers: readTvsServers(device),
    certHash: textOf(device, 'certHash'),
    encrConfig: booleanOf(device, 'encrConfig', false),
  };
}

function readDefault(root: Element): DefaultConfig {
  const loads = new Map<number, string>();
  for (const name of typeof root === 'string' ? [] : Object.keys(root)) {
    const model = /^loadInformation0*(\d{1,9})$/i.exec(name)?.[1];
    const load = textOf(root, name);
    if (model !== undefined && load !== null) loads.set(Number(model), load);
  }
  return { callManagers: readCallManagers(root), loads };
}

function readProtocol(device: Element): 'SCCP' | 'SIP' | null {
  const protocol = textOf(device, 'deviceProtocol');
  if (protocol === null || protocol === 'SCCP' || protocol === 'SIP') return protocol;
  throw new BadValue('deviceProtocol: neither SCCP nor SIP');
}

function readLocale(
  device: Element,
  element: string,
  name: readonly string[],
  versioned: string,
): Locale | null {
  if (find(device, element) === null) return null;
  return {
    name: textOf(device, element, ...name) ?? '',
    version: textOf(device, versioned, 'version') ?? '',
  };
}

function readSecurityMode(device: Element): 0 | 1 | 2 | 3 {
  const mode = integerOf(device, 'deviceSecurityMode', { min: 0, max: 3 }, 0);
  return mode === 1 || mode === 2 || mode === 3 ? mode : 0;
}

const PORT = { min: 1, max: 65_535 } as const;

/** @param parent what holds `callManagerGroup`: `devicePool` in a device's file, the root in XMLDefault */
function readCallManagers(parent: Element | null): CallManagerMember[] {
  const found: CallManagerMember[] = [];
  const members = findAll(find(parent, 'callManagerGroup', 'members'), 'member');
  for (const [position, member] of members.entries()) {
    const callManager = find(member, 'callManager');
    const host = textOf(callManager, 'processNodeName');
    if (host === null) continue;
    const ports = find(callManager, 'ports');
    found.push({
      priority: integerAttribute(member, 'priority', { min: 0, max: 1000 }, position),
      name: textOf(callManager, 'name') ?? '',
      host,
      sccpPort: integerOf(ports, 'ethernetPhonePort', PORT, SCCP_PORT),
      securedSccpPort: integerOf(ports, 'securedEthernetPhonePort', PORT, SECURED_SCCP_PORT),
    });
  }
  return found.sort((a, b) => a.priority - b.priority);
}

function readSrst(pool: Element | null): SrstReference | null {
  const info = find(pool, 'srstInfo');
  if (info === null || textOf(info, 'srstOption')?.toLowerCase() === 'disable') return null;
  const servers: { host: string; port: number }[] = [];
  for (const place of [1, 2, 3]) {
    const host = textOf(info, `ipAddr${place}`);
    if (host === null || host === '0.0.0.0') continue;
    servers.push({ host, port: integerOf(info, `port${place}`, PORT, SCCP_PORT) });
  }
  return { name: textOf(info, 'name') ?? '', servers, isSecure: booleanOf(info, 'isSecure', false) };
}

/** More of them than CUCM writes are passed over. */
const MOST_SERVICE_MEMBERS = 5;

function readCapfServers(device: Element): { host: string; port: number }[] {
  const found: { host: string; port: number }[] = [];
  for (const capf of findAll(find(device, 'capfList'), 'capf').slice(0, MOST_SERVICE_MEMBERS)) {
    const host = textOf(capf, 'processNodeName');
    if (host !== null) found.push({ host, port: integerOf(capf, 'phonePort', PORT, CAPF_PORT) });
  }
  return found;
}

function readTvsServers(device: Element): ServiceMember[] {
  const found: (ServiceMember & { readonly priority: number })[] = [];
  const members = findAll(find(device, 'TVS', 'members'), 'member').slice(0, MOST_SERVICE_MEMBERS);
  for (const [position, member] of members.entries()) {
    const host = textOf(member, 'address');
    if (host === null) continue;
    const priority = integerAttribute(member, 'priority', { min: 0, max: 1000 }, position);
    found.push({ priority, host, port: integerOf(member, 'port', PORT, null) });
  }
  return found.sort((a, b) => a.priority - b.priority).map(({ host, port }) => ({ host, port }));
}

function malformed(detail: string): ParsedFile<never> {
  return { ok: false, problem: 'malformed', detail };
}

function ignore(): void {}
