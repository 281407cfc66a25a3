import { describe, expect, test } from 'vitest';
import { encodeFrame } from '../../../src/protocols/sccp/header.ts';
import { fromHex } from '../../../src/wire/hex.ts';
import { CONFIG, PhoneSession, SETTINGS, wire } from './phone-session.ts';
import {
  ACK,
  CAPABILITIES_REQ,
  INTO,
  KEEP_ALIVE_ACK,
  PHASES,
  REJECT,
  sessionIn,
} from './registration-states.ts';
import { ack } from './scripted-server.ts';
import { GENUINE } from './vectors.ts';

describe('bytes that are not SCCP', () => {
  const hostile = [
    ['length 0', '00000000 00000000 00000000', 'frame of 8 bytes'],
    ['length 3', '03000000 00000000 00000000', 'frame of 11 bytes'],
    ['length 0x7fffffff', 'ffffff7f 00000000', 'frame of 2147483655 bytes'],
    ['RegisterAck without fields', '04000000 00000000 81000000', 'sccp/0x0081'],
    ['Reset without type', '06000000 00000000 9f000000 0100', 'sccp/0x009f'],
    ['SetLamp that is cut', '08000000 00000000 86000000 01000000', 'sccp/0x0086'],
  ] as const;
  const attacks = PHASES.slice(1).flatMap(([state, phase]) =>
    hostile.map((row) => [state, phase, ...row] as const),
  );

  test.each(attacks)('%s: bytes that are not SCCP, phase %s: %s', (state, phase, _, hex, detail) => {
    const session = sessionIn(state);
    session.receive(fromHex(hex));
    expect(session.result).toMatchObject({ outcome: 'failed', phase, cause: 'malformed' });
    expect(session.result).toHaveProperty('detail', expect.stringContaining(detail));
    expect(session.timers.size).toBe(0);
  });

  test('a button template that lies about its count is malformed', () => {
    const session = sessionIn('settingUp');
    session.receive(encodeFrame(0x97, 17, fromHex('00000000 ffff0000 ffff0000 0109')));
    expect(session.result).toMatchObject({ outcome: 'failed', phase: 'ready', cause: 'malformed' });
  });

  test('what follows the end in the same segment is not looked at', () => {
    const session = sessionIn('registering');
    session.receive(Buffer.concat([wire([REJECT]), fromHex('00000000 00000000'), wire([ACK])]));
    expect(session.result).toMatchObject({ cause: 'rejected' });
    expect(session.notices).toEqual([{ type: 'connected' }]);
  });
});

describe('registering', () => {
  test.each([
    ['the lease', '127.1.0.7', '127.1.0.7'],
    ['the connection', null, '127.1.0.8'],
  ])('the address in RegisterReq is that of %s', (_, leasedAddress, stationIpAddr) => {
    const session = new PhoneSession({ ...CONFIG, leasedAddress });
    session.start();
    session.connected('127.1.0.8');
    expect(session.sent[1]).toMatchObject({ type: 'RegisterReq', stationIpAddr, protocolVersion: 17 });
  });

  test.each([
    [17, 17, 17],
    [17, 22, 17],
    [17, 0x30, 17],
    [22, 0x30, 22],
    [22, 20, 20],
    [22, 11, 11],
    [22, 5, 5],
    [22, null, 3],
    [17, 0, 0],
  ] as const)('own version %i and the server says %s: %i', (own, versionByte, version) => {
    const session = new PhoneSession({ ...CONFIG, settings: { ...SETTINGS, protocolVersion: own } });
    session.start();
    session.connected();
    session.from(ack({ keepAliveInterval: 23, versionByte }));
    expect(session.notices.at(-1)).toEqual({
      type: 'registered',
      keepAliveMs: 23_000,
      standbyKeepAliveMs: 60_000,
      version,
    });
  });

  test.each(GENUINE.filter(({ name }) => name.includes('RegisterAck')))(
    '$name registers a phone',
    ({ hex, message }) => {
      const session = sessionIn('registering');
      session.receive(fromHex(hex));
      const { keepAliveInterval } = message as { keepAliveInterval: number };
      expect(session.notices.at(-1)).toMatchObject({
        type: 'registered',
        keepAliveMs: keepAliveInterval * 1000,
      });
    },
  );

  test('the wait for CapabilitiesReq is a quarter of that for an answer', () => {
    const session = sessionIn('registered');
    expect(session.timers.get('answer')).toBe(SETTINGS.answerTimeoutMs / 4);
  });
});

describe('in service', () => {
  test('keepalive at the interval of the acknowledgement, never late', () => {
    const session = sessionIn('inService');
    for (let tick = 0; tick < 10; tick++) {
      const before = session.now;
      expect(session.tick()).toEqual(['send KeepAliveReq', 'set keepAlive']);
      expect(session.now - before).toBeLessThanOrEqual(30_000);
      expect(session.now - before).toBeGreaterThan(28_000);
      session.now += 12;
      session.from(KEEP_ALIVE_ACK);
      expect(session.notices.at(-1)).toEqual({ type: 'keepAliveAnswered', roundTripMs: 12 });
      session.now -= 12;
    }
  });

  test('a silent server is given up after six intervals and three requests', () => {
    const session = sessionIn('inService');
    const sends: number[] = [];
    while (session.result === null) if (session.tick().includes('send KeepAliveReq')) sends.push(session.now);
    expect(sends.map((at) => Math.round(at / 30_000))).toEqual([1, 3, 5]);
    expect(Math.round(session.now / 30_000)).toBe(6);
    expect(session.result).toEqual({ outcome: 'failed', phase: 'inService', cause: 'keepalive-timeout' });
  });

  test('keepalive runs while the lines are set up', () => {
    const session = new PhoneSession({ ...CONFIG, settings: { ...SETTINGS, answerTimeoutMs: 600_000 } });
    INTO.registering(session);
    session.from(ack({ keepAliveInterval: 1, versionByte: 17 }), CAPABILITIES_REQ);
    while (session.result === null) session.tick();
    expect(session.result).toEqual({ outcome: 'failed', phase: 'ready', cause: 'keepalive-timeout' });
  });
});
