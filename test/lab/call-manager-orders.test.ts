import { describe, expect, it } from 'vitest';
import type { SccpMessage } from '../../src/protocols/sccp/message-table.ts';
import { addUp, callManager, until } from './call-manager-part.ts';
import { count, deviceOf, type Heard, registerReq } from './lab-parts.ts';

describe('CallManager: overload', () => {
  it.each([
    ['reject', 'RegisterReject'],
    ['close', 'fin'],
    ['silence', 'KeepAliveAck'],
  ] as const)('%s: a registration beyond the queue meets %s', async (registrationOverload, heard) => {
    const limits = { registrationsPerSecond: 1, registrationQueue: 1, registrationOverload };
    const { manager, connect } = await callManager({ limits });
    const phones = [0, 1, 2].map(() => connect());
    for (const [at, phone] of phones.entries()) {
      phone.send(registerReq(deviceOf(at)));
      await until(manager, 'messages', at + 1);
    }
    const [, , third] = phones;
    third?.send({ type: 'KeepAliveReq' });
    expect((await third?.next())?.type).toBe(heard);
    expect(manager.stats()).toMatchObject({ registrations: 1, overLimit: 1 });
    addUp(manager);
  });
});

describe('CallManager: tokens', () => {
  const { type: _, ...fields } = registerReq(deviceOf(1)) as Extract<Heard, { type: 'RegisterReq' }>;
  const tokenReq = (at: number): SccpMessage => ({
    type: 'RegisterTokenReq',
    deviceName: deviceOf(at),
    userId: 0,
    instance: 0,
    stationIpAddr: fields.stationIpAddr,
    deviceType: fields.deviceType,
  });

  it('are granted one after the other, and refused with a wait beyond the depth', async () => {
    const tokens = { depth: 2, serviceMs: 30, waitSeconds: 7 };
    const { manager, connect } = await callManager({ tokens });
    const phones = [1, 2, 3].map(() => connect());
    const answers: string[] = [];
    const asked = phones.map(async (phone, at) => {
      const answer = await phone.ask(tokenReq(at));
      answers.push(answer.type);
      return answer;
    });
    const heard = await Promise.all(asked);
    expect(answers).toEqual(['RegisterTokenReject', 'RegisterTokenAck', 'RegisterTokenAck']);
    expect(heard).toContainEqual({ type: 'RegisterTokenReject', waitTimeBeforeNextReq: 7 });
    expect(manager.stats()).toMatchObject({ tokenRequests: 3, tokensRejected: 1, tokensPeak: 2 });
  });

  it('are refused by a fault with a wait of its own', async () => {
    const faults = [{ on: 'sccp', kind: 'token-reject', waitSeconds: 33, match: deviceOf(1) } as const];
    const { manager, connect } = await callManager({ faults, tokens: { serviceMs: 0 } });
    expect(await connect().ask(tokenReq(1))).toEqual({
      type: 'RegisterTokenReject',
      waitTimeBeforeNextReq: 33,
    });
    expect((await connect().ask(tokenReq(2))).type).toBe('RegisterTokenAck');
    expect(manager.stats()).toMatchObject({ tokensGranted: 1, tokensRejected: 1, faults: 1 });
  });
});

describe('CallManager: orders', () => {
  it('resets every registered phone, one after the other, and no other connection', async () => {
    const { manager, connect } = await callManager();
    const phones = [0, 1, 2, 3].map(() => connect());
    for (const [at, phone] of phones.slice(0, 3).entries()) await phone.register(deviceOf(at));
    manager.resetAll(2, 20);
    expect(await phones[0]?.next()).toEqual({ type: 'Reset', resetType: 2 });
    expect(count(manager, 'resetsSent')).toBe(1);
    // Its turn comes when it is gone.
    phones[2]?.close();
    await until(manager, 'registeredNow', 2);
    expect(await phones[1]?.next()).toEqual({ type: 'Reset', resetType: 2 });
    manager.resetAll(1, { share: 20 });
    await until(manager, 'resetsSent', 4);
    expect((await phones[3]?.ask({ type: 'KeepAliveReq' }))?.type).toBe('KeepAliveAck');
  });

  it('of an SRST router: registers any phone, in version 17', async () => {
    const { manager, connect } = await callManager({}, 'srst');
    expect(manager.name).toBe('srst');
    expect(await connect().register('SEPFFFFFFFFFFFF')).toMatchObject({
      type: 'RegisterAck',
      maxProtocolVer: 17,
    });
  });
});
