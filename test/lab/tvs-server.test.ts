import { createHash } from 'node:crypto';
import { connect } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { FaultTable } from '../../src/lab/fault-table.ts';
import { LabClock } from '../../src/lab/lab-clock.ts';
import { TvsServer } from '../../src/lab/tvs-server.ts';
import {
  createTvsClient,
  stepTvsClient,
  type TvsClientConfig,
  type TvsResult,
  type TvsTimer,
} from '../../src/protocols/tvs/client.ts';
import { TRUST_ROLES } from '../../src/protocols/trust/trust-record.ts';
import type { LabFault } from '../../src/scenario/lab-faults.ts';
import { fromHex } from '../../src/wire/hex.ts';
import { holder, pem } from '../protocols/trust/openssl.ts';
import VECTORS from '../vectors/tvs/messages.json' with { type: 'json' };
import { count, fault, labSettings, sum } from './lab-parts.ts';
import { opensslClient, overTls, TLS_1_0, TLS_1_2 } from './tls-machine.ts';

const SERVER = holder('/CN=TVS', '01');
const KNOWN = holder('/CN=cucm1.lab', '02').certificate.raw;
const STRANGER = holder('/CN=stranger', '03').certificate.raw;
const KNOWN_DIGEST = createHash('sha256').update(KNOWN).digest('hex');
const ROLES = [TRUST_ROLES.callManagerAndTftp, TRUST_ROLES.tvs];

const open: TvsServer[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

async function tvs(faults: readonly LabFault[] = []) {
  const options = {
    identity: { certificate: SERVER.certificate.toString(), privateKey: pem(SERVER.privateKey) },
    lookup: (der: Uint8Array) =>
      createHash('sha256').update(der).digest('hex') === KNOWN_DIGEST
        ? { roles: ROLES, ttlSeconds: 86_400 }
        : null,
  };
  const server = new TvsServer(labSettings(), options, new FaultTable('tvs', faults, new LabClock(() => 0)));
  await server.start(0);
  open.push(server);
  const ask = async (changes: Partial<TvsClientConfig> = {}, profile: object = TLS_1_2) => {
    const client = createTvsClient({
      ...server.endpoint,
      deviceName: 'CP-7961-SEP001122334455',
      certificate: KNOWN,
      sessionId: 0xcafe,
      timeoutMs: 60_000,
      ...changes,
    });
    return (
      await overTls<TvsTimer, TvsResult>(
        server.endpoint,
        (event, out) => stepTvsClient(client, event, out),
        profile,
      )
    ).result;
  };
  return { server, ask };
}

function addUp(server: TvsServer): void {
  const stats = server.stats();
  expect(sum(stats, ['malformed', 'abandoned', 'valid', 'invalid', 'spoilt', 'waitingNow'])).toBe(
    stats['sessions'],
  );
}

async function settled(server: TvsServer, name: string, value: number): Promise<void> {
  while (count(server, name) !== value) await new Promise(setImmediate);
}

describe('TvsServer', () => {
  it.each([
    ['TLS 1.0, as a 79xx', TLS_1_0],
    ['TLS 1.2', TLS_1_2],
  ])('answers over %s', async (_, profile) => {
    const { server, ask } = await tvs();
    expect(await ask({}, profile)).toEqual({
      outcome: 'answered',
      status: 'valid',
      roles: ROLES,
      ttlSeconds: 86_400,
    });
    expect(await ask({ certificate: STRANGER }, profile)).toEqual({
      outcome: 'answered',
      status: 'invalid',
      roles: [],
      ttlSeconds: 0,
    });
    expect(server.stats()).toMatchObject({ connections: 2, valid: 1, invalid: 1, handshakesFailed: 0 });
    addUp(server);
  });

  it('answers the bytes of the vectors, sent by OpenSSL’s client over TLS 1.0, with those of the vectors', async () => {
    const { server } = await tvs();
    const [request, , invalid] = VECTORS.map(({ hex }) => fromHex(hex));
    expect(await opensslClient(server.endpoint, request ?? Buffer.alloc(0))).toEqual(invalid);
    expect(server.stats()).toMatchObject({ invalid: 1, handshakesFailed: 0 });
  });

  it('closes on a name that is not that of a phone, as tvsd does', async () => {
    const { server, ask } = await tvs();
    for (const deviceName of ['SEP001122334455', 'CP-79-SEP001122334455', 'CP-7961-SEP00112233445']) {
      expect(await ask({ deviceName })).toEqual({ outcome: 'failed', cause: 'fin' });
    }
    expect(server.stats()).toMatchObject({ malformed: 3 });
    addUp(server);
  });

  it('closes on what is not TVS, and counts phones that go away', async () => {
    const { server, ask } = await tvs();
    const talk = (text: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect({ ...server.endpoint, rejectUnauthorized: false }, () => socket.write(text));
        let heard = '';
        socket.on('data', (bytes: Buffer) => {
          heard += bytes.toString('latin1');
        });
        socket.once('close', () => resolve(heard));
      });
    expect(await talk('GET / HTTP/1.1\r\n\r\n')).toBe('');
    const gone = connect({ ...server.endpoint, ...TLS_1_2, rejectUnauthorized: false }, () => gone.destroy());
    await settled(server, 'abandoned', 1);
    expect(await ask()).toMatchObject({ status: 'valid' });
    expect(server.stats()).toMatchObject({ malformed: 1, abandoned: 1, valid: 1 });
    addUp(server);
  });

  it('counts a handshake that fails', async () => {
    const { server } = await tvs();
    const plain = connect({
      ...server.endpoint,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1',
      ciphers: 'NULL-SHA:@SECLEVEL=0',
    });
    await new Promise((resolve) => {
      plain.once('error', resolve);
    });
    await settled(server, 'handshakesFailed', 1);
    expect(server.stats()).toMatchObject({ connections: 1, sessions: 0 });
  });
});

