import type { BootSettings } from '../../src/phone/boot-settings.ts';
import { PHONE_MODEL_NAMES, PHONE_MODELS } from '../../src/phone/models.ts';

/** Settings of a phone at the virtual cluster; times are those that a scenario has by default. */
export const BOOT_SETTINGS: BootSettings = {
  seed: 7,
  flash: 'warm',
  timing: {
    power: { type: 'constant', seconds: 1 },
    image: { type: 'constant', seconds: 45 },
    vlan: { type: 'constant', seconds: 2 },
    models: {},
    compression: 1,
  },
  skip: { power: false, image: false, vlan: false, ctl: false, config: false, callManager: false },
  dhcp: {
    server: { host: '127.0.0.1', port: 67 },
    replyPort: 67,
    initReboot: true,
    backoffSeconds: [4, 8, 16, 32, 64],
    jitterSeconds: 1,
    release: true,
  },
  tftpServers: null,
  tftpPort: 69,
  tftp: { timeoutMs: 4000, requestAttempts: 3, blockAttempts: 5, maxConfigBytes: 2048 * 1024 },
  files: {
    transport: 'tftp',
    httpPort: 6970,
    http: { connectTimeoutMs: 5000, answerTimeoutMs: 5000, exchangeTimeoutMs: 60_000 },
    fallbackMs: 630,
    localeJars: {},
  },
  firmware: {
    download: false,
    runningLoads: Object.fromEntries(
      PHONE_MODEL_NAMES.map((model) => [model, PHONE_MODELS[model].olderLoads[22]]),
    ) as BootSettings['firmware']['runningLoads'],
    maxBytes: null,
    flashTime: { type: 'constant', seconds: 60 },
    sharingTime: { type: 'constant', seconds: 100 },
  },
  keepsLastConfig: true,
  dns: { servers: null, port: 53, hosts: {}, timeoutMs: 2000, attempts: 2 },
  callManagers: null,
  sccp: {
    protocolVersion: 22,
    advertise: 'lease',
    connectTimeoutMs: 10_000,
    registerTimeoutMs: 20_000,
    answerTimeoutMs: 10_000,
    unregisterTimeoutMs: 2000,
    keepAliveLoss: 'model',
    standby: true,
    connectionMonitorMs: null,
    tokenTimeoutMs: 20_000,
    tokenRetryMs: 60_000,
    standbyRetry: { type: 'constant', seconds: 30 },
  },
  restartPause: { type: 'constant', seconds: 30 },
  reconnectPause: { type: 'constant', seconds: 2 },
  quickLossMs: 10_000,
  maxBootAttempts: null,
};
