/**
 * A stub resolver's side of one question, the IPv4 addresses of one name: RFC 1035, section 7, and RFC 1123, section
 * 6.1.3. The servers are asked one after the other; "next" is `failed` when there is none left.
 *
 *   state    event                                     what happens                                  next
 *   -------  ----------------------------------------  --------------------------------------------  -------
 *   idle     start                                     bind a fresh port, query the first server     asking
 *   asking   NOERROR with an address for the name      resolved (CNAMEs of the answer followed)      ended
 *   asking   NOERROR without one                       failed: name-error                            ended
 *   asking   NXDOMAIN                                  failed: name-error                            ended
 *   asking   any other RCODE, TC, or nonsense          query the next server, or server-failure      asking
 *   asking   no answer for timeoutMs                   query again, `attempts` in all; then the      asking
 *                                                      next server, or timeout
 *   asking   unsendable: exhausted                     failed                                        ended
 *   asking   unsendable: anything else                 query the next server, or fail with it        asking
 *   asking   wrong source, id, question; not an answer nothing (counted)                             asking
 *   either   stop                                      stopped                                       ended
 *
 * An answer with TC is not asked for again over TCP: a CallManager group never fills 512 bytes.
 */
import { hash32 } from '../../random/counter-random.ts';
import { DecodeError } from '../../wire/decode-error.ts';
import type { CloseCause, DatagramEvent, Effects, MachineEvent } from '../effects.ts';
import { isDomainName, sameName } from './domain-name.ts';
import {
  CLASS_IN,
  decodeDns,
  DNS_RCODES,
  DNS_TYPES,
  type DnsMessage,
  encodeAddressQuery,
  rcodeText,
} from './message.ts';

export interface DnsClientConfig {
  readonly name: string;
  /** Addresses, not names. */
  readonly servers: readonly DnsServer[];
  readonly timeoutMs: number;
  /** Queries to each server. */
  readonly attempts: number;
  readonly seed: number;
  readonly phoneIndex: number;
  /** Counts a phone's questions, so that each has an id of its own. */
  readonly queryNumber: number;
}

export interface DnsServer {
  readonly host: string;
  readonly port: number;
}

export type DnsTimer = 'answer';

/** Why a datagram was not used. */
export type DnsIgnoredReason = 'foreign-address' | 'wrong-id' | 'wrong-question' | 'not-an-answer';

export type DnsNotice =
  /** The question was sent again, to the same or the next server, because no answer came. */
  { readonly type: 'retransmitted' } | { readonly type: 'ignored'; readonly reason: DnsIgnoredReason };

export type DnsFailureCause = 'timeout' | 'name-error' | 'server-failure' | CloseCause;

export interface DnsFailure {
  readonly outcome: 'failed';
  readonly cause: DnsFailureCause;
  /** `address:port` of the last server asked. */
  readonly server: string | null;
  readonly detail: string | null;
}

export type DnsResult =
  | {
      readonly outcome: 'resolved';
      /** In the order of the answer, at least one. */
      readonly addresses: readonly string[];
      /** The smallest on the way from the name to the addresses. */
      readonly ttlSeconds: number;
      readonly server: string;
    }
  | DnsFailure
  | { readonly outcome: 'stopped' };

/** The machine's record. Read it freely; only `stepDnsClient` writes it. */
export interface DnsClient {
  state: 'idle' | 'asking' | 'ended';
  readonly config: DnsClientConfig;
  readonly id: number;
  /** The same bytes for every server. Null before the start. */
  frame: Buffer | null;
  serverIndex: number;
  /** Queries sent to this server. */
  attempts: number;
}

export type DnsEffects = Effects<DnsTimer, DnsNotice, DnsResult>;
type DnsEvent = MachineEvent<DnsTimer>;

/** Why one server did not help. */
interface Trouble {
  readonly cause: DnsFailureCause;
  readonly detail: string | null;
}

const RETRANSMITTED: DnsNotice = { type: 'retransmitted' };
/** Aliases on the way to an address; a loop of them ends here. */
const MAX_CNAMES = 16;
const NO_ANSWER: Trouble = { cause: 'timeout', detail: null };

export function createDnsClient(config: DnsClientConfig): DnsClient {
  const id = hash32(config.seed, config.phoneIndex, 'dns-id', config.queryNumber) & 0xffff;
  return { state: 'idle', config, id, frame: null, serverIndex: 0, attempts: 0 };
}

export function stepDnsClient(machine: DnsClient, event: DnsEvent, out: DnsEffects): void {
  switch (machine.state) {
    case 'idle':
      if (event.type === 'start') return begin(machine, out);
      if (event.type === 'stop') return end(machine, { outcome: 'stopped' }, out);
      return;
    case 'asking':
      return inAsking(machine, event, out);
    case 'ended':
      return;
    default:
      machine.state satisfies never;
  }
}

function begin(machine: DnsClient, out: DnsEffects): void {
  const { servers } = machine.config;
  const name = machine.config.name.replace(/\.$/, '');
  if (!isDomainName(name)) {
    return fail(machine, { cause: 'name-error', detail: `not a domain name: ${name.slice(0, 80)}` }, out);
  }
  if (servers.length === 0) return fail(machine, { cause: 'timeout', detail: 'no DNS server is known' }, out);
  machine.state = 'asking';
  machine.frame = encodeAddressQuery(machine.id, name);
  out.bind();
  ask(machine, out);
}

