/**
 * Questions to the Trust Verification Service about certificates that no trust list names, from whoever has one: the step
 * that reads files, and the connections to CallManagers. One at a time, the others wait.
 *
 *   event                                what happens
 *   -----------------------------------  ----------------------------------------------------------------------------
 *   a question, its answer still holds   answered at once (`cached`)
 *   a question                           the first server: those of the configuration by priority, then those of the
 *                                        trust lists (which first: inference)
 *   the server answers                   that is the answer; it holds as long as the server says
 *   the server does not, or is not the   the next server
 *   TVS of the trust list
 *   the server is a name                 DNS, beside what else the phone asks there; then as above
 *   no server is left                    the answer is `unreachable`
 *   an answer                            the next question
 */
import { hash } from 'node:crypto';
import type { MachineEvent } from '../protocols/effects.ts';
import { TRUST_ROLES } from '../protocols/trust/trust-record.ts';
import { createTvsClient, stepTvsClient, type TvsClient, type TvsResult } from '../protocols/tvs/client.ts';
import { hash32 } from '../random/counter-random.ts';
import type { HostPort } from './boot-settings.ts';
import { askResolver, knownAddress, onResolverEvent, type Resolution } from './name-resolution.ts';
import { hostPortText, noteSent, type Phone, type PhoneOutput } from './phone.ts';
import type { CallManagerEndpoint } from './phone-effects.ts';
import { dropLink, linkOn, prepareLink, takeFailure, throughLink, type TvsVerdict } from './secure-link.ts';

/** Who wants to know: the step that reads files, or the connection to a CallManager. */
export type TvsAsker = 'file' | CallManagerEndpoint;

export interface TvsAnswer {
  readonly asker: TvsAsker;
  readonly verdict: TvsVerdict;
}

interface Question {
  /** Null: the one who asked does not want to know any more. */
  asker: TvsAsker | null;
  readonly certificate: Uint8Array;
}

/** What a phone has to do with TVS. `current` is asked now, at the place `server` of `servers`. */
export interface TvsDesk {
  current: Question | null;
  waiting: Question[];
  /** By name where they are known so, until they are asked. */
  servers: HostPort[];
  server: number;
  askedAt: number;
  client: TvsClient | null;
  /** By SHA-256 of the certificate. */
  readonly answers: Map<string, { readonly verdict: TvsVerdict; readonly until: number }>;
}

/** A phone meets few certificates; a hostile cluster could show it a new one on every connection. */
const MOST_ANSWERS = 16;

/** Asks TVS about a certificate. Null: the answer comes with a later event. */
export function askTvs(
  phone: Phone,
  asker: TvsAsker,
  certificate: Uint8Array,
  now: number,
  out: PhoneOutput,
): TvsVerdict | null {
  phone.tvs ??= {
    current: null,
    waiting: [],
    servers: [],
    server: 0,
    askedAt: -1,
    client: null,
    answers: new Map(),
  };
  const desk = phone.tvs;
  if (desk.current === null) return begin(phone, desk, { asker, certificate }, now, out);
  desk.waiting.push({ asker, certificate });
  return null;
}

/** Takes an event for the connection to TVS, or for the resolver that looks for it; the answers that it brought. */
export function onTvsEvent(
  phone: Phone,
  endpoint: 'tvs' | 'tvsDns',
  event: MachineEvent,
  out: PhoneOutput,
): readonly TvsAnswer[] {
  const desk = phone.tvs;
  if (desk === null) return NO_ANSWERS;
  if (endpoint === 'tvsDns') return onDnsEvent(phone, desk, event, out);
  const link = linkOn(phone, 'tvs');
  const events = link === null ? [event] : throughLink(phone, link, event, out);
  let verdict: TvsVerdict | null = null;
  for (const each of events) verdict ??= step(phone, desk, each, out);
  return verdict === null ? NO_ANSWERS : conclude(phone, desk, verdict, event.now, out);
}

