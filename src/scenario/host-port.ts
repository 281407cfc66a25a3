import { isIP } from 'node:net';
import * as z from 'zod';
import type { HostPort } from '../phone/boot-settings.ts';

/** A server as a scenario writes it: the port may be left to a default. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number | null;
}

const NAME = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?)*\.?$/i;
const DOTTED_NUMBERS = /^[\d.]+$/;

/** From "10.0.0.1", "10.0.0.1:6969", "cucm1.example:2000", "::1" or "[::1]:69"; null for anything else. */
export function parseServerAddress(text: string): ServerAddress | null {
  if (isIP(text) !== 0) return { host: text, port: null };
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  if (match === null) return null;
  const [, bracketed, plain, portText] = match;
  const host = bracketed ?? plain ?? '';
  const port = portText === undefined ? null : Number(portText);
  if (port !== null && (port < 1 || port > 65535)) return null;
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? { host, port } : null;
  if (DOTTED_NUMBERS.test(host)) return isIP(host) === 4 ? { host, port } : null;
  return NAME.test(host) ? { host, port } : null;
}

export function formatHostPort({ host, port }: HostPort): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

export function withDefaultPort(server: ServerAddress, port: number): HostPort {
  return { host: server.host, port: server.port ?? port };
}

export const portField = z.int().min(1).max(65535);

/** A server by address alone: nobody has resolved names yet when it is used. */
export const addressPortField = z
  .string()
  .transform((text, context): ServerAddress => {
    const server = parseServerAddress(text.trim());
    if (server !== null && isIP(server.host) !== 0) return server;
    context.issues.push({
      code: 'custom',
      message: 'expected an address, or address:port, such as 127.0.0.1:6969',
      input: text,
    });
    return z.NEVER;
  })
  .meta({ title: 'address[:port]' });

/** A server by name or address. */
export const hostPortField = z
  .string()
  .transform((text, context): ServerAddress => {
    const server = parseServerAddress(text.trim());
    if (server !== null) return server;
    context.issues.push({
      code: 'custom',
      message: 'expected a host, or host:port, such as cucm1.example:2000',
      input: text,
    });
    return z.NEVER;
  })
  .meta({ title: 'host[:port]' });

export const addressField = z
  .string()
  .refine((text) => isIP(text) !== 0, { error: 'expected an IP address' })
  .meta({ title: 'address' });
