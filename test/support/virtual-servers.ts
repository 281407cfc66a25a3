/** Servers for the virtual cluster: DHCP, TFTP, DNS and CallManager, as small as a phone's boot needs. */
import { BOOTREPLY, decodeDhcp, encodeDhcp, MESSAGE_TYPES } from '../../src/protocols/dhcp/message.ts';
import type { DhcpOptions } from '../../src/protocols/dhcp/options.ts';
import { decodeDns, encodeDns } from '../../src/protocols/dns/message.ts';
import { decodeFrame, SCCP_FRAME_RULE } from '../../src/protocols/sccp/header.ts';
import { decodeMessage, encodeMessage, type SccpMessage } from '../../src/protocols/sccp/message-table.ts';
import { decodePacket, encodeData, encodeError } from '../../src/protocols/tftp/packet.ts';
import { StreamFramer } from '../../src/wire/stream-framer.ts';
import type { DatagramServer, StreamServer } from './virtual-cluster.ts';

/** Answers DISCOVER and REQUEST with one lease; `lease` overrides its options. RELEASEs are kept. */
export function dhcpServer(address: string, lease: DhcpOptions = {}, siaddr = '0.0.0.0') {
  const requests: string[] = [];
  const server: DatagramServer = (bytes) => {
    const request = decodeDhcp(bytes);
    const type = request.options.messageType ?? 0;
    requests.push(Object.entries(MESSAGE_TYPES).find(([, code]) => code === type)?.[0] ?? '?');
    if (type === MESSAGE_TYPES.DHCPRELEASE) return [];
    const messageType = type === MESSAGE_TYPES.DHCPDISCOVER ? MESSAGE_TYPES.DHCPOFFER : MESSAGE_TYPES.DHCPACK;
    const options = {
      messageType,
      serverIdentifier: '127.0.0.1',
      leaseTime: 3600,
      tftpServers: ['127.0.0.1'],
      ...lease,
    };
    return [encodeDhcp({ ...request, op: BOOTREPLY, yiaddr: address, siaddr, options, otherOptions: [] })];
  };
  return { server, requests };
}

/** Serves files block by block, without state: an ACK names the block that is wanted next. */
export function tftpServer(files: Readonly<Record<string, Uint8Array>>) {
  const asked: string[] = [];
  const nameOfPort = new Map<number, string>();
  const seen = { errors: 0 };
  const server: DatagramServer = (bytes, from) => {
    const packet = decodePacket(bytes);
    if (packet.type === 'RRQ') {
      asked.push(packet.fileName);
      nameOfPort.set(from, packet.fileName);
    } else if (packet.type !== 'ACK') {
      if (packet.type === 'ERROR') seen.errors++;
      return [];
    }
    const file = files[nameOfPort.get(from) ?? ''];
    if (!file) return [encodeError(1, 'File not found')];
    const block = packet.type === 'ACK' ? packet.block : 0;
    return block * 512 > file.length
      ? []
      : [encodeData(block + 1, file.subarray(block * 512, block * 512 + 512))];
  };
  return {
    server,
    asked,
    /** The file that the phone's port reads. */
    nameOf: (from: number) => nameOfPort.get(from),
    /** ERROR packets that the phone has sent. */
    get errors() {
      return seen.errors;
    },
  };
}

/** Answers of an HTTP file server: those of `answers` by file name (`fin` and `reset` end it), then the files, then 404. */
export function httpServer(
  files: Readonly<Record<string, Uint8Array>>,
  answers: (fileName: string) => readonly string[] | null = () => null,
  verdict: 'refused' | 'silent' | 'accepted' = 'accepted',
) {
  const asked: string[] = [];
  const connect = (): StreamServer => ({
    accept: () => verdict,
    data: (bytes) => {
      const fileName = /^GET \/(\S+) HTTP\/1\.1\r\n/.exec(Buffer.from(bytes).toString('latin1'))?.[1] ?? '';
      asked.push(fileName);
      const scripted = answers(fileName);
      if (scripted !== null)
        return scripted.map((part) => (part === 'fin' || part === 'reset' ? part : Buffer.from(part)));
      const file = files[fileName];
      if (file === undefined) return [Buffer.from('HTTP/1.1 404 Not Found\r\nContent-length: 0\r\n\r\n')];
      return [Buffer.from(`HTTP/1.1 200 OK\r\nContent-length: ${file.length}\r\n\r\n`), file];
    },
  });
  return { connect, asked };
}

export function dnsServer(names: Readonly<Record<string, string>>): DatagramServer {
  return (bytes) => {
    const query = decodeDns(bytes);
    const name = query.questions[0]?.name ?? '';
    const address = names[name.toLowerCase()];
    const answers = address ? [{ type: 'A', name, ttlSeconds: 60, address } as const] : [];
    return [encodeDns({ ...query, response: true, rcode: address ? 0 : 3, answers })];
  };
}

type Answer = SccpMessage | 'fin' | 'reset';

