/**
 * One file from a server: asked for, and answered. The steps that want files (file-steps.ts, firmware-step.ts,
 * locale-step.ts) know no transport: they call `requestFile` and get one `FileAnswer`, in a later event.
 */
import type { MachineEvent } from '../protocols/effects.ts';
import type { FileSinkConfig } from '../protocols/file-sink.ts';
import { TFTP_ERROR } from '../protocols/tftp/packet.ts';
import { createReadTransfer, stepReadTransfer, type TftpResult } from '../protocols/tftp/read-transfer.ts';
import type { HostPort } from './boot-settings.ts';
import { causeOfUnsendable } from './close-causes.ts';
import type { FailureCause } from './failure-causes.ts';
import { beginStage, failStage, hostPortText, noteSent, type Phone, type PhoneOutput } from './phone.ts';
import type { StepOutcome } from './step-outcome.ts';

/** What became of the file that was asked for. */
export type FileAnswer = Exclude<TftpResult, { outcome: 'stopped' }>;
export type FileFailure = Extract<FileAnswer, { outcome: 'failed' }>;

/** Asks the current server for a file. The answer comes from `onFileEvent`. */
export function requestFile(
  phone: Phone,
  fileName: string,
  sink: FileSinkConfig,
  now: number,
  out: PhoneOutput,
): StepOutcome {
  const { tftp } = phone.environment.settings;
  const { host, port } = currentServer(phone);
  phone.fileName = fileName;
  phone.fileStartedAt = now;
  phone.tftp = createReadTransfer({ host, port, fileName, sink, settings: tftp });
  onFileEvent(phone, { type: 'start', now }, out);
  return 'pending';
}

/** Takes an event for the transfer under way; the answer, once it is complete. */
export function onFileEvent(phone: Phone, event: MachineEvent, out: PhoneOutput): FileAnswer | null {
  if (!phone.tftp) return null;
  stepReadTransfer(phone.tftp, out.tftp.own(event), out.tftp);
  noteSent(phone, out.tftp.takeSent(), event.now, out);
  for (const notice of out.tftp.takeNotices()) {
    if (notice.type === 'retransmitted') {
      out.effects.emit({ type: 'retransmitted', protocol: 'tftp', now: event.now });
    }
  }
  const result = out.tftp.takeResult();
  if (result === null) return null;
  phone.tftp = null;
  if (result.outcome === 'stopped') return null;
  out.effects.emit({
    type: 'fileTransferred',
    name: phone.fileName,
    outcome: result.outcome,
    bytes: result.outcome === 'received' ? result.bytes : 0,
    server: serverText(phone),
    now: event.now,
    startedAt: phone.fileStartedAt,
  });
  return result;
}

/** Ends the transfer under way without an answer. */
export function stopFile(phone: Phone, now: number, out: PhoneOutput): void {
  onFileEvent(phone, { type: 'stop', now }, out);
}

/** The stage failed because this file did not come. */
export function failFile(
  phone: Phone,
  answer: Exclude<FileAnswer, { outcome: 'received' }>,
  now: number,
  out: PhoneOutput,
): StepOutcome {
  const cause = answer.outcome === 'not-found' ? 'tftp-file-not-found' : causeOf(phone, answer);
  failStage(phone, cause, serverText(phone), answer.message, now, out);
  return 'failed';
}

/** Leaves the current server for the rest of the boot and asks the next one for the same file; null: none is left. */
export function askNextServer(
  phone: Phone,
  failure: FileFailure,
  sink: FileSinkConfig,
  now: number,
  out: PhoneOutput,
): StepOutcome | null {
  if (phone.tftpServer + 1 >= phone.tftpServers.length || phone.stage === null) return null;
  const { stage } = phone;
  failFile(phone, failure, now, out);
  phone.tftpServer++;
  beginStage(phone, stage, now, out);
  return requestFile(phone, phone.fileName, sink, now, out);
}

/** The server as a whole does not answer, in contrast to having trouble with one file. */
export function isSilence({ cause }: FileFailure): boolean {
  return !['access-violation', 'error', 'malformed', 'too-large'].includes(cause);
}

/**
 * What a server that has too much to do writes into an ERROR packet. CUCM is not known to send one; other servers
 * have no code for it and use "not defined" or "disk full or allocation exceeded" (RFC 1350). Our inference.
 */
const BUSY_TEXT = /busy|overload|too many|try (?:again|later)|limit|resource|temporar/i;
const BUSY_CODES: readonly number[] = [TFTP_ERROR.notDefined, TFTP_ERROR.diskFull];

function causeOf(phone: Phone, { cause, code, message }: FileFailure): FailureCause {
  switch (cause) {
    case 'timeout':
      return 'tftp-timeout';
    case 'access-violation':
      return 'tftp-access-violation';
    case 'error':
      return BUSY_CODES.includes(code ?? -1) && BUSY_TEXT.test(message ?? '')
        ? 'tftp-server-busy'
        : 'tftp-error';
    case 'malformed':
      return 'tftp-malformed';
    case 'too-large':
      return phone.stage === 'config' ? 'config-too-large' : 'file-too-large';
    default:
      return causeOfUnsendable(cause);
  }
}

const NOWHERE: HostPort = { host: '0.0.0.0', port: 0 };

function currentServer(phone: Phone): HostPort {
  return phone.tftpServers[phone.tftpServer] ?? NOWHERE;
}

/** `address:port` of the server that is asked. */
export function serverText(phone: Phone): string {
  return hostPortText(currentServer(phone));
}
