/** What `bootstorm phone` prints: every step of the boot and every message, decoded, one line each. */
import type { Tap, TappedPacket } from '../drivers/tap.ts';
import type { BootEvent, TrustVerdict } from '../phone/boot-event.ts';
import { FAILURE_CAUSES, type Failure } from '../phone/failure-causes.ts';
import { ENDPOINT_KINDS, type PhoneEndpoint } from '../phone/phone-effects.ts';
import { STAGES } from '../phone/stages.ts';
import { describeCapf } from '../protocols/capf/describe.ts';
import { CAPF_FRAME_RULE, decodeCapf } from '../protocols/capf/message.ts';
import { describeDhcp } from '../protocols/dhcp/describe.ts';
import { decodeDhcp } from '../protocols/dhcp/message.ts';
import { decodeDns, describeDns } from '../protocols/dns/message.ts';
import { describe as describeSccp } from '../protocols/sccp/describe.ts';
import { decodeFrame, SCCP_FRAME_RULE } from '../protocols/sccp/header.ts';
import { decodeMessage } from '../protocols/sccp/message-table.ts';
import { decodePacket, describePacket } from '../protocols/tftp/packet.ts';
import { decodeTvs, describeTvs, TVS_FRAME_RULE } from '../protocols/tvs/message.ts';
import type { HostedPhone } from '../runner/phone-host.ts';
import { DecodeError } from '../wire/decode-error.ts';
import { type FrameRule, StreamFramer } from '../wire/stream-framer.ts';

type StreamEndpoint = {
  [Endpoint in PhoneEndpoint]: (typeof ENDPOINT_KINDS)[Endpoint] extends 'tcp' ? Endpoint : never;
}[PhoneEndpoint];

const dnsText = (bytes: Uint8Array): string => `DNS ${describeDns(decodeDns(bytes))}`;

const DATAGRAM_TEXT = {
  dhcp: (bytes: Uint8Array) => describeDhcp(decodeDhcp(bytes)),
  dns: dnsText,
  tvsDns: dnsText,
  tftp: (bytes: Uint8Array) => `TFTP ${describePacket(decodePacket(bytes))}`,
} as const satisfies Record<Exclude<PhoneEndpoint, StreamEndpoint>, (bytes: Uint8Array) => string>;

/** What is said over a connection other than HTTP: its frames, and one of them in words. */
interface Language {
  readonly name: string;
  readonly rule: FrameRule;
  readonly text: (frame: Uint8Array) => string;
}

const SCCP: Language = {
  name: 'SCCP',
  rule: SCCP_FRAME_RULE,
  text: (frame) => describeSccp(decodeMessage(decodeFrame(frame))),
};
const CAPF: Language = {
  name: 'CAPF',
  rule: CAPF_FRAME_RULE,
  text: (frame) => describeCapf(decodeCapf(frame)),
};
const TVS: Language = { name: 'TVS', rule: TVS_FRAME_RULE, text: (frame) => describeTvs(decodeTvs(frame)) };

function languageOf(endpoint: PhoneEndpoint): Language {
  if (endpoint === 'capf') return CAPF;
  return endpoint === 'tvs' ? TVS : SCCP;
}

/** Of one connection. */
type Framers = Readonly<Record<'sent' | 'received', StreamFramer>>;

export class PhoneTrace implements Tap<HostedPhone, PhoneEndpoint> {
  readonly #print: (line: string) => void;
  readonly #framers = new Map<PhoneEndpoint, Framers>();

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  datagram(_: HostedPhone, endpoint: PhoneEndpoint, packet: TappedPacket): void {
    if (isStream(endpoint)) return;
    this.#packet(packet, () => DATAGRAM_TEXT[endpoint](packet.bytes));
  }

  stream(
    _: HostedPhone,
    endpoint: PhoneEndpoint,
    kind: 'open' | 'data' | 'close',
    packet: TappedPacket,
  ): void {
    if (endpoint === 'http' && kind === 'data') return this.#packet(packet, () => httpText(packet.bytes));
    if (kind === 'open') {
      const { rule } = languageOf(endpoint);
      this.#framers.set(endpoint, { sent: new StreamFramer(rule), received: new StreamFramer(rule) });
      return this.#packet(packet, () => `TCP connected from ${packet.localAddress}:${packet.localPort}`);
    }
    if (kind === 'close') return this.#packet(packet, () => 'TCP closed');
    const framer = this.#framers.get(endpoint)?.[packet.direction];
    if (!framer) return;
    const { name, text } = languageOf(endpoint);
    framer.push(packet.bytes);
    for (;;) {
      const frame = this.#nextFrame(framer, name, packet);
      if (frame === null) return;
      this.#packet(packet, () => `${name} ${text(frame)}`);
    }
  }

  /** A boot event as a line, where it says something that the packets do not. */
  event(event: BootEvent): void {
    const text = eventText(event);
    if (text !== null) this.#line(event.now, text);
  }

  #nextFrame(framer: StreamFramer, name: string, packet: TappedPacket): Uint8Array | null {
    try {
      return framer.next();
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#packet(packet, () => `${name} malformed: ${error.message}`);
      return null;
    }
  }

  #packet(packet: TappedPacket, text: () => string): void {
    const arrow = packet.direction === 'sent' ? '→' : '←';
    const peer = `${packet.remoteAddress}:${packet.remotePort}`;
    this.#line(packet.now, `   ${arrow} ${peer.padEnd(21)} ${decoded(text)}`);
  }

  #line(now: number, text: string): void {
    this.#print(`${(now / 1000).toFixed(6).padStart(11)}  ${text}`);
  }
}