function onDnsEvent(
  phone: Phone,
  desk: TvsDesk,
  event: MachineEvent,
  out: PhoneOutput,
): readonly TvsAnswer[] {
  const resolution = onResolverEvent(phone, event, out, 'tvsDns');
  if (resolution === null) return NO_ANSWERS;
  const verdict = onResolution(phone, desk, resolution, event.now, out);
  return verdict === null ? NO_ANSWERS : conclude(phone, desk, verdict, event.now, out);
}

/** The asker does not want to know any more. A question under way is seen to its end: the answer may be of use later. */
export function cancelTvs({ tvs }: Phone, asker: TvsAsker): void {
  if (tvs === null) return;
  tvs.waiting = tvs.waiting.filter((question) => question.asker !== asker);
  if (tvs.current?.asker === asker) tvs.current.asker = null;
}

/** Nobody wants to know anything any more; what was answered still holds. */
export function dropTvs(phone: Phone, now: number, out: PhoneOutput): void {
  const desk = phone.tvs;
  if (desk === null) return;
  desk.waiting = [];
  onResolverEvent(phone, { type: 'stop', now }, out, 'tvsDns');
  dropLink(phone, 'tvs', out);
  if (desk.client !== null) step(phone, desk, { type: 'stop', now }, out);
  desk.current = null;
}

const MODEL_DIGITS = 4;

const NO_ANSWERS: readonly TvsAnswer[] = [];

function begin(
  phone: Phone,
  desk: TvsDesk,
  question: Question,
  now: number,
  out: PhoneOutput,
): TvsVerdict | null {
  const known = desk.answers.get(digestOf(question));
  if (known !== undefined && now < known.until) {
    out.effects.emit({ type: 'tvsAnswered', now, startedAt: now, server: '', outcome: 'cached' });
    return known.verdict;
  }
  desk.current = question;
  desk.servers = serversOf(phone);
  desk.server = -1;
  desk.askedAt = now;
  const verdict = askNext(phone, desk, now, out);
  if (verdict !== null) report(desk, verdict, now, out);
  return verdict;
}

function digestOf({ certificate }: Question): string {
  return hash('sha256', certificate, 'hex');
}

function serversOf(phone: Phone): HostPort[] {
  const { flash, environment } = phone;
  const { port } = environment.settings.security.tvs;
  const config = phone.config ?? phone.shortConfig ?? flash.config;
  const configured = config !== null && 'tvsServers' in config ? config.tvsServers : [];
  const listed = flash.trust.records.filter(({ role }) => role === TRUST_ROLES.tvs);
  const servers = new Map<string, HostPort>();
  for (const { host, port: ownPort } of [
    ...configured,
    ...listed.map(({ ipv4, dnsName }) => ({ host: ipv4 ?? dnsName ?? '', port: null })),
  ]) {
    if (host === '') continue;
    const server = { host: knownAddress(phone, host) ?? host, port: ownPort ?? port };
    servers.set(hostPortText(server), server);
  }
  return [...servers.values()];
}

function askNext(phone: Phone, desk: TvsDesk, now: number, out: PhoneOutput): TvsVerdict | null {
  desk.server++;
  const server = desk.servers[desk.server];
  if (server === undefined) return { outcome: 'unreachable' };
  const known = knownAddress(phone, server.host);
  if (known !== null) return connect(phone, desk, { host: known, port: server.port }, now, out);
  const resolution = askResolver(phone, server.host, now, out, 'tvsDns');
  return resolution === null ? null : onResolution(phone, desk, resolution, now, out);
}

function onResolution(
  phone: Phone,
  desk: TvsDesk,
  resolution: Resolution,
  now: number,
  out: PhoneOutput,
): TvsVerdict | null {
  const { port } = desk.servers[desk.server] ?? { port: 0 };
  if (!('address' in resolution)) return askNext(phone, desk, now, out);
  return connect(phone, desk, { host: resolution.address, port }, now, out);
}

