/**
 * Steps 6 and 7 of Table 2-4: the trust lists (CTL, ITL), then the configuration file. One file after the other,
 * each from a fresh UDP port. A server that does not answer is left for the second one, and stays left for the rest
 * of the boot; a trust list that is missing or cannot be read is passed over (phone status "File Not Found").
 *
 *   SEP<MAC>.cnf.xml   received    the configuration
 *                      not found   XMLDefault.cnf.xml: the phone is unknown to the cluster
 *   any                no answer   the second server; without one: the configuration in flash, else the step failed
 */
import {
  deviceConfigFileName,
  DEFAULT_CONFIG_FILE_NAME,
  trustListFileNames,
} from '../protocols/device-config/file-names.ts';
import type { MachineEvent } from '../protocols/effects.ts';
import { createReadTransfer, stepReadTransfer, type TftpResult } from '../protocols/tftp/read-transfer.ts';
import type { HostPort } from './boot-settings.ts';
import { causeOfUnsendable } from './close-causes.ts';
import type { FailureCause } from './failure-causes.ts';
import {
  beginStage,
  failStage,
  hostPortText,
  noteSent,
  type Phone,
  type PhoneOutput,
  passStage,
} from './phone.ts';
import type { StepOutcome } from './step-outcome.ts';

export function beginTrustLists(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  const { skip, sccp } = phone.environment.settings;
  if (skip.ctl) return 'passed';
  beginStage(phone, 'ctl', now, out);
  phone.trustFiles = trustListFileNames(phone.name, sccp.protocolVersion);
  return nextTrustFile(phone, now, out);
}

export function beginConfiguration(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  if (phone.environment.settings.skip.config) return 'passed';
  beginStage(phone, 'config', now, out);
  return requestFile(phone, deviceConfigFileName(phone.name), now, out);
}

/** Takes an event for the transfer under way. */
export function onTftpEvent(phone: Phone, event: MachineEvent, out: PhoneOutput): StepOutcome {
  if (!phone.tftp) return 'pending';
  stepReadTransfer(phone.tftp, out.tftp.own(event), out.tftp);
  noteSent(phone, out.tftp.takeSent(), event.now, out);
  for (const notice of out.tftp.takeNotices()) {
    if (notice.type === 'retransmitted') {
      out.effects.emit({ type: 'retransmitted', protocol: 'tftp', now: event.now });
    }
  }
  const result = out.tftp.takeResult();
  if (result === null) return 'pending';
  phone.tftp = null;
  if (result.outcome === 'stopped') return 'pending';
  reportFile(phone, result, event.now, out);
  return phone.stage === 'ctl'
    ? onTrustFile(phone, result, event.now, out)
    : onConfigFile(phone, result, event.now, out);
}

type Answer = Exclude<TftpResult, { outcome: 'stopped' }>;

function nextTrustFile(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  const [name, ...rest] = phone.trustFiles;
  if (name !== undefined) {
    phone.trustFiles = rest;
    return requestFile(phone, name, now, out);
  }
  passStage(phone, serverText(phone), now, out);
  return 'passed';
}

function onTrustFile(phone: Phone, result: Answer, now: number, out: PhoneOutput): StepOutcome {
  if (result.outcome === 'failed' && isSilence(result.cause)) {
    return nextServer(phone, result, now, out) ?? failFile(phone, result, now, out);
  }
  return nextTrustFile(phone, now, out);
}

function onConfigFile(phone: Phone, result: Answer, now: number, out: PhoneOutput): StepOutcome {
  switch (result.outcome) {
    case 'received':
      return useConfiguration(phone, result.content, now, out);
    case 'not-found':
      if (phone.fileName !== DEFAULT_CONFIG_FILE_NAME)
        return requestFile(phone, DEFAULT_CONFIG_FILE_NAME, now, out);
      failStage(phone, 'tftp-file-not-found', serverText(phone), result.message, now, out);
      return 'failed';
    case 'failed':
      return (
        nextServer(phone, result, now, out) ??
        useFlash(phone, result, now, out) ??
        failFile(phone, result, now, out)
      );
    default:
      return result satisfies never;
  }
}

