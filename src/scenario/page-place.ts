/** Where the page of a run is served. */
import { isIP } from 'node:net';
import * as z from 'zod';
import type { HostPort } from '../phone/boot-settings.ts';
import { parseServerAddress, portField } from './host-port.ts';

/** `auto`: to this machine, on any free port, if somebody sits at a terminal. */
export type PagePlace = 'off' | 'auto' | HostPort;

const LOOPBACK = '127.0.0.1';

const EXPECTED = 'expected off, auto, a port, or address:port, such as 127.0.0.1:9463';

/** A port of loopback, or an address of this machine with its port. */
function placeOf(text: string): HostPort | null {
  const named = parseServerAddress(/^\d+$/.test(text) ? `${LOOPBACK}:${text}` : text);
  return named === null || named.port === null || isIP(named.host) === 0
    ? null
    : { host: named.host, port: named.port };
}

export const pagePlaceField = z
  .union(
    [
      z.enum(['off', 'auto']),
      portField.transform((port): HostPort => ({ host: LOOPBACK, port })),
      z
        .string()
        .transform((text, context): HostPort => {
          const place = placeOf(text.trim());
          if (place !== null) return place;
          context.issues.push({ code: 'custom', message: EXPECTED, input: text });
          return z.NEVER;
        })
        .meta({ title: '[address:]port' }),
    ],
    { error: EXPECTED },
  )
  .default('off')
  .describe(
    'Live page of the run for a browser: a port of this machine, or address:port to let others look; `auto`: a free port if standard output is a terminal.',
  );
