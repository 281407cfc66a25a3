/**
 * The layer table: who may import whom, and what may be touched below the drivers. `write-config.ts` turns it into
 * the folder rules of `.oxlintrc.json`, and `layers.test.ts` holds every ban against a fixture.
 */

/** One room of the house. Whatever is not named here as allowed is banned. */
export interface Layer {
  /** Folder, or file, from the project's root. */
  readonly path: string;
  /** Layers that may be imported, or single files of a layer; a layer may always import from itself. */
  readonly imports: readonly string[];
  /** Layers of which only the types may be imported. */
  readonly typesOf?: readonly string[];
  /** Folders inside this one that must not import each other. */
  readonly rooms?: readonly string[];
  /** Below the drivers: no I/O, no clock, no timers, no randomness of the machine's, no modules but `packages`. */
  readonly pure?: boolean;
  /** Packages that a pure layer may import. */
  readonly packages?: readonly string[];
  /** Which of `GUARDED_MODULES` a layer above may import. */
  readonly modules?: readonly GuardedModule[];
}

/** Modules that open sockets, threads or processes: above the drivers only where the table says so. */
export const GUARDED_MODULES = [
  'dgram',
  'net',
  'tls',
  'dns',
  'dns/promises',
  'http',
  'https',
  'http2',
  'worker_threads',
  'child_process',
  'cluster',
] as const;
export type GuardedModule = (typeof GUARDED_MODULES)[number];

/** What even a layer without sockets may take from a guarded module: it opens nothing. */
export const HARMLESS_NAMES: Partial<Record<GuardedModule, readonly string[]>> = {
  net: ['isIP', 'isIPv4', 'isIPv6'],
};

/** The only names that a pure layer may take from `node:crypto`: results that depend on the arguments alone. */
export const PURE_CRYPTO_NAMES = [
  'Hash',
  'Hmac',
  'createHash',
  'createHmac',
  'createDecipheriv',
  'createPublicKey',
  'createPrivateKey',
  'createVerify',
  'createSign',
  'hash',
  'privateDecrypt',
  // With PKCS#1 padding of block type 1, which is what Node does unasked, both are functions of their arguments.
  'privateEncrypt',
  'publicDecrypt',
  'sign',
  'timingSafeEqual',
  'verify',
  'KeyObject',
  'X509Certificate',
] as const;

/** Names of the runtime that are a clock, a timer, a socket, randomness, or a way around these bans. */
export const IMPURE_GLOBALS = {
  Date: 'time arrives in the event',
  performance: 'time arrives in the event',
  setTimeout: 'ask for a timer with the setTimer effect',
  setInterval: 'ask for a timer with the setTimer effect',
  setImmediate: 'ask for a timer with the setTimer effect',
  clearTimeout: 'ask with the clearTimer effect',
  clearInterval: 'ask with the clearTimer effect',
  clearImmediate: 'ask with the clearTimer effect',
  queueMicrotask: 'a step does its work before it returns',
  AbortSignal: 'its timeout is a timer',
  process: 'no clock, environment or descriptors below the drivers',
  globalThis: 'a way around the other bans',
  global: 'a way around the other bans',
  require: 'a way around the other bans',
  crypto: 'randomness is counter-based: src/random',
  fetch: 'I/O belongs to the drivers',
  WebSocket: 'I/O belongs to the drivers',
  EventSource: 'I/O belongs to the drivers',
  MessageChannel: 'I/O belongs to the drivers',
  BroadcastChannel: 'I/O belongs to the drivers',
} as const;

/** Randomness is a function of the seed everywhere in the product, not only below the drivers. */
export const BANNED_PROPERTIES = [
  { object: 'Math', property: 'random', message: 'randomness is counter-based: src/random' },
] as const;

const PROTOCOLS = [
  'capf',
  'device-config',
  'dhcp',
  'dns',
  'firmware',
  'http',
  'sccp',
  'sip',
  'tftp',
  'trust',
  'tvs',
] as const;

const BYTES = ['src/errors.ts', 'src/wire', 'src/random'] as const;
const PHONES = [...BYTES, 'src/protocols', 'src/phone', 'src/schedule'] as const;
/** What an observer knows of phones: what they tell, not how they think. */
const PHONES_FROM_OUTSIDE = [
  'src/phone/boot-event.ts',
  'src/phone/failure-causes.ts',
  'src/phone/failure-facts.ts',
  'src/phone/stages.ts',
] as const;
const RUNNING = [
  ...PHONES,
  'src/drivers',
  'src/pki',
  'src/redis',
  'src/ramp',
  'src/metrics',
  'src/scenario',
  'src/runner',
] as const;

