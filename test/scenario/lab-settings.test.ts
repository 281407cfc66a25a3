import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FAULT_KIND_NAMES,
  FAULT_SERVICES,
  faultField,
  faultsOf,
  labFaultsMarkdown,
} from '../../src/scenario/lab-faults.ts';
import { isKnownPhone } from '../../src/scenario/lab-rules.ts';
import { labSettingsSchema } from '../../src/scenario/lab-settings.ts';

const MAC = '020000000007';

function known(written: unknown): (index: number, mac?: string) => boolean {
  const { knownPhones } = labSettingsSchema.parse({ knownPhones: written });
  return (index, mac = MAC) => isKnownPhone(knownPhones, index, mac);
}

describe('the lab', () => {
  it('needs no setting', () => {
    expect(labSettingsSchema.parse({})).toMatchObject({
      callManagers: 2,
      autoRegistration: false,
      knownPhones: { type: 'all' },
      keepAliveSeconds: 30,
      secondaryKeepAliveSeconds: 60,
      protocolVersion: 22,
      names: 'dns',
      limits: { tftpConcurrency: 500 },
      ports: { dhcp: 0, dns: 0, tftp: 0, sccp: 0 },
      faults: [],
    });
  });

  it('knows all phones, none, the first ones, or those on a list', () => {
    expect([0, 99_999].map((i) => known('all')(i))).toEqual([true, true]);
    expect([0, 99_999].map((i) => known('none')(i))).toEqual([false, false]);
    expect([2, 3].map((i) => known(3)(i))).toEqual([true, false]);
    const listed = known(['SEP020000000007', '02:00:00:00:00:08']);
    expect([listed(0, MAC), listed(0, '020000000008'), listed(0, '020000000009')]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('knows a share of the phones, spread evenly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 1, max: 2000 }), (percent, phones) => {
        const knows = known(`${percent}%`);
        let count = 0;
        for (let i = 0; i < phones; i++) if (knows(i)) count++;
        expect(Math.abs(count - (phones * percent) / 100)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it.each(['some', '95', -1, 1.5, ['no-mac'], true])('refuses %j as its known phones', (written) => {
    expect(labSettingsSchema.safeParse({ knownPhones: written }).success).toBe(false);
  });
});

describe('a fault', () => {
  it('is taken for exactly the services that know it', () => {
    for (const on of FAULT_SERVICES) {
      for (const kind of FAULT_KIND_NAMES) {
        expect([on, kind, faultField.safeParse({ on, kind }).success]).toEqual([
          on,
          kind,
          faultsOf(on).includes(kind),
        ]);
      }
    }
  });

  it('says which faults a service knows', () => {
    const error = faultField.safeParse({ on: 'dhcp', kind: 'wrong-tid' }).error;
    expect(error?.issues[0]).toMatchObject({ path: ['kind'] });
    expect(error?.issues[0]?.message).toContain('expected one of drop, delay');
  });

  it('has a beginning before its end, and a probability', () => {
    expect(faultField.parse({ on: 'tftp', kind: 'drop' })).toEqual({
      on: 'tftp',
      kind: 'drop',
      alert: 46,
      probability: 1,
      delayMs: 1000,
      waitSeconds: 60,
      from: 'lab',
      fromSeconds: 0,
    });
    expect(faultField.safeParse({ on: 'tftp', kind: 'drop', fromSeconds: 5, toSeconds: 5 }).success).toBe(
      false,
    );
    expect(faultField.safeParse({ on: 'tftp', kind: 'drop', probability: 1.1 }).success).toBe(false);
  });

  it('stands in the table for the README', () => {
    for (const kind of FAULT_KIND_NAMES) expect(labFaultsMarkdown()).toContain(`| \`${kind}\` |`);
  });
});