function eventText(event: BootEvent): string | null {
  switch (event.type) {
    case 'stageStarted': {
      const { step, title } = STAGES[event.stage];
      return `── step ${step} of 8: ${title}`;
    }
    case 'stagePassed':
      return `   ${event.stage} passed after ${seconds(event.now - event.startedAt)}`;
    case 'stageFailed':
      return `   ${event.failure.stage} FAILED: ${failureText(event.failure)}`;
    case 'trustListJudged':
      return `   ${trustListText(event)}`;
    case 'tvsAnswered':
      return `   ${tvsText(event)}`;
    case 'enrolled':
      return `   CAPF ${event.server}: ${event.operation} done after ${seconds(event.now - event.startedAt)}`;
    case 'secured':
      return `   ${handshakeText(event)}`;
    case 'retransmitted':
      return `   no answer: sent again (${event.protocol})`;
    case 'serviceLost':
      return `   service lost: ${failureText(event.failure)}`;
    case 'restarting':
      return `   the phone starts again in ${seconds(event.pauseMs)}`;
    case 'keepAliveAnswered':
      return `   keepalive answered after ${seconds(event.roundTripMs)}`;
    case 'standbyUp':
      return `   standby connection to ${event.server} is up`;
    case 'standbyLost':
      return `   standby connection to ${event.server} lost: ${event.cause}`;
    case 'standbyLeft':
      return `   standby connection to ${event.server} given up`;
    case 'standbyFailed':
      return `   no standby connection to ${event.server}: ${event.cause}`;
    case 'failedOver':
      return `   failed over from ${event.from} to ${event.to}`;
    case 'fellBack':
      return `   fell back from ${event.from} to ${event.to}`;
    case 'tokenAnswered':
      return `   token ${tokenText(event)}`;
    default:
      return null;
  }
}

function isStream(endpoint: PhoneEndpoint): endpoint is StreamEndpoint {
  return ENDPOINT_KINDS[endpoint] === 'tcp';
}

/** The first line where a request or an answer begins, else how much of a body came. */
function httpText(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1');
  const line = /^(?:GET [ -~]*|HTTP\/1[ -~]*)/.exec(text)?.[0];
  return line?.startsWith('HTTP/') ? line : `HTTP ${line ?? `${bytes.length} bytes`}`;
}

function decoded(text: () => string): string {
  try {
    return text();
  } catch (error) {
    if (error instanceof DecodeError) return `malformed: ${error.message}`;
    throw error;
  }
}

function trustListText({ list, verdict, cause }: EventOf<'trustListJudged'>): string {
  if (verdict === 'none') return `no ${list} file: the phone keeps what it has`;
  if (verdict === 'refused') return `${list} file refused, the old one kept: ${cause ?? 'no cause'}`;
  return `${list} file taken: ${TRUSTED_FOR[verdict]}`;
}

const TRUSTED_FOR = {
  'first-use': 'it is the first one',
  'known-signer': 'the trust list that the phone has names its signer',
  tvs: 'TVS vouches for its signer',
} as const satisfies Record<Exclude<TrustVerdict, 'none' | 'refused'>, string>;

function tvsText({ server, outcome, now, startedAt }: EventOf<'tvsAnswered'>): string {
  if (outcome === 'cached') return `TVS ${server} was not asked again: its answer still holds`;
  return `TVS ${server}: certificate ${TVS_OUTCOMES[outcome]} after ${seconds(now - startedAt)}`;
}

const TVS_OUTCOMES = {
  valid: 'valid',
  invalid: 'not valid',
  unreachable: 'not verified, no answer',
} as const;

function handshakeText({ server, version, suite, resumed, now, startedAt }: EventOf<'secured'>): string {
  const handshake = resumed ? 'session resumed' : 'full handshake';
  return `TLS with ${server}: ${version} ${suite}, ${handshake} in ${seconds(now - startedAt)}`;
}

function tokenText({ outcome, server, roundTripMs, waitMs }: EventOf<'tokenAnswered'>): string {
  const after = outcome === 'granted' ? '' : `; the phone asks again in ${seconds(waitMs)}`;
  return `${outcome} by ${server} after ${seconds(roundTripMs)}${after}`;
}

type EventOf<Type extends BootEvent['type']> = Extract<BootEvent, { readonly type: Type }>;

function failureText({ cause, server, detail }: Failure): string {
  const where = server === null ? '' : ` (${server})`;
  return `${cause}${where}: ${FAILURE_CAUSES[cause].text}${detail ? `: ${detail}` : ''}`;
}

/** The last words of a boot that did not get there. */
export function failureVerdict(failure: Failure): string[] {
  const { step, title } = STAGES[failure.stage];
  const { hint, look } = FAILURE_CAUSES[failure.cause];
  return [
    `NOT IN SERVICE: step ${step} of 8 (${title}) failed`,
    `  why    ${failureText(failure)}`,
    `  hint   ${hint}`,
    `  look   ${look}`,
  ];
}

export function seconds(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(3)} s`;
}
