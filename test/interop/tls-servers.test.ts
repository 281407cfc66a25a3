/** Secured streams against OpenSSL's own server and stunnel: nobody here wrote their side. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { TlsDemand } from '../../src/protocols/tls.ts';
import { Harness, listen, TestOwner, turns } from '../drivers/driver-harness.ts';
import { credentialOf, demandOf, PROFILES, SERVER_IDENTITY } from '../drivers/tls-parts.ts';
import { startSServer, startStunnel } from '../support/interop/tls-servers.ts';
import type { InteropServer } from '../support/interop/server.ts';

const PHONE = credentialOf('SEP001122334455');
const STRANGER = credentialOf('SEP001122334455', false);
const LEVEL_0 = ['-cipher', 'ALL:NULL-SHA:@SECLEVEL=0'];

async function running(start: Promise<InteropServer>): Promise<InteropServer> {
  const server = await start;
  onTestFinished(() => server.stop());
  return server;
}

/** Says a line, and all that comes of it, in words. */
async function conversation(port: number, demand: TlsDemand): Promise<string[]> {
  const harness = new Harness();
  const over = new Promise<void>((resolve) => {
    harness.react = ({ event }) => {
      if (event.type === 'closed' || event.type === 'data') resolve();
    };
  });
  const owner = new TestOwner();
  harness.step(owner, (out) => {
    out.connect('primary', '127.0.0.1', port, demand);
    out.send('primary', Buffer.from('abc\n'));
  });
  await over;
  harness.step(owner, (out) => out.close('primary'));
  await turns();
  return harness.events.map((event) => {
    if (event.type === 'secured') return `${event.version} ${event.suite}`;
    if (event.type === 'data') return JSON.stringify(Buffer.from(event.bytes).toString());
    return event.type === 'closed' && event.alert
      ? `${event.alert.number} ${event.alert.name} by ${event.alert.from}`
      : event.type;
  });
}

describe('openssl s_server', () => {
  test.each([
    ['authenticated', 'TLSv1 TLS_RSA_WITH_NULL_SHA'],
    ['encrypted', 'TLSv1 TLS_RSA_WITH_AES_128_CBC_SHA'],
    ['tls11', 'TLSv1.1 TLS_RSA_WITH_AES_128_CBC_SHA'],
    ['tls12', 'TLSv1.2 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384'],
    ['tls13', 'TLSv1.3 TLS_AES_256_GCM_SHA384'],
  ] as const)('%s, with a certificate that it demands', async (name, suite) => {
    const demanding = ['-Verify', '1', '-verify_return_error', ...LEVEL_0];
    const server = await running(startSServer(SERVER_IDENTITY, demanding));
    const told = await conversation(server.port, demandOf(PROFILES[name], PHONE));
    expect(told).toEqual(['connected', suite, '"cba\\n"']);
    expect(server.log()).toContain('SEP001122334455');
  });

  test.each([
    ['above the phone', ['-no_tls1', '-no_tls1_1'], PHONE, '70 protocol_version by server'],
    ['no suite in common', ['-cipher', 'AES256-SHA:@SECLEVEL=0'], PHONE, '40 handshake_failure by server'],
    [
      'a certificate of a stranger',
      ['-Verify', '1', '-verify_return_error', ...LEVEL_0],
      STRANGER,
      '48 unknown_ca by server',
    ],
    [
      'no certificate',
      ['-Verify', '1', '-verify_return_error', ...LEVEL_0],
      null,
      '40 handshake_failure by server',
    ],
  ] as const)('%s', async (_, args, credential, alert) => {
    const server = await running(startSServer(SERVER_IDENTITY, args));
    expect(await conversation(server.port, demandOf(PROFILES.encrypted, credential))).toEqual([
      'connected',
      alert,
    ]);
  });

  test.each([
    ['a stranger', STRANGER, '48 unknown_ca by server'],
    ['no certificate', null, '116 certificate_required by server'],
  ] as const)('TLS 1.3, %s: the alert comes after the handshake', async (_, credential, alert) => {
    const args = ['-Verify', '1', '-verify_return_error'];
    const server = await running(startSServer(SERVER_IDENTITY, args));
    const told = await conversation(server.port, demandOf(PROFILES.tls13, credential));
    expect(told).toEqual(['connected', 'TLSv1.3 TLS_AES_256_GCM_SHA384', alert]);
  });
});

describe('stunnel in front of a plain server', () => {
  const OLD = ['sslVersionMin = TLSv1', 'ciphers = ALL:NULL-SHA', 'securityLevel = 0'];

  test.each(['encrypted', 'tls12', 'tls13'] as const)('%s, with a certificate', async (name) => {
    const { port } = await listen((socket) => socket.pipe(socket));
    const stunnel = await running(startStunnel(SERVER_IDENTITY, port, OLD));
    const told = await conversation(stunnel.port, demandOf(PROFILES[name], PHONE));
    expect(told).toEqual(['connected', expect.stringContaining('TLSv1'), '"abc\\n"']);
  });

  test.each([
    ['a stranger', STRANGER, '48 unknown_ca by server'],
    ['no certificate', null, '40 handshake_failure by server'],
  ] as const)('%s is turned away before the server hears of it', async (_, credential, alert) => {
    let heard = 0;
    const { port } = await listen(() => heard++);
    const stunnel = await running(startStunnel(SERVER_IDENTITY, port, OLD));
    const told = await conversation(stunnel.port, demandOf(PROFILES.encrypted, credential));
    expect(told).toEqual(['connected', alert]);
    expect(heard).toBe(0);
  });
});
