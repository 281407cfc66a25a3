import { describe, expect, it } from 'vitest';
import { addUp, callManager, until } from './call-manager-part.ts';
import { count, deviceOf, type Heard, registerReq } from './lab-parts.ts';

describe('CallManager: registration', () => {
  it('answers Register with ack and CapabilitiesReq in one segment, at the lower version', async () => {
    const { manager, connect } = await callManager({ keepAliveSeconds: 20, secondaryKeepAliveSeconds: 40 });
    const phone = connect();
    expect(await phone.ask(registerReq(deviceOf(1), 17))).toMatchObject({
      type: 'RegisterAck',
      keepAliveInterval: 20,
      secondaryKeepAliveInterval: 40,
      maxProtocolVer: 17,
    });
    expect((await phone.next()).type).toBe('CapabilitiesReq');
    expect(phone.chunks).toHaveLength(1);
    const newer = connect();
    expect(await newer.register(deviceOf(2), 30)).toMatchObject({ maxProtocolVer: 22 });
    expect(count(manager, 'registeredNow')).toBe(2);
    addUp(manager);
  });

  it('answers several requests of one segment, and lines in the form of the version', async () => {
    const { connect } = await callManager();
    const phone = connect();
    await phone.register(deviceOf(1));
    phone.send(
      { type: 'ButtonTemplateReq' },
      { type: 'LineStatReq', lineNumber: 1 },
      { type: 'TimeDateReq' },
    );
    expect(await phone.nextTypes(3)).toEqual(['ButtonTemplateRes', 'LineStatV2Res', 'TimeDateRes']);
    const old = connect();
    await old.register(deviceOf(2), 11);
    expect((await old.ask({ type: 'LineStatReq', lineNumber: 1 })).type).toBe('LineStatRes');
  });

  it('takes a Register that is as short as version 3 has it', async () => {
    const { connect } = await callManager();
    const phone = connect();
    const { type, deviceName, userId, instance, stationIpAddr, deviceType, maxStreams } = registerReq(
      deviceOf(1),
    ) as Extract<Heard, { type: 'RegisterReq' }>;
    const short = { type, deviceName, userId, instance, stationIpAddr, deviceType, maxStreams };
    expect(await phone.ask(short)).toMatchObject({ type: 'RegisterAck', maxProtocolVer: 3 });
  });

  it('rejects a device that it does not know, until auto-registration is on', async () => {
    const stranger = 'SEPFFFFFFFFFFFF';
    const closed = await callManager();
    const phone = closed.connect();
    expect(await phone.register(stranger)).toEqual({ type: 'RegisterReject', text: 'Device Unknown' });
    expect((await phone.register(deviceOf(1))).type).toBe('RegisterAck');
    const { connect, manager } = await callManager({ autoRegistration: true });
    const [first, second] = [connect(), connect()];
    await first.register(stranger);
    await second.register(deviceOf(1));
    expect(await first.ask({ type: 'LineStatReq', lineNumber: 1 })).toMatchObject({
      lineDirNumber: '9000000',
    });
    expect(await second.ask({ type: 'LineStatReq', lineNumber: 1 })).toMatchObject({
      lineDirNumber: '1000001',
    });
    addUp(manager);
  });

  it('is full at its limit, also when many wait at once, and not for one that it has', async () => {
    const { manager, connect } = await callManager({
      limits: { registeredPhones: 2 },
      serviceTimes: { registerMs: 20 },
    });
    const phones = [0, 1, 2, 3].map(() => connect());
    const answers = await Promise.all(phones.map((phone, at) => phone.register(deviceOf(at))));
    expect(answers.map(({ type }) => type).toSorted()).toEqual([
      'RegisterAck',
      'RegisterAck',
      'RegisterReject',
      'RegisterReject',
    ]);
    const place = answers.findIndex(({ type }) => type === 'RegisterAck');
    expect((await connect().register(deviceOf(place))).type).toBe('RegisterAck');
    expect(manager.stats()).toMatchObject({ registeredNow: 2, rejections: 2, takenOver: 1 });
    addUp(manager);
  });

  it('lets registrations wait for their turn, in order', async () => {
    const { manager, connect } = await callManager({ limits: { registrationsPerSecond: 20 } });
    const order: number[] = [];
    const phones = Array.from({ length: 24 }, () => connect());
    const clock = connect();
    const registrations: Promise<void>[] = [];
    for (const [at, phone] of phones.entries()) {
      registrations.push(
        phone.register(deviceOf(at)).then(({ type }) => {
          expect(type).toBe('RegisterAck');
          order.push(at);
        }),
      );
      // Answered after what was sent before it was heard.
      expect((await clock.ask({ type: 'KeepAliveReq' })).type).toBe('KeepAliveAck');
    }
    await Promise.all(registrations);
    expect(order.slice(20)).toEqual([20, 21, 22, 23]);
    addUp(manager);
  });

  it('acknowledges Unregister, keepalives without registration, and tokens', async () => {
    const { manager, connect } = await callManager();
    const phone = connect();
    expect((await phone.ask({ type: 'KeepAliveReq' })).type).toBe('KeepAliveAck');
    await phone.register(deviceOf(1));
    expect(await phone.ask({ type: 'UnregisterReq' })).toEqual({ type: 'UnregisterAck', status: 0 });
    expect(manager.stats()).toMatchObject({ registeredNow: 0, unregistrations: 1, keepAlives: 1 });
    const token = { ...registerReq(deviceOf(1)), type: 'RegisterTokenReq' } as const;
    expect((await phone.ask(token as Parameters<typeof phone.ask>[0])).type).toBe('RegisterTokenAck');
    addUp(manager);
  });

  it('gives the first name of a connection back when it takes another', async () => {
    const { manager, connect } = await callManager();
    const phone = connect();
    await phone.register(deviceOf(1));
    await phone.register(deviceOf(1));
    await phone.register(deviceOf(2));
    expect(manager.stats()).toMatchObject({ registrations: 2, registeredNow: 1, unregistrations: 1 });
    phone.close();
    await until(manager, 'connectedNow', 0);
    expect(manager.stats()).toMatchObject({ registeredNow: 0, lost: 1 });
    addUp(manager);
  });
});

