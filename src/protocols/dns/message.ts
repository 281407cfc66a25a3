import { ByteReader } from '../../wire/byte-reader.ts';
import { ByteWriter } from '../../wire/byte-writer.ts';
import { readName, type ReaderAt, writeName } from './domain-name.ts';

/**
 * A DNS message: RFC 1035, section 4. Header, questions and answers; the authority and additional sections of a
 * received message are not read, and none are written.
 *
 *   0  id (2)        2  QR(1) Opcode(4) AA TC RD RA Z(3) RCODE(4)
 *   4  QDCOUNT (2)   6  ANCOUNT (2)   8  NSCOUNT (2)   10  ARCOUNT (2)   12 ...
 */
export interface DnsMessage {
  readonly id: number;
  /** QR: an answer. */
  readonly response: boolean;
  /** 0 is a standard query. */
  readonly opcode: number;
  readonly authoritative: boolean;
  /** TC: the answer did not fit a datagram. */
  readonly truncated: boolean;
  readonly recursionDesired: boolean;
  readonly recursionAvailable: boolean;
  /** `DNS_RCODES`. */
  readonly rcode: number;
  readonly questions: readonly DnsQuestion[];
  readonly answers: readonly DnsRecord[];
}

/** QNAME, QTYPE, QCLASS. */
export interface DnsQuestion {
  readonly name: string;
  readonly type: number;
  readonly class: number;
}

/** Resource records of class IN whose data we read, and everything else as it came (RFC 1035, section 3.2.1). */
export type DnsRecord =
  | { readonly type: 'A'; readonly name: string; readonly ttlSeconds: number; readonly address: string }
  | { readonly type: 'CNAME'; readonly name: string; readonly ttlSeconds: number; readonly target: string }
  | {
      readonly type: 'other';
      readonly name: string;
      readonly typeCode: number;
      readonly class: number;
      readonly ttlSeconds: number;
      readonly data: Uint8Array;
    };

/** RFC 1035, sections 3.2.2 and 3.2.4. */
export const DNS_TYPES = { A: 1, CNAME: 5 } as const;
export const CLASS_IN = 1;

/** RFC 1035, section 4.1.1; the names are those of the IANA registry. */
export const DNS_RCODES = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
} as const;

const FLAG = {
  response: 0x8000,
  authoritative: 0x0400,
  truncated: 0x0200,
  desired: 0x0100,
  available: 0x0080,
};

/**
 * Without EDNS an answer has at most 512 bytes (RFC 1035, section 4.2.1); 4096 is what resolvers commonly offer with
 * it. Longer messages are refused.
 */
const MAX_MESSAGE_BYTES = 4096;

/** RFC 2181, section 8: a TTL with the top bit set means 0. */
const MAX_TTL = 0x7fff_ffff;

/** The question for a name's IPv4 addresses, as a stub resolver asks it. RangeError when it is not a domain name. */
export function encodeAddressQuery(id: number, name: string): Buffer {
  return encodeDns({
    id,
    response: false,
    opcode: 0,
    authoritative: false,
    truncated: false,
    recursionDesired: true,
    recursionAvailable: false,
    rcode: DNS_RCODES.NOERROR,
    questions: [{ name, type: DNS_TYPES.A, class: CLASS_IN }],
    answers: [],
  });
}

/** Encode a message, names compressed. RangeError for values that do not fit. */
export function encodeDns(message: DnsMessage): Buffer {
  const writer = new ByteWriter(128)
    .u16be(message.id)
    .u16be(flagsOf(message))
    .u16be(message.questions.length)
    .u16be(message.answers.length)
    .u16be(0)
    .u16be(0);
  const written = new Map<string, number>();
  for (const question of message.questions) {
    writeName(writer, question.name, written);
    writer.u16be(question.type).u16be(question.class);
  }
  for (const record of message.answers) writeRecord(writer, record, written);
  return writer.finish();
}

