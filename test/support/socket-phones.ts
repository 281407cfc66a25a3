/** Phones of a plan on the sockets of the test's own process, each with its own fate. */
import { clockSince, monotonicMilliseconds } from '../../src/drivers/clock.ts';
import { RelayEndpoint } from '../../src/drivers/relay-endpoint.ts';
import { TargetGuard } from '../../src/drivers/target-guard.ts';
import type { BootEvent } from '../../src/phone/boot-event.ts';
import { createPhone } from '../../src/phone/phone.ts';
import { createEnvironment, NO_SECRETS, type PhoneSecrets } from '../../src/phone/phone-environment.ts';
import type { PhoneEndpoint } from '../../src/phone/phone-effects.ts';
import { openCertificateStore } from '../../src/pki/open-store.ts';
import { HostedPhone, PhoneHost } from '../../src/runner/phone-host.ts';
import { identityOf, relayAddressOf, type RunPlan, sourceAddressOf } from '../../src/scenario/plan.ts';

/**
 * `ready`, or the stage and cause with which the phone gave up, as in `config tftp-timeout`. A phone never gives up
 * on DHCP: its first failure there counts.
 */
export type Fate = string;

/** Boots the phones at `indexes` of the plan at the same time; resolves when each is in service or has given up. */
export async function bootOnSockets(
  plan: RunPlan,
  indexes: readonly number[],
  hear: (event: BootEvent) => void = () => {},
): Promise<ReadonlyMap<number, Fate>> {
  const relayAddress = relayAddressOf(plan, 0);
  const { dhcp } = plan.boot;
  const relay =
    dhcp === null || relayAddress === null
      ? null
      : new RelayEndpoint<HostedPhone, PhoneEndpoint>(relayAddress, dhcp.replyPort, 'dhcp');
  await relay?.start();
  const clock = clockSince(monotonicMilliseconds());
  const fates = new Map<number, Fate>();
  let decided = (): void => {};
  const everyFate = new Promise<void>((resolve) => {
    decided = resolve;
  });
  const host = new PhoneHost({
    clock,
    guard: new TargetGuard(plan.allow),
    relay,
    observe: ({ index }, event) => {
      hear(event);
      const fate = fateOf(event);
      if (fate === null || fates.has(index)) return;
      fates.set(index, fate);
      if (fates.size === indexes.length) decided();
    },
    onEnd: () => {},
  });
  const secrets = await secretsOf(plan);
  const environment = createEnvironment(plan.boot, relayAddress, secrets);
  const phones: HostedPhone[] = [];
  for (const index of indexes) {
    const source = sourceAddressOf(plan, index);
    const identity = identityOf(plan, index);
    const phone = createPhone(identity, source ?? '0.0.0.0', environment);
    const hosted = new HostedPhone(index, phone, source ?? undefined);
    phones.push(hosted);
    const now = clock.now();
    host.step(hosted, { type: 'powerOn', intendedAt: now, wave: 0, now });
  }
  await everyFate;
  for (const hosted of phones) host.release(hosted);
  host.shutDown();
  relay?.close();
  return fates;
}

async function secretsOf({ boot }: RunPlan): Promise<PhoneSecrets> {
  const { certificates } = boot.security;
  if (certificates === null) return NO_SECRETS;
  const store = await openCertificateStore(certificates);
  return {
    credentialOf: (name, origin) => store.credentialOf(name, origin),
    spareKey: (draw) => store.spareKey(draw),
    capfPassword: null,
  };
}

function fateOf(event: BootEvent): Fate | null {
  if (event.type === 'ready') return 'ready';
  const isFinal = event.type === 'gaveUp' || (event.type === 'stageFailed' && event.failure.stage === 'dhcp');
  return isFinal ? `${event.failure.stage} ${event.failure.cause}` : null;
}
