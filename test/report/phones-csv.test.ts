import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { type CsvPhone, phonesCsv } from '../../src/report/phones-csv.ts';

const PHONE: CsvPhone = {
  index: 0,
  device: 'SEP0200000000A1',
  mac: '0200000000A1',
  model: '7961G',
  state: 'ready',
  wave: 1,
  stage: 'connect',
  cause: 'tcp-refused',
  server: '127.0.0.1:2000',
  boots: 2,
  attempts: 23,
  intendedStartSeconds: 1.5,
  secondsToRegistered: 0.25,
  secondsToService: 0,
};

const WAVES = [
  { name: 'first-start', startSeconds: 0, phones: 2 },
  { name: 'restart of "b, c"\nlate', startSeconds: 9, phones: 1 },
];

describe('the table of phones as CSV', () => {
  it('is a line of titles and one for each phone, with CRLF', () => {
    const [titles, line, ...more] = phonesCsv([{ ...PHONE, wave: 0 }], WAVES);
    expect(titles).toBe(
      'index,device,mac,model,wave,state,stage,cause,server,boots,attempts,intendedStartSeconds,secondsToRegistered,secondsToService\r\n',
    );
    expect(line).toBe(
      '0,SEP0200000000A1,0200000000A1,7961G,first-start,ready,connect,tcp-refused,127.0.0.1:2000,2,23,1.5,0.25,0\r\n',
    );
    expect(more).toEqual([]);
  });

  it('is read by others as it was meant, whatever the names hold', () => {
    const text = [...phonesCsv([PHONE, { ...PHONE, wave: null, state: null, server: null }], WAVES)].join('');
    const [first, second] = parse(text, { columns: true }) as Record<string, string>[];
    expect(first?.['wave']).toBe('restart of "b, c"\nlate');
    expect(second).toMatchObject({ wave: '', state: 'unknown', server: '', secondsToService: '0' });
  });

  it('numbers a wave that has no name', () => {
    expect([...phonesCsv([{ ...PHONE, wave: 7 }], WAVES)][1]).toContain(',7961G,7,ready,');
  });
});
