import type {
  BootSettings,
  DhcpSettings,
  FileSettings,
  FirmwareSettings,
  HostPort,
  SccpSettings,
  SecuritySettings,
} from '../phone/boot-settings.ts';
import { PHONE_MODEL_NAMES, PHONE_MODELS, type PhoneModelName } from '../phone/models.ts';
import { usesDhcp, usesLab } from './check.ts';
import { powersPorts } from './power.ts';
import { type ServerAddress, withDefaultPort } from './host-port.ts';
import type { Scenario } from './schema.ts';
import { dhcpDefaults } from './target-schema.ts';

const CALL_MANAGER_PORT = 2000;

/** 48 ports with 0.3 s each. Inference. */
const PORT_BY_PORT = { type: 'uniform', min: 0, max: 14.4 } as const;
const AT_ONCE = { type: 'constant', seconds: 0 } as const;

/** Stands for the servers of a lab until it has started; port 0 is no port, nothing can be sent there. */
const NOT_YET: HostPort = { host: '127.0.0.1', port: 0 };

/** What all phones have in common, from the scenario's `phones`, `target`, `timing` and `skip`. */
export function bootSettings(scenario: Scenario): BootSettings {
  const { phones, target, timing, skip } = scenario;
  return {
    seed: scenario.seed,
    flash: phones.flash,
    timing: {
      power: timing.power ?? (powersPorts(scenario) ? AT_ONCE : PORT_BY_PORT),
      image: timing.image === 'model' ? null : timing.image,
      vlan: timing.vlan,
      models: timing.models ?? {},
      compression: timing.compression,
    },
    skip: {
      power: skip.includes('power'),
      image: skip.includes('image'),
      vlan: skip.includes('vlan'),
      ctl: skip.includes('ctl'),
      config: skip.includes('config'),
      callManager: skip.includes('callManager'),
    },
    dhcp: usesDhcp(scenario) ? dhcpSettings(target.dhcp) : null,
    tftpServers: hostPorts(target.tftp.servers, target.tftp.port),
    tftpPort: target.tftp.port,
    tftp: {
      timeoutMs: milliseconds(target.tftp.timeoutSeconds),
      requestAttempts: target.tftp.requestAttempts,
      blockAttempts: target.tftp.blockAttempts,
      maxConfigBytes: target.tftp.maxConfigBytes,
    },
    files: fileSettings(target.files),
    firmware: firmwareSettings(scenario),
    keepsLastConfig: phones.keepLastConfig,
    dns: {
      servers: hostPorts(target.dns.servers, target.dns.port),
      port: target.dns.port,
      hosts: target.dns.hosts,
      timeoutMs: milliseconds(target.dns.timeoutSeconds),
      attempts: target.dns.attempts,
    },
    callManagers: hostPorts(target.callManagers, CALL_MANAGER_PORT),
    sccp: sccpSettings(scenario),
    security: securitySettings(scenario),
    restartPause: phones.restartPause,
    reconnectPause: phones.reconnectPause,
    quickLossMs: milliseconds(phones.quickLoss),
    maxBootAttempts: phones.maxBootAttempts ?? null,
  };
}

function fileSettings(files: Scenario['target']['files']): FileSettings {
  return {
    transport: files.transport,
    httpPort: files.httpPort,
    http: {
      connectTimeoutMs: milliseconds(files.connectTimeoutSeconds),
      answerTimeoutMs: milliseconds(files.answerTimeoutSeconds),
      exchangeTimeoutMs: milliseconds(files.exchangeTimeoutSeconds),
    },
    fallbackMs: milliseconds(files.fallbackSeconds),
    localeJars: files.localeJars,
  };
}

function firmwareSettings({ firmware, phones }: Scenario): FirmwareSettings {
  const { runningLoad } = firmware;
  const loadOf = (model: PhoneModelName): string =>
    (typeof runningLoad === 'string' ? runningLoad : runningLoad?.[model]) ??
    PHONE_MODELS[model].olderLoads[phones.protocolVersion];
  return {
    download: firmware.download,
    runningLoads: Object.fromEntries(
      PHONE_MODEL_NAMES.map((model) => [model, loadOf(model)]),
    ) as FirmwareSettings['runningLoads'],
    maxBytes: firmware.maxBytes ?? null,
    flashTime: firmware.flashTime,
    sharingTime: firmware.sharing?.time ?? { type: 'constant', seconds: 0 },
  };
}

function sccpSettings({ phones, target }: Scenario): SccpSettings {
  const { sccp } = target;
  return {
    protocolVersion: phones.protocolVersion,
    advertise: sccp.advertise,
    connectTimeoutMs: milliseconds(sccp.connectTimeoutSeconds),
    registerTimeoutMs: milliseconds(sccp.registerTimeoutSeconds),
    answerTimeoutMs: milliseconds(sccp.answerTimeoutSeconds),
    unregisterTimeoutMs: milliseconds(sccp.unregisterTimeoutSeconds),
    keepAliveLoss: sccp.keepAliveLoss,
    standby: sccp.standby,
    connectionMonitorMs:
      sccp.connectionMonitorSeconds === undefined ? null : milliseconds(sccp.connectionMonitorSeconds),
    tokenTimeoutMs: milliseconds(sccp.tokenTimeoutSeconds),
    tokenRetryMs: milliseconds(sccp.tokenRetrySeconds),
    standbyRetry: sccp.standbyRetry,
  };
}

/** In the lab no certificate belongs to a real phone: it may be changed there. */
function securitySettings(scenario: Scenario): SecuritySettings {
  const { security: phone } = scenario.phones;
  const { allowCertificateChange, handshakeTimeoutSeconds, tvs, capf } = scenario.target.security;
  return {
    certificates: phone.certificates ?? null,
    tlsProfile: phone.tlsProfile,
    trustListAttempts: phone.trustListAttempts === 'forever' ? null : phone.trustListAttempts,
    trustListRetry: phone.trustListRetry,
    tftpRecords: phone.tftpRecords,
    needsLsc: phone.needsLsc,
    encryptedFirst: phone.encryptedFirst,
    handshakeTimeoutMs: milliseconds(handshakeTimeoutSeconds),
    handshakeTime: phone.handshakeTime,
    resumption: phone.resumption,
    contexts: phone.contexts,
    tvs: { port: tvs.port, timeoutMs: milliseconds(tvs.timeoutSeconds) },
    capf: {
      enrol: phone.enrol,
      passwordFile: phone.passwordFile ?? null,
      allowCertificateChange: allowCertificateChange || usesLab(scenario),
      timeoutMs: milliseconds(capf.timeoutSeconds),
      attempts: capf.attempts,
      retryPause: capf.retryPause,
      keyTime: phone.keyTime,
    },
  };
}

function dhcpSettings(written: Scenario['target']['dhcp']): DhcpSettings {
  const dhcp = written === undefined || written === 'static' ? dhcpDefaults : written;
  return {
    server: dhcp.server === undefined ? NOT_YET : withDefaultPort(dhcp.server, dhcp.port),
    replyPort: dhcp.replyPort,
    initReboot: dhcp.initReboot,
    backoffSeconds: dhcp.backoffSeconds,
    jitterSeconds: dhcp.jitterSeconds,
    release: dhcp.release,
  };
}

function hostPorts(servers: readonly ServerAddress[] | undefined, port: number): readonly HostPort[] | null {
  return servers?.map((server) => withDefaultPort(server, port)) ?? null;
}

function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000);
}
