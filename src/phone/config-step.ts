/**
 * Step 7 of Table 2-4: the configuration file. A server that does not answer is left for the second one, and stays
 * left for the rest of the boot.
 *
 *   file                answer                     what the phone does
 *   ------------------  -------------------------  ---------------------------------------------------------------
 *   SEP<MAC>.cnf.xml    a usable file              the configuration, kept in flash
 *                       a short file               .enc.sgn; CAPF before, where the cluster knows another certificate
 *                       ERROR 1                    XMLDefault.cnf.xml: the phone is unknown to the cluster
 *   .enc.sgn            a usable file              the configuration, kept in flash
 *                       ERROR 1, asked for first   SEP<MAC>.cnf.xml
 *                       not to be decrypted        SEP<MAC>.cnf.xml where that was not read yet; then CAPF, once; then
 *                                                  the last good one, else the step failed
 *   XMLDefault.cnf.xml  ERROR 1                    the step failed ("CFG file not found")
 *   any                 no answer, other ERROR     the second server; then the last good one, else the step failed
 *   any                 too large, malformed       the last good one ("CFG TFTP size error"), else the step failed
 *   any, signed         a bad signature            the same ("file auth error")
 *                       an unknown signer          TVS; the same where it does not vouch for the signer
 *
 * Where the trust lists name the TFTP server, `.sgn` stands behind every name (signed-files.ts), and there is no way back
 * to files without a signature. A phone whose last configuration was encrypted asks for `.enc.sgn` first (guide of the
 * 6901/6911); others find out by the short file (certutils `enccnf`; Cisco document 118929).
 *
 * A step that failed ends the boot: the phone drops its address and begins again at DHCP, for ever (blog.phpguy.org,
 * 7961G, 2008). Going on with the last good configuration is what 79xx do by general knowledge: a setting.
 */
import { deviceConfigFileName, DEFAULT_CONFIG_FILE_NAME } from '../protocols/device-config/file-names.ts';
import type { DeviceConfig } from '../protocols/device-config/device-config.ts';
import type { FileSinkConfig } from '../protocols/file-sink.ts';
import { decryptConfig } from '../protocols/trust/encrypted-config.ts';
import { afterShortConfig, certificateHash } from '../protocols/trust/short-config.ts';
import type { SignedFile } from '../protocols/trust/signed-file.ts';
import { beginEnrolment, mayEnrol } from './enrolment-step.ts';
import type { FailureCause } from './failure-causes.ts';
import { askNextServer, failFile, type FileAnswer, requestFile, serverText } from './file-request.ts';
import { beginStage, failStage, type Phone, type PhoneOutput, passStage } from './phone.ts';
import {
  askedName,
  causeOfVerdict,
  encryptedName,
  formOf,
  plainName,
  SIGNATURE_BYTES,
  wantsSigned,
} from './signed-files.ts';
import { judgeSigned } from './signed-verdict.ts';
import type { StepOutcome } from './step-outcome.ts';
import type { TvsVerdict } from './secure-link.ts';

/**
 * Reads the configuration, in a boot or, in service, after Reset type 3: it depends on nothing but the servers that are
 * known. `passed`: `phone.config` is the new one.
 */
export function beginConfiguration(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  if (phone.environment.settings.skip.config) return 'passed';
  beginStage(phone, 'config', now, out);
  phone.shortConfig = null;
  const own = deviceConfigFileName(phone.name);
  return ask(phone, asksEncryptedFirst(phone) ? encryptedName(own) : askedName(phone, own), now, out);
}

function asksEncryptedFirst(phone: Phone): boolean {
  return phone.flash.encrypted && phone.environment.settings.security.encryptedFirst && wantsSigned(phone);
}

function ask(phone: Phone, fileName: string, now: number, out: PhoneOutput): StepOutcome {
  return requestFile(phone, fileName, kept(phone, fileName), now, out);
}

export function onConfigFile(phone: Phone, answer: FileAnswer, now: number, out: PhoneOutput): StepOutcome {
  switch (answer.outcome) {
    case 'received':
      return onReceived(phone, answer.content ?? new Uint8Array(0), now, out);
    case 'not-found':
      return onNotFound(phone, answer, now, out);
    case 'failed': {
      const next = askNextServer(phone, answer, kept(phone, phone.fileName), now, out);
      if (next !== null) return next;
      failFile(phone, answer, now, out);
      return lastGoodConfiguration(phone);
    }
    default:
      return answer satisfies never;
  }
}

function onNotFound(
  phone: Phone,
  answer: Extract<FileAnswer, { outcome: 'not-found' }>,
  now: number,
  out: PhoneOutput,
): StepOutcome {
  const own = deviceConfigFileName(phone.name);
  if (formOf(phone.fileName) === 'encrypted') {
    if (phone.shortConfig === null) return ask(phone, askedName(phone, own), now, out);
    failFile(phone, answer, now, out);
    return lastGoodConfiguration(phone);
  }
  if (plainName(phone.fileName) === own)
    return ask(phone, askedName(phone, DEFAULT_CONFIG_FILE_NAME), now, out);
  return failFile(phone, answer, now, out);
}

function onReceived(phone: Phone, content: Uint8Array, now: number, out: PhoneOutput): StepOutcome {
  const form = formOf(phone.fileName);
  if (form === 'plain') return useConfiguration(phone, content, now, out);
  const judged = judgeSigned(phone, content, form, isDefault(phone), now, out);
  switch (judged.outcome) {
    case 'genuine':
      return useFile(phone, judged.file, now, out);
    case 'refused':
      return refuse(phone, judged.cause, judged.detail, now, out);
    case 'pending':
      return 'pending';
    default:
      return judged satisfies never;
  }
}