function connect(
  phone: Phone,
  desk: TvsDesk,
  server: HostPort,
  now: number,
  out: PhoneOutput,
): TvsVerdict | null {
  const { current } = desk;
  if (current === null) return null;
  // The configuration may have by name whom the trust list has by address.
  const asked = desk.servers.slice(0, desk.server).map(hostPortText);
  if (asked.includes(hostPortText(server))) return askNext(phone, desk, now, out);
  desk.servers[desk.server] = server;
  const { seed, security } = phone.environment.settings;
  const { index, model } = phone.identity;
  prepareLink(phone, 'tvs', hostPortText(server), 'encrypted', out.tvs);
  desk.client = createTvsClient({
    host: server.host,
    port: server.port,
    deviceName: `CP-${model.slice(0, MODEL_DIGITS)}-${phone.name}`,
    certificate: current.certificate,
    sessionId: hash32(seed, index, 'tvs-session', phone.tvsSessions++),
    timeoutMs: security.tvs.timeoutMs,
  });
  return step(phone, desk, { type: 'start', now }, out);
}

function step(phone: Phone, desk: TvsDesk, event: MachineEvent, out: PhoneOutput): TvsVerdict | null {
  if (desk.client === null) return null;
  stepTvsClient(desk.client, out.tvs.own(event), out.tvs);
  noteSent(phone, out.tvs.takeSent(), event.now, out);
  const result = out.tvs.takeResult();
  if (result === null) return null;
  desk.client = null;
  takeFailure(phone, 'tvs');
  return onResult(phone, desk, result, event.now, out);
}

function onResult(
  phone: Phone,
  desk: TvsDesk,
  result: TvsResult,
  now: number,
  out: PhoneOutput,
): TvsVerdict | null {
  switch (result.outcome) {
    case 'answered':
      return remember(desk, result, now);
    case 'failed':
      return askNext(phone, desk, now, out);
    case 'stopped':
      return null;
    default:
      return result satisfies never;
  }
}

function remember(
  { answers, current }: TvsDesk,
  { status, roles, ttlSeconds }: Extract<TvsResult, { outcome: 'answered' }>,
  now: number,
): TvsVerdict {
  const verdict: TvsVerdict = status === 'valid' ? { outcome: 'valid', roles } : { outcome: 'invalid' };
  if (current === null || ttlSeconds === 0) return verdict;
  for (const oldest of answers.keys()) {
    if (answers.size < MOST_ANSWERS) break;
    answers.delete(oldest);
  }
  answers.set(digestOf(current), { verdict, until: now + ttlSeconds * 1000 });
  return verdict;
}

/** The question is answered; and those that waited, as far as that needs no server. */
function conclude(
  phone: Phone,
  desk: TvsDesk,
  verdict: TvsVerdict,
  now: number,
  out: PhoneOutput,
): readonly TvsAnswer[] {
  const asker = report(desk, verdict, now, out);
  const others = answerWaiting(phone, desk, now, out);
  return asker === null ? others : [{ asker, verdict }, ...others];
}

function answerWaiting(phone: Phone, desk: TvsDesk, now: number, out: PhoneOutput): readonly TvsAnswer[] {
  const answers: TvsAnswer[] = [];
  for (let question = desk.waiting.shift(); question !== undefined; question = desk.waiting.shift()) {
    const verdict = begin(phone, desk, question, now, out);
    if (verdict === null) break;
    if (question.asker !== null) answers.push({ asker: question.asker, verdict });
  }
  return answers;
}

function report(desk: TvsDesk, verdict: TvsVerdict, now: number, out: PhoneOutput): TvsAsker | null {
  const { current, askedAt, servers } = desk;
  desk.current = null;
  if (current === null) return null;
  const server = servers[Math.min(desk.server, servers.length - 1)];
  out.effects.emit({
    type: 'tvsAnswered',
    now,
    startedAt: askedAt,
    server: server === undefined ? '' : hostPortText(server),
    outcome: verdict.outcome,
  });
  return current.asker;
}
