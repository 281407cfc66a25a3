/** One phone's connection at a CallManager of the lab. */
import type { Socket } from 'node:net';
import { decodeFrame, SCCP_FRAME_RULE } from '../protocols/sccp/header.ts';
import { decodeMessage, encodeMessage, type SccpMessage } from '../protocols/sccp/message-table.ts';
import { RESET_TYPE, UNREGISTER_STATUS } from '../protocols/sccp/messages/session-end.ts';
import type { FaultKind, LabFault } from '../scenario/lab-faults.ts';
import { DecodeError } from '../wire/decode-error.ts';
import { StreamFramer } from '../wire/stream-framer.ts';
import type { CallManager } from './call-manager.ts';
import type { SecurityMode } from './device-security.ts';
import { after } from './fault-table.ts';
import { intervalsOf } from './keep-alive-intervals.ts';
import type { ResetType } from './lab-contract.ts';
import { answerTo, buttonsFor, prebuiltAnswers, type StationFacts } from './station-answers.ts';

type RegisterReq = Extract<SccpMessage, { type: 'RegisterReq' }>;

/** Version of a phone whose Register is too short to say (CallManager 3.x and older). */
const OLDEST_VERSION = 3;
const ANSWER_FAULTS: readonly FaultKind[] = [
  'silence',
  'close',
  'abort',
  'delay',
  'malformed',
  'truncate',
  'length-lie',
];
const KEEP_ALIVE_ACK = encodeMessage({ type: 'KeepAliveAck' }, 0);
const UNREGISTER_ACK = encodeMessage({ type: 'UnregisterAck', status: UNREGISTER_STATUS.ok }, 0);
const UNREGISTER_NAK = encodeMessage({ type: 'UnregisterAck', status: UNREGISTER_STATUS.nak }, 0);
const TOKEN_ACK = encodeMessage({ type: 'RegisterTokenAck' }, 0);
const HTTP_ANSWER = Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n', 'latin1');
/** The longest length that a signed word can claim: most servers wait for it, one closes. */
const LYING_LENGTH = Uint8Array.of(0xff, 0xff, 0xff, 0x7f);

/** A phone's connection, in clear or secured. */
export interface StationConnection {
  readonly stream: Socket;
  /** `authenticated`: secured without encryption. */
  readonly security: SecurityMode;
  /** Device whose certificate was shown; null without TLS, or where the certificate is no phone's. */
  readonly certifiedDevice: string | null;
  /** RST. */
  abort(): void;
}

export class Station {
  /** Of the device that has asked to register here, or for a token; null before. */
  deviceName: string | null = null;
  /** When the phone last sent something, ms since the lab was started. */
  heardAt: number;
  /** What its RegisterAck said; 0 before. */
  keepAliveSeconds = 0;
  readonly #manager: CallManager;
  readonly #connection: StationConnection;
  readonly #socket: Socket;
  readonly #framer = new StreamFramer(SCCP_FRAME_RULE);
  #facts: StationFacts | null = null;

  constructor(manager: CallManager, connection: StationConnection) {
    const socket = connection.stream;
    this.#manager = manager;
    this.#connection = connection;
    this.#socket = socket;
    this.heardAt = manager.facts.clock.now();
    socket.on('data', (chunk) => this.#receive(chunk));
    // A phone that vanishes resets its connection: 'close' follows, and that is enough.
    socket.on('error', () => {});
    socket.on('close', () => manager.forget(this));
  }

  /** Closes in order. */
  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  reset(resetType: ResetType): void {
    this.#answer(encodeMessage({ type: 'Reset', resetType }, 0));
  }

  #receive(chunk: Uint8Array): void {
    this.heardAt = this.#manager.facts.clock.now();
    this.#framer.push(chunk);
    try {
      for (let frame = this.#framer.next(); frame !== null; frame = this.#framer.next()) {
        this.#onMessage(decodeMessage(decodeFrame(frame)));
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      // As chan-sccp, chan_skinny and FreeSWITCH do with a length outside their limits.
      this.#manager.counts.malformed++;
      this.destroy();
    }
  }

  #onMessage(message: SccpMessage): void {
    this.#manager.counts.messages++;
    switch (message.type) {
      case 'RegisterReq':
        return this.#onRegister(message);
      case 'KeepAliveReq':
        this.#manager.counts.keepAlives++;
        return this.#answer(KEEP_ALIVE_ACK);
      case 'UnregisterReq':
        return this.#onUnregister();
      case 'RegisterTokenReq':
        return this.#onTokenRequest(message.deviceName);
      case 'UnknownMessage':
        this.#manager.counts.unknownMessages++;
        return;
      default:
        return this.#onRequest(message);
    }
  }

  #onRegister(request: RegisterReq): void {
    const { deviceName } = request;
    const fault = this.#manager.faults.pick(deviceName, ['reject']);
    const objection = fault ? 'Rejected by fault' : this.#manager.objectionTo(deviceName, this.#connection);
    if (objection !== null) return this.#reject(objection);
    // A connection that changes its name gives the first one back.
    if (this.deviceName !== null && this.deviceName !== deviceName) this.#manager.unregister(this);
    this.deviceName = deviceName;
    const waitMs = this.#manager.registrationWaitMs();
    if (waitMs === null) this.#onOverload();
    else after(waitMs, () => this.#register(request));
  }

