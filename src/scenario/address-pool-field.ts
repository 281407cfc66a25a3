import * as z from 'zod';
import { type AddressPool, parseAddressRange } from './address-pool.ts';

const EXPECTED =
  'expected IPv4 addresses: "127.16.0.0/16", "127.0.1.1-127.0.1.8", one address, or a list of these';

/** Addresses, ranges and blocks: one text, comma-separated text, or a list. */
export const addressPoolField = z
  .union([z.string(), z.array(z.string()).min(1)], { error: EXPECTED })
  .transform((value, context): AddressPool => {
    const texts = typeof value === 'string' ? value.split(',') : value;
    return texts.map((text, i) => {
      const range = parseAddressRange(text);
      if (range !== null) return range;
      const path = typeof value === 'string' ? [] : [i];
      context.issues.push({ code: 'custom', message: EXPECTED, input: text, path });
      return z.NEVER;
    });
  })
  .meta({ title: 'addresses' });
