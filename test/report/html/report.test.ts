import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderHtmlReport } from '../../../src/report/html/report.ts';
import { summarySchema } from '../../../src/report/summary-schema.ts';
import { exampleSummary } from '../example-run.ts';
import { fullSummary, withTexts } from './full-summary.ts';
import { nestingFaults, rawElements, tagsOf } from './html-reader.ts';

const page = renderHtmlReport(fullSummary());

describe('renderHtmlReport', () => {
  it('nests its elements, and names each anchor that it links to', () => {
    expect(nestingFaults(page)).toEqual([]);
    const anchors = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    expect(anchors.length).toBeGreaterThan(8);
    for (const id of anchors) expect(page).toContain(`id="${id}"`);
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('answers the question before anything else, and says that the servers were the lab', () => {
    const text = page.slice(page.indexOf('<body>')).replaceAll(/<[^>]*>/g, ' ');
    const places = [
      'FAIL',
      'Not back: 1,185 of 1,200',
      'embedded lab, not CUCM',
      'T50',
      'Thresholds',
      'Phones in service',
    ];
    const found = places.map((place) => text.indexOf(place));
    expect(found).toEqual(found.toSorted((a, b) => a - b));
    expect(found).not.toContain(-1);
  });

  it('has a section for everything that the run had, and none for what it had not', () => {
    const titles = (html: string): string[] =>
      [...html.matchAll(/<h2 id[^>]*>([^<]*)</g)].map(([, title = '']) => title);
    expect(titles(page)).toEqual([
      'Phones in service',
      'Time to service',
      'Phones at the end of the hold',
      'Where the time went',
      'Failed attempts',
      'Servers',
      'CallManagers as a group',
      'Stragglers',
      'Security',
      'The lab',
      'Agents',
      'Health of the generator',
      'Events and run log',
      'Scenario',
    ]);
    const plain = renderHtmlReport({ ...exampleSummary(), lab: null });
    for (const title of ['The lab', 'Security', 'Events and run log', 'Scenario'])
      expect(titles(plain)).not.toContain(title);
  });

  it('fetches nothing, and runs nothing but the script that its policy names by its digest', () => {
    expect(page).not.toMatch(/\s(?:src|srcset|style|on\w+)="/);
    expect(page).not.toMatch(/href="(?!#)/);
    expect(page).not.toMatch(/@import|url\((?!#)/);
    const policy =
      /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1]?.replaceAll('&apos;', "'") ?? '';
    expect(policy).toMatch(/^default-src 'none';/);
    expect(policy).not.toContain('unsafe');
    const isData = (attributes: string): boolean => attributes === ' type="application/json"';
    const active = rawElements(page).filter(({ attributes }) => !isData(attributes));
    expect(active.map(({ name }) => name)).toEqual(['style', 'script']);
    for (const { text } of active) {
      expect(policy).toContain(`'sha256-${createHash('sha256').update(text).digest('base64')}'`);
    }
  });

  it('makes no markup of any text of the summary', () => {
    const hostile = `</script></style><script>alert("1")</script>'"><img src=x onerror=alert(1)><!-- & \u0000`;
    const planted = withTexts(fullSummary(), hostile);
    const count = JSON.stringify(planted).split('onerror').length - 1;
    // Name, version, lab limits and events, nodes, agents, devices, server addresses, texts, warnings, reasons ...
    expect(count).toBeGreaterThan(25);
    const html = renderHtmlReport(planted);
    expect(tagsOf(html)).toEqual(tagsOf(page));
    expect(html).not.toContain('<img');
    expect(html.split('<script').length).toBe(page.split('<script').length);
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;');
  });

  it('keeps its elements whatever any text of the summary is', () => {
    const tags = tagsOf(page);
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.constantFrom('<', '>', '"', "'", '&', '/', '</script>', '<!--', ']]>', '\u2028', 'x'))
        .map((parts) => parts.join('')),
    );
    const replace = textReplacer();
    fc.assert(
      fc.property(texts, (text) => {
        expect(tagsOf(renderHtmlReport(replace(text)))).toEqual(tags);
      }),
      { numRuns: 15 },
    );
  });

  it('stays small, and draws all of it, for a hundred thousand phones over two hours', () => {
    const seconds = Array.from({ length: 7200 }, (_, second) => second);
    const curve = seconds.map((second): [number, number] => [second, (second * 7919) % 100_001]);
    const summary = fullSummary();
    const [straggler] = summary.stragglers.phones;
    const [server] = summary.servers;
    const [row] = summary.failures;
    const [line] = summary.runLog;
    if (!straggler || !server || !row || !line || !summary.lab) throw new Error('the example has them');
    const node = { node: 'cucm', curve };
    const large = summarySchema.parse({
      ...summary,
      phones: { ...summary.phones, asked: 100_000 },
      recovery: { ...summary.recovery, fromPower: { ...summary.recovery.fromPower, curve } },
      lab: { ...summary.lab, registered: Array.from({ length: 8 }, () => node) },
      stragglers: { notInService: 900, phones: Array.from({ length: 100 }, () => straggler) },
      servers: Array.from({ length: 1000 }, () => server),
      failures: Array.from({ length: 2000 }, () => row),
      runLog: Array.from({ length: 1000 }, () => line),
      events: seconds.map((second) => ({ second, what: 'something happened to the lab' })),
      agents: Array.from({ length: 1000 }, () => summary.agents[0]),
    });
    const html = renderHtmlReport(large);
    expect(Buffer.byteLength(html)).toBeLessThan(1_000_000);
    const [data] = rawElements(html).filter(({ attributes }) => attributes.includes('json'));
    const points = (JSON.parse(data?.text ?? '') as { series: { points: [number, number][] }[] }).series[0]
      ?.points;
    const values = curve.map(([, value]) => value);
    expect(Math.max(...(points ?? []).map(([, value]) => value))).toBe(Math.max(...values));
    expect(points?.at(-1)).toEqual(curve.at(-1));
  });
});

/** The texts that may be replaced are found once: a schema that is asked for each of them is slow. */
function textReplacer(): (text: string) => ReturnType<typeof fullSummary> {
  const json = JSON.stringify(withTexts(fullSummary(), '\ue000'));
  return (text) =>
    JSON.parse(json.replaceAll('\ue000', JSON.stringify(text).slice(1, -1).replaceAll('$', '$$$$')));
}
