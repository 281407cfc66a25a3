import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { monotonicMilliseconds } from '../../src/drivers/clock.ts';
import type { BootstormError } from '../../src/errors.ts';
import { bindUdp, listenTcp } from '../../src/lab/bind.ts';
import { type LabCluster, startLab } from '../../src/lab/lab-cluster.ts';
import { CLASS_IN, decodeDns, DNS_TYPES, encodeDns } from '../../src/protocols/dns/message.ts';
import { parseDeviceConfig } from '../../src/protocols/device-config/parse.ts';
import { decodePacket, encodeAck, encodePacket } from '../../src/protocols/tftp/packet.ts';
import { deviceOf, fault, labSettings, LOCALHOST, madeUpPhones, SccpClient, udpClient } from './lab-parts.ts';

const labs: LabCluster[] = [];
afterEach(async () => {
  await Promise.all(labs.splice(0).map((one) => one.stop()));
});

async function lab(input: Parameters<typeof labSettings>[0] = {}, phones = 10): Promise<LabCluster> {
  const started = await startLab(labSettings(input), madeUpPhones(phones));
  labs.push(started);
  return started;
}

/** A process that has ended may wait for somebody to ask for its exit code: that is not running. */
function isRunning(pid: number): boolean {
  try {
    const state = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.[0];
    return state !== 'Z' && state !== 'X';
  } catch {
    return false;
  }
}

/** Waits for it; the test's own limit ends it when it never comes. */
async function ended(pids: readonly number[]): Promise<void> {
  while (pids.some(isRunning)) await sleep(10);
}

