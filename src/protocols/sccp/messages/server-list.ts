import { array, type Codec, fixedText, ipv4, struct, u32le } from '../../../wire/codec.ts';
import { typedAddress } from '../fields.ts';
import { message, messageWithForms } from '../message.ts';

export const serverReq = message(0x0012, 'ServerReq', struct({}));

const serverList = (address: Codec<string>) =>
  struct({
    serverName: array(5, fixedText(48)),
    serverTcpListenPort: array(5, u32le),
    serverIpAddr: array(5, address),
  });

/** The CallManager group: five entries, unused ones zero; 280 bytes, or 360 with typed addresses. */
export const serverRes = messageWithForms(0x009e, 'ServerRes', [
  { since: 0, layout: serverList(ipv4) },
  { since: 17, layout: serverList(typedAddress) },
]);
