import { describe, expect, it } from 'vitest';
import { partsOfLoad } from '../../src/protocols/firmware/known-loads.ts';
import { upgradeLines, upgradesOf } from '../../src/scenario/describe-firmware.ts';
import { identityOf, type RunPlan } from '../../src/scenario/plan.ts';
import { shardPhone, shardSize } from '../../src/schedule/shards.ts';
import { planOf } from './load-yaml.ts';

const MIX = 'phones: { generate: { count: 400 }, models: { 7961G: 3, 7970G: 1 } }';
const LOAD_BYTES = 8_126_582;
const roots = (plan: RunPlan): number[] =>
  Array.from({ length: plan.phoneCount }, (_, i) => i).filter((i) => !identityOf(plan, i).firmwareFromPeer);

describe('an upgrade', () => {
  it('is none by default', () => {
    expect(upgradesOf(planOf(MIX))).toEqual([]);
    expect(planOf(MIX).target).toMatchObject({ settings: { callManagers: 2 } });
  });

  it('by every phone takes every byte of its model’s load', () => {
    const upgrades = upgradesOf(planOf(`${MIX}\nfirmware: { download: true }`));
    expect(
      upgrades.map(({ model, load, downloads, fromPeers }) => [model, load, downloads, fromPeers]),
    ).toEqual([
      ['7961G', 'SCCP41.9-4-2SR3-1S', 300, 0],
      ['7970G', 'SCCP70.9-4-2SR3-1S', 100, 0],
    ]);
    // The parts, and a .loads file of some 650 bytes.
    expect((upgrades[0]?.bytesEach ?? 0) - LOAD_BYTES).toBeGreaterThan(400);
    expect((upgrades[0]?.bytesEach ?? 0) - LOAD_BYTES).toBeLessThan(900);
  });

  it('says the sum in the plan, and what is left out of it', () => {
    const plan = planOf(`${MIX}\nfirmware: { download: true, maxBytes: 1000 }`);
    const upgrades = upgradesOf(plan);
    // Two blocks of each of five parts.
    expect((upgrades[0]?.bytesEach ?? 0) % 5120).toBeLessThan(900);
    const total = upgrades.reduce((sum, { downloads, bytesEach }) => sum + downloads * bytesEach, 0);
    expect(upgradeLines(plan)[0]).toBe(
      `${total.toLocaleString('en')} bytes from file servers in all, each part broken off after 1,000 bytes`,
    );
    expect(upgradeLines(plan)[1]).toMatch(/^7961G to SCCP41\.9-4-2SR3-1S: 300 x 5,\d{3} bytes$/);
  });

  it('with peer sharing is downloaded once for each subnet and model', () => {
    const plan = planOf(`${MIX}\nfirmware: { download: true, sharing: { phonesPerSubnet: 100 } }`);
    const downloading = roots(plan);
    expect(downloading).toHaveLength(8);
    const keys = downloading.map((i) => `${Math.floor(i / 100)} ${identityOf(plan, i).model}`);
    expect(new Set(keys).size).toBe(8);
    expect(upgradesOf(plan).map(({ downloads, fromPeers }) => [downloads, fromPeers])).toEqual([
      [4, 296],
      [4, 96],
    ]);
  });

  it('has the same roots however the phones are divided into shards', () => {
    const plan = planOf(`${MIX}\nfirmware: { download: true, sharing: { phonesPerSubnet: 64 } }`);
    for (const of of [1, 2, 7]) {
      const found: number[] = [];
      for (let index = 0; index < of; index++) {
        for (let at = 0; at < shardSize({ index, of }, plan.phoneCount); at++) {
          const phone = shardPhone({ index, of }, at);
          if (!identityOf(plan, phone).firmwareFromPeer) found.push(phone);
        }
      }
      expect(found.toSorted((a, b) => a - b)).toEqual(roots(plan));
    }
  });

  it('to what the phones run already is none; of servers that are named the size is the setting’s', () => {
    const running = `{ download: true, runningLoad: { 7961G: SCCP41.9-4-2SR3-1S } }`;
    expect(upgradesOf(planOf(`${MIX}\nfirmware: ${running}`)).map(({ model }) => model)).toEqual(['7970G']);
    const named = planOf(
      `phones: { generate: { count: 5 } }\ntarget: { tftp: { servers: [127.0.0.1] } }\nfirmware: { download: true, loadBytes: 1000 }`,
    );
    expect(upgradeLines(named)).toEqual([
      '5,000 bytes from file servers in all',
      '7961G to what the configuration names: 5 x 1,000 bytes',
    ]);
    expect(partsOfLoad('SCCP41.9-4-2SR3-1S')).toHaveLength(5);
  });

  it('takes the lab’s loads where they are written', () => {
    const plan = planOf(`${MIX}\nfirmware: { download: true }\nlab: { loads: { 7961G: SCCP41.9-3-1S } }`);
    expect(upgradesOf(plan).map(({ model, load }) => [model, load])).toEqual([['7961G', 'SCCP41.9-3-1S']]);
  });

  it('is refused where a load is written with its suffix', () => {
    expect(() => planOf('firmware: { download: true, runningLoad: SCCP41.9-2-1S.loads }')).toThrow('.loads');
  });
});
