import {
  BOOTREPLY,
  type DhcpMessage,
  decodeDhcp,
  encodeDhcp,
  MESSAGE_TYPES,
} from '../../../src/protocols/dhcp/message.ts';
import type { DhcpOptions } from '../../../src/protocols/dhcp/options.ts';

export const SERVER_ID = '127.0.0.67';
export const OFFERED = '127.1.0.9';

type Change = Partial<Omit<DhcpMessage, 'options'>> & { options?: DhcpOptions };

/** The answer of a healthy server to a frame of a client, some fields changed. */
export function reply(frame: Uint8Array, messageType: number, change: Change = {}): Buffer {
  const asked = decodeDhcp(frame);
  return encodeDhcp({
    ...asked,
    op: BOOTREPLY,
    yiaddr: asked.options.requestedAddress ?? (asked.ciaddr === '0.0.0.0' ? OFFERED : asked.ciaddr),
    siaddr: SERVER_ID,
    ...change,
    options: {
      messageType,
      serverIdentifier: SERVER_ID,
      leaseTime: 1000,
      subnetMask: '255.0.0.0',
      routers: ['127.0.0.1'],
      domainNameServers: ['127.0.0.53'],
      domainName: 'example.test',
      tftpServers: ['127.0.0.69', '127.0.0.70'],
      ...change.options,
    },
  });
}

export const offer = (frame: Uint8Array, change?: Change) => reply(frame, MESSAGE_TYPES.DHCPOFFER, change);
export const ack = (frame: Uint8Array, change?: Change) => reply(frame, MESSAGE_TYPES.DHCPACK, change);

export function nak(frame: Uint8Array, message = 'address not available'): Buffer {
  const { options: _, ...asked } = decodeDhcp(frame);
  const options = { messageType: MESSAGE_TYPES.DHCPNAK, serverIdentifier: SERVER_ID, message };
  return encodeDhcp({ ...asked, op: BOOTREPLY, options });
}