describe('faults of TvsServer', () => {
  it.each([
    ['close', { cause: 'fin' }],
    ['abort', { cause: 'reset' }],
    ['malformed', { cause: 'malformed', detail: 'tvs.protocol @0: 72, not 87' }],
  ] as const)('%s', async (kind, facts) => {
    const { server, ask } = await tvs([fault({ on: 'tvs', kind, match: '334455' })]);
    expect(await ask()).toEqual({ outcome: 'failed', ...facts });
    expect(await ask({ deviceName: 'CP-7961-SEP001122334400' })).toMatchObject({ outcome: 'answered' });
    expect(server.stats()).toMatchObject({ spoilt: 1, faults: 1, valid: 1 });
    addUp(server);
  });

  it('silence: the phone’s own patience ends it', async () => {
    const { server, ask } = await tvs([fault({ on: 'tvs', kind: 'silence' })]);
    expect(await ask({ timeoutMs: 500 })).toEqual({ outcome: 'failed', cause: 'no-answer' });
    expect(server.stats()).toMatchObject({ spoilt: 1 });
  });

  it('delay: a later question overtakes the answer; setFaults ends it', async () => {
    const { server, ask } = await tvs([fault({ on: 'tvs', kind: 'delay', delayMs: 1000, match: '334455' })]);
    const order: string[] = [];
    const late = ask().then(() => order.push('late'));
    await ask({ deviceName: 'CP-7961-SEP001122334400' }).then(() => order.push('prompt'));
    await late;
    expect(order).toEqual(['prompt', 'late']);
    server.setFaults([]);
    expect(await ask()).toMatchObject({ outcome: 'answered' });
    expect(server.stats()).toMatchObject({ valid: 3, faults: 1 });
  });

  it('invalid: no certificate is good any more', async () => {
    const { server, ask } = await tvs([fault({ on: 'tvs', kind: 'invalid' })]);
    expect(await ask()).toEqual({ outcome: 'answered', status: 'invalid', roles: [], ttlSeconds: 0 });
    expect(server.stats()).toMatchObject({ invalid: 1, faults: 1 });
  });

  it('refuse: connections of some are reset, those of all are refused', async () => {
    const { server, ask } = await tvs([fault({ on: 'tvs', kind: 'refuse', match: '127.0.0.1' })]);
    expect(await ask()).toEqual({ outcome: 'failed', cause: 'reset' });
    expect(server.stats()).toMatchObject({ connections: 1, reset: 1, sessions: 0, handshakesFailed: 0 });
    server.setFaults([fault({ on: 'tvs', kind: 'refuse' })]);
    for (let last: TvsResult | null = null; !isFailure(last, 'refused'); last = await ask());
    server.setFaults([]);
    for (let last: TvsResult | null = null; last?.outcome !== 'answered'; last = await ask());
  });
});

function isFailure(result: TvsResult | null, cause: string): boolean {
  return result?.outcome === 'failed' && result.cause === cause;
}