/** The answers of a CallManager that knows the phone; `overrides` replaces those of single messages. */
export function callManager(
  overrides: Readonly<Partial<Record<SccpMessage['type'], readonly Answer[]>>> = {},
  verdict: 'refused' | 'silent' | 'accepted' = 'accepted',
) {
  const received: SccpMessage['type'][] = [];
  const messages: SccpMessage[] = [];
  const answers: Partial<Record<SccpMessage['type'], readonly Answer[]>> = { ...USUAL_ANSWERS, ...overrides };
  const connect = (): StreamServer => {
    const framer = new StreamFramer(SCCP_FRAME_RULE);
    return {
      accept: () => verdict,
      data: (bytes) => {
        const out: (Uint8Array | 'fin' | 'reset')[] = [];
        framer.push(bytes);
        for (let frame = framer.next(); frame !== null; frame = framer.next()) {
          const message = decodeMessage(decodeFrame(frame));
          received.push(message.type);
          messages.push(message);
          for (const answer of answers[message.type] ?? []) {
            out.push(typeof answer === 'string' ? answer : encodeMessage(numbered(answer, message), 0, 22));
          }
        }
        return out;
      },
    };
  };
  return { connect, received, messages };
}

/** Answers about a line carry the number of the line that was asked for. */
function numbered(answer: SccpMessage, request: SccpMessage): SccpMessage {
  if (!('lineNumber' in answer) || !('lineNumber' in request)) return answer;
  return { ...answer, lineNumber: request.lineNumber };
}

const TEXT = { lineDirNumber: '1001', lineFullyQualifiedDisplayName: 'Test', lineTextLabel: '1001' };
const NO_FORWARD = {
  forwardAllActive: 0,
  forwardAllDirnum: '',
  forwardBusyActive: 0,
  forwardBusyDirnum: '',
  forwardNoAnswerActive: 0,
  forwardNoAnswerDirnum: '',
};

const USUAL_ANSWERS: Partial<Record<SccpMessage['type'], readonly Answer[]>> = {
  RegisterReq: [
    {
      type: 'RegisterAck',
      keepAliveInterval: 30,
      dateTemplate: 'D.M.Y',
      secondaryKeepAliveInterval: 60,
      maxProtocolVer: 22,
      phoneFeatures: Uint8Array.of(0x20, 0xf1, 0xff),
    },
    { type: 'CapabilitiesReq' },
  ],
  ButtonTemplateReq: [
    { type: 'ButtonTemplateRes', offset: 0, total: 1, entries: [{ instanceNumber: 1, buttonDefinition: 9 }] },
  ],
  SoftKeyTemplateReq: [{ type: 'SoftKeyTemplateRes', offset: 0, total: 0, entries: [] }],
  SoftKeySetReq: [{ type: 'SoftKeySetRes', offset: 0, total: 0, entries: [] }],
  LineStatReq: [{ type: 'LineStatV2Res', lineNumber: 1, lineType: 15, ...TEXT }],
  ForwardStatReq: [{ type: 'ForwardStatRes', activeForward: 0, lineNumber: 1, ...NO_FORWARD }],
  TimeDateReq: [
    {
      type: 'TimeDateRes',
      wYear: 2026,
      wMonth: 11,
      wDayOfWeek: 2,
      wDay: 24,
      wHour: 12,
      wMinute: 0,
      wSecond: 0,
      wMilliseconds: 0,
      systemTime: 1_795_521_600,
    },
  ],
  KeepAliveReq: [{ type: 'KeepAliveAck' }],
  UnregisterReq: [{ type: 'UnregisterAck', status: 0 }],
  RegisterTokenReq: [{ type: 'RegisterTokenAck' }],
};

/** What can be wrong with a CallManager, or the way to it. */
export const MOODS = [
  'healthy',
  'refuses', // SYN answered by RST
  'gone', // SYN unanswered, connections silent
  'hangs', // accepts, and never says a word
  'closes', // answers everything with FIN
  'resets', // answers everything with RST
  'rejects', // RegisterReject, and no token
  'dismisses', // healthy, but FIN as soon as a phone is in service
  'keepsTokens', // healthy, but RegisterTokenReject with a wait of 30 s
  'losesTokens', // healthy, but RegisterTokenReq is not answered
] as const;
export type Mood = (typeof MOODS)[number];

/** A CallManager whose mood changes while phones are connected: `set` it, and cut connections at the cluster. */
export function moodyCallManager() {
  const healthy = callManager();
  const keepsTokens = callManager({
    RegisterTokenReq: [{ type: 'RegisterTokenReject', waitTimeBeforeNextReq: 30 }],
  });
  const dismisses = callManager({ TimeDateReq: [...(USUAL_ANSWERS.TimeDateReq ?? []), 'fin'] });
  const losesTokens = callManager({ RegisterTokenReq: [] });
  const rejects = callManager({
    RegisterReq: [{ type: 'RegisterReject', text: 'Error DBConfig' }],
    RegisterTokenReq: [{ type: 'RegisterTokenReject', waitTimeBeforeNextReq: 0 }],
  });
  let mood: Mood = 'healthy';
  const connect = (): StreamServer => {
    const servers = {
      healthy: healthy.connect(),
      keepsTokens: keepsTokens.connect(),
      losesTokens: losesTokens.connect(),
      dismisses: dismisses.connect(),
      rejects: rejects.connect(),
    };
    return {
      accept: () => (mood === 'refuses' ? 'refused' : mood === 'gone' ? 'silent' : 'accepted'),
      data: (bytes) => {
        switch (mood) {
          case 'closes':
            return ['fin'];
          case 'resets':
          case 'refuses':
            return ['reset'];
          case 'gone':
          case 'hangs':
            return [];
          default:
            return servers[mood].data(bytes);
        }
      },
    };
  };
  return {
    connect,
    messages: healthy.messages,
    set(next: Mood): void {
      mood = next;
    },
  };
}
