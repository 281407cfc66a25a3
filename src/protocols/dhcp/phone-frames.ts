import { ByteWriter } from '../../wire/byte-writer.ts';
import {
  BOOTREQUEST,
  BROADCAST_FLAG,
  type DhcpMessage,
  encodeDhcp,
  HTYPE_ETHERNET,
  MESSAGE_TYPES,
  NO_ADDRESS,
  SECS_OFFSET,
} from './message.ts';
import type { DhcpOptions } from './options.ts';
import { RELAY_HOPS } from './relay.ts';

/**
 * The messages that a Cisco phone of the 79xx (TNP) family sends, as its relay passes them on. From a capture of a
 * 7911G (flan/staticdhcpd, issue 28): options 53, 61, 12, 60, 55, END in this order and PAD up to 548 bytes; 60 ends
 * in a NUL; the broadcast flag is set. No capture of its REQUEST is published: 50 and 54 between 12 and 60 are our
 * inference.
 */
export interface PhoneFrameFacts {
  /** Twelve upper-case hex digits. */
  readonly mac: string;
  readonly hostName: string;
  /** Option 60 without its NUL. */
  readonly vendorClass: string;
  /** giaddr. */
  readonly relayAddress: string;
}

/** 576 bytes, the datagram that every host accepts, less IP and UDP headers. */
export const PHONE_MESSAGE_BYTES = 548;

/** Option 55 of the captured 7911G: mask, TFTP server name, router, DNS, domain, option 150, ARP timeout. */
const PARAMETER_REQUEST_LIST: readonly number[] = [1, 66, 6, 3, 15, 150, 35];

export function discoverFrame(phone: PhoneFrameFacts, xid: number): Buffer {
  return phoneFrame(
    phone,
    { xid },
    {
      ...opening(phone, MESSAGE_TYPES.DHCPDISCOVER),
      ...closing(phone),
    },
  );
}

/** The REQUEST that takes an offer. `secs` is that of the DISCOVER (RFC 2131, section 3.1, step 3). */
export function selectingFrame(
  phone: PhoneFrameFacts,
  xid: number,
  secs: number,
  requestedAddress: string,
  serverIdentifier: string,
): Buffer {
  return phoneFrame(
    phone,
    { xid, secs },
    {
      ...opening(phone, MESSAGE_TYPES.DHCPREQUEST),
      requestedAddress,
      serverIdentifier,
      ...closing(phone),
    },
  );
}

/** The REQUEST of INIT-REBOOT: the remembered address, no server (RFC 2131, section 4.3.2). */
export function rebootFrame(phone: PhoneFrameFacts, xid: number, requestedAddress: string): Buffer {
  return phoneFrame(
    phone,
    { xid },
    {
      ...opening(phone, MESSAGE_TYPES.DHCPREQUEST),
      requestedAddress,
      ...closing(phone),
    },
  );
}

/** The REQUEST of RENEWING and REBINDING: ciaddr, neither 50 nor 54 (RFC 2131, section 4.3.2). */
export function renewFrame(phone: PhoneFrameFacts, xid: number, ciaddr: string): Buffer {
  return phoneFrame(
    phone,
    { xid, ciaddr, flags: 0 },
    {
      ...opening(phone, MESSAGE_TYPES.DHCPREQUEST),
      ...closing(phone),
    },
  );
}

/** RFC 2131, section 4.4.1, table 5: a RELEASE carries no other options. */
export function releaseFrame(
  phone: PhoneFrameFacts,
  xid: number,
  ciaddr: string,
  serverIdentifier: string,
): Buffer {
  return phoneFrame(
    phone,
    { xid, ciaddr, flags: 0 },
    {
      messageType: MESSAGE_TYPES.DHCPRELEASE,
      clientIdentifier: clientIdentifier(phone),
      serverIdentifier,
    },
  );
}

/** The same frame, some seconds later, in memory of its own. */
export function withSecs(frame: Buffer, secs: number): Buffer {
  const copy = Buffer.from(frame);
  copy.writeUInt16BE(secs, SECS_OFFSET);
  return copy;
}

function opening(phone: PhoneFrameFacts, messageType: number) {
  return { messageType, clientIdentifier: clientIdentifier(phone), hostName: phone.hostName };
}

function closing(phone: PhoneFrameFacts) {
  return { vendorClass: `${phone.vendorClass}\0`, parameterRequestList: PARAMETER_REQUEST_LIST };
}

/** Hardware type and address: RFC 2132, section 9.14. */
function clientIdentifier(phone: PhoneFrameFacts): Buffer {
  return new ByteWriter(7).u8(HTYPE_ETHERNET).bytes(Buffer.from(phone.mac, 'hex')).finish();
}

function phoneFrame(phone: PhoneFrameFacts, fields: Partial<DhcpMessage>, options: DhcpOptions): Buffer {
  const message: DhcpMessage = {
    op: BOOTREQUEST,
    htype: HTYPE_ETHERNET,
    hops: RELAY_HOPS,
    xid: 0,
    secs: 0,
    flags: BROADCAST_FLAG,
    ciaddr: NO_ADDRESS,
    yiaddr: NO_ADDRESS,
    siaddr: NO_ADDRESS,
    giaddr: phone.relayAddress,
    chaddr: phone.mac,
    sname: '',
    file: '',
    options,
    otherOptions: [],
    ...fields,
  };
  return encodeDhcp(message, PHONE_MESSAGE_BYTES);
}
