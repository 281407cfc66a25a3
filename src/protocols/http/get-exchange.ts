/**
 * The phone's side of one file over HTTP/1.1 (RFC 9110, RFC 9112): one connection per file, one GET, and the phone
 * closes when it has the body, as traces of CUCM's file server show it.
 *
 *   state       event                              what happens                                      next
 *   ----------  ---------------------------------  ------------------------------------------------  ----------
 *   idle        start                              connect                                           connecting
 *   connecting  connected                          send GET                                          waiting
 *   connecting  not within connectTimeoutMs        failed: timeout                                   ended
 *   waiting     part of a head                     keep it                                           waiting
 *   waiting     1xx                                drop it, the answer follows (RFC 9110 15.2)       waiting
 *   waiting     200                                take what came of the body                        receiving
 *   waiting     404                                not-found                                         ended
 *   waiting     503                                failed: busy (CUCM: serving, or searching another ended
 *                                                  cluster)
 *   waiting     any other status                   failed: status                                    ended
 *   receiving   bytes of the body                  into the sink                                     receiving
 *   receiving   the last of them                   received                                          ended
 *   receiving   bytes, and the sink has enough     received                                          ended
 *   receiving   FIN, where no length was given     received (RFC 9112 6.3)                           ended
 *   receiving   more than the sink takes, or a     failed: too-large                                 ended
 *               Content-Length of more
 *   wait./rec.  bytes that are not HTTP/1          failed: malformed                                 ended
 *   wait./rec.  nothing for answerTimeoutMs, or    failed: no-answer                                 ended
 *               not all within exchangeTimeoutMs
 *   any other   the connection ended or never was  failed with its cause                             ended
 *   any         stop                               stopped                                           ended
 *
 * Every ending closes the connection. The body of an answer that is not 200 is not waited for. Bytes after the end of
 * a body are not looked at.
 */
import { DecodeError } from '../../wire/decode-error.ts';
import type { CloseCause, Effects, MachineEvent } from '../effects.ts';
import { FileSink, type FileSinkConfig } from '../file-sink.ts';
import { type BodyReader, createBodyReader } from './body-reader.ts';
import { encodeGetRequest } from './get-request.ts';
import { beginsLikeHttp, decodeResponseHead, headLength, type ResponseHead } from './response-head.ts';

export interface HttpSettings {
  /** Wait for the connection. */
  readonly connectTimeoutMs: number;
  /** Longest silence of a server that is connected. */
  readonly answerTimeoutMs: number;
  /** Longest time from the request to the end of the body: bounds a server that never falls silent for long. */
  readonly exchangeTimeoutMs: number;
}

export interface GetExchangeConfig {
  /** Address, not a name. */
  readonly host: string;
  readonly port: number;
  readonly fileName: string;
  readonly sink: FileSinkConfig;
  readonly settings: HttpSettings;
}

export type HttpTimer = 'answer';

export type HttpFailureCause =
  | 'busy'
  | 'status'
  | 'no-answer'
  | 'malformed'
  | 'too-large'
  /** `fin` and `reset`: before the answer was complete; `timeout`: of the connection. */
  | CloseCause;

export interface HttpFailure {
  readonly outcome: 'failed';
  readonly cause: HttpFailureCause;
  /** The status and reason of the answer, or what was wrong with its bytes. */
  readonly message?: string;
}

export type HttpResult =
  | {
      readonly outcome: 'received';
      readonly bytes: number;
      /** The file, where the sink kept it. */
      readonly content: Buffer | null;
      /** Lower-case hex, where the sink digested it. */
      readonly digest: string | null;
    }
  | { readonly outcome: 'not-found'; readonly message: string }
  | HttpFailure
  | { readonly outcome: 'stopped' };

/** The machine's record. Read it freely; only `stepGetExchange` writes it. */
export interface GetExchange {
  state: 'idle' | 'connecting' | 'waiting' | 'receiving' | 'ended';
  readonly config: GetExchangeConfig;
  readonly sink: FileSink;
  /** What has come of a head that is not complete. */
  partOfHead: Buffer;
  /** Of all heads of this answer, interim ones included. */
  headBytes: number;
  body: BodyReader | null;
  requestedAt: number;
  lastHeardAt: number;
}

export type GetExchangeEffects = Effects<HttpTimer, never, HttpResult>;
type HttpEvent = MachineEvent<HttpTimer>;

const EMPTY = Buffer.alloc(0);
/** The limit of most servers and clients for a head; CUCM's has some hundred bytes. */
export const MAX_HEAD_BYTES = 16 * 1024;
const MAX_REASON_LENGTH = 200;

export function createGetExchange(config: GetExchangeConfig): GetExchange {
  return {
    state: 'idle',
    config,
    sink: new FileSink(config.sink),
    partOfHead: EMPTY,
    headBytes: 0,
    body: null,
    requestedAt: 0,
    lastHeardAt: 0,
  };
}

export function stepGetExchange(machine: GetExchange, event: HttpEvent, out: GetExchangeEffects): void {
  switch (machine.state) {
    case 'idle':
      if (event.type === 'start') return begin(machine, out);
      if (event.type === 'stop') return end(machine, { outcome: 'stopped' }, out);
      return;
    case 'connecting':
      return inConnecting(machine, event, out);
    case 'waiting':
    case 'receiving':
      return inExchange(machine, event, out);
    case 'ended':
      return;
    default:
      machine.state satisfies never;
  }
}