/** From the bottom to the top. */
export const LAYERS: readonly Layer[] = [
  // L0
  { path: 'src/errors.ts', pure: true, imports: [] },
  { path: 'src/wire', pure: true, imports: ['src/errors.ts'] },
  { path: 'src/random', pure: true, imports: ['src/errors.ts'] },
  // L1
  { path: 'src/protocols', pure: true, imports: BYTES, rooms: PROTOCOLS, packages: ['fast-xml-parser'] },
  // L2
  { path: 'src/phone', pure: true, imports: [...BYTES, 'src/protocols'] },
  { path: 'src/schedule', pure: true, imports: [...BYTES, 'src/phone'] },
  // L3
  {
    path: 'src/drivers',
    imports: ['src/errors.ts', 'src/wire'],
    typesOf: ['src/protocols'],
    modules: ['dgram', 'net', 'tls', 'child_process'],
  },
  // Certificates on disk: keys, a lab's authority, what a user brings.
  { path: 'src/pki', imports: [...BYTES, 'src/protocols', 'src/drivers/ending-signals.ts'] },
  // Connections to Redis, names and packing of what lies there, its clock.
  { path: 'src/redis', imports: ['src/errors.ts', 'src/schedule', 'src/drivers'] },
  // L4
  { path: 'src/ramp', imports: ['src/errors.ts', 'src/schedule', 'src/redis'] },
  { path: 'src/metrics', imports: [...BYTES, ...PHONES_FROM_OUTSIDE], modules: ['http', 'net'] },
  { path: 'src/scenario', imports: [...PHONES, 'src/metrics', 'src/ramp'] },
  {
    path: 'src/runner',
    imports: [...PHONES, 'src/drivers', 'src/pki', 'src/ramp', 'src/metrics', 'src/scenario'],
  },
  // L5
  { path: 'src/engine', imports: RUNNING, modules: ['worker_threads', 'child_process'] },
  { path: 'src/coordinator', imports: [...RUNNING, 'src/engine'] },
  {
    path: 'src/lab',
    imports: [...BYTES, 'src/protocols', 'src/drivers', 'src/pki', 'src/scenario'],
    modules: ['dgram', 'net', 'tls', 'http', 'child_process'],
  },
  { path: 'src/report', imports: ['src/errors.ts', ...PHONES_FROM_OUTSIDE, 'src/metrics', 'src/scenario'] },
  // The live page of a run, for a browser.
  {
    path: 'src/page',
    imports: ['src/errors.ts', ...PHONES_FROM_OUTSIDE, 'src/metrics', 'src/scenario', 'src/report'],
    modules: ['http', 'net'],
  },
  { path: 'workers', imports: [...RUNNING, 'src/engine'], modules: ['worker_threads'] },
  // L6
  {
    path: 'src/cli',
    imports: [...RUNNING, 'src/engine', 'src/coordinator', 'src/lab', 'src/report', 'src/page'],
  },
  // Beside the product: what it exports, as Grafana and Prometheus are to show it.
  { path: 'dashboards', imports: [...PHONES_FROM_OUTSIDE, 'src/metrics', 'src/scenario/validity.ts'] },
];

/** Folders that no product code may import, beside the layers above it. */
export const NEVER_IMPORTED = ['test', 'bench'] as const;

/** The layers, and other folders, from which a layer may import nothing, not even a type. */
export function bannedLayers(layer: Layer): string[] {
  const all = [...LAYERS.map(({ path }) => path), ...NEVER_IMPORTED];
  return all.filter((path) => path !== layer.path && !mentions(layer, path));
}

/** The layers of which only single files may be imported, with these files. */
export function openedLayers(layer: Layer): { path: string; files: string[] }[] {
  return LAYERS.map(({ path }) => ({
    path,
    files: layer.imports.filter((allowed) => allowed.startsWith(`${path}/`)),
  })).filter(({ files }) => files.length > 0);
}

export function bannedModules(layer: Layer): GuardedModule[] {
  return GUARDED_MODULES.filter((module) => !layer.modules?.includes(module));
}

function mentions(layer: Layer, path: string): boolean {
  const named = [...layer.imports, ...(layer.typesOf ?? [])];
  return named.some((allowed) => allowed === path || allowed.startsWith(`${path}/`));
}
