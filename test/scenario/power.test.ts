import { describe, expect, it } from 'vitest';
import { powerEventsOf } from '../../src/scenario/plan.ts';
import { thrownBy } from '../support/thrown.ts';
import { planOf } from './load-yaml.ts';

const INVENTORY = [
  'mac,site,floor,switch',
  '001122334401,A,1,sw1',
  '001122334402,A,1,sw1',
  '001122334403,A,1,sw2',
  '001122334404,A,2,sw1',
  '001122334405,B,1,sw1',
].join('\n');

const LISTED = 'phones: { inventory: phones.csv }\n';

function startsOf(yaml: string, inventory?: string): (number | undefined)[] {
  const plan = planOf(yaml, inventory);
  return Array.from({ length: plan.phoneCount }, (_, i) => powerEventsOf(plan, i)[0]?.atSeconds);
}

function complaint(yaml: string, inventory?: string): string {
  const { code, message } = thrownBy(() => planOf(yaml, inventory));
  return `${code}\n${message}`;
}

describe('the power of a scenario', () => {
  it('goes by the columns of the inventory: a name means something else on another floor', () => {
    const shape = 'shape: per-switch, switchBoot: 10s, portInterval: 1s';
    expect(startsOf(`${LISTED}ramp: { ${shape} }`, INVENTORY)).toEqual([10, 11, 10, 10, 10]);
    const floors = 'shape: floor-by-floor, interval: 60s';
    expect(startsOf(`${LISTED}ramp: { ${floors} }`, INVENTORY)).toEqual([0, 0, 0, 60, 0]);
  });

  it('goes by the layout of made-up phones, by default 48 on a switch', () => {
    const shape = 'ramp: { shape: per-switch, switchBoot: 10s, portInterval: 1s }';
    const starts = startsOf(`phones: { generate: { count: 50 } }\n${shape}`);
    expect(starts.slice(46)).toEqual([56, 57, 10, 11]);
    const small = 'phones: { generate: { count: 3, layout: { perSwitch: 1 } } }';
    expect(startsOf(`${small}\n${shape}`)).toEqual([10, 10, 10]);
  });

  it('divides what switches take by the compression, and nothing else', () => {
    const yaml =
      'timing: { compression: 10 }\nphones: { generate: { count: 2, layout: { perSwitch: 1, switchesPerFloor: 1 } } }';
    expect(startsOf(`${yaml}\nramp: { shape: floor-by-floor, interval: 60s, switchBoot: 10s }`)).toEqual([
      1, 61,
    ]);
  });

  it('leaves the time of a port out of step 1 where switches power their ports one by one', () => {
    const power = (yaml: string): unknown => planOf(yaml).boot.timing.power;
    expect(power('ramp: { shape: ups-staggered }')).toEqual({ type: 'uniform', min: 0, max: 14.4 });
    expect(power('ramp: { shape: per-switch }')).toEqual({ type: 'constant', seconds: 0 });
    expect(power('outage: { at: 1m, return: { shape: floor-by-floor, fastPoe: true } }')).toEqual({
      type: 'constant',
      seconds: 0,
    });
    expect(power('ramp: { shape: per-switch }\ntiming: { power: 2s }')).toEqual({
      type: 'constant',
      seconds: 2,
    });
  });

  it('takes the figures of the sources and ours as defaults', () => {
    expect(planOf('ramp: { shape: per-switch }').power.firstStart).toEqual({
      type: 'per-switch',
      boot: { type: 'normal', mean: 240, sd: 60, min: 90, max: 480 },
      portIntervalSeconds: 0.3,
    });
    expect(planOf('ramp: { shape: per-switch, fastPoe: true }').power.firstStart).toMatchObject({
      boot: { type: 'uniform', min: 15, max: 20 },
    });
    expect(planOf('ramp: { shape: flapping-feeder }').power.firstStart).toMatchObject({
      by: 'floor',
      cycles: 3,
      switches: null,
    });
  });

  it('cuts those that it names: by names of the inventory, by numbers of made-up phones', () => {
    const hit = (which: string, inventory?: string): number[] => {
      const phones =
        inventory === undefined ? 'phones: { generate: { count: 5, layout: { perSwitch: 2 } } }\n' : LISTED;
      const plan = planOf(`${phones}outage: { at: 1m, which: ${which} }`, inventory);
      return [0, 1, 2, 3, 4].filter((phone) => powerEventsOf(plan, phone).length === 3);
    };
    expect(hit('{ switches: [sw1] }', INVENTORY)).toEqual([0, 1, 3, 4]);
    expect(hit('{ floors: [1], sites: [A] }', INVENTORY)).toEqual([0, 1, 2]);
    expect(hit('{ switches: [2] }')).toEqual([2, 3]);
    expect(hit('{ share: 40% }')).toHaveLength(2);
  });

  it('takes the lab’s cluster down and up again', () => {
    const events = (yaml: string): unknown => {
      const { target } = planOf(yaml);
      return target.type === 'lab' ? target.settings.events : null;
    };
    expect(events('outage: { at: 1m }')).toEqual([]);
    const outage = 'outage: { at: 1m, duration: 5s, cluster: returns-after, clusterReturnsAfter: 10s }';
    expect(events(outage)).toMatchObject([
      { at: 61, from: 'start', do: 'kill', node: 'all' },
      { at: 75, from: 'start', do: 'restart', node: 'all' },
      { at: 61, from: 'start', do: 'kill', node: 'tftp' },
      { at: 75, from: 'start', do: 'restart', node: 'tftp' },
    ]);
  });

  it('warns of a cut that comes before everybody can be up', () => {
    expect(planOf('outage: { at: 10s }').warnings.join('\n')).toContain('power is cut at 10 s');
    expect(planOf('outage: { at: 10m }').warnings).toEqual([]);
  });
});

