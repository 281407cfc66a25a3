/**
 * The floor: a bare Node program that exchanges the packets of a boot and nothing else. It has no retransmission, no
 * metrics, no XML, no schedule beyond a fixed rate, and no idea what the packets mean: it takes them from a recording
 * that `bootstorm phone --record` made against the same servers, with another MAC in place of the recorded one. What
 * bootstorm costs above this is what its phones cost.
 *
 *     node bare-boot.js RECORDING PHONES PER_SECOND HOLD_SECONDS FIRST_SOURCE_ADDRESS
 *
 * Prints one JSON object: phones, ready, cpuSeconds (user + system of this process), peakRssBytes.
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

interface Line {
  readonly effect?: string;
  readonly endpoint?: string;
  readonly hex?: string;
  readonly address?: string;
  readonly port?: number;
  readonly event?: {
    readonly type: string;
    readonly endpoint?: string;
    readonly event?: Line & { type?: string };
  };
}

interface Target {
  readonly address: string;
  readonly port: number;
}

/** The packets of one boot, and what each waits for. */
interface Script {
  readonly mac: string;
  readonly relay: Target;
  readonly dhcp: {
    readonly server: Target;
    readonly discover: Buffer;
    readonly request: Buffer;
    readonly release: Buffer | null;
  };
  readonly tftp: { readonly server: Target; readonly requests: readonly Buffer[] };
  /** `after` frames have come from the server, `bytes` are sent; the last one is Unregister. */
  readonly sccp: {
    readonly server: Target;
    readonly sends: readonly { after: number; bytes: Buffer }[];
    readonly frames: number;
  };
}

const [recording = '', phonesText = '1', rateText = '100', holdText = '1', firstSource = '127.16.0.1'] =
  process.argv.slice(2);
const PHONES = Number(phonesText);
const PER_SECOND = Number(rateText);
const HOLD_MS = Number(holdText) * 1000;
const XID_OFFSET = 4;
const YIADDR_OFFSET = 16;
const CIADDR_OFFSET = 12;
const OPTIONS_OFFSET = 240;

const script = scriptOf(readFileSync(recording, 'utf8'));
const relay = createSocket({ type: 'udp4', reuseAddr: true, recvBufferSize: 4 << 20, lookup: lookUpNothing });
const waitingForLease = new Map<number, (reply: Buffer) => void>();
let ready = 0;
let ended = 0;

relay.on('message', (reply) => {
  const xid = reply.readUInt32BE(XID_OFFSET);
  const next = waitingForLease.get(xid);
  waitingForLease.delete(xid);
  next?.(reply);
});
relay.bind(script.relay.port, script.relay.address, () => {
  const started = performance.now();
  let next = 0;
  const timer = setInterval(() => {
    const due = Math.min(PHONES, Math.floor(((performance.now() - started) * PER_SECOND) / 1000));
    while (next < due) boot(next++);
    if (next === PHONES) clearInterval(timer);
  }, 5);
});

function boot(index: number): void {
  const mac = Buffer.from(`0200${index.toString(16).padStart(8, '0')}`, 'hex');
  const source = sourceAddress(index);
  lease(mac, index, (address) => files(mac, source, 0, () => register(mac, source, index, address)));
}

function lease(mac: Buffer, index: number, then: (address: Buffer) => void): void {
  const { server, discover, request } = script.dhcp;
  const first = personal(discover, mac);
  first.writeUInt32BE(0x7000_0000 + index * 2, XID_OFFSET);
  waitingForLease.set(0x7000_0000 + index * 2, (offer) => {
    const address = offer.subarray(YIADDR_OFFSET, YIADDR_OFFSET + 4);
    const second = personal(request, mac);
    second.writeUInt32BE(0x7000_0000 + index * 2 + 1, XID_OFFSET);
    setOption(second, 50, address);
    waitingForLease.set(0x7000_0000 + index * 2 + 1, () => then(Buffer.from(address)));
    relay.send(second, server.port, server.address);
  });
  relay.send(first, server.port, server.address);
}

/** One file after the other, each from a fresh port; an ERROR ends a file as the last block does. */
function files(mac: Buffer, source: string, at: number, then: () => void): void {
  const request = script.tftp.requests[at];
  if (!request) return then();
  const { address, port } = script.tftp.server;
  const socket: UdpSocket = createSocket({ type: 'udp4', lookup: lookUpNothing });
  socket.on('message', (packet, from) => {
    if (packet[1] === 3) {
      socket.send(Buffer.of(0, 4, packet[2] ?? 0, packet[3] ?? 0), from.port, from.address);
      if (packet.length === 516) return;
    }
    socket.close();
    files(mac, source, at + 1, then);
  });
  socket.bind({ port: 0, address: source, exclusive: true });
  socket.send(personal(request, mac), port, address);
}