/** Decode a message. Throws `DecodeError` and nothing else. */
export function decodeDns(bytes: Uint8Array): DnsMessage {
  const reader = new ByteReader(bytes, 'dns');
  const message: ReaderAt = (offset) => new ByteReader(bytes, 'dns', offset);
  if (bytes.length > MAX_MESSAGE_BYTES) reader.fail('length', `${bytes.length} bytes`);
  const id = reader.u16be('id');
  const flags = reader.u16be('flags');
  const questionCount = reader.u16be('qdcount');
  const answerCount = reader.u16be('ancount');
  reader.skip(4, 'nscount');
  const questions: DnsQuestion[] = [];
  while (questions.length < questionCount) {
    const name = readName(reader, message, 'question.name');
    questions.push({ name, type: reader.u16be('question.type'), class: reader.u16be('question.class') });
  }
  const answers: DnsRecord[] = [];
  while (answers.length < answerCount) answers.push(readRecord(reader, message));
  return {
    id,
    response: (flags & FLAG.response) !== 0,
    opcode: (flags >>> 11) & 0xf,
    authoritative: (flags & FLAG.authoritative) !== 0,
    truncated: (flags & FLAG.truncated) !== 0,
    recursionDesired: (flags & FLAG.desired) !== 0,
    recursionAvailable: (flags & FLAG.available) !== 0,
    rcode: flags & 0xf,
    questions,
    answers,
  };
}

/** A message as one line for traces. */
export function describeDns(message: DnsMessage): string {
  const asked = message.questions.map((question) => `${typeText(question.type)} ${question.name}`).join(', ');
  const id = `id=0x${message.id.toString(16).padStart(4, '0')}`;
  if (!message.response) return `query ${id} ${asked}`;
  const truncated = message.truncated ? ' truncated' : '';
  const answers = message.answers.map(recordText).join(', ');
  return `response ${id} ${asked} ${rcodeText(message.rcode)}${truncated}${answers ? `: ${answers}` : ''}`;
}

export function rcodeText(rcode: number): string {
  return Object.entries(DNS_RCODES).find(([, code]) => code === rcode)?.[0] ?? `RCODE ${rcode}`;
}

function flagsOf(message: DnsMessage): number {
  return (
    (message.response ? FLAG.response : 0) |
    ((message.opcode & 0xf) << 11) |
    (message.authoritative ? FLAG.authoritative : 0) |
    (message.truncated ? FLAG.truncated : 0) |
    (message.recursionDesired ? FLAG.desired : 0) |
    (message.recursionAvailable ? FLAG.available : 0) |
    (message.rcode & 0xf)
  );
}

function writeRecord(writer: ByteWriter, record: DnsRecord, written: Map<string, number>): void {
  writeName(writer, record.name, written);
  if (record.type === 'other') {
    writer.u16be(record.typeCode).u16be(record.class).u32be(record.ttlSeconds);
    writer.u16be(record.data.length).bytes(record.data);
    return;
  }
  writer.u16be(DNS_TYPES[record.type]).u16be(CLASS_IN).u32be(record.ttlSeconds);
  if (record.type === 'A') {
    writer.u16be(4).ipv4(record.address);
    return;
  }
  // The length comes first, so the target is written aside and without pointers.
  const target = new ByteWriter();
  writeName(target, record.target, new Map());
  writer.u16be(target.length).bytes(target.finish());
}

function readRecord(reader: ByteReader, message: ReaderAt): DnsRecord {
  const name = readName(reader, message, 'answer.name');
  const typeCode = reader.u16be('answer.type');
  const recordClass = reader.u16be('answer.class');
  const ttl = reader.u32be('answer.ttl');
  const ttlSeconds = ttl > MAX_TTL ? 0 : ttl;
  const length = reader.u16be('answer.rdlength');
  const dataAt = reader.offset;
  const data = reader.bytes(length, 'answer.rdata');
  if (recordClass === CLASS_IN && typeCode === DNS_TYPES.A) {
    if (length !== 4) reader.fail('answer.rdata', `an address of ${length} bytes`);
    return { type: 'A', name, ttlSeconds, address: data.join('.') };
  }
  if (recordClass === CLASS_IN && typeCode === DNS_TYPES.CNAME) {
    return { type: 'CNAME', name, ttlSeconds, target: readName(message(dataAt), message, 'answer.cname') };
  }
  return { type: 'other', name, typeCode, class: recordClass, ttlSeconds, data: new Uint8Array(data) };
}

function typeText(type: number): string {
  return Object.entries(DNS_TYPES).find(([, code]) => code === type)?.[0] ?? `TYPE${type}`;
}

function recordText(record: DnsRecord): string {
  const head = `${record.name} ${record.ttlSeconds}`;
  if (record.type === 'A') return `${head} A ${record.address}`;
  if (record.type === 'CNAME') return `${head} CNAME ${record.target}`;
  return `${head} ${typeText(record.typeCode)} (${record.data.length} bytes)`;
}