describe('startLab', () => {
  it('says where everything is; each service answers there and counts', async () => {
    const cluster = await lab({ callManagers: 2 });
    const { endpoints, pids } = cluster;
    expect(pids).toHaveLength(4);
    const [tftp] = endpoints.tftp;
    expect(endpoints.callManagers).toHaveLength(2);
    const client = await udpClient();
    const questions = [{ name: 'cucm2.lab', type: DNS_TYPES.A, class: CLASS_IN }];
    const flags = { response: false, opcode: 0, authoritative: false, truncated: false };
    const query = { id: 7, ...flags, recursionDesired: true, recursionAvailable: false, rcode: 0 };
    client.send(encodeDns({ ...query, questions, answers: [] }), endpoints.dns);
    expect(decodeDns((await client.next()).bytes).answers).toMatchObject([{ address: LOCALHOST }]);
    const request = { type: 'RRQ', fileName: 'ITLFile.tlv', mode: 'octet', options: [] } as const;
    client.send(encodePacket(request), tftp ?? endpoints.dns);
    expect(decodePacket((await client.next()).bytes)).toMatchObject({ type: 'ERROR', code: 1 });
    client.close();
    for (const [node, callManager] of endpoints.callManagers.entries()) {
      const phone = new SccpClient(callManager);
      expect((await phone.register(deviceOf(node))).type).toBe('RegisterAck');
      phone.close();
    }
    const counts = await cluster.stats();
    expect(Object.keys(counts).toSorted()).toEqual([
      'callManager1',
      'callManager2',
      'dhcp',
      'dns',
      'http',
      'tftp',
    ]);
    expect(counts).toMatchObject({
      callManager1: { registrations: 1 },
      callManager2: { registrations: 1 },
      dhcp: { received: 0 },
      dns: { answers: 1 },
      tftp: { notFound: 1 },
    });
  });

  it('changes faults while it runs', async () => {
    const cluster = await lab({ callManagers: 1 });
    const [callManager] = cluster.endpoints.callManagers;
    const register = async (): Promise<string> => {
      const phone = new SccpClient(callManager ?? cluster.endpoints.dns);
      const { type } = await phone.register(deviceOf(1));
      phone.close();
      return type;
    };
    cluster.setFaults([fault({ on: 'sccp', kind: 'reject' })]);
    // Orders arrive in order: when the counts have come, the faults have.
    await cluster.stats();
    expect(await register()).toBe('RegisterReject');
    cluster.setFaults([]);
    await cluster.stats();
    expect(await register()).toBe('RegisterAck');
  });

  it('ends all its processes when it is stopped, and tells nobody that it failed', async () => {
    const cluster = await lab({ callManagers: 1 });
    const failures: BootstormError[] = [];
    cluster.onFailure((error) => failures.push(error));
    const { pids } = cluster;
    await cluster.stop();
    await ended(pids);
    expect(await cluster.stats()).toEqual({});
    expect(failures).toEqual([]);
  });

  it('says that a process died unasked, and still counts and stops the others', async () => {
    const cluster = await lab({ callManagers: 1 });
    const failure = new Promise<BootstormError>((resolve) => {
      cluster.onFailure(resolve);
    });
    const [first = 0] = cluster.pids;
    process.kill(first, 'SIGKILL');
    expect(await failure).toMatchObject({
      code: 'lab-failed',
      message: expect.stringContaining('CallManager 1'),
    });
    expect(Object.keys(await cluster.stats()).toSorted()).toEqual(['dhcp', 'dns', 'http', 'tftp']);
    const { pids } = cluster;
    await cluster.stop();
    await ended(pids);
  });

  it('kills a node when it is told to and starts it again on the same port, and has not failed', async () => {
    const cluster = await lab({ callManagers: 2, keepAliveSeconds: 20 });
    const failures: BootstormError[] = [];
    cluster.onFailure((error) => failures.push(error));
    const [first = cluster.endpoints.dns] = cluster.endpoints.callManagers;
    const phone = new SccpClient(first);
    await phone.register(deviceOf(1));
    const before = cluster.pids;
    await cluster.kill(1);
    expect((await phone.next()).type).toMatch(/^(fin|reset)$/);
    expect((await new SccpClient(first).next()).type).toBe('refused');
    expect(Object.keys(await cluster.stats('callManagers'))).toEqual(['callManager2']);
    await cluster.restart(1);
    const again = new SccpClient(first);
    expect(await again.register(deviceOf(1))).toMatchObject({ type: 'RegisterAck', keepAliveInterval: 20 });
    again.close();
    expect(await cluster.stats()).toMatchObject({ callManager1: { registrations: 1 } });
    expect(cluster.pids.filter((pid) => !before.includes(pid))).toHaveLength(1);
    expect(failures).toEqual([]);
  });

  it('restarts TFTP, DHCP and DNS on their ports, with the faults of now', async () => {
    const cluster = await lab({ callManagers: 1 });
    const { endpoints } = cluster;
    cluster.setFaults([fault({ on: 'tftp', kind: 'access-denied' })]);
    await Promise.all([cluster.kill('tftp'), cluster.restart('tftp'), cluster.restart('network')]);
    const client = await udpClient();
    const request = { type: 'RRQ', fileName: 'ITLFile.tlv', mode: 'octet', options: [] } as const;
    client.send(encodePacket(request), endpoints.tftp[0] ?? endpoints.dns);
    expect(decodePacket((await client.next()).bytes)).toMatchObject({ type: 'ERROR', code: 2 });
    client.close();
    expect(await cluster.stats()).toMatchObject({ dhcp: { received: 0 }, tftp: { refused: 1 } });
    await expect(async () => cluster.kill('srst')).rejects.toThrow('no SRST router');
  });

  it('tells of a process that dies before it has started once: to who wanted it', async () => {
    const cluster = await lab({ callManagers: 1 });
    const failures: string[] = [];
    cluster.onFailure(({ message }) => failures.push(message));
    const before = cluster.pids;
    const outcome = cluster.restart(1).then(() => 'started', String);
    let born: number | undefined;
    while (born === undefined) {
      await sleep(1);
      born = cluster.pids.find((pid) => !before.includes(pid));
    }
    process.kill(born, 'SIGKILL');
    expect(await outcome).toContain('ended before it had started');
    expect(failures).toEqual([]);
    await cluster.restart(1);
    expect(Object.keys(await cluster.stats('callManagers'))).toEqual(['callManager1']);
  });

  it('does what its schedule says, from the instants that a run announces', async () => {
    const events = [
      { at: 0.2, from: 'hold', do: 'restart', node: 1 },
      { at: 0, from: 'hold', do: 'kill', node: 1 },
      { at: 0, from: 'start', do: 'reset', node: 2, resetType: 3 },
    ] as const;
    const cluster = await lab({ callManagers: 2, events: [...events] });
    const done: string[] = [];
    const third = new Promise<void>((resolve) => {
      cluster.onEvent(({ what }) => {
        if (done.push(what) === 3) resolve();
      });
    });
    const [first = cluster.endpoints.dns, second = first] = cluster.endpoints.callManagers;
    const [one, two] = [new SccpClient(first), new SccpClient(second)];
    await Promise.all([one.register(deviceOf(1)), two.register(deviceOf(2))]);
    cluster.announce('start', monotonicMilliseconds());
    expect(await two.next()).toEqual({ type: 'Reset', resetType: 3 });
    cluster.announce('hold', monotonicMilliseconds());
    expect((await one.next()).type).toMatch(/^(fin|reset)$/);
    await third;
    expect(done).toEqual([
      'Reset (3, apply config) to the phones of CallManager 2, all at once',
      'CallManager 1 killed',
      'CallManager 1 restarted',
    ]);
    let heard = 'refused';
    while (heard === 'refused') heard = (await new SccpClient(first).register(deviceOf(1))).type;
    expect(heard).toBe('RegisterAck');
    two.close();
  });

  it('has an SRST router that the configuration names', async () => {
    const cluster = await lab({ callManagers: 1, srst: true });
    const client = await udpClient();
    const request = { type: 'RRQ', fileName: `${deviceOf(1)}.cnf.xml`, mode: 'octet', options: [] } as const;
    client.send(encodePacket(request), cluster.endpoints.tftp[0] ?? cluster.endpoints.dns);
    const file = [];
    for (let more = true; more; ) {
      const { bytes, from } = await client.next();
      const packet = decodePacket(bytes);
      if (packet.type !== 'DATA') throw new Error(`got ${packet.type}`);
      file.push(packet.data);
      client.send(encodeAck(packet.block), from);
      more = packet.data.length === 512;
    }
    client.close();
    const parsed = parseDeviceConfig(Buffer.concat(file));
    const [server] = (parsed.ok ? parsed.config.srst?.servers : null) ?? [];
    const phone = new SccpClient(server ?? cluster.endpoints.dns);
    expect((await phone.register('SEPFFFFFFFFFFFF')).type).toBe('RegisterAck');
    phone.close();
    expect(await cluster.stats('callManagers')).toMatchObject({
      callManager1: { registrations: 0 },
      srst: { registrations: 1 },
    });
  });

  it('outlives Ctrl-C and SIGTERM of its process group: its parent decides', async () => {
    const cluster = await lab({ callManagers: 1 });
    for (const pid of cluster.pids) {
      process.kill(pid, 'SIGINT');
      process.kill(pid, 'SIGTERM');
    }
    expect(Object.keys(await cluster.stats())).toHaveLength(5);
    expect(cluster.pids.every(isRunning)).toBe(true);
  });

  it('does not outlive its parent', async () => {
    const args = ['--import', 'tsx', fileURLToPath(new URL('lab-parent.ts', import.meta.url))];
    const parent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const line = await new Promise<string>((resolve) => {
      createInterface(parent.stdout).once('line', resolve);
    });
    const pids = JSON.parse(line) as number[];
    expect(pids).toHaveLength(4); // network, tftp, two CallManagers
    expect(pids.every(isRunning)).toBe(true);
    parent.kill('SIGKILL');
    await ended(pids);
  });
});

