/* Addresses in the messages that introduce a phone: RegisterReq and RegisterTokenReq. */

const IPV4 = /^\d+\.\d+\.\d+\.\d+$/;

/** The address where it is IPv4; anything else is written as 0.0.0.0. */
export function asIpv4(address: string): string {
  return IPV4.test(address) ? address : '0.0.0.0';
}

export const NO_IPV6 = new Uint8Array(16);
