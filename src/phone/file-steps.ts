/**
 * Step 7 of Table 2-4: the configuration file. A server that does not answer is left for the second one, and stays
 * left for the rest of the boot.
 *
 *   file                answer                     what the phone does
 *   ------------------  -------------------------  ---------------------------------------------------------------
 *   SEP<MAC>.cnf.xml    a usable file              the configuration, kept in flash
 *   SEP<MAC>.cnf.xml    ERROR 1                    XMLDefault.cnf.xml: the phone is unknown to the cluster
 *   XMLDefault.cnf.xml  ERROR 1                    the step failed ("CFG file not found")
 *   either              no answer, other ERROR     the second server; then the last good one, else the step failed
 *   either              too large, malformed       the last good one ("CFG TFTP size error"), else the step failed
 *
 * A step that failed ends the boot: the phone drops its address and begins again at DHCP, for ever (blog.phpguy.org,
 * 7961G, 2008). Going on with the last good configuration is what 79xx do by general knowledge: a setting.
 */
import { deviceConfigFileName, DEFAULT_CONFIG_FILE_NAME } from '../protocols/device-config/file-names.ts';
import type { MachineEvent } from '../protocols/effects.ts';
import type { FileSinkConfig } from '../protocols/file-sink.ts';
import type { FailureCause } from './failure-causes.ts';
import {
  askNextServer,
  failFile,
  type FileAnswer,
  onFileEvent,
  requestFile,
  serverText,
} from './file-request.ts';
import { onFirmwareFile } from './firmware-step.ts';
import { onLocaleFile } from './locale-step.ts';
import { beginStage, failStage, type Phone, type PhoneOutput, passStage } from './phone.ts';
import type { StepOutcome } from './step-outcome.ts';
import { onTrustFile } from './trust-list-step.ts';

/**
 * Reads the configuration, in a boot or, in service, after Reset type 3: it depends on nothing but the servers that are
 * known. `passed`: `phone.config` is the new one.
 */
export function beginConfiguration(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  if (phone.environment.settings.skip.config) return 'passed';
  beginStage(phone, 'config', now, out);
  return requestFile(phone, deviceConfigFileName(phone.name), kept(phone), now, out);
}

/** Takes an event for the file under way, whichever step asked for it. */
export function onFileStepEvent(phone: Phone, event: MachineEvent, out: PhoneOutput): StepOutcome {
  const answer = onFileEvent(phone, event, out);
  if (answer === null) return 'pending';
  switch (phone.stage) {
    case 'ctl':
      return onTrustFile(phone, answer, event.now, out);
    case 'firmware':
      return onFirmwareFile(phone, answer, event.now, out);
    case 'locale':
      return onLocaleFile(phone, answer, event.now, out);
    default:
      return onConfigFile(phone, answer, event.now, out);
  }
}

function onConfigFile(phone: Phone, answer: FileAnswer, now: number, out: PhoneOutput): StepOutcome {
  switch (answer.outcome) {
    case 'received':
      return useConfiguration(phone, answer.content, now, out);
    case 'not-found':
      if (phone.fileName !== DEFAULT_CONFIG_FILE_NAME)
        return requestFile(phone, DEFAULT_CONFIG_FILE_NAME, kept(phone), now, out);
      return failFile(phone, answer, now, out);
    case 'failed': {
      const next = askNextServer(phone, answer, kept(phone), now, out);
      if (next !== null) return next;
      failFile(phone, answer, now, out);
      return lastGoodConfiguration(phone);
    }
    default:
      return answer satisfies never;
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
    return lastGoodConfiguration(phone);
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

/** No server gave a file that can be used. */
function lastGoodConfiguration(phone: Phone): StepOutcome {
  if (phone.flash.config === null || !phone.environment.settings.keepsLastConfig) return 'failed';
  phone.config = phone.flash.config;
  return 'passed';
}

/** A file that is read. One sink for all phones would mix them; this is only what it is to be like. */
function kept(phone: Phone): FileSinkConfig {
  return { type: 'keep', maxBytes: phone.environment.settings.tftp.maxConfigBytes };
}
