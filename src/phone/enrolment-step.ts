/**
 * CAPF in a boot (step 7 of Table 2-4, after the configuration): where the configuration asks for it, the phone lets the
 * Certificate Authority Proxy Function do what is pending for its certificate, and goes on with what it then has.
 *
 *   event                                       what the phone does
 *   ------------------------------------------  ------------------------------------------------------------------------
 *   capfAuthMode 0, no capfList, enrol: false,  nothing
 *   or CAPF was asked in this boot
 *   otherwise                                   a session with the first server of capfList that has an address
 *   installed                                   the new certificate (LSC) is in flash, and used from then on
 *   deleted                                     the phone has no LSC any more
 *   fetched, nothing pending                    goes on
 *   unreachable, closed, timed out, malformed,  the stage failed; after a pause, the next try, with the next server;
 *   RetryLater                                  after the last one goes on with what it has
 *   untrusted, refused, forbidden, no key,      the stage failed; goes on with what it has: another try would end in the
 *   no certificate, no password                 same way (inference)
 *
 * Three tries, 30 s apart: Cisco Security Guide, "Certificates". CAPF's own certificate must stand in the trust lists
 * with its role. A name that does not resolve is a server that cannot be reached.
 */
import type { DeviceConfig } from '../protocols/device-config/device-config.ts';
import { createCapfClient, stepCapfClient } from '../protocols/capf/client.ts';
import type { CapfAuthentication, CapfResult } from '../protocols/capf/client-contract.ts';
import type { MachineEvent } from '../protocols/effects.ts';
import { uniform01 } from '../random/counter-random.ts';
import { sampleSeconds } from '../random/distribution.ts';
import type { BootEvent } from './boot-event.ts';
import type { HostPort } from './boot-settings.ts';
import { causeOfCapf, isFinal } from './capf-causes.ts';
import type { FailureCause } from './failure-causes.ts';
import { askResolver, knownAddress, onResolverEvent, type Resolution } from './name-resolution.ts';
import {
  beginStage,
  failStage,
  hostPortText,
  noteSent,
  type Phone,
  type PhoneOutput,
  passStage,
} from './phone.ts';
import { dropLink, linkOn, prepareLink, takeFailure, throughLink } from './secure-link.ts';
import type { StepOutcome } from './step-outcome.ts';

/** What a phone has to do with CAPF in this boot. */
export interface Enrolment {
  readonly config: DeviceConfig;
  /** Sessions that did not come to an end. */
  tries: number;
  server: string;
}

/** Whether the phone contacts CAPF because of this configuration. */
export function mayEnrol({ environment, enrolled, state }: Phone, config: DeviceConfig): boolean {
  const isAsked = config.capfAuthMode !== 0 && config.capfServers.length > 0;
  // A phone in service that is to enrol is reset by the cluster.
  return isAsked && environment.settings.security.capf.enrol && !enrolled && state !== 'inService';
}

/** After the configuration of a boot. */
export function beginEnrolmentStep(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  const { config } = phone;
  if (config === null || !('capfServers' in config) || !mayEnrol(phone, config)) return 'passed';
  return beginEnrolment(phone, config, now, out);
}

/** `passed`: CAPF has done what it did, and the phone goes on with what it has. */
export function beginEnrolment(
  phone: Phone,
  config: DeviceConfig,
  now: number,
  out: PhoneOutput,
): StepOutcome {
  phone.enrolled = true;
  phone.enrolment = { config, tries: 0, server: '' };
  return tryOnce(phone, phone.enrolment, now, out);
}

const RETRY = 'retry';

/** Takes an event for the connection to CAPF. */
export function onCapfEvent(phone: Phone, event: MachineEvent, out: PhoneOutput): StepOutcome {
  const { enrolment } = phone;
  if (enrolment === null) return 'pending';
  if (event.type === 'timer' && event.timer === RETRY) return tryOnce(phone, enrolment, event.now, out);
  const link = linkOn(phone, 'capf');
  const events = link === null ? [event] : throughLink(phone, link, event, out);
  let outcome: StepOutcome = 'pending';
  for (const each of events) {
    const next = step(phone, enrolment, each, out);
    if (next !== 'pending') outcome = next;
  }
  return outcome;
}

