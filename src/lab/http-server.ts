/**
 * The lab's HTTP file server (CUCM: TCP 6970), beside TFTP and with the same files. Headers as traces of CUCM 11 and
 * 12 have them (Cisco TAC documents 214528 and 214535). `node:http` reads the requests: a parser that nobody here wrote
 * judges what the phones send.
 *
 *   request                              answer
 *   -----------------------------------  ----------------------------------------------------------------
 *   GET while the limit is reached       503 (CUCM logs an HTTP serving count of at most 2500)
 *   GET of a file that is there          after the build time, 200 and the file
 *   GET of any other file                404
 *   any other method                     405 (inference)
 *   bytes that are not HTTP              400, and the connection is closed
 *
 * The connection stays open for the phone to close; one on which nothing is asked is closed after five seconds (the
 * HTTP read timer of the same traces).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FaultKind, LabFault } from '../scenario/lab-faults.ts';
import type { LabSettings } from '../scenario/lab-settings.ts';
import { listenTcp } from './bind.ts';
import { CONTENT_FAULTS, type FileSource } from './config-files.ts';
import { after, FaultTable } from './fault-table.ts';
import type { LabClock } from './lab-clock.ts';
import type { HostPort, LabService, ServiceStats } from './lab-contract.ts';
import { SIGNATURE_FAULTS } from './signed-files.ts';

const READ_TIMER_MS = 5000;
const REQUEST_FAULTS: readonly FaultKind[] = [
  ...CONTENT_FAULTS,
  ...SIGNATURE_FAULTS,
  'delay',
  'silence',
  'close',
  'abort',
  'busy',
  'not-found',
  'malformed',
  'truncate',
];

export class HttpServer implements LabService {
  readonly name = 'http';
  endpoint: HostPort = { host: '', port: 0 };
  readonly #settings: LabSettings;
  readonly #files: FileSource;
  readonly #faults: FaultTable;
  readonly #server: Server;
  /** Requests whose answer has begun or is being built. */
  #inService = 0;
  /**
   * received = malformed + requests, and
   * requests = filesSent + failedTransfers + notFound + refused + busy + unanswered + inServiceNow.
   */
  readonly #counts = {
    connections: 0,
    received: 0,
    malformed: 0,
    requests: 0,
    filesSent: 0,
    bytesSent: 0,
    failedTransfers: 0,
    notFound: 0,
    refused: 0,
    busy: 0,
    unanswered: 0,
  };

  constructor(settings: LabSettings, files: FileSource, clock: LabClock) {
    this.#settings = settings;
    this.#files = files;
    this.#faults = new FaultTable('http', settings.faults, clock);
    const timers = { keepAliveTimeout: READ_TIMER_MS, headersTimeout: READ_TIMER_MS };
    this.#server = createServer({ ...timers, noDelay: true }, (request, response) =>
      this.#receive(request, response),
    );
    this.#server.on('connection', () => this.#counts.connections++);
    this.#server.on('clientError', (error, socket) => this.#onClientError(error, socket));
    // Out of descriptors: the connection waits in the backlog, or is lost with it.
    this.#server.on('error', () => {});
  }

  async start(port: number): Promise<void> {
    const { address, limits } = this.#settings;
    this.endpoint = await listenTcp(this.#server, address, port, limits.backlog, 'HTTP file server');
  }

  stats(): ServiceStats {
    return { ...this.#counts, inServiceNow: this.#inService, faults: this.#faults.met };
  }

  setFaults(faults: readonly LabFault[]): void {
    this.#faults.set(faults);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    this.#counts.received++;
    this.#counts.requests++;
    // Neither stands in CUCM's answers.
    response.sendDate = false;
    response.removeHeader('Connection');
    if (request.method !== 'GET') {
      this.#counts.refused++;
      return answer(response, 405);
    }
    const fileName = fileNameOf(request.url ?? '');
    const fault = this.#faults.pick(fileName, REQUEST_FAULTS);
    if (fault?.kind === 'silence' || fault?.kind === 'close' || fault?.kind === 'abort') {
      this.#counts.unanswered++;
      if (fault.kind === 'close') request.socket.end();
      if (fault.kind === 'abort') request.socket.resetAndDestroy();
      return;
    }
    if (fault?.kind === 'busy' || this.#inService >= this.#settings.limits.httpConcurrency) {
      this.#counts.busy++;
      return answer(response, 503);
    }
    const content = fault?.kind === 'not-found' ? null : this.#files.read(fileName, fault);
    if (content === null) {
      this.#counts.notFound++;
      return answer(response, 404);
    }
    this.#serve(response, content, fault);
  }

  #serve(response: ServerResponse, content: Uint8Array, fault: LabFault | null): void {
    const { socket } = response;
    this.#inService++;
    let complete = false;
    response.once('finish', () => {
      // Of an answer that broke off as well.
      complete = socket?.destroyed === false;
    });
    response.once('close', () => {
      this.#inService--;
      if (!complete) {
        this.#counts.failedTransfers++;
        return;
      }
      this.#counts.filesSent++;
      this.#counts.bytesSent += content.length;
    });
    const delayMs = this.#settings.serviceTimes.tftpMs + (fault?.kind === 'delay' ? fault.delayMs : 0);
    after(delayMs, () => {
      if (fault?.kind === 'malformed') return void socket?.end('220 not the service you wanted\r\n');
      response.writeHead(200, headersFor(content.length));
      if (fault?.kind !== 'truncate') return void response.end(content);
      response.write(content.subarray(0, content.length >> 1));
      socket?.end();
    });
  }

  #onClientError(error: Error, socket: Duplex): void {
    // A phone that closed, or was reset, in the middle of nothing is no request.
    if ('code' in error && error.code === 'ECONNRESET') return void socket.destroy();
    this.#counts.received++;
    this.#counts.malformed++;
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  }
}

/** As in CUCM's answers, letter for letter. */
function headersFor(length: number): string[] {
  return ['Content-length', String(length), 'Cache-Control', 'no-store', 'Content-type', '*/*'];
}

function answer(response: ServerResponse, status: number): void {
  response.writeHead(status, ['Content-length', '0']);
  response.end();
}

/** The path without its first slash; as it stands where its escapes are no text. */
function fileNameOf(path: string): string {
  const name = path.replace(/^\//, '');
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