/** What TVS says of the signer of a file whose signature is good. */
export function onConfigVerdict(
  phone: Phone,
  file: SignedFile,
  verdict: TvsVerdict,
  now: number,
  out: PhoneOutput,
): StepOutcome {
  const cause = causeOfVerdict(verdict);
  return cause === null ? useFile(phone, file, now, out) : refuse(phone, cause, undefined, now, out);
}

function useFile(phone: Phone, file: SignedFile, now: number, out: PhoneOutput): StepOutcome {
  const { encryption } = file.header;
  if (encryption === null) return useConfiguration(phone, file.payload, now, out);
  const credential = phone.flash.lsc ?? phone.mic;
  if (credential === null) return onUndecrypted(phone, 'no-certificate', undefined, now, out);
  const decrypted = decryptConfig({ ...file, header: { ...file.header, encryption } }, credential.privateKey);
  return decrypted.ok
    ? useConfiguration(phone, decrypted.content, now, out)
    : onUndecrypted(phone, 'decrypt-failed', decrypted.problem, now, out);
}

/** The short file says which certificate the cluster knows, and whether CAPF may give the phone another. */
function onUndecrypted(
  phone: Phone,
  cause: FailureCause,
  detail: string | undefined,
  now: number,
  out: PhoneOutput,
): StepOutcome {
  failStage(phone, cause, serverText(phone), detail, now, out);
  const { shortConfig } = phone;
  if (shortConfig === null) {
    beginStage(phone, 'config', now, out);
    return ask(phone, askedName(phone, deviceConfigFileName(phone.name)), now, out);
  }
  if (mayEnrol(phone, shortConfig)) return enrol(phone, shortConfig, now, out);
  return lastGoodConfiguration(phone);
}

function useConfiguration(phone: Phone, content: Uint8Array, now: number, out: PhoneOutput): StepOutcome {
  const { configs } = phone.environment;
  const parsed = isDefault(phone) ? configs.default(content) : configs.device(content);
  if (!parsed.ok) {
    const cause = parsed.problem === 'too-large' ? 'config-too-large' : 'config-malformed';
    return refuse(phone, cause, parsed.detail, now, out);
  }
  const { config } = parsed;
  if ('fullConfig' in config && formOf(phone.fileName) !== 'encrypted') {
    const own = phone.flash.lsc ?? phone.mic;
    const next = afterShortConfig(config, own && certificateHash(own.certificate));
    if (next !== 'complete') return onShortConfig(phone, config, next, now, out);
  }
  const problem = problemOf(phone, config);
  if (problem !== null) {
    failStage(phone, problem, serverText(phone), undefined, now, out);
    return 'failed';
  }
  phone.config = config;
  phone.shortConfig = null;
  phone.flash.config = config;
  phone.flash.encrypted = formOf(phone.fileName) === 'encrypted';
  passStage(phone, serverText(phone), now, out);
  return 'passed';
}

function problemOf(phone: Phone, config: NonNullable<Phone['config']>): FailureCause | null {
  const { settings } = phone.environment;
  if ('protocol' in config && config.protocol === 'SIP') return 'config-not-sccp';
  return config.callManagers.length === 0 && settings.callManagers === null && !settings.skip.callManager
    ? 'config-no-callmanager'
    : null;
}

function onShortConfig(
  phone: Phone,
  config: DeviceConfig,
  next: 'fetch-encrypted' | 'enrol',
  now: number,
  out: PhoneOutput,
): StepOutcome {
  phone.shortConfig = config;
  if (next === 'enrol' && mayEnrol(phone, config)) {
    passStage(phone, serverText(phone), now, out);
    return enrol(phone, config, now, out);
  }
  return ask(phone, encryptedName(deviceConfigFileName(phone.name)), now, out);
}

/** CAPF was asked for the sake of the encrypted configuration, or after it. */
export function afterEnrolment(
  phone: Phone,
  outcome: StepOutcome,
  now: number,
  out: PhoneOutput,
): StepOutcome {
  return outcome === 'passed' && phone.state === 'config' ? askEncrypted(phone, now, out) : outcome;
}

/** What CAPF has done, it did between the short file and the encrypted one. */
function askEncrypted(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  beginStage(phone, 'config', now, out);
  return ask(phone, encryptedName(deviceConfigFileName(phone.name)), now, out);
}

/** Without a session, where CAPF cannot be asked at all, it goes on at once. */
function enrol(phone: Phone, config: DeviceConfig, now: number, out: PhoneOutput): StepOutcome {
  const outcome = beginEnrolment(phone, config, now, out);
  return outcome === 'passed' ? askEncrypted(phone, now, out) : outcome;
}

function refuse(
  phone: Phone,
  cause: FailureCause,
  detail: string | undefined,
  now: number,
  out: PhoneOutput,
): StepOutcome {
  failStage(phone, cause, serverText(phone), detail, now, out);
  return lastGoodConfiguration(phone);
}

function isDefault({ fileName }: Phone): boolean {
  return plainName(fileName) === DEFAULT_CONFIG_FILE_NAME;
}

/** No server gave a file that can be used. */
function lastGoodConfiguration(phone: Phone): StepOutcome {
  phone.shortConfig = null;
  if (phone.flash.config === null || !phone.environment.settings.keepsLastConfig) return 'failed';
  phone.config = phone.flash.config;
  return 'passed';
}

/** A file that is read. One sink for all phones would mix them; this is only what it is to be like. */
function kept(phone: Phone, fileName: string): FileSinkConfig {
  const { maxConfigBytes } = phone.environment.settings.tftp;
  const signature = formOf(fileName) === 'plain' ? 0 : SIGNATURE_BYTES;
  return { type: 'keep', maxBytes: maxConfigBytes + signature };
}