/** Ends what is under way, without a word. */
export function dropEnrolment(phone: Phone, now: number, out: PhoneOutput): void {
  const { enrolment } = phone;
  if (enrolment === null) return;
  out.effects.clearTimer(`capf.${RETRY}`);
  dropLink(phone, 'capf', out);
  if (phone.capf !== null) step(phone, enrolment, { type: 'stop', now }, out);
  phone.enrolment = null;
}

function tryOnce(phone: Phone, enrolment: Enrolment, now: number, out: PhoneOutput): StepOutcome {
  beginStage(phone, 'capf', now, out);
  const { host, port } = serverOf(enrolment);
  const known = knownAddress(phone, host);
  if (known !== null) return connect(phone, enrolment, { host: known, port }, now, out);
  enrolment.server = '';
  const resolution = askResolver(phone, host, now, out);
  return resolution === null ? 'pending' : onResolution(phone, enrolment, resolution, now, out);
}

/** Takes an event for the resolver, which was asked for the address of CAPF. */
export function onCapfDns(phone: Phone, event: MachineEvent, out: PhoneOutput): StepOutcome {
  const resolution = onResolverEvent(phone, event, out);
  const { enrolment } = phone;
  if (resolution === null || enrolment === null) return 'pending';
  return onResolution(phone, enrolment, resolution, event.now, out);
}

function onResolution(
  phone: Phone,
  enrolment: Enrolment,
  resolution: Resolution,
  now: number,
  out: PhoneOutput,
): StepOutcome {
  if ('address' in resolution) {
    const server = { host: resolution.address, port: serverOf(enrolment).port };
    return connect(phone, enrolment, server, now, out);
  }
  const { cause, server, detail } = resolution;
  // The DNS server is none of CAPF's.
  const asked = `${serverOf(enrolment).host}${server === null ? '' : `, asked ${server}`}`;
  const text = detail === undefined ? asked : `${asked}: ${detail}`;
  return tryAgain(phone, enrolment, cause, text, null, now, out);
}

function connect(
  phone: Phone,
  enrolment: Enrolment,
  server: HostPort,
  now: number,
  out: PhoneOutput,
): StepOutcome {
  enrolment.server = hostPortText(server);
  const authentication = authenticationOf(phone, enrolment.config);
  if ('missing' in authentication) {
    return giveUp(phone, authentication.cause, authentication.missing, now, out);
  }
  prepareLink(phone, 'capf', enrolment.server, 'encrypted', out.capf);
  const { settings } = phone.environment;
  const { capf } = settings.security;
  const keyTime = sampleSeconds(capf.keyTime, settings.seed, phone.identity.index, 'key-time', phone.keys);
  phone.capf = createCapfClient({
    ...server,
    deviceName: phone.name,
    authentication,
    lsc: phone.flash.lsc,
    mic: phone.mic,
    mayChange: capf.allowCertificateChange,
    newKey: (kind, bits) => spareKey(phone, kind, bits),
    keyTimeMs: (keyTime * 1000) / settings.timing.compression,
    timeoutMs: capf.timeoutMs,
  });
  return step(phone, enrolment, { type: 'start', now }, out);
}

function serverOf({ config: { capfServers }, tries }: Enrolment): HostPort {
  return capfServers[tries % capfServers.length] ?? { host: '0.0.0.0', port: 0 };
}

type Missing = { readonly missing: string; readonly cause: FailureCause };

/** capfAuthMode: 1 authentication string, 2 null string, 3 existing certificate (LSC, else MIC), 4 MIC. */
function authenticationOf(phone: Phone, { capfAuthMode }: DeviceConfig): CapfAuthentication | Missing {
  const { flash, mic, environment } = phone;
  const { capfPassword } = environment.secrets;
  switch (capfAuthMode) {
    case 1:
      return capfPassword === null
        ? { missing: 'the scenario names no authentication string', cause: 'capf-rejected' }
        : { type: 'password', password: capfPassword };
    case 3:
      if (flash.lsc !== null) return { type: 'lsc' };
      return mic === null ? NO_CERTIFICATE : { type: 'mic' };
    case 4:
      return mic === null ? NO_CERTIFICATE : { type: 'mic' };
    default:
      return { type: 'null-string' };
  }
}

const NO_CERTIFICATE: Missing = { missing: 'CAPF is to be convinced by one', cause: 'no-certificate' };