describe('CallManager: two connections with one name', () => {
  it('takeOver: the older one is closed', async () => {
    const { manager, connect } = await callManager();
    const [older, newer] = [connect(), connect()];
    await older.register(deviceOf(1));
    expect((await newer.register(deviceOf(1))).type).toBe('RegisterAck');
    expect((await older.next()).type).toBe('fin');
    await until(manager, 'connectedNow', 1);
    expect((await newer.ask({ type: 'KeepAliveReq' })).type).toBe('KeepAliveAck');
    expect(manager.stats()).toMatchObject({ registeredNow: 1, takenOver: 1, lost: 0 });
    addUp(manager);
  });

  it('reject: "Crossover session", and both are closed', async () => {
    const { manager, connect } = await callManager({ secondRegistration: 'reject' });
    const [older, newer] = [connect(), connect()];
    await older.register(deviceOf(1));
    expect(await newer.register(deviceOf(1))).toEqual({ type: 'RegisterReject', text: 'Crossover session' });
    expect((await newer.next()).type).toBe('fin');
    expect((await older.next()).type).toBe('fin');
    await until(manager, 'connectedNow', 0);
    expect((await connect().register(deviceOf(1))).type).toBe('RegisterAck');
    addUp(manager);
  });
});

describe('CallManager: two connections with one name, as other servers have it', () => {
  it('accept: the newer one has the name, the older one stays open', async () => {
    const { manager, connect } = await callManager({ secondRegistration: 'accept' });
    const [older, newer] = [connect(), connect()];
    await older.register(deviceOf(1));
    expect((await newer.register(deviceOf(1))).type).toBe('RegisterAck');
    expect((await older.ask({ type: 'KeepAliveReq' })).type).toBe('KeepAliveAck');
    expect(manager.stats()).toMatchObject({ registeredNow: 1, connectedNow: 2, takenOver: 1 });
    newer.close();
    await until(manager, 'registeredNow', 0);
    addUp(manager);
  });

  it('rejectWithoutText: the newer one is rejected, the older one keeps the name', async () => {
    const { manager, connect } = await callManager({ secondRegistration: 'rejectWithoutText' });
    const [older, newer] = [connect(), connect()];
    await older.register(deviceOf(1));
    expect(await newer.register(deviceOf(1))).toEqual({ type: 'RegisterReject', text: '' });
    expect((await older.ask({ type: 'KeepAliveReq' })).type).toBe('KeepAliveAck');
    addUp(manager);
  });

  it('silence, until the keepalives of a phone that vanished run out', async () => {
    const { manager, clock, connect } = await callManager({ secondRegistration: 'silence' });
    const [vanished, back] = [connect(), connect()];
    await vanished.register(deviceOf(1));
    back.send(registerReq(deviceOf(1)));
    expect((await back.ask({ type: 'KeepAliveReq' })).type).toBe('KeepAliveAck');
    clock.now = 89_000;
    await back.ask({ type: 'KeepAliveReq' });
    clock.now = 90_001;
    await until(manager, 'droppedSilent', 1);
    expect((await back.register(deviceOf(1))).type).toBe('RegisterAck');
    addUp(manager);
  });
});