  #onOverload(): void {
    this.#manager.counts.overLimit++;
    const { registrationOverload } = this.#manager.facts.settings.limits;
    if (registrationOverload === 'reject') this.#reject('Server busy');
    if (registrationOverload === 'close') this.end();
  }

  #onUnregister(): void {
    const { unregisterAnswer } = this.#manager.facts.settings;
    if (unregisterAnswer === 'nak') return this.#answer(UNREGISTER_NAK);
    this.#manager.unregister(this);
    if (unregisterAnswer === 'ack') this.#answer(UNREGISTER_ACK);
    else if (unregisterAnswer === 'reset') this.reset(RESET_TYPE.reset);
    else this.end();
  }

  #onTokenRequest(deviceName: string): void {
    const { tokens, faults, facts } = this.#manager;
    this.deviceName ??= deviceName;
    const fault = faults.pick(deviceName, ['token-reject']);
    if (fault !== null) {
      tokens.refuse();
      return this.#rejectToken(fault.waitSeconds);
    }
    const waitMs = tokens.ask();
    if (waitMs === null) this.#rejectToken(facts.settings.tokens.waitSeconds);
    else after(waitMs, () => this.#answer(TOKEN_ACK));
  }

  #rejectToken(waitTimeBeforeNextReq: number): void {
    this.#answer(encodeMessage({ type: 'RegisterTokenReject', waitTimeBeforeNextReq }, 0));
  }

  /** The phone's turn has come: what was said about it when it asked may no longer hold. */
  #register(request: RegisterReq): void {
    const { deviceName } = request;
    const { settings, directory } = this.#manager.facts;
    if (this.#socket.destroyed || this.deviceName !== deviceName) return;
    const objection = this.#manager.objectionTo(deviceName, this.#connection);
    if (objection !== null) return this.#reject(objection);
    const older = this.#manager.otherHolder(deviceName, this);
    if (older !== null && !this.#mayBeSecond(older)) return;
    const version = Math.min(request.protocolVersion ?? OLDEST_VERSION, settings.protocolVersion);
    const buttons = buttonsFor(request.maxNumberOfLines ?? 0);
    this.#facts = {
      deviceName,
      version,
      buttons,
      directoryNumber: directory.directoryNumber(deviceName),
      prebuilt: prebuiltAnswers(version, buttons),
      server: this.#manager.namedServer,
    };
    this.#manager.register(deviceName, this);
    const intervals = intervalsOf(settings, deviceName);
    this.keepAliveSeconds = intervals.keepAliveSeconds;
    this.#answer(this.#manager.greeting(version, intervals));
    if (this.#manager.faults.pick(deviceName, ['reset'])) this.reset(RESET_TYPE.reset);
  }

  /** Another connection has the name. */
  #mayBeSecond(older: Station): boolean {
    const { secondRegistration } = this.#manager.facts.settings;
    switch (secondRegistration) {
      case 'takeOver':
      case 'accept':
        return true;
      case 'silence':
        return false;
      case 'rejectWithoutText':
        this.#reject('');
        return false;
      case 'reject':
        this.#reject('Crossover session');
        older.end();
        this.end();
        return false;
      default:
        return secondRegistration satisfies never;
    }
  }

  #reject(text: string): void {
    this.#manager.counts.rejections++;
    this.#answer(encodeMessage({ type: 'RegisterReject', text }, 0));
  }

  #onRequest(request: SccpMessage): void {
    if (this.#facts === null) return;
    const answer = answerTo(request, this.#facts, () => new Date());
    if (answer === null) return;
    after(this.#manager.facts.settings.serviceTimes.answerMs, () => this.#answer(answer));
  }

  #answer(bytes: Uint8Array): void {
    if (!this.#socket.writable) return;
    const fault = this.#manager.faults.pick(this.deviceName ?? '', ANSWER_FAULTS);
    if (fault === null) this.#socket.write(bytes);
    else this.#answerFaulty(fault, bytes);
  }

  #answerFaulty(fault: LabFault, bytes: Uint8Array): void {
    switch (fault.kind) {
      case 'silence':
        return;
      case 'close':
        return this.end();
      case 'abort':
        this.#connection.abort();
        return;
      case 'delay':
        return after(fault.delayMs, () => {
          if (this.#socket.writable) this.#socket.write(bytes);
        });
      case 'malformed':
        this.#socket.write(HTTP_ANSWER);
        return;
      case 'truncate':
        this.#socket.end(bytes.subarray(0, bytes.length >> 1));
        return;
      case 'length-lie':
        this.#socket.write(Buffer.concat([LYING_LENGTH, bytes.subarray(LYING_LENGTH.length)]));
        return;
      default:
        this.#socket.write(bytes);
    }
  }
}