/** Keys come out of a pool: making one for each phone would be the work of minutes. */
function spareKey(
  phone: Phone,
  kind: 'rsa' | 'ec',
  bits: number,
): ReturnType<Phone['environment']['secrets']['spareKey']> {
  const { environment, identity } = phone;
  const draw = uniform01(environment.settings.seed, identity.index, 'spare-key', phone.keys++);
  const key = environment.secrets.spareKey(draw);
  if (key?.asymmetricKeyType !== kind) return null;
  return kind === 'ec' || key.asymmetricKeyDetails?.modulusLength === bits ? key : null;
}

function step(phone: Phone, enrolment: Enrolment, event: MachineEvent, out: PhoneOutput): StepOutcome {
  if (phone.capf === null) return 'pending';
  stepCapfClient(phone.capf, out.capf.own(event), out.capf);
  noteSent(phone, out.capf.takeSent(), event.now, out);
  const result = out.capf.takeResult();
  if (result === null) return 'pending';
  phone.capf = null;
  const failure = takeFailure(phone, 'capf');
  if (failure !== null && result.outcome === 'failed') {
    const cause = failure.cause === 'tls-server-untrusted' ? 'capf-untrusted' : failure.cause;
    return cause === 'capf-untrusted'
      ? giveUp(phone, cause, failure.detail, event.now, out)
      : tryAgain(phone, enrolment, cause, failure.detail, null, event.now, out);
  }
  return onResult(phone, enrolment, result, event.now, out);
}

function onResult(
  phone: Phone,
  enrolment: Enrolment,
  result: CapfResult,
  now: number,
  out: PhoneOutput,
): StepOutcome {
  switch (result.outcome) {
    case 'installed':
      phone.flash.lsc = result.credential;
      return succeed(phone, enrolment, 'install', now, out);
    case 'deleted':
      phone.flash.lsc = null;
      return succeed(phone, enrolment, 'delete', now, out);
    case 'fetched':
      return succeed(phone, enrolment, 'fetch', now, out);
    case 'nothing-pending':
      return succeed(phone, enrolment, 'none', now, out);
    case 'retry-later':
      return tryAgain(phone, enrolment, 'capf-rejected', 'retry later', result.seconds, now, out);
    case 'failed': {
      const detail = result.detail ?? (result.reason === undefined ? undefined : `reason ${result.reason}`);
      const cause = causeOfCapf(result.cause);
      return isFinal(result.cause)
        ? giveUp(phone, cause, detail, now, out)
        : tryAgain(phone, enrolment, cause, detail, null, now, out);
    }
    case 'stopped':
      return 'pending';
    default:
      return result satisfies never;
  }
}

function succeed(
  phone: Phone,
  { server }: Enrolment,
  operation: Extract<BootEvent, { type: 'enrolled' }>['operation'],
  now: number,
  out: PhoneOutput,
): StepOutcome {
  out.effects.emit({ type: 'enrolled', now, startedAt: phone.stageStartedAt, server, operation });
  passStage(phone, server, now, out);
  phone.enrolment = null;
  return 'passed';
}

/** @param seconds what CAPF asks for; null: it has not said */
function tryAgain(
  phone: Phone,
  enrolment: Enrolment,
  cause: FailureCause,
  detail: string | undefined,
  seconds: number | null,
  now: number,
  out: PhoneOutput,
): StepOutcome {
  const { settings } = phone.environment;
  const { attempts, retryPause } = settings.security.capf;
  enrolment.tries++;
  if (enrolment.tries >= attempts) return giveUp(phone, cause, detail, now, out);
  failStage(phone, cause, enrolment.server || null, detail, now, out);
  const pause = sampleSeconds(
    retryPause,
    settings.seed,
    phone.identity.index,
    'reboot-pause',
    phone.pauses++,
  );
  const pauseMs = Math.min(seconds ?? pause, MOST_PAUSE_SECONDS) * 1000;
  if (phone.firstPacketAt >= 0) phone.pausedMs += pauseMs;
  out.effects.setTimer(`capf.${RETRY}`, pauseMs);
  return 'pending';
}

/** A server that wants to be left alone for longer has a phone of ours only so long: a limit of ours. */
const MOST_PAUSE_SECONDS = 3600;

function giveUp(
  phone: Phone,
  cause: FailureCause,
  detail: string | undefined,
  now: number,
  out: PhoneOutput,
): StepOutcome {
  const server = phone.enrolment?.server ?? '';
  failStage(phone, cause, server === '' ? null : server, detail, now, out);
  phone.enrolment = null;
  return 'passed';
}
