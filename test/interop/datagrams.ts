/** The bytes that ask each server for something, put together by hand: the tests of the servers use no codec. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';

export interface Reply {
  readonly bytes: Buffer;
  readonly from: RemoteInfo;
}

export interface Local {
  readonly address: string;
  /** Free if left out. */
  readonly port?: number;
}

const TRIES = 300;
const TRY_MS = 200;

/** Sends a request, again and again as UDP demands, until the first reply. */
export async function ask(
  request: Buffer,
  server: { address: string; port: number },
  local: Local = { address: '127.0.0.1' },
): Promise<Reply> {
  // dnsmasq has bound all addresses on the port on which a relay hears its answers.
  const socket = createSocket({ type: 'udp4', reuseAddr: local.port !== undefined });
  try {
    await new Promise<void>((resolve) => socket.bind(local.port ?? 0, local.address, resolve));
    return await firstReply(socket, request, server);
  } finally {
    socket.close();
  }
}

function firstReply(
  socket: Socket,
  request: Buffer,
  server: { address: string; port: number },
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    let tries = 0;
    const send = (): void => {
      tries += 1;
      if (tries > TRIES) reject(new Error(`no reply from ${server.address}:${server.port}`));
      else socket.send(request, server.port, server.address);
    };
    const timer = setInterval(send, TRY_MS);
    socket.on('error', reject);
    socket.once('message', (bytes, from) => {
      clearInterval(timer);
      resolve({ bytes, from });
    });
    send();
  });
}

/** RFC 1350 section 5: a read request. */
export function tftpReadRequest(file: string): Buffer {
  return Buffer.from(`\0\u0001${file}\0octet\0`, 'latin1');
}

/** RFC 1035 section 4.1: a question for the address of `name`. */
export function dnsQuestion(name: string): Buffer {
  const header = Buffer.from('abcd01000001000000000000', 'hex');
  const labels = name.split('.').map((label) => String.fromCharCode(label.length) + label);
  return Buffer.concat([
    header,
    Buffer.from(`${labels.join('')}\0`, 'latin1'),
    Buffer.from('00010001', 'hex'),
  ]);
}

/** RFC 2131 section 2: a DISCOVER of the phone with this MAC, as its relay passes it on. */
export function dhcpDiscover(mac: string, relayAddress: string): Buffer {
  const message = Buffer.alloc(236);
  message.set([1, 1, 6, 1]); // BOOTREQUEST, Ethernet, hlen 6, hops 1
  message.writeUInt32BE(0x0badcafe, 4);
  message.set(relayAddress.split('.').map(Number), 24);
  message.set(Buffer.from(mac, 'hex'), 28);
  const cookie = Buffer.from('63825363', 'hex');
  const options = Buffer.from([53, 1, 1, 55, 5, 1, 3, 6, 66, 150, 255]);
  return Buffer.concat([message, cookie, options]);
}

/** RFC 2132: the options of a reply, code to value. */
export function dhcpOptions(reply: Buffer): Map<number, Buffer> {
  const options = new Map<number, Buffer>();
  let at = 240;
  while (at < reply.length && reply[at] !== 255) {
    const [code = 0, length = 0] = reply.subarray(at);
    if (code === 0) at += 1;
    else {
      options.set(code, reply.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
  }
  return options;
}
