/** What tshark says that each phone said and heard, protocol by protocol, in the order of the capture. */
import { type CapturedPorts, dissect, type PacketRow } from './dissect.ts';

export interface CapturedMessage {
  /** Position in the capture. */
  readonly frame: number;
  readonly direction: 'sent' | 'received';
  /** As tshark's skinny dissector calls it. */
  readonly name: string;
  readonly id: number;
  /** The length field of the header. */
  readonly length: number;
}

/** One TCP connection of a phone on which it does not register. */
export interface StandbyConversation {
  readonly phoneAddress: string;
  readonly messages: readonly CapturedMessage[];
}

/** One TCP connection of a phone on which it registers. */
export interface SccpConversation extends StandbyConversation {
  /** Of the RegisterReq, as tshark reads it. */
  readonly register: PacketRow<RegisterField>;
}

const REGISTER_FIELDS = [
  'skinny.DeviceName',
  'skinny.deviceType',
  'skinny.maxNumberOfLines',
  'skinny.protocolVer',
  'skinny.stationIpAddr',
  'skinny.firmwareLoadName',
] as const;
type RegisterField = (typeof REGISTER_FIELDS)[number];

/** All that is read of a storm. */
export interface Conversations {
  readonly registrations: readonly SccpConversation[];
  readonly standbys: readonly StandbyConversation[];
  readonly leases: ReadonlyMap<string, readonly CapturedLeaseMessage[]>;
  readonly files: ReadonlyMap<string, readonly CapturedRequest[]>;
  readonly names: ReadonlyMap<string, readonly CapturedQuery[]>;
  /** Packets with a TFTP read request, and with a DNS query: one that was sent again counts again. */
  readonly sent: { readonly requests: number; readonly queries: number };
}

const SEGMENT_FIELDS = ['tcp.stream', 'frame.number', 'ip.src', 'tcp.srcport', '_ws.col.Info'] as const;
const HEADER_FIELDS = ['skinny.messageId', 'skinny.data_length'] as const;

function sccpOf(
  rows: readonly (Segment & PacketRow<RegisterField>)[],
  ports: CapturedPorts,
): { registrations: SccpConversation[]; standbys: StandbyConversation[] } {
  const streams = groupBy(rows, (row) => row['tcp.stream'][0] ?? '');
  const registrations: SccpConversation[] = [];
  const standbys: StandbyConversation[] = [];
  for (const segments of streams.values()) {
    const register = segments.find((row) => row['skinny.DeviceName'].length > 0);
    const phoneAddress = (register ?? segments[0])?.['ip.src'][0] ?? '';
    const messages = segments.flatMap((segment) => messagesOf(segment, ports));
    if (register === undefined) standbys.push({ phoneAddress, messages });
    else registrations.push({ phoneAddress, messages, register });
  }
  return { registrations, standbys };
}

type Segment = PacketRow<(typeof SEGMENT_FIELDS)[number] | (typeof HEADER_FIELDS)[number]>;

function messagesOf(segment: Segment, { sccp = [] }: CapturedPorts): CapturedMessage[] {
  const names = namesOf(segment);
  const ids = segment['skinny.messageId'];
  if (names.length !== ids.length) throw new Error(`names and ids differ: ${describe([segment])}`);
  const fromServer = sccp.includes(Number(segment['tcp.srcport'][0]));
  return names.map((name, i) => ({
    frame: Number(segment['frame.number'][0]),
    direction: fromServer ? 'received' : 'sent',
    name,
    id: Number(ids[i]),
    length: Number(segment['skinny.data_length'][i]),
  }));
}

/** The info column has the names of all messages that end in the segment. */
function namesOf(segment: Segment): string[] {
  return (segment['_ws.col.Info'][0] ?? '').split(' ').filter((name) => name !== '');
}

function describe(segments: readonly Segment[]): string {
  return segments.map(namesOf).join(' / ');
}

export interface CapturedLeaseMessage {
  readonly frame: number;
  readonly name: string;
  readonly fields: PacketRow<LeaseField>;
}

const LEASE_FIELDS = [
  'frame.number',
  'dhcp.hw.mac_addr',
  'dhcp.option.dhcp',
  'dhcp.ip.relay',
  'dhcp.ip.your',
  'dhcp.ip.client',
  'dhcp.option.hostname',
  'dhcp.option.vendor_class_id',
  'dhcp.option.requested_ip_address',
  'dhcp.option.tftp_server_address',
] as const;
type LeaseField = (typeof LEASE_FIELDS)[number];

