import { describe, expect, it } from 'vitest';
import { planBudget } from '../../src/scenario/budget.ts';
import { describePlan } from '../../src/scenario/describe-plan.ts';
import { type CertificateFacts, securityPlanWarnings } from '../../src/scenario/describe-security.ts';
import { planOf } from './load-yaml.ts';

const CAPACITY = {
  descriptorLimit: 20_000,
  ephemeralPorts: { first: 32_768, last: 60_999 },
  cpus: 2,
  blackholeObstacle: null,
};
const NOW = new Date('2026-01-01T00:00:00Z');
const FACTS: CertificateFacts = {
  folder: '/pki',
  phones: 80,
  authorities: [{ name: 'CN=lab', end: new Date('2026-01-31T00:00:00Z') }],
  firstEnd: new Date('2026-01-31T00:00:00Z'),
};
const MIXED = 'lab: { security: { mode: mixed, deviceSecurityMode: encrypted } }';

/** The section of the plan, by label. */
function securityOf(
  yaml: string,
  facts: CertificateFacts | null = null,
  inventory?: string,
): Map<string, string> {
  const plan = planOf(yaml, inventory);
  const text = describePlan(plan, planBudget(plan, CAPACITY), facts);
  const section = text.split('\n\n').find((part) => part.startsWith('Security\n')) ?? '';
  const rows = section
    .replaceAll(/\n {16}(?=\S)/g, ' ')
    .split('\n')
    .slice(1);
  return new Map(rows.map((line) => [line.slice(2, 15).trim(), line.slice(16)]));
}

describe('security in the plan', () => {
  it('is not mentioned where nothing is secured', () => {
    expect(securityOf('').size).toBe(0);
    expect(securityOf('lab: { security: { mode: mixed } }').size).toBe(0);
    expect(securityOf('lab: { security: { deviceSecurityMode: encrypted } }').size).toBe(0);
  });

  it('says how many phones the lab will have secured, with what, and what that takes', () => {
    const rows = securityOf(`${MIXED}\nphones: { generate: { count: 2000 } }`);
    expect(rows.get('phones')).toBe('2,000 encrypted, as the embedded lab has them');
    expect(rows.get('certificates')).toBe('made for the run, removed at its end');
    expect(rows.get('memory')).toMatch(/^about 400 MB for TLS: 85 KB for each of 2 connections/);
    expect(rows.get('CAPF')).toBe('phones enrol where their configuration asks for it');
  });

  it('counts one connection without standby, and contexts up to their bound', () => {
    const yaml = `${MIXED}
phones: { generate: { count: 1000 }, security: { contexts: { most: 100 } } }
target: { sccp: { standby: false } }
`;
    expect(securityOf(yaml).get('memory')).toMatch(/^about 88 MB for TLS: 85 KB for each of 1 connections/);
  });

  it('takes the word of an inventory for a cluster that it cannot ask', () => {
    const yaml = 'phones: { inventory: phones.csv }\ntarget: { tftp: { servers: [127.0.0.1:69] } }';
    const inventory = 'mac,security\n020000000001,encrypted\n020000000002,authenticated\n020000000003,\n';
    const rows = securityOf(yaml, null, inventory);
    expect(rows.get('phones')).toMatch(/^1 encrypted, 1 authenticated, 1 not said: what the inventory says/);
    expect(rows.get('certificates')).toMatch(/^none/);
    expect(rows.get('CAPF')).toContain('no certificate may be changed');
  });

  it('says what the folder of certificates holds', () => {
    expect(securityOf(MIXED, FACTS).get('certificates')).toBe(
      '/pki: 80 of 100 phones; authority CN=lab, until Sat, 31 Jan 2026 00:00:00 GMT',
    );
  });
});

describe('warnings of security before a run', () => {
  const warnings = (yaml: string, facts: CertificateFacts | null): readonly string[] =>
    securityPlanWarnings(planOf(yaml), 2, facts, NOW);

  it('are none where certificates last and processors suffice', () => {
    expect(warnings(MIXED, { ...FACTS, phones: 100 })).toEqual([]);
    expect(warnings('', null)).toEqual([]);
  });

  it('name certificates that end before the run, and phones without one', () => {
    const soon = { ...FACTS, firstEnd: new Date('2026-01-01T00:20:00Z') };
    expect(warnings(MIXED, soon)).toEqual([
      'certificates in /pki end on Thu, 01 Jan 2026 00:20:00 GMT, before the run is over',
      '20 phones are to be secured and have no certificate',
    ]);
  });

  it('name more handshakes a second than the processors carry', () => {
    const yaml = `${MIXED}\nphones: { generate: { count: 5000 } }\ntiming: { power: 0s, vlan: 0s }`;
    expect(warnings(yaml, null)).toEqual([
      expect.stringMatching(/^up to 5,000 full TLS handshakes a second/),
    ]);
    expect(warnings(`${yaml}\nramp: [ { duration: 60s } ]`, null)).toEqual([]);
  });
});
