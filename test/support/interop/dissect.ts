/** tshark as a judge of what was said: its dissectors were written by strangers. */
import { execFile } from 'node:child_process';
import { requireProgram } from '../../setup/programs.ts';

/** Which port speaks what, for captures of ports that are not the well-known ones. */
export interface CapturedPorts {
  /** TCP ports of SCCP (Wireshark's name for it is skinny). */
  readonly sccp?: readonly number[];
  /** UDP ports of SIP. */
  readonly sip?: readonly number[];
  /** UDP ports on which TFTP requests arrive; transfers are followed from there. */
  readonly tftp?: readonly number[];
  /** TCP ports of the HTTP file server. */
  readonly http?: readonly number[];
  readonly dhcp?: readonly number[];
  readonly dns?: readonly number[];
}

export interface DissectOptions {
  readonly ports?: CapturedPorts;
  /** Which packets, in wireshark-filter(4) syntax; all if left out. */
  readonly filter?: string;
  /** Settings of dissectors, e.g. `tls.keylog_file:FILE`. */
  readonly preferences?: readonly string[];
  /** More of tshark's `-d` rules, e.g. `tls.port==2443,skinny`. */
  readonly decodeAs?: readonly string[];
}

/** The values of each field in one packet, in order: a field may occur several times, or not at all. */
export type PacketRow<Field extends string> = Readonly<Record<Field, readonly string[]>>;

const FIELD_SEPARATOR = '\t';
const VALUE_SEPARATOR = '\u001f';
const MOST_OUTPUT_BYTES = 512 * 1024 * 1024;

/** One row for each packet that passes the filter. */
export async function dissect<Field extends string>(
  file: string,
  fields: readonly Field[],
  options: DissectOptions = {},
): Promise<PacketRow<Field>[]> {
  const output = await tshark(file, options, [
    ...['-T', 'fields', '-E', 'occurrence=a', '-E', `separator=${FIELD_SEPARATOR}`],
    ...['-E', `aggregator=${VALUE_SEPARATOR}`],
    ...fields.flatMap((field) => ['-e', field]),
  ]);
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const columns = line.split(FIELD_SEPARATOR);
      const values = fields.map((field, index) => [field, splitValues(columns[index] ?? '')]);
      return Object.fromEntries(values) as PacketRow<Field>;
    });
}

function splitValues(column: string): string[] {
  return column === '' ? [] : column.split(VALUE_SEPARATOR);
}

export interface JudgeOptions extends Omit<DissectOptions, 'filter'> {
  readonly ports: CapturedPorts;
  /** Judge only these packets: those of the side that we wrote. Genuine servers have faults of their own. */
  readonly only?: string;
}

const PROTOCOLS = '(skinny || sip || tftp || http || dhcp || dns)';

/** What is wrong with a packet, beside that the dissector could not read it. */
const FAULTS = {
  unreadable: '_ws.malformed || _ws.short || _ws.unreassembled || _ws.expert.severity == "Error"',
  // An ERROR (5) is what a server says about a file that it does not have; tshark warns of each.
  warned: `${PROTOCOLS} && _ws.expert.severity == "Warning" && !(tftp.opcode == 5)`,
  'no TFTP operation': 'tftp && !(tftp.opcode in {1..6})',
} as const;

/** Throws with a line for each packet that the dissectors find fault with. */
export async function assertNoMalformed(file: string, options: JudgeOptions): Promise<void> {
  const faults = [...Object.values(FAULTS), ...(options.ports.sccp ?? []).map(incompleteSccp)];
  const anyFault = faults.map((fault) => `(${fault})`).join(' || ');
  const filter = options.only === undefined ? anyFault : `(${anyFault}) && (${options.only})`;
  const rows = await dissect(
    file,
    ['frame.number', '_ws.col.Protocol', '_ws.col.Info', '_ws.expert.message'],
    {
      ...options,
      filter,
    },
  );
  if (rows.length === 0) return;
  const lines = rows.map((row) =>
    Object.values(row)
      .map((values) => values.join('; '))
      .join('  '),
  );
  throw new Error(`${rows.length} packets of ${file} are not as they should be:\n${lines.join('\n')}`);
}

/** Bytes of a message whose end never came: in no packet's message, and not sent again. */
function incompleteSccp(port: number): string {
  return `tcp.port == ${port} && tcp.len > 0 && !skinny && !tcp.reassembled_in && !tcp.analysis.retransmission`;
}

function decodeRules({
  sccp = [],
  sip = [],
  tftp = [],
  http = [],
  dhcp = [],
  dns = [],
}: CapturedPorts): string[] {
  return [
    ...sccp.map((port) => `tcp.port==${port},skinny`),
    ...sip.map((port) => `udp.port==${port},sip`),
    ...tftp.map((port) => `udp.port==${port},tftp`),
    ...http.map((port) => `tcp.port==${port},http`),
    ...dhcp.map((port) => `udp.port==${port},dhcp`),
    ...dns.map((port) => `udp.port==${port},dns`),
  ];
}

/** Where Linux begins to give out ports (net.ipv4.ip_local_port_range). */
const FIRST_EPHEMERAL_PORT = 32_768;
let strangers: Promise<readonly string[]> | undefined;

/** Dissectors of ports that the kernel gives out: a phone that is given one would be taken for their protocol. */
async function strangeProtocols(): Promise<readonly string[]> {
  const table = await runTshark(['-G', 'decodes']);
  const names = table.split('\n').flatMap((line) => {
    const [kind, port, protocol] = line.split('\t');
    const isPort = kind === 'udp.port' || kind === 'tcp.port';
    return isPort && Number(port) >= FIRST_EPHEMERAL_PORT && protocol !== undefined ? [protocol] : [];
  });
  return [...new Set(names)];
}

async function tshark(file: string, options: DissectOptions, output: readonly string[]): Promise<string> {
  strangers ??= strangeProtocols();
  const rules = [...decodeRules(options.ports ?? {}), ...(options.decodeAs ?? [])];
  const args = [
    ...['-n', '-r', file],
    ...(await strangers).flatMap((protocol) => ['--disable-protocol', protocol]),
    ...rules.flatMap((rule) => ['-d', rule]),
    ...(options.preferences ?? []).flatMap((preference) => ['-o', preference]),
    // Two passes: when a packet is filtered, it is known in which later one its message ends.
    ...(options.filter === undefined ? [] : ['-2', '-Y', options.filter]),
    ...output,
  ];
  return runTshark(args);
}

function runTshark(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(requireProgram('tshark'), args, { maxBuffer: MOST_OUTPUT_BYTES }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`tshark ${args.join(' ')}\n${stderr}`, { cause: error }));
    });
  });
}