function useConfiguration(
  phone: Phone,
  content: Uint8Array | null,
  now: number,
  out: PhoneOutput,
): StepOutcome {
  const { configs, settings } = phone.environment;
  const server = serverText(phone);
  const file = content ?? new Uint8Array(0);
  const unknown = phone.fileName === DEFAULT_CONFIG_FILE_NAME;
  const parsed = unknown ? configs.default(file) : configs.device(file);
  if (!parsed.ok) {
    const cause = parsed.problem === 'too-large' ? 'config-too-large' : 'config-malformed';
    failStage(phone, cause, server, parsed.detail, now, out);
    return 'failed';
  }
  const { config } = parsed;
  const problem: FailureCause | null =
    'protocol' in config && config.protocol === 'SIP'
      ? 'config-not-sccp'
      : config.callManagers.length === 0 && settings.callManagers === null && !settings.skip.callManager
        ? 'config-no-callmanager'
        : null;
  if (problem !== null) {
    failStage(phone, problem, server, undefined, now, out);
    return 'failed';
  }
  phone.config = config;
  phone.flash.config = config;
  passStage(phone, server, now, out);
  return 'passed';
}

/** No server gave a file: 79xx phones go on with the last good configuration (general knowledge, no document). */
function useFlash(
  phone: Phone,
  result: Extract<Answer, { outcome: 'failed' }>,
  now: number,
  out: PhoneOutput,
): StepOutcome | null {
  if (phone.flash.config === null) return null;
  failFile(phone, result, now, out);
  phone.config = phone.flash.config;
  return 'passed';
}

function failFile(
  phone: Phone,
  result: Extract<Answer, { outcome: 'failed' }>,
  now: number,
  out: PhoneOutput,
): StepOutcome {
  failStage(phone, causeOf(result.cause), serverText(phone), result.message, now, out);
  return 'failed';
}

/** Goes on with the same file at the next server, or null when there is none. */
function nextServer(
  phone: Phone,
  result: Extract<Answer, { outcome: 'failed' }>,
  now: number,
  out: PhoneOutput,
): StepOutcome | null {
  if (phone.tftpServer + 1 >= phone.tftpServers.length || phone.stage === null) return null;
  const { stage } = phone;
  failStage(phone, causeOf(result.cause), serverText(phone), result.message, now, out);
  phone.tftpServer++;
  beginStage(phone, stage, now, out);
  return requestFile(phone, phone.fileName, now, out);
}

function requestFile(phone: Phone, fileName: string, now: number, out: PhoneOutput): StepOutcome {
  const { tftp } = phone.environment.settings;
  const { host, port } = currentServer(phone);
  phone.fileName = fileName;
  phone.fileStartedAt = now;
  phone.tftp = createReadTransfer({
    host,
    port,
    fileName,
    sink: { type: 'keep', maxBytes: tftp.maxConfigBytes },
    settings: tftp,
  });
  return onTftpEvent(phone, { type: 'start', now }, out);
}

function reportFile(phone: Phone, result: Answer, now: number, out: PhoneOutput): void {
  out.effects.emit({
    type: 'fileTransferred',
    name: phone.fileName,
    outcome: result.outcome,
    bytes: result.outcome === 'received' ? result.bytes : 0,
    server: serverText(phone),
    now,
    startedAt: phone.fileStartedAt,
  });
}

type TransferFailure = Extract<Answer, { outcome: 'failed' }>['cause'];

/** The server as a whole does not answer, in contrast to having trouble with one file. */
function isSilence(cause: TransferFailure): boolean {
  return !['access-violation', 'error', 'malformed', 'too-large'].includes(cause);
}

function causeOf(cause: TransferFailure): FailureCause {
  switch (cause) {
    case 'timeout':
      return 'tftp-timeout';
    case 'access-violation':
      return 'tftp-access-violation';
    case 'error':
      return 'tftp-error';
    case 'malformed':
      return 'tftp-malformed';
    case 'too-large':
      return 'config-too-large';
    default:
      return causeOfUnsendable(cause);
  }
}

const NOWHERE: HostPort = { host: '0.0.0.0', port: 0 };

function currentServer(phone: Phone): HostPort {
  return phone.tftpServers[phone.tftpServer] ?? NOWHERE;
}

function serverText(phone: Phone): string {
  return hostPortText(currentServer(phone));
}
