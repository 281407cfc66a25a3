/**
 * The lab's Trust Verification Service (CUCM: TCP 2445): one question for each connection, answered and closed as
 * `tvsd` of usecallmanager.nz does.
 *
 *   question                             answer
 *   -----------------------------------  ---------------------------------------------------------
 *   VerifyReq of a known certificate     VerifyRes 0 with its roles and how long they hold
 *   VerifyReq of any other               VerifyRes 1
 *   anything else, or no TVS             the connection is closed (as `tvsd`)
 *   nothing for ten seconds              the connection is closed (as `tvsd`)
 */
import {
  decodeTvs,
  encodeTvs,
  TVS_COMMANDS,
  TVS_FRAME_RULE,
  TVS_STATUS,
  type TvsMessage,
} from '../protocols/tvs/message.ts';
import type { FaultKind, LabFault } from '../scenario/lab-faults.ts';
import type { LabSettings } from '../scenario/lab-settings.ts';
import { DecodeError } from '../wire/decode-error.ts';
import { StreamFramer } from '../wire/stream-framer.ts';
import { after, type FaultTable } from './fault-table.ts';
import type { HostPort, LabService, ServiceStats } from './lab-contract.ts';
import { type SecuredConnection, type ServerIdentity, TlsService } from './tls-service.ts';

/** What a certificate is trusted as. */
export interface TvsEntry {
  /** As in the records of a trust list. */
  readonly roles: readonly number[];
  readonly ttlSeconds: number;
}

export interface TvsServerOptions {
  readonly identity: ServerIdentity;
  /** By the certificate's DER; null: it is not trusted. */
  readonly lookup: (der: Uint8Array) => TvsEntry | null;
}

const READ_LIMIT_MS = 10_000;
const REQUEST_FAULTS: readonly FaultKind[] = ['silence', 'close', 'abort', 'delay', 'malformed', 'invalid'];
const HTTP_ANSWER = Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n', 'latin1');

export class TvsServer implements LabService {
  readonly name = 'tvs';
  readonly #lookup: TvsServerOptions['lookup'];
  readonly #faults: FaultTable;
  readonly #port: TlsService;
  #waiting = 0;
  /** sessions = malformed + abandoned + valid + invalid + spoilt + waitingNow. */
  readonly #counts = { sessions: 0, malformed: 0, abandoned: 0, valid: 0, invalid: 0, spoilt: 0 };

  /** @param faults of this service; `refuse` is matched by address, the others by device name */
  constructor(settings: LabSettings, { identity, lookup }: TvsServerOptions, faults: FaultTable) {
    this.#lookup = lookup;
    this.#faults = faults;
    this.#port = new TlsService('TVS server', settings, identity, faults, (connection) =>
      this.#accept(connection),
    );
  }

  async start(port: number): Promise<void> {
    await this.#port.start(port);
  }

  get endpoint(): HostPort {
    return this.#port.endpoint;
  }

  stats(): ServiceStats {
    return {
      ...this.#port.counts,
      ...this.#counts,
      waitingNow: this.#waiting,
      faults: this.#faults.met,
    };
  }

  setFaults(faults: readonly LabFault[]): void {
    this.#faults.set(faults);
  }

  close(): void {
    this.#port.close();
  }

  #accept(connection: SecuredConnection): void {
    const { stream } = connection;
    const framer = new StreamFramer(TVS_FRAME_RULE);
    let isWaiting = true;
    // Each session is counted once, by what came first.
    const settle: Settle = (outcome) => {
      if (!isWaiting) return;
      isWaiting = false;
      this.#waiting--;
      this.#counts[outcome]++;
    };
    this.#counts.sessions++;
    this.#waiting++;
    stream.setTimeout(READ_LIMIT_MS, () => stream.destroy());
    stream.once('close', () => settle('abandoned'));
    stream.on('data', (chunk: Buffer) => {
      const request = isWaiting ? nextRequest(framer, chunk) : 'incomplete';
      if (request === 'incomplete') return;
      if (request === 'malformed') {
        settle('malformed');
        stream.end();
        return;
      }
      this.#onRequest(connection, request, settle);
    });
  }

  #onRequest({ stream, abort }: SecuredConnection, request: VerifyReq, settle: Settle): void {
    const fault = this.#faults.pick(request.deviceName, REQUEST_FAULTS);
    if (fault !== null && fault.kind !== 'delay' && fault.kind !== 'invalid') {
      settle('spoilt');
      stream.setTimeout(0);
      if (fault.kind === 'close') stream.end();
      if (fault.kind === 'abort') abort();
      if (fault.kind === 'malformed') stream.end(HTTP_ANSWER);
      return;
    }
    const entry = fault?.kind === 'invalid' ? null : this.#lookup(request.certificate);
    settle(entry === null ? 'invalid' : 'valid');
    after(fault?.kind === 'delay' ? fault.delayMs : 0, () => stream.end(answerTo(request, entry)));
  }
}

type Settle = (outcome: 'malformed' | 'abandoned' | 'valid' | 'invalid' | 'spoilt') => void;

interface VerifyReq {
  readonly sessionId: number;
  readonly deviceName: string;
  readonly certificate: Uint8Array;
}

function nextRequest(framer: StreamFramer, chunk: Uint8Array): VerifyReq | 'incomplete' | 'malformed' {
  try {
    framer.push(chunk);
    const frame = framer.next();
    return frame === null ? 'incomplete' : verifyReqOf(decodeTvs(frame));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return 'malformed';
  }
}

function verifyReqOf({ command, sessionId, elements }: TvsMessage): VerifyReq | 'malformed' {
  const { deviceName, certificate } = elements;
  if (command !== TVS_COMMANDS.VerifyReq || certificate === undefined) return 'malformed';
  if (deviceName === undefined || !DEVICE_NAME.test(deviceName)) return 'malformed';
  return { sessionId, deviceName, certificate };
}

/** All that `tvsd` takes. */
const DEVICE_NAME = /^CP-\d{4}-SEP[0-9A-F]{12}$/;

function answerTo({ sessionId }: VerifyReq, entry: TvsEntry | null): Buffer {
  const elements =
    entry === null
      ? { status: TVS_STATUS.invalid }
      : { status: TVS_STATUS.valid, roles: Uint8Array.from(entry.roles), ttlSeconds: entry.ttlSeconds };
  return encodeTvs({ command: TVS_COMMANDS.VerifyRes, sessionId, elements });
}