function begin(machine: GetExchange, out: GetExchangeEffects): void {
  const { host, port, settings } = machine.config;
  machine.state = 'connecting';
  out.connect(host, port);
  out.setTimer('answer', settings.connectTimeoutMs);
}

function inConnecting(machine: GetExchange, event: HttpEvent, out: GetExchangeEffects): void {
  const { host, port, fileName, settings } = machine.config;
  switch (event.type) {
    case 'connected':
      machine.state = 'waiting';
      machine.requestedAt = event.now;
      machine.lastHeardAt = event.now;
      out.send(encodeGetRequest(host, port, fileName));
      return out.setTimer('answer', Math.min(settings.answerTimeoutMs, settings.exchangeTimeoutMs));
    case 'timer':
      return end(machine, { outcome: 'failed', cause: 'timeout' }, out);
    case 'closed':
      return end(machine, { outcome: 'failed', cause: event.cause }, out);
    case 'stop':
      return end(machine, { outcome: 'stopped' }, out);
    default: // datagrams do not happen on a stream
      return;
  }
}

function inExchange(machine: GetExchange, event: HttpEvent, out: GetExchangeEffects): void {
  switch (event.type) {
    case 'data':
      machine.lastHeardAt = event.now;
      return onData(machine, event.bytes, out);
    case 'timer':
      return onTimer(machine, event.now, out);
    case 'closed':
      return onClosed(machine, event.cause, out);
    case 'stop':
      return end(machine, { outcome: 'stopped' }, out);
    default: // datagrams do not happen on a stream
      return;
  }
}

function onData(machine: GetExchange, bytes: Uint8Array, out: GetExchangeEffects): void {
  try {
    if (machine.body === null) onHeadBytes(machine, bytes, out);
    else onBodyBytes(machine, machine.body, bytes, out);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    end(machine, { outcome: 'failed', cause: 'malformed', message: error.message }, out);
  }
}

/** Bytes while no head is complete. Several heads may come in one piece, and part of the body after them. */
function onHeadBytes(machine: GetExchange, bytes: Uint8Array, out: GetExchangeEffects): void {
  let searched = Math.max(0, machine.partOfHead.length - 2);
  let gathered = Buffer.concat([machine.partOfHead, bytes]);
  for (;;) {
    if (!beginsLikeHttp(gathered)) throw new DecodeError('http/status-line', 0, 'not HTTP/1');
    const length = headLength(gathered, searched);
    if (machine.headBytes + (length < 0 ? gathered.length : length) > MAX_HEAD_BYTES) {
      throw new DecodeError('http/head', 0, `longer than ${MAX_HEAD_BYTES} bytes`);
    }
    if (length < 0) {
      machine.partOfHead = gathered;
      return;
    }
    machine.headBytes += length;
    const head = decodeResponseHead(gathered.subarray(0, length));
    gathered = gathered.subarray(length);
    searched = 0;
    // 101 would end HTTP on this connection: we never ask for that.
    if (head.status >= 200 || head.status === 101) return onHead(machine, head, gathered, out);
  }
}

function onHead(machine: GetExchange, head: ResponseHead, rest: Uint8Array, out: GetExchangeEffects): void {
  const { status, reason, framing } = head;
  const message = `${status} ${reason.slice(0, MAX_REASON_LENGTH)}`.trim();
  switch (status) {
    case 200:
      break;
    case 404:
      return end(machine, { outcome: 'not-found', message }, out);
    case 503:
      return end(machine, { outcome: 'failed', cause: 'busy', message }, out);
    default:
      return end(machine, { outcome: 'failed', cause: 'status', message }, out);
  }
  machine.state = 'receiving';
  machine.partOfHead = EMPTY;
  machine.body = createBodyReader(framing, machine.sink);
  onBodyBytes(machine, machine.body, rest, out);
}

function onBodyBytes(
  machine: GetExchange,
  body: BodyReader,
  bytes: Uint8Array,
  out: GetExchangeEffects,
): void {
  const progress = body.take(bytes);
  switch (progress) {
    case 'more':
      return machine.sink.hasEnough ? end(machine, received(machine.sink), out) : undefined;
    case 'complete':
      return end(machine, received(machine.sink), out);
    case 'too-large':
      return end(machine, { outcome: 'failed', cause: 'too-large' }, out);
    default:
      progress satisfies never;
  }
}

function onClosed(machine: GetExchange, cause: CloseCause, out: GetExchangeEffects): void {
  if (cause === 'fin' && machine.body?.endsWithConnection) return end(machine, received(machine.sink), out);
  end(machine, { outcome: 'failed', cause }, out);
}

/** The timer is not moved by each piece: when it fires early for the newest one, it is set again for the rest. */
function onTimer(machine: GetExchange, now: number, out: GetExchangeEffects): void {
  const { answerTimeoutMs, exchangeTimeoutMs } = machine.config.settings;
  const rest = Math.min(machine.lastHeardAt + answerTimeoutMs, machine.requestedAt + exchangeTimeoutMs) - now;
  if (rest >= 1) return out.setTimer('answer', rest);
  end(machine, { outcome: 'failed', cause: 'no-answer' }, out);
}

function received(sink: FileSink): HttpResult {
  const { bytes } = sink;
  return { outcome: 'received', bytes, content: sink.takeContent(), digest: sink.takeDigest() };
}

function end(machine: GetExchange, result: HttpResult, out: GetExchangeEffects): void {
  const begun = machine.state !== 'idle';
  machine.state = 'ended';
  machine.partOfHead = EMPTY;
  if (begun) {
    out.clearTimer('answer');
    out.close();
  }
  out.done(result);
}
