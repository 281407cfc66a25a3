/**
 * The other side of `measureHandshakeCost`, in a process of its own so that its work is not counted: takes every
 * version and every suite, asks for a certificate and takes any, and greets each client. Ends with its parent.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { onEndingSignal } from '../drivers/ending-signals.ts';
import { createAuthority } from '../pki/authority.ts';
import { certificatePem } from '../pki/pem.ts';

process.on('disconnect', () => process.exit(0));
onEndingSignal(() => {});

const { certificate, privateKey } = await createAuthority({ subject: { CN: 'handshake cost' }, days: 1 });
const server = createServer(
  {
    cert: certificatePem(certificate),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: 'TLSv1',
    ciphers: 'ALL:eNULL:@SECLEVEL=0',
  },
  (socket) => {
    socket.on('error', () => {}).resume();
    socket.write('.');
  },
);
server.on('tlsClientError', () => {});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send?.((server.address() as AddressInfo).port);
