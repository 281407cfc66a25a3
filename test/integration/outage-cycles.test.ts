/** Ten outages, one after the other: phones come back from each, and nothing of it is left behind. */
import { readdirSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { clockSince, monotonicMilliseconds } from '../../src/drivers/clock.ts';
import { RelayEndpoint } from '../../src/drivers/relay-endpoint.ts';
import { TargetGuard } from '../../src/drivers/target-guard.ts';
import { type LabCluster, startLab } from '../../src/lab/lab-cluster.ts';
import { createPhone } from '../../src/phone/phone.ts';
import { createEnvironment } from '../../src/phone/phone-environment.ts';
import type { PhoneEndpoint } from '../../src/phone/phone-effects.ts';
import { HostedPhone, PhoneHost } from '../../src/runner/phone-host.ts';
import { compilePlan } from '../../src/scenario/compile.ts';
import { loadScenario } from '../../src/scenario/load.ts';
import {
  applyLab,
  identityOf,
  relayAddressOf,
  type RunPlan,
  sourceAddressOf,
} from '../../src/scenario/plan.ts';
import { pause } from '../support/bootstorm-command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PHONES = 20;
const CYCLES = 10;
const LIMIT_MS = 400_000;

const SCENARIO = `
phones: { generate: { count: ${PHONES} }, restartPause: 0.1s..0.3s, reconnectPause: 0.1s..0.3s }
skip: [power, image, vlan]
target:
  sccp: { connectionMonitorSeconds: 1s, standbyRetry: 0.1s..0.3s }
lab: { keepAliveSeconds: 1, secondaryKeepAliveSeconds: 1, tokens: { depth: 100 } }
`;

let lab: LabCluster | null = null;
afterEach(async () => {
  await lab?.stop();
  lab = null;
});

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (const end = performance.now() + LIMIT_MS / 4; !isSo(); ) {
    if (performance.now() > end) throw new Error(`never came about: ${what}`);
    await pause(20);
  }
}

class Building {
  readonly phones: HostedPhone[] = [];
  readonly host: PhoneHost;
  readonly #relay: RelayEndpoint<HostedPhone, PhoneEndpoint>;
  #ended = 0;

  constructor(plan: RunPlan) {
    const relayAddress = relayAddressOf(plan, 0) ?? '';
    this.#relay = new RelayEndpoint(relayAddress, plan.boot.dhcp?.replyPort ?? 0, 'dhcp');
    this.host = new PhoneHost({
      clock: clockSince(monotonicMilliseconds()),
      guard: new TargetGuard(plan.allow),
      relay: this.#relay,
      observe: () => {},
      onEnd: () => this.#ended++,
    });
    const environment = createEnvironment(plan.boot, relayAddress);
    for (let index = 0; index < PHONES; index++) {
      const source = sourceAddressOf(plan, index) ?? '';
      const phone = createPhone(identityOf(plan, index), source, environment);
      this.phones.push(new HostedPhone(index, phone, source));
    }
  }

  start(): Promise<void> {
    return this.#relay.start();
  }

  power(state: 'on' | 'off'): void {
    for (const hosted of this.phones) {
      const now = this.host.clock.now();
      if (state === 'on') this.host.step(hosted, { type: 'powerOn', intendedAt: now, wave: 0, now });
      else this.host.step(hosted, { type: 'powerOff', now });
    }
  }

  /** Every phone is registered with the first CallManager and has a standby connection to the second one. */
  get isWell(): boolean {
    const { openTcp, openUdp } = this.host.counters;
    const isHome = ({ phone }: HostedPhone): boolean =>
      phone.state === 'inService' && phone.callManager === 0;
    return this.phones.every(isHome) && openTcp === 2 * PHONES && openUdp === 0;
  }

  get timersPerPhone(): number {
    return this.host.timers.size / PHONES;
  }

  async stop(): Promise<void> {
    for (const hosted of this.phones) this.host.step(hosted, { type: 'stop', now: this.host.clock.now() });
    await until('every phone has left', () => this.#ended === PHONES);
    this.host.shutDown();
    this.#relay.close();
  }
}

/** One outage after the other, by turns: the first CallManager dies and comes back; power fails and returns. */
async function outage(cycle: number, building: Building, cluster: LabCluster): Promise<void> {
  if (cycle % 2 === 1) {
    building.power('off');
    expect([building.host.counters.openTcp, building.host.counters.openUdp, building.timersPerPhone]).toEqual(
      [0, 0, 0],
    );
    return building.power('on');
  }
  await cluster.kill(1);
  await until('failover', () =>
    building.phones.every(({ phone }) => phone.state === 'inService' && phone.callManager === 1),
  );
  await cluster.restart(1);
}

it(
  'leave sockets, timers and descriptors as they were',
  async () => {
    const before = openDescriptors();
    const folder = temporaryFolder({ 'storm.yaml': SCENARIO });
    const plan = compilePlan(loadScenario({ file: `${folder}/storm.yaml` }));
    if (plan.target.type !== 'lab') throw new Error('no lab');
    const cluster = await startLab(plan.target.settings, plan);
    lab = cluster;
    const building = new Building(applyLab(plan, cluster.endpoints));
    await building.start();
    building.power('on');
    await until('the first start', () => building.isWell);
    const well = { descriptors: openDescriptors(), timers: building.timersPerPhone };
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      await outage(cycle, building, cluster);
      await until(
        `back from outage ${cycle + 1}, and nothing of it is left behind`,
        () =>
          building.isWell && openDescriptors() === well.descriptors && building.timersPerPhone <= well.timers,
      );
    }
    await building.stop();
    expect([building.host.counters.openTcp, building.host.counters.openUdp, building.timersPerPhone]).toEqual(
      [0, 0, 0],
    );
    await cluster.stop();
    await until('descriptors as before', () => openDescriptors() === before);
  },
  LIMIT_MS,
);
