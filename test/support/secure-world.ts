/** A phone at a virtual cluster that is secure: trust lists, signed and encrypted files, TLS, as a test wants them. */
import type { BootSettings, SecuritySettings } from '../../src/phone/boot-settings.ts';
import type { PhoneSecrets } from '../../src/phone/phone-environment.ts';
import { buildDeviceConfig, type DeviceConfigOptions } from '../../src/protocols/device-config/build.ts';
import type { TlsDemand } from '../../src/protocols/tls.ts';
import { BOOT_SETTINGS } from './boot-settings.ts';
import { boot, NAME, type World } from './phone-world.ts';
import { credentialOf, type Holder, HOLDERS } from './secure-files.ts';
import type { Handshake, StreamServer } from './virtual-cluster.ts';
import { callManager, tftpServer } from './virtual-servers.ts';

export const CTL = `CTL${NAME}.tlv`;
export const PLAIN = `${NAME}.cnf.xml`;
export const SGN = `${NAME}.cnf.xml.sgn`;
export const ENC = `${NAME}.cnf.xml.enc.sgn`;
export const DEFAULT = 'XMLDefault.cnf.xml';

export const secureConfig = (more: Partial<DeviceConfigOptions> = {}): Buffer =>
  buildDeviceConfig({
    deviceName: NAME,
    callManagers: [{ host: '127.0.0.10' }, { host: '127.0.0.11' }],
    deviceSecurityMode: 3,
    ...more,
  });

export const securityOf = (security: Partial<SecuritySettings>): Partial<BootSettings> => ({
  security: { ...BOOT_SETTINGS.security, ...security },
});

/** The handshake of a server with this certificate. */
export const secured = (server: Holder, resumed = false): Handshake => ({
  type: 'secured',
  version: 'TLSv1',
  suite: 'TLS_RSA_WITH_AES_128_CBC_SHA',
  resumed,
  peerCertificate: server.certificate.raw,
});

/** A server behind TLS. What comes in clear is answered with RST. */
export function behindTls(
  connect: () => StreamServer,
  handshake: (demand: TlsDemand) => Handshake | 'silent' = () => secured(HOLDERS.callManager),
): () => StreamServer {
  return () => {
    const server = connect();
    let isSecured = false;
    return {
      accept: () => server.accept(),
      secure: (demand) => {
        const answer = handshake(demand);
        isSecured = answer !== 'silent' && answer.type === 'secured';
        return answer;
      },
      data: (bytes) => (isSecured ? server.data(bytes) : ['reset']),
    };
  };
}

/** The phone brings along a certificate of the factory. */
export const withMic = (of: Holder): Partial<PhoneSecrets> => ({
  credentialOf: (_, origin) => (origin === 'mic' ? credentialOf(of, 'mic') : null),
});

export interface SecureWorld extends Omit<World, 'tftp'> {
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly handshake?: (demand: TlsDemand) => Handshake | 'silent';
}

/** CallManagers at 127.0.0.10 and .11, each with a port in clear and one behind TLS. */
export function bootSecure({ files, handshake, tcp, ...world }: SecureWorld) {
  const first = callManager();
  const second = callManager();
  const served: Record<string, Uint8Array> = { ...files };
  return {
    served,
    first,
    second,
    ...boot({
      tftp: tftpServer(served),
      tcp: {
        '127.0.0.10:2000': first.connect,
        '127.0.0.10:2443': behindTls(first.connect, handshake),
        '127.0.0.11:2000': second.connect,
        '127.0.0.11:2443': behindTls(second.connect),
        ...tcp,
      },
      ...world,
    }),
  };
}
