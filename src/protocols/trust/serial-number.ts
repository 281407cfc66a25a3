import type { ValueReader } from './tlv.ts';

/**
 * A certificate's serial number as lower-case hex of whole bytes without leading zero bytes ('00' for none): what
 * trust files carry (unsigned, without DER's leading 00) and what two files are compared by.
 */
export type SerialNumber = string;

/** From hex of any case and padding, as OpenSSL and Node print it. RangeError for anything else. */
export function serialNumber(hex: string): SerialNumber {
  if (!/^[0-9a-fA-F]*$/.test(hex)) throw new RangeError(`not a serial number in hex: ${hex}`);
  const digits = hex.toLowerCase().replace(/^0+/, '');
  if (digits === '') return '00';
  return digits.length % 2 === 0 ? digits : `0${digits}`;
}

export const readSerialNumber: ValueReader<SerialNumber> = (reader) =>
  serialNumber(Buffer.from(reader.rest()).toString('hex'));

/** The minimal big-endian bytes. */
export function serialNumberBytes(serial: SerialNumber): Buffer {
  return Buffer.from(serialNumber(serial), 'hex');
}
