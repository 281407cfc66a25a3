import { describe, expect, it } from 'vitest';
import { addUp, callManager, until } from './call-manager-part.ts';
import { count, deviceOf, fault, registerReq } from './lab-parts.ts';

describe('Station: hostile bytes', () => {
  const HOSTILE: readonly (readonly [string, Buffer])[] = [
    ['a length of 0', Buffer.alloc(12)],
    ['a length of 2 GB', Buffer.from('ffffff7f0000000001000000', 'hex')],
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a Register without a body', Buffer.from('040000000000000001000000', 'hex')],
  ];

  it.each(HOSTILE)('%s closes the connection, and no other', async (_, bytes) => {
    const { manager, connect } = await callManager();
    const [bad, good] = [connect(), connect()];
    await good.register(deviceOf(1));
    bad.sendBytes(bytes);
    expect((await bad.next()).type).toMatch(/^(fin|reset)$/);
    expect((await good.ask({ type: 'KeepAliveReq' })).type).toBe('KeepAliveAck');
    expect(manager.stats()).toMatchObject({ malformed: 1, registeredNow: 1 });
    addUp(manager);
  });

  it('ignores an unknown message, requests before Register, and 4 billion lines', async () => {
    const { manager, connect } = await callManager();
    const phone = connect();
    phone.send({ type: 'UnknownMessage', id: 0x7abc, body: new Uint8Array(8) }, { type: 'TimeDateReq' });
    phone.send(registerReq(deviceOf(1), 22, 0xffff_ffff));
    expect(await phone.nextTypes(2)).toEqual(['RegisterAck', 'CapabilitiesReq']);
    expect(await phone.ask({ type: 'ButtonTemplateReq' })).toMatchObject({ total: 42 });
    expect(count(manager, 'unknownMessages')).toBe(1);
  });
});

describe('Station: faults', () => {
  const onPhone = { on: 'sccp', match: deviceOf(1) } as const;

  it('refuse: nobody listens while it hits all, and those that are up stay up', async () => {
    const { manager, clock, connect } = await callManager({
      faults: [{ on: 'sccp', kind: 'refuse', fromSeconds: 10, toSeconds: 20 }],
    });
    const phone = connect();
    await phone.register(deviceOf(1));
    clock.now = 10_000;
    manager.setFaults([fault({ on: 'sccp', kind: 'refuse', fromSeconds: 10, toSeconds: 20 })]);
    expect((await connect().next()).type).toBe('refused');
    expect((await phone.ask({ type: 'KeepAliveReq' })).type).toBe('KeepAliveAck');
    clock.now = 20_000;
    for (let heard = 'refused'; heard === 'refused'; ) heard = (await connect().register(deviceOf(2))).type;
    expect(count(manager, 'registeredNow')).toBe(2);
    addUp(manager);
  });

  it('refuse, from the start on, until the faults change', async () => {
    const { manager, connect } = await callManager({ faults: [{ on: 'sccp', kind: 'refuse' }] });
    expect((await connect().next()).type).toBe('refused');
    manager.setFaults([]);
    for (let heard = 'refused'; heard === 'refused'; ) heard = (await connect().register(deviceOf(2))).type;
    expect(count(manager, 'registeredNow')).toBe(1);
  });

  it('refuse, for a share: connections open and are reset', async () => {
    const { manager, connect } = await callManager({
      faults: [{ on: 'sccp', kind: 'refuse', probability: 0.5 }],
    });
    const heard: string[] = [];
    for (let i = 0; i < 20; i++) {
      const phone = connect();
      phone.send({ type: 'KeepAliveReq' });
      heard.push((await phone.next()).type);
    }
    expect(new Set(heard)).toEqual(new Set(['KeepAliveAck', 'reset']));
    expect(count(manager, 'refused')).toBe(heard.filter((type) => type === 'reset').length);
    addUp(manager);
  });

  it('of one node leaves the others alone', async () => {
    const faults = [{ on: 'sccp', kind: 'reject', node: 2 } as const];
    const [first, second] = [await callManager({ faults }), await callManager({ faults }, 2)];
    expect((await first.connect().register(deviceOf(1))).type).toBe('RegisterAck');
    expect((await second.connect().register(deviceOf(1))).type).toBe('RegisterReject');
  });

  it('reject and reset', async () => {
    const { manager, connect } = await callManager({ faults: [{ ...onPhone, kind: 'reject' }] });
    expect(await connect().register(deviceOf(1))).toMatchObject({ type: 'RegisterReject' });
    expect((await connect().register(deviceOf(2))).type).toBe('RegisterAck');
    manager.setFaults([fault({ ...onPhone, kind: 'reset' })]);
    const phone = connect();
    phone.send(registerReq(deviceOf(1)));
    expect(await phone.nextTypes(2)).toEqual(['RegisterAck', 'CapabilitiesReq']);
    expect(await phone.next()).toEqual({ type: 'Reset', resetType: 1 });
  });

  it.each([
    ['close', 'fin'],
    ['abort', 'reset'],
    ['malformed', 'undecodable'],
    ['length-lie', 'undecodable'],
    ['truncate', 'fin'],
  ] as const)('%s: the phone meets "%s" instead of an answer', async (kind, met) => {
    const { manager, connect } = await callManager({ faults: [{ ...onPhone, kind }] });
    const phone = connect();
    phone.send(registerReq(deviceOf(1)));
    const heard = await phone.next();
    // Half of the greeting is the ack and nothing, or less.
    expect(heard.type === 'RegisterAck' ? (await phone.next()).type : heard.type).toBe(met);
    expect((await connect().register(deviceOf(2))).type).toBe('RegisterAck');
    expect(count(manager, 'faults')).toBe(1);
    addUp(manager);
  });

  it('silence takes requests and never answers; delay answers later than what came after', async () => {
    const { manager, connect } = await callManager();
    const phone = connect();
    await phone.register(deviceOf(1));
    manager.setFaults([fault({ ...onPhone, kind: 'silence' })]);
    phone.send({ type: 'KeepAliveReq' });
    await until(manager, 'faults', 1);
    manager.setFaults([fault({ ...onPhone, kind: 'delay', delayMs: 50 })]);
    phone.send({ type: 'TimeDateReq' });
    await until(manager, 'faults', 2);
    manager.setFaults([]);
    phone.send({ type: 'KeepAliveReq' });
    expect(await phone.nextTypes(2)).toEqual(['KeepAliveAck', 'TimeDateRes']);
    expect(count(manager, 'keepAlives')).toBe(2);
  });
});
