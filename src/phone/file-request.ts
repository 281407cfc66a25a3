/**
 * One file from a server: asked for, and answered. The steps that want files (file-steps.ts, firmware-step.ts,
 * locale-step.ts) know no transport: they call `requestFile` and get one `FileAnswer`, in a later event.
 *
 *   transport        event                              what happens
 *   ---------------  ---------------------------------  ------------------------------------------------------------
 *   tftp             file wanted                        TFTP
 *   http-then-tftp   file wanted                        HTTP
 *   http-then-tftp   200, 404, or larger than taken     that is the answer (404: inference)
 *   http-then-tftp   any other end of HTTP              the try of the stage failed; after `fallbackMs`, TFTP
 *   either           the end of TFTP                    that is the answer
 *
 * "HTTP first for each file, TFTP after any failure" is what CUCM's TFTP trace of an 8861 shows (Cisco TAC 214528).
 */
import type { MachineEvent } from '../protocols/effects.ts';
import type { FileSinkConfig } from '../protocols/file-sink.ts';
import {
  createGetExchange,
  type HttpFailure,
  type HttpResult,
  stepGetExchange,
} from '../protocols/http/get-exchange.ts';
import { createReadTransfer, stepReadTransfer, type TftpResult } from '../protocols/tftp/read-transfer.ts';
import type { HostPort } from './boot-settings.ts';
import { causeOfHttp, causeOfTftp, type HttpTrouble } from './file-causes.ts';
import { beginStage, failStage, hostPortText, noteSent, type Phone, type PhoneOutput } from './phone.ts';
import type { StepOutcome } from './step-outcome.ts';

/** What became of the file that was asked for. */
export type FileAnswer = Exclude<TftpResult, { outcome: 'stopped' }>;
export type FileFailure = Extract<FileAnswer, { outcome: 'failed' }>;

/** Over HTTP it is the file itself that cannot be used: TFTP would bring the same. */
const TOO_LARGE: FileFailure = { outcome: 'failed', cause: 'too-large' };

/** The pause between the failure over HTTP and TFTP, as the transfer that it delays is told of it. */
const FALLBACK = 'fallback';

/** Asks the current server for a file. The answer comes from `onFileEvent`. */
export function requestFile(
  phone: Phone,
  fileName: string,
  sink: FileSinkConfig,
  now: number,
  out: PhoneOutput,
): StepOutcome {
  const { files } = phone.environment.settings;
  phone.fileName = fileName;
  phone.fileStartedAt = now;
  if (files.transport === 'http-then-tftp') {
    phone.fileProtocol = 'http';
    const { host, port } = currentServer(phone);
    phone.http = createGetExchange({ host, port, fileName, sink, settings: files.http });
  } else {
    prepareTftp(phone, fileName, sink);
  }
  onFileEvent(phone, { type: 'start', now }, out);
  return 'pending';
}

/** Takes an event for the transfer under way; the answer, once it is complete. */
export function onFileEvent(phone: Phone, event: MachineEvent, out: PhoneOutput): FileAnswer | null {
  if (phone.http) return onHttpEvent(phone, event, out);
  if (phone.tftp) return onTftpEvent(phone, event, out);
  return null;
}

/** Ends the transfer under way, if there is one, without an answer. */
export function stopFile(phone: Phone, now: number, out: PhoneOutput): void {
  onFileEvent(phone, { type: 'stop', now }, out);
}

function onHttpEvent(phone: Phone, event: MachineEvent, out: PhoneOutput): FileAnswer | null {
  if (!phone.http) return null;
  const { sink } = phone.http.config;
  stepGetExchange(phone.http, out.http.own(event), out.http);
  noteSent(phone, out.http.takeSent(), event.now, out);
  const result = out.http.takeResult();
  if (result === null) return null;
  phone.http = null;
  if (result.outcome === 'stopped') return null;
  reportFile(phone, result, event.now, out);
  if (result.outcome !== 'failed') return result;
  if (!isTrouble(result)) return TOO_LARGE;
  fallBackToTftp(phone, result, sink, event.now, out);
  return null;
}

function isTrouble(failure: HttpFailure): failure is HttpTrouble {
  return failure.cause !== 'too-large';
}

/** Another try of the stage: the pause belongs to it. */
function fallBackToTftp(
  phone: Phone,
  trouble: HttpTrouble,
  sink: FileSinkConfig,
  now: number,
  out: PhoneOutput,
): void {
  const { stage } = phone;
  if (stage === null) return;
  const cause = causeOfHttp(trouble);
  // Of a failure that any server may meet, metrics could not tell that it was this one.
  const isOfHttp = cause.startsWith('http-');
  const server = serverText(phone);
  const detail = isOfHttp ? trouble.message : `HTTP ${server}`;
  failStage(phone, cause, isOfHttp ? server : null, detail, now, out);
  beginStage(phone, stage, now, out);
  prepareTftp(phone, phone.fileName, sink);
  out.effects.setTimer(`tftp.${FALLBACK}`, phone.environment.settings.files.fallbackMs);
}

/** The transfer waits for its start. */
function prepareTftp(phone: Phone, fileName: string, sink: FileSinkConfig): void {
  const { tftp } = phone.environment.settings;
  phone.fileProtocol = 'tftp';
  const { host, port } = currentServer(phone);
  phone.tftp = createReadTransfer({ host, port, fileName, sink, settings: tftp });
}

function onTftpEvent(phone: Phone, event: MachineEvent, out: PhoneOutput): FileAnswer | null {
  if (!phone.tftp) return null;
  const pauseIsOver = event.type === 'timer' && event.timer === FALLBACK;
  if (event.type === 'stop') out.effects.clearTimer(`tftp.${FALLBACK}`);
  if (phone.tftp.state === 'idle') phone.fileStartedAt = event.now;
  const own = pauseIsOver ? ({ type: 'start', now: event.now } as const) : out.tftp.own(event);
  stepReadTransfer(phone.tftp, own, out.tftp);
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
  reportFile(phone, result, event.now, out);
  return result;
}

function reportFile(
  phone: Phone,
  result: Exclude<TftpResult | HttpResult, { outcome: 'stopped' }>,
  now: number,
  out: PhoneOutput,
): void {
  out.effects.emit({
    type: 'fileTransferred',
    protocol: phone.fileProtocol,
    name: phone.fileName,
    outcome: result.outcome,
    bytes: result.outcome === 'received' ? result.bytes : 0,
    server: serverText(phone),
    now,
    startedAt: phone.fileStartedAt,
  });
}

/** The stage failed because this file did not come. */
export function failFile(
  phone: Phone,
  answer: Exclude<FileAnswer, { outcome: 'received' }>,
  now: number,
  out: PhoneOutput,
): StepOutcome {
  const cause = answer.outcome === 'not-found' ? 'tftp-file-not-found' : causeOfTftp(answer, phone.stage);
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

const NOWHERE: HostPort = { host: '0.0.0.0', port: 0 };

function currentServer(phone: Phone): HostPort {
  const server = phone.tftpServers[phone.tftpServer] ?? NOWHERE;
  if (phone.fileProtocol === 'tftp') return server;
  return { host: server.host, port: phone.environment.settings.files.httpPort };
}

/** `address:port` of the server that is asked. */
export function serverText(phone: Phone): string {
  return hostPortText(currentServer(phone));
}
