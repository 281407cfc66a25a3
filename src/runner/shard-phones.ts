import { type Flash, initialFlash } from '../phone/flash.ts';
import { deviceName, type PhoneIdentity } from '../phone/identity.ts';
import { createPhone } from '../phone/phone.ts';
import type { PhoneEnvironment } from '../phone/phone-environment.ts';
import type { NamedPhone } from '../metrics/stragglers.ts';
import { addressAt } from '../scenario/address-pool.ts';
import { identityOf, type RunPlan, sourceAddressOf } from '../scenario/plan.ts';
import { type Shard, shardPhone, shardSize } from '../schedule/shards.ts';
import { HostedPhone } from './phone-host.ts';
import type { AddressSlice } from './shard-grant.ts';

/** The phones of a shard by their place in it: who each is, where it is, and those that have been started. */
export class ShardPhones {
  readonly size: number;
  /** In the order of their first start. */
  readonly started: HostedPhone[] = [];
  readonly #plan: RunPlan;
  readonly #shard: Shard;
  readonly #sources: AddressSlice | null;
  readonly #hosted: (HostedPhone | undefined)[] = [];

  constructor(plan: RunPlan, shard: Shard, sources: AddressSlice | null) {
    this.#plan = plan;
    this.#shard = shard;
    this.#sources = sources;
    this.size = shardSize(shard, plan.phoneCount);
  }

  /** Place in the plan. */
  indexOf(position: number): number {
    return shardPhone(this.#shard, position);
  }

  nameOf(position: number): NamedPhone {
    const { index, mac } = this.#identityOf(position);
    return { index, device: deviceName(mac) };
  }

  /** The phone's local address, one of the machine's own or the plan's; null: that of the host. */
  addressOf(position: number): string | null {
    if (this.#sources === null) return sourceAddressOf(this.#plan, this.indexOf(position));
    const { pool, first, step } = this.#sources;
    return addressAt(pool, first + position * step);
  }

  /** Undefined: it has never been started. */
  at(position: number): HostedPhone | undefined {
    return this.#hosted[position];
  }

  /** The phone, made when it is started for the first time. */
  start(position: number, environment: PhoneEnvironment): HostedPhone {
    return this.#hosted[position] ?? this.#create(position, environment);
  }

  #create(position: number, environment: PhoneEnvironment): HostedPhone {
    const { boot } = this.#plan;
    const identity = this.#identityOf(position);
    const source = this.addressOf(position);
    const lsc = environment.secrets.credentialOf(deviceName(identity.mac), 'lsc');
    const flash = initialFlash(boot, identity.model, rememberedLease(this.#plan, source), lsc);
    const phone = createPhone(identity, source ?? '0.0.0.0', environment, flash);
    const hosted = new HostedPhone(position, phone, source ?? undefined);
    this.#hosted[position] = hosted;
    this.started.push(hosted);
    return hosted;
  }

  #identityOf(position: number): PhoneIdentity {
    return identityOf(this.#plan, this.indexOf(position));
  }
}

/**
 * With an address of its own a phone remembers that one, and asks for it again (INIT-REBOOT). A configuration is
 * remembered from the phone's first boot in the run on.
 */
function rememberedLease({ boot }: RunPlan, source: string | null): Flash['lease'] {
  return boot.dhcp === null || source === null ? null : { address: source, serverId: boot.dhcp.server.host };
}