/** RFC 2132 section 9.6. */
const LEASE_MESSAGES: Readonly<Record<string, string>> = {
  1: 'DISCOVER',
  2: 'OFFER',
  3: 'REQUEST',
  4: 'DECLINE',
  5: 'ACK',
  6: 'NAK',
  7: 'RELEASE',
};

/** By device name. */
function leasesOf(rows: readonly PacketRow<LeaseField>[]): Map<string, CapturedLeaseMessage[]> {
  const messages = rows.map((fields) => ({
    frame: Number(fields['frame.number'][0]),
    name: LEASE_MESSAGES[fields['dhcp.option.dhcp'][0] ?? ''] ?? 'none',
    fields,
  }));
  return groupBy(
    messages,
    ({ fields }) => `SEP${fields['dhcp.hw.mac_addr'][0]?.replaceAll(':', '').toUpperCase()}`,
  );
}

export interface CapturedRequest {
  readonly frame: number;
  readonly fileName: string;
  readonly mode: string;
}

const REQUEST_FIELDS = ['frame.number', 'ip.src', 'udp.srcport', 'tftp.source_file', 'tftp.type'] as const;

/** Read requests by address of the phone; one that was sent again counts once. */
function requestsOf(
  rows: readonly PacketRow<(typeof REQUEST_FIELDS)[number]>[],
): Map<string, CapturedRequest[]> {
  const firsts = groupBy(rows, (row) => [row['ip.src'], row['udp.srcport'], row['tftp.source_file']].join());
  return groupBy(
    [...firsts.values()].flatMap((same) => same.slice(0, 1)),
    (row) => row['ip.src'][0] ?? '',
    (row) => ({
      frame: Number(row['frame.number'][0]),
      fileName: row['tftp.source_file'][0] ?? '',
      mode: row['tftp.type'][0] ?? '',
    }),
  );
}

export interface CapturedQuery {
  readonly frame: number;
  readonly name: string;
  readonly type: string;
  readonly rcode: string;
  readonly addresses: readonly string[];
}

const ANSWER_FIELDS = [
  'frame.number',
  'ip.dst',
  'dns.qry.name',
  'dns.qry.type',
  'dns.flags.rcode',
  'dns.a',
] as const;

/** Answers by address of the phone that asked. */
function answersOf(rows: readonly PacketRow<(typeof ANSWER_FIELDS)[number]>[]): Map<string, CapturedQuery[]> {
  return groupBy(
    rows,
    (row) => row['ip.dst'][0] ?? '',
    (row) => ({
      frame: Number(row['frame.number'][0]),
      name: row['dns.qry.name'][0] ?? '',
      type: row['dns.qry.type'][0] ?? '',
      rcode: row['dns.flags.rcode'][0] ?? '',
      addresses: row['dns.a'],
    }),
  );
}

const ALL_FIELDS = [
  ...SEGMENT_FIELDS,
  ...HEADER_FIELDS,
  ...REGISTER_FIELDS,
  ...LEASE_FIELDS,
  ...REQUEST_FIELDS,
  ...ANSWER_FIELDS,
  'dns.flags.response',
] as const;

/** tshark prints a flag as a digit, or as a word. */
function isAnswer(row: PacketRow<'dns.flags.response'>): boolean {
  return ['1', 'True'].includes(row['dns.flags.response'][0] ?? '');
}

/** Reads a capture once for all of them: tshark takes longer to read it than to tell any of it. */
export async function readConversations(file: string, ports: CapturedPorts): Promise<Conversations> {
  const filter = 'skinny || dhcp || tftp.opcode == 1 || dns';
  const rows = await dissect(file, [...new Set(ALL_FIELDS)], { ports, filter });
  const having = (field: (typeof ALL_FIELDS)[number]): typeof rows =>
    rows.filter((row) => row[field].length > 0);
  const requests = having('tftp.source_file');
  const answers = having('dns.flags.response').filter(isAnswer);
  return {
    ...sccpOf(having('skinny.messageId'), ports),
    leases: leasesOf(having('dhcp.hw.mac_addr')),
    files: requestsOf(requests),
    names: answersOf(answers),
    sent: { requests: requests.length, queries: having('dns.flags.response').length - answers.length },
  };
}

function groupBy<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Map<string, Row[]>;
function groupBy<Row, Value>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  valueOf: (row: Row) => Value,
): Map<string, Value[]>;
function groupBy<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  valueOf: (row: Row) => unknown = (row) => row,
): Map<string, unknown[]> {
  const groups = new Map<string, unknown[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [valueOf(row)]);
    else group.push(valueOf(row));
  }
  return groups;
}