function register(mac: Buffer, source: string, index: number, address: Buffer): void {
  const { server, sends, frames } = script.sccp;
  const socket = connect({ host: server.address, port: server.port, localAddress: source, noDelay: true });
  let sent = 0;
  let seen = 0;
  let rest = Buffer.alloc(0);
  const advance = (): void => {
    for (
      let next = sends[sent];
      next && next.after <= seen && sent < sends.length - 1;
      next = sends[++sent]
    ) {
      socket.write(personal(next.bytes, mac));
    }
    if (seen !== frames) return;
    ready++;
    setTimeout(() => leave(), HOLD_MS);
  };
  const leave = (): void => {
    socket.end(sends.at(-1)?.bytes ?? '');
    if (script.dhcp.release) {
      const release = personal(script.dhcp.release, mac);
      release.writeUInt32BE(0x7000_0000 + index * 2, XID_OFFSET);
      address.copy(release, CIADDR_OFFSET);
      relay.send(release, script.dhcp.server.port, script.dhcp.server.address);
    }
    if (++ended === PHONES) finish();
  };
  socket.on('connect', advance);
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= 8 && rest.length >= rest.readUInt32LE(0) + 8) {
      rest = rest.subarray(rest.readUInt32LE(0) + 8);
      seen++;
      advance();
    }
  });
}

function finish(): void {
  const { user, system } = process.cpuUsage();
  const peakRssBytes = process.resourceUsage().maxRSS * 1024;
  process.stdout.write(
    `${JSON.stringify({ phones: PHONES, ready, cpuSeconds: (user + system) / 1e6, peakRssBytes })}\n`,
  );
  setTimeout(() => process.exit(0), 200);
}

/** A copy with another MAC: its octets and its hex digits, wherever they stand. */
function personal(frame: Buffer, mac: Buffer): Buffer {
  const copy = Buffer.from(frame);
  const recorded = Buffer.from(script.mac, 'hex');
  for (let at = copy.indexOf(recorded); at >= 0; at = copy.indexOf(recorded, at + 6)) mac.copy(copy, at);
  const digits = mac.toString('hex').toUpperCase();
  for (let at = copy.indexOf(script.mac); at >= 0; at = copy.indexOf(script.mac, at + 12))
    copy.write(digits, at);
  return copy;
}

function setOption(message: Buffer, code: number, value: Buffer): void {
  for (
    let at = OPTIONS_OFFSET;
    at < message.length && message[at] !== 255;
    at += 2 + (message[at + 1] ?? 0)
  ) {
    if (message[at] === code) value.copy(message, at + 2);
  }
}

function sourceAddress(index: number): string {
  const first = firstSource.split('.').reduce((value, octet) => value * 256 + Number(octet), 0);
  const address = first + index;
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}

function lookUpNothing(
  address: string,
  _: unknown,
  callback: (error: null, address: string, family: number) => void,
): void {
  callback(null, address, 4);
}

function scriptOf(text: string): Script {
  const lines = text.split('\n').filter(Boolean);
  const header = JSON.parse(lines[0] ?? '{}') as {
    identity: { mac: string };
    relayAddress: string;
    settings: { dhcp: { replyPort: number } };
  };
  const dhcp: Line[] = [];
  const requests: Line[] = [];
  const sends: { after: number; bytes: Buffer }[] = [];
  let server: Target = { address: '', port: 0 };
  let received = Buffer.alloc(0);
  let frames = 0;
  let readyFrames = 0;
  for (const line of lines.slice(1).map((entry) => JSON.parse(entry) as Line)) {
    const arrived = line.event?.endpoint?.startsWith('callManager') ? line.event.event?.hex : undefined;
    if (arrived) {
      received = Buffer.concat([received, Buffer.from(arrived, 'hex')]);
      while (received.length >= 8 && received.length >= received.readUInt32LE(0) + 8) {
        received = received.subarray(received.readUInt32LE(0) + 8);
        frames++;
      }
    } else if (line.effect === 'connect') {
      server = { address: line.address ?? '', port: line.port ?? 0 };
    } else if (line.effect === 'sendTo' && line.endpoint === 'dhcp') {
      dhcp.push(line);
    } else if (line.effect === 'sendTo' && line.hex?.startsWith('0001')) {
      requests.push(line);
    } else if (line.effect === 'send' && !isKeepAlive(line.hex ?? '')) {
      appendSend(sends, frames, Buffer.from(line.hex ?? '', 'hex'));
    } else if (line.effect === 'emit' && JSON.stringify(line).includes('"type":"ready"')) {
      readyFrames = frames;
    }
  }
  const [discover, request, release] = dhcp.map(({ hex }) => Buffer.from(hex ?? '', 'hex'));
  if (!discover || !request || sends.length < 2)
    throw new Error('the recording is not a whole boot with DHCP');
  return {
    mac: header.identity.mac,
    relay: { address: header.relayAddress, port: header.settings.dhcp.replyPort },
    dhcp: { server: targetOf(dhcp[0]), discover, request, release: release ?? null },
    tftp: {
      server: targetOf(requests[0]),
      requests: requests.map(({ hex }) => Buffer.from(hex ?? '', 'hex')),
    },
    sccp: { server, sends, frames: readyFrames },
  };
}

function appendSend(sends: { after: number; bytes: Buffer }[], after: number, bytes: Buffer): void {
  const last = sends.at(-1);
  if (last && last.after === after) last.bytes = Buffer.concat([last.bytes, bytes]);
  else sends.push({ after, bytes });
}

function isKeepAlive(hex: string): boolean {
  return hex.length === 24 && hex.endsWith('00000000');
}

function targetOf(line: Line | undefined): Target {
  return { address: line?.address ?? '', port: line?.port ?? 0 };
}
