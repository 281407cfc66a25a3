import { afterEach, expect, it } from 'vitest';
import { type LabCluster, startLab } from '../../src/lab/lab-cluster.ts';
import type { HostPort } from '../../src/lab/lab-contract.ts';
import { createCapfClient, stepCapfClient } from '../../src/protocols/capf/client.ts';
import type { CapfResult, CapfTimer } from '../../src/protocols/capf/client-contract.ts';
import { parseDeviceConfig } from '../../src/protocols/device-config/parse.ts';
import { decryptConfig, parseEncryptedConfig } from '../../src/protocols/trust/encrypted-config.ts';
import { parseSignedConfig } from '../../src/protocols/trust/signed-config.ts';
import { certificateHash } from '../../src/protocols/trust/short-config.ts';
import { parseTrustList } from '../../src/protocols/trust/trust-list.ts';
import {
  createTvsClient,
  stepTvsClient,
  type TvsResult,
  type TvsTimer,
} from '../../src/protocols/tvs/client.ts';
import type { SecureEndpoints } from '../../src/scenario/plan.ts';
import { CLIENT_CONFIG } from '../protocols/capf/scripted-session.ts';
import { holder, rsaKey } from '../protocols/trust/openssl.ts';
import { deviceOf, labSettings, madeUpPhones } from './lab-parts.ts';
import { overTls, TLS_1_0 } from './tls-machine.ts';

const PHONE = deviceOf(1);
const PHONE_KEY = rsaKey(2048);

const labs: LabCluster[] = [];
afterEach(async () => {
  await Promise.all(labs.splice(0).map((lab) => lab.stop()));
});

async function cluster(): Promise<{ lab: LabCluster; secure: SecureEndpoints }> {
  const lab = await startLab(
    labSettings({
      callManagers: 1,
      security: {
        mode: 'mixed',
        deviceSecurityMode: 'encrypted',
        encryptedConfig: true,
        capf: { operation: 'install', authMode: 'null-string' },
      },
    }),
    madeUpPhones(2),
  );
  labs.push(lab);
  if (lab.endpoints.secure === null) throw new Error('not secure');
  return { lab, secure: lab.endpoints.secure };
}

async function get({ host, port }: HostPort, name: string): Promise<Buffer> {
  return Buffer.from(await (await fetch(`http://${host}:${port}/${name}`)).arrayBuffer());
}

async function enrol(capf: HostPort): Promise<CapfResult> {
  const client = createCapfClient({
    ...CLIENT_CONFIG,
    ...capf,
    deviceName: PHONE,
    newKey: () => PHONE_KEY,
    keyTimeMs: 1,
  });
  const { result } = await overTls<CapfTimer, CapfResult>(
    capf,
    (event, out) => stepCapfClient(client, event, out),
    TLS_1_0,
  );
  return result;
}

/** What `<PHONE>.cnf.xml.sgn` says, once it says that the phone has this certificate. */
async function shortConfigWith(http: HostPort, certHash: string): Promise<unknown> {
  for (;;) {
    const parsed = parseDeviceConfig(parseSignedConfig(await get(http, `${PHONE}.cnf.xml.sgn`)).payload);
    if (parsed.ok && parsed.config.certHash === certHash) return parsed.config;
  }
}

it('a phone that CAPF has given a certificate finds its configuration encrypted for it, also after a restart', async () => {
  const { lab, secure } = await cluster();
  const { http } = lab.endpoints;
  const before = parseDeviceConfig(parseSignedConfig(await get(http, `${PHONE}.cnf.xml.sgn`)).payload);
  expect(before).toMatchObject({ config: { capfAuthMode: 2, encrConfig: true, fullConfig: false } });
  const enrolled = await enrol(secure.capf);
  if (enrolled.outcome !== 'installed') throw new Error(enrolled.outcome);
  const { certificate } = enrolled.credential;
  for (const restart of [false, true]) {
    if (restart) await lab.restart('tftp');
    const short = await shortConfigWith(lab.endpoints.http, certificateHash(certificate));
    expect(short).toMatchObject({ capfAuthMode: 0 });
    const file = parseEncryptedConfig(await get(http, `${PHONE}.cnf.xml.enc.sgn`));
    expect(decryptConfig(file, PHONE_KEY)).toMatchObject({ ok: true });
  }
});

it('TVS vouches for the certificates of the cluster and for no others', async () => {
  const { lab, secure } = await cluster();
  const ask = async (certificate: Uint8Array): Promise<TvsResult> => {
    const deviceName = `CP-7961-${PHONE}`;
    const client = createTvsClient({
      ...secure.tvs,
      deviceName,
      certificate,
      sessionId: 1,
      timeoutMs: 60_000,
    });
    const step = (
      event: Parameters<typeof stepTvsClient>[1],
      out: Parameters<typeof stepTvsClient>[2],
    ): void => stepTvsClient(client, event, out);
    return (await overTls<TvsTimer, TvsResult>(secure.tvs, step, TLS_1_0)).result;
  };
  const records = parseTrustList(await get(lab.endpoints.http, 'CTLFile.tlv'))?.records ?? [];
  expect(records).toHaveLength(3);
  for (const { certificate, role } of records) {
    expect(await ask(certificate ?? new Uint8Array())).toMatchObject({ status: 'valid', roles: [role] });
  }
  const stranger = await ask(holder('/CN=cucm1.lab', '01').certificate.raw);
  expect(stranger).toMatchObject({ outcome: 'answered', status: 'invalid' });
});
