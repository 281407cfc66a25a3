import { ALARM_SEVERITY, alarm } from './messages/alarm.ts';
import { registerReq } from './messages/register.ts';
import type { RegistrationConfig } from './registration-contract.ts';
import { asIpv4, NO_IPV6 } from './station-address.ts';

/** Feature bytes of a 7941 and 7961 in RegisterReq (chan-sccp, header dump of a 7941 with 8.5(3)). */
const PHONE_FEATURES = Uint8Array.of(0x00, 0x72, 0x85);

/** Number and word of a reason. */
export interface LastOutOfService {
  readonly number: number;
  readonly word: string;
}

/**
 * Why a phone was out of service last. The numbers are Cisco's (CallManager alarm LastOutOfServiceInformation).
 * Of the words only `Initialized`, `TCP-timeout` and (from a SIP phone) `cm-closed-tcp` were seen in public logs;
 * the others are from memory and decoration.
 */
export const LAST_OUT_OF_SERVICE = {
  tcpTimeout: { number: 10, word: 'TCP-timeout' },
  callManagerResetTcp: { number: 12, word: 'CM-reset-TCP' },
  callManagerClosedTcp: { number: 14, word: 'cm-closed-tcp' },
  addressLost: { number: 16, word: 'IP-lost' },
  keepAliveTimeout: { number: 17, word: 'KeepaliveTO' },
  failback: { number: 18, word: 'Failback' },
  reset: { number: 22, word: 'Reset-Reset' },
  restart: { number: 23, word: 'Reset-Restart' },
  registrationRejected: { number: 24, word: 'Phone-Reg-Rej' },
  initialized: { number: 25, word: 'Initialized' },
} as const satisfies Record<string, LastOutOfService>;

/** Longest text of an Alarm: its field has 80 bytes and ends with NUL. */
const ALARM_TEXT_BYTES = 79;

/**
 * Alarm and RegisterReq in one piece: what a phone says first. Their headers carry no version.
 *
 * @param address the phone's IPv4 address; anything else is written as 0.0.0.0
 */
export function greeting(config: RegistrationConfig, address: string): Uint8Array {
  const { number, word } = config.alarm;
  const text = `${number}: Name=${config.deviceName} Load= ${config.settings.load} Last=${word}`;
  return Buffer.concat([
    alarm.encode(
      {
        alarmSeverity: ALARM_SEVERITY.informational,
        text: text.slice(0, ALARM_TEXT_BYTES),
        parm1: 0,
        parm2: 0,
      },
      0,
    ),
    registerReq.encode(registration(config, address), 0),
  ]);
}

/** As a 7941 with load 8.5(3) fills it (chan-sccp, header dump). */
function registration({ deviceName, mac, settings }: RegistrationConfig, address: string) {
  return {
    deviceName,
    userId: 0,
    instance: settings.instance,
    stationIpAddr: asIpv4(address),
    deviceType: settings.deviceType,
    maxStreams: 5,
    activeStreams: 0,
    protocolVersion: settings.protocolVersion,
    phoneFeatures: PHONE_FEATURES,
    maxConferences: 1,
    activeConferences: 0,
    macAddress: Buffer.from(mac, 'hex'),
    ipV4AddressScope: 3,
    maxNumberOfLines: settings.maxLines,
    stationIpV6Addr: NO_IPV6,
    ipV6AddressScope: 0,
    firmwareLoadName: settings.load,
  };
}