describe('a scenario is refused', () => {
  it.each([
    ['ramp: { shape: per-switch, interval: 3s }', 'ramp.interval: not with shape per-switch'],
    ['ramp: { shape: per-swich }', 'did you mean "per-switch"?'],
    ['ramp: { shape: flapping-feeder, by: phone }', 'a feeder is a switch, floor or site'],
    ['outage: { at: 5s, duration: 0s }', 'outage.duration: expected more than 0'],
    ['outage: { at: 5s, which: {} }', 'missing: share, sites, floors or switches'],
    ['outage: { at: 5s, which: { share: 30%, floors: [1] } }', 'either a share'],
    ['outage: { at: 5s, which: { floors: [99] } }', 'no phone is there: made-up phones have numbers, from 1'],
    ['outage: { at: 5s, return: [{ duration: 5s, phones: 7 }] }', 'outage.return: the stages have 7 phones'],
    ['outage: { at: 2m }\nmaxDuration: 2m', 'outage.at: the run is over after 2 m, before this'],
    [
      'outage: { at: 5s, cluster: returns-after }\ntarget: { tftp: { servers: [127.0.0.1] }, dhcp: static }',
      'only the embedded lab can be taken down',
    ],
  ])('%s', (yaml, message) => {
    expect(complaint(yaml)).toContain(message);
  });

  it.each([
    ['ramp: { shape: per-switch }', 'per-switch goes by the switch of a phone: 2 of the 2 phones'],
    ['ramp: { shape: floor-by-floor }', 'floor-by-floor goes by the floor of a phone'],
    ['outage: { at: 5s, return: { shape: ups-staggered, by: site } }', 'fill the column "site"'],
  ])('%s with an inventory that does not say where phones are', (yaml, message) => {
    const text = complaint(`${LISTED}${yaml}`, '001122334401\n001122334402\n');
    expect(text).toContain('invalid-scenario');
    expect(text).toContain(message);
  });
});