describe('startLab: what it refuses', () => {
  it('addresses that are not loopback', async () => {
    for (const address of ['0.0.0.0', '192.0.2.1']) {
      await expect(startLab({ ...labSettings(), address }, madeUpPhones(1))).rejects.toMatchObject({
        code: 'address-not-local',
      });
    }
  });

  it.each(['dhcp', 'dns', 'tftp', 'dhcpReply'] as const)('a UDP port in use: %s', async (name) => {
    const taken = createSocket('udp4');
    const { port } = await bindUdp(taken, LOCALHOST, 0, 'test');
    await expect(startLab(labSettings({ ports: { [name]: port } }), madeUpPhones(1))).rejects.toMatchObject({
      code: 'address-in-use',
      message: expect.stringContaining(`${LOCALHOST}:${port}`),
      hint: expect.stringContaining('lab.ports'),
    });
    taken.close();
  });

  it('a TCP port in use, and leaves no process behind', async () => {
    const taken = createServer();
    const { port } = await listenTcp(taken, LOCALHOST, 0, 1, 'test');
    const before = childrenOfThisProcess();
    const settings = labSettings({ ports: { sccp: port }, callManagers: 1 });
    await expect(startLab(settings, madeUpPhones(1))).rejects.toMatchObject({ code: 'address-in-use' });
    expect(childrenOfThisProcess().filter((pid) => !before.includes(pid))).toEqual([]);
    taken.close();
  });
});

function childrenOfThisProcess(): string[] {
  const text = readFileSync(`/proc/self/task/${process.pid}/children`, 'latin1');
  return text.split(' ').filter((pid) => pid !== '' && isRunning(Number(pid)));
}
