/** What a capture of a run says that phones and servers sent, as tshark's dissectors read it. */
import { type CapturedPorts, dissect, type PacketRow } from '../interop/dissect.ts';

export interface WireCounts {
  /** By tshark's name of the SCCP message; those after the first UnregisterReq are of the end of the run, and left out. */
  readonly sccp: ReadonlyMap<string, number>;
  /** From each RegisterReq to the RegisterAck on its connection, ms, ascending. */
  readonly registerDelaysMs: readonly number[];
  /** Connections to CallManagers that were asked for: first SYN of each. */
  readonly connections: number;
  /** Files that were asked for (RRQ), each once. */
  readonly files: number;
  /** Of them those of which a first block came, and those that an ERROR answered. */
  readonly filesBegun: number;
  readonly fileErrors: number;
  /** RRQ and ACK that were sent again. */
  readonly tftpRepeats: number;
  /** DHCPDISCOVER, each transaction once. */
  readonly leasesAskedFor: number;
  /** Transactions that were offered a lease, those in which one was requested, and those in which it was acknowledged. */
  readonly leasesOffered: number;
  readonly leasesRequested: number;
  readonly leasesGranted: number;
  /** DHCPDISCOVER and DHCPREQUEST that were sent again. */
  readonly dhcpRepeats: number;
  /** Datagrams with an address of a phone or its relay in front, to a server. */
  readonly datagramsSent: number;
}

const FIELDS = [
  'frame.time_relative',
  '_ws.col.Info',
  'ip.src',
  'ip.dst',
  'udp.srcport',
  'udp.dstport',
  'tcp.stream',
  'skinny.messageId',
  'tcp.flags.syn',
  'tftp.opcode',
  'tftp.block',
  'tftp.source_file',
  'dhcp.option.dhcp',
  'dhcp.hw.mac_addr',
  'dhcp.id',
] as const;
type Row = PacketRow<(typeof FIELDS)[number]>;

const SYN_ONLY = 'tcp.flags.syn == 1 && tcp.flags.ack == 0';
/** RFC 1350 section 5. */
const TFTP = { readRequest: '1', data: '3', acknowledgement: '4', error: '5' } as const;
/** RFC 2132 section 9.6. */
const DHCP = { discover: '1', offer: '2', request: '3', acknowledgement: '5' } as const;

/** @param server the address of all servers: what is sent to it was sent by a phone */
export async function countWire(file: string, server: string, ports: CapturedPorts): Promise<WireCounts> {
  // An ICMP error has the datagram in it that it is about.
  const filter = `(skinny || udp || (${SYN_ONLY})) && !icmp`;
  const rows = await dissect(file, FIELDS, { ports, filter });
  const of = (row: Row, field: (typeof FIELDS)[number]): string => row[field][0] ?? '';
  const tftp = (opcode: string): Row[] => rows.filter((row) => of(row, 'tftp.opcode') === opcode);
  const dhcp = (type: string): Row[] => rows.filter((row) => of(row, 'dhcp.option.dhcp') === type);
  const lease = (row: Row): string => `${of(row, 'dhcp.hw.mac_addr')} ${of(row, 'dhcp.id')}`;
  // A transfer is the phone's address and port (its TID, RFC 1350 section 4), which it takes anew for each.
  const asked = (row: Row): string =>
    `${of(row, 'ip.src')} ${of(row, 'udp.srcport')} ${of(row, 'tftp.source_file')}`;
  const acknowledged = (row: Row): string => `${asked(row)} ${of(row, 'tftp.block')}`;
  const answered = (row: Row): string => `${of(row, 'ip.dst')} ${of(row, 'udp.dstport')}`;
  const firstBlocks = tftp(TFTP.data).filter((row) => of(row, 'tftp.block') === '1');
  const ends = rows.findIndex((row) => namesOf(row).includes('UnregisterReq'));
  return {
    sccp: tally((ends < 0 ? rows : rows.slice(0, ends)).flatMap(namesOf)),
    registerDelaysMs: registerDelays(rows),
    connections: distinct(rows.filter(isSyn), (row) => of(row, 'tcp.stream')),
    files: distinct(tftp(TFTP.readRequest), asked),
    filesBegun: distinct(firstBlocks, answered),
    fileErrors: distinct(
      tftp(TFTP.error).filter((row) => of(row, 'ip.src') === server),
      answered,
    ),
    tftpRepeats: repeats(tftp(TFTP.readRequest), asked) + repeats(tftp(TFTP.acknowledgement), acknowledged),
    leasesAskedFor: distinct(dhcp(DHCP.discover), lease),
    leasesOffered: distinct(dhcp(DHCP.offer), lease),
    leasesRequested: distinct(dhcp(DHCP.request), lease),
    leasesGranted: distinct(dhcp(DHCP.acknowledgement), lease),
    dhcpRepeats: repeats(dhcp(DHCP.discover), lease) + repeats(dhcp(DHCP.request), lease),
    datagramsSent: rows.filter((row) => row['udp.srcport'].length > 0 && of(row, 'ip.dst') === server).length,
  };
}

function isSyn(row: Row): boolean {
  return (
    row['skinny.messageId'].length === 0 &&
    row['tcp.flags.syn'].some((flag) => flag === '1' || flag === 'True')
  );
}

/** The info column has the names of all SCCP messages that end in the segment. */
function namesOf(row: Row): string[] {
  if (row['skinny.messageId'].length === 0) return [];
  return (row['_ws.col.Info'][0] ?? '').split(' ').filter((name) => name !== '');
}

function registerDelays(rows: readonly Row[]): number[] {
  const asked = new Map<string, number>();
  const delays: number[] = [];
  for (const row of rows) {
    const stream = row['tcp.stream'][0] ?? '';
    const atMs = Number(row['frame.time_relative'][0]) * 1000;
    for (const name of namesOf(row)) {
      if (name === 'RegisterReq') asked.set(stream, atMs);
      if (name === 'RegisterAck') delays.push(atMs - (asked.get(stream) ?? Number.NaN));
    }
  }
  return delays.sort((a, b) => a - b);
}

function distinct(rows: readonly Row[], keyOf: (row: Row) => string): number {
  return new Set(rows.map(keyOf)).size;
}

function repeats(rows: readonly Row[], keyOf: (row: Row) => string): number {
  return rows.length - distinct(rows, keyOf);
}

function tally(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
