import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../src/scenario/yaml-source.ts';

const TEXT = `name: x
ramp:
  - duration: 5s
    phones: 3
  - { duration: 7s }
lab: { faults: [ { on: tftp } ] }
`;

describe('parseYaml', () => {
  const { locate, value } = parseYaml(TEXT, 'storm.yaml');

  it('reads plain data', () => {
    expect(value).toEqual({
      name: 'x',
      ramp: [{ duration: '5s', phones: 3 }, { duration: '7s' }],
      lab: { faults: [{ on: 'tftp' }] },
    });
    expect(parseYaml('', 'x').value).toEqual({});
  });

  it.each([
    [['name'], false, '1:7'],
    [['name'], true, '1:1'],
    [['ramp', 0, 'phones'], false, '4:13'],
    [['ramp', 0, 'phones'], true, '4:5'],
    [['ramp', 1, 'duration'], false, '5:17'],
    [['ramp', 1], false, '5:5'],
    [['lab', 'faults', 0, 'on'], false, '6:24'],
    [['ramp', 1, 'phones'], false, '5:5'],
  ])('finds %j (key: %s) at %s', (path, isKey, place) => {
    expect(locate(path, isKey)).toBe(`storm.yaml:${place}`);
  });

  it('finds nothing for what is not there', () => {
    expect(locate(['hold'])).toBeNull();
    expect(locate(['name', 'first'])).toBe('storm.yaml:1:7');
  });

  it('never throws, whatever the file holds', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.json()), (text) => {
        const source = parseYaml(text, 'x');
        expect(source.problems.length === 0 || source.locate(['a']) === 'x').toBe(true);
      }),
    );
  });
});