function inAsking(machine: DnsClient, event: DnsEvent, out: DnsEffects): void {
  switch (event.type) {
    case 'datagram':
      return onDatagram(machine, event, out);
    case 'timer':
      return onTimer(machine, out);
    case 'unsendable':
      if (event.cause === 'exhausted') return fail(machine, { cause: 'exhausted', detail: null }, out);
      return askNext(machine, { cause: event.cause, detail: null }, out);
    case 'stop':
      return end(machine, { outcome: 'stopped' }, out);
    default: // the events of streams do not happen on a UDP port
      return;
  }
}

function onTimer(machine: DnsClient, out: DnsEffects): void {
  if (machine.attempts < machine.config.attempts) ask(machine, out);
  else askNext(machine, NO_ANSWER, out);
  if (machine.state === 'asking') out.notice(RETRANSMITTED);
}

function onDatagram(machine: DnsClient, event: DatagramEvent, out: DnsEffects): void {
  const server = machine.config.servers[machine.serverIndex];
  if (server === undefined || event.address !== server.host || event.port !== server.port) {
    return ignore('foreign-address', out);
  }
  // The id first: nonsense that carries it comes from the server, nonsense without it from anybody.
  const { bytes } = event;
  const id = bytes.length < 2 ? -1 : ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  if (id !== machine.id) return ignore('wrong-id', out);
  let answer: DnsMessage;
  try {
    answer = decodeDns(bytes);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return askNext(machine, { cause: 'server-failure', detail: error.message }, out);
  }
  if (!answer.response || answer.opcode !== 0) return ignore('not-an-answer', out);
  onAnswer(machine, answer, out);
}

function onAnswer(machine: DnsClient, answer: DnsMessage, out: DnsEffects): void {
  const { rcode } = answer;
  // A server that refuses, or could not read the question, need not repeat it.
  const saysNo = rcode !== DNS_RCODES.NOERROR && rcode !== DNS_RCODES.NXDOMAIN;
  const isBareRefusal = saysNo && answer.questions.length === 0;
  if (!isBareRefusal && !asksForUs(machine, answer)) return ignore('wrong-question', out);
  if (rcode === DNS_RCODES.NXDOMAIN) {
    return fail(machine, { cause: 'name-error', detail: 'NXDOMAIN' }, out);
  }
  if (saysNo) return askNext(machine, { cause: 'server-failure', detail: rcodeText(rcode) }, out);
  if (answer.truncated) return askNext(machine, { cause: 'server-failure', detail: 'truncated answer' }, out);
  const found = addressesIn(answer);
  if (found === null) return fail(machine, { cause: 'name-error', detail: 'no A record' }, out);
  end(machine, { outcome: 'resolved', ...found, server: serverText(machine) ?? '' }, out);
}

function asksForUs(machine: DnsClient, { questions }: DnsMessage): boolean {
  const question = questions[0];
  return (
    question !== undefined &&
    questions.length === 1 &&
    question.type === DNS_TYPES.A &&
    question.class === CLASS_IN &&
    sameName(question.name, machine.config.name.replace(/\.$/, ''))
  );
}

/** The addresses of the question's name; CNAMEs of the same answer are followed (RFC 1034, section 3.6.2). */
function addressesIn({ questions, answers }: DnsMessage): { addresses: string[]; ttlSeconds: number } | null {
  let name = questions[0]?.name ?? '';
  let ttlSeconds = Number.POSITIVE_INFINITY;
  for (let hops = 0; hops <= MAX_CNAMES; hops++) {
    const addresses: string[] = [];
    let target: string | null = null;
    for (const record of answers) {
      if (record.type === 'other' || !sameName(record.name, name)) continue;
      ttlSeconds = Math.min(ttlSeconds, record.ttlSeconds);
      if (record.type === 'A') addresses.push(record.address);
      else target ??= record.target;
    }
    if (addresses.length > 0) return { addresses, ttlSeconds };
    if (target === null) return null;
    name = target;
  }
  return null;
}

function ask(machine: DnsClient, out: DnsEffects): void {
  const { config, frame } = machine;
  const server = config.servers[machine.serverIndex];
  if (server === undefined || frame === null) return;
  machine.attempts++;
  out.sendTo(server.host, server.port, frame);
  out.setTimer('answer', config.timeoutMs);
}

function askNext(machine: DnsClient, trouble: Trouble, out: DnsEffects): void {
  if (machine.serverIndex + 1 >= machine.config.servers.length) return fail(machine, trouble, out);
  machine.serverIndex++;
  machine.attempts = 0;
  ask(machine, out);
}

function ignore(reason: DnsIgnoredReason, out: DnsEffects): void {
  out.notice({ type: 'ignored', reason });
}

function fail(machine: DnsClient, trouble: Trouble, out: DnsEffects): void {
  end(machine, { outcome: 'failed', ...trouble, server: serverText(machine) }, out);
}

function serverText({ config, serverIndex }: DnsClient): string | null {
  const server = config.servers[serverIndex];
  return server === undefined ? null : `${server.host}:${server.port}`;
}

function end(machine: DnsClient, result: DnsResult, out: DnsEffects): void {
  const begun = machine.state === 'asking';
  machine.state = 'ended';
  if (begun) {
    out.clearTimer('answer');
    out.close();
  }
  out.done(result);
}