describe('CallManager: Unregister', () => {
  it.each([
    ['reset', { type: 'Reset', resetType: 1 }, 0],
    ['close', { type: 'fin' }, 0],
    ['nak', { type: 'UnregisterAck', status: 2 }, 1],
  ] as const)('is answered by %s', async (unregisterAnswer, heard, registeredNow) => {
    const { manager, connect } = await callManager({ unregisterAnswer });
    const phone = connect();
    await phone.register(deviceOf(1));
    expect(await phone.ask({ type: 'UnregisterReq' })).toEqual(heard);
    expect(manager.stats()).toMatchObject({ registeredNow });
    addUp(manager);
  });
});

describe('CallManager: keepalive intervals', () => {
  it('give each phone its own share of the setting, and drop it by its own', async () => {
    const { manager, clock, connect } = await callManager({ keepAliveSpread: 0.25 });
    const phones = Array.from({ length: 40 }, () => connect());
    const acks = await Promise.all(phones.map((phone, at) => phone.register(deviceOf(at))));
    const intervals = acks.map((ack) => (ack.type === 'RegisterAck' ? ack.keepAliveInterval : 0));
    expect(Math.min(...intervals)).toBeGreaterThanOrEqual(22);
    expect(Math.max(...intervals)).toBeLessThanOrEqual(30);
    expect(new Set(intervals).size).toBeGreaterThan(3);
    expect((await connect().register(deviceOf(7))) satisfies Heard).toMatchObject({
      keepAliveInterval: intervals[7],
    });
    clock.now = 27 * 3 * 1000;
    await until(manager, 'droppedSilent', intervals.filter((seconds) => seconds < 27).length);
    addUp(manager);
  });

  it('drop a silent phone after as many as the setting says', async () => {
    const { manager, clock, connect } = await callManager({ silentIntervals: 1.2 });
    await connect().register(deviceOf(1));
    clock.now = 36_001;
    await until(manager, 'droppedSilent', 1);
    expect(count(manager, 'registeredNow')).toBe(0);
  });
});

describe('CallManager: silence', () => {
  it('drops a phone that says nothing for three intervals, and a standby connection after its own three', async () => {
    const { manager, clock, connect } = await callManager({
      keepAliveSeconds: 30,
      secondaryKeepAliveSeconds: 60,
    });
    const [silent, alive, standby] = [connect(), connect(), connect()];
    await silent.register(deviceOf(1));
    await alive.register(deviceOf(2));
    await standby.ask({ type: 'KeepAliveReq' });
    clock.now = 89_000;
    await alive.ask({ type: 'KeepAliveReq' });
    clock.now = 90_001;
    expect((await silent.next()).type).toBe('fin');
    expect(manager.stats()).toMatchObject({ registeredNow: 1, droppedSilent: 1, droppedIdle: 0 });
    await alive.ask({ type: 'KeepAliveReq' });
    await standby.ask({ type: 'KeepAliveReq' });
    clock.now = 170_000;
    await alive.ask({ type: 'KeepAliveReq' });
    clock.now = 90_001 + 180_001;
    expect((await standby.next()).type).toBe('fin');
    expect(manager.stats()).toMatchObject({ droppedIdle: 1 });
    addUp(manager);
  });
});

describe('CallManager: many', () => {
  it('registers two thousand phones that come at once, and counts them in and out', async () => {
    const phones = 2000;
    const { manager, connect } = await callManager();
    // One address has too few ports for many tests in a row: each phone has its own.
    const clients = Array.from({ length: phones }, (_, at) => connect(`127.1.${at >> 8}.${at & 0xff || 1}`));
    const answers = await Promise.all(clients.map((client, at) => client.register(deviceOf(at))));
    expect(answers.filter(({ type }) => type === 'RegisterAck')).toHaveLength(phones);
    expect(manager.stats()).toMatchObject({ registeredNow: phones, connectedNow: phones, rejections: 0 });
    addUp(manager);
    const leaving = clients.slice(0, 500);
    const acks = await Promise.all(leaving.map((client) => client.ask({ type: 'UnregisterReq' })));
    expect(acks.every(({ type }) => type === 'UnregisterAck')).toBe(true);
    for (const client of clients) client.close();
    await until(manager, 'connectedNow', 0);
    expect(manager.stats()).toMatchObject({ registeredNow: 0, unregistrations: 500, lost: phones - 500 });
    addUp(manager);
  });
});
