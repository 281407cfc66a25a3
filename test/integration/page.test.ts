/** The live page in a real browser: of a real storm, which it pauses, speeds up and ends, and of a run of an hour. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { startPageServer } from '../../src/page/page-server.ts';
import { pageStateOf } from '../../src/page/page-state.ts';
import { longRun } from '../page/long-run.ts';
import { endOfStorm, startStorm } from '../support/bootstorm-command.ts';
import { type Browser, openBrowser, openWindow, overflow, type Page, type Seen } from '../support/browser.ts';

const STORM = `
name: floors <b>1</b> to 9
phones: { generate: { count: 60 } }
timing: { power: 0s..0.2s, image: 0.2s, vlan: 0.1s, compression: 10 }
ramp: [{ duration: 2s, phones: 20 }, { duration: 2m, phones: 40 }]
hold: 10m
maxDuration: 20m
drain: { perSecond: 1 }
lab: { callManagers: 1, keepAliveSeconds: 2, silentIntervals: 60 }
`;

const LOOKS = [
  { name: 'wide', viewport: { width: 1440, height: 900 }, isMobile: false },
  { name: 'narrow', viewport: { width: 360, height: 780 }, isMobile: true },
] as const;

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

/** Until a part of the page says it. */
async function says(page: Page, part: string, pattern: RegExp): Promise<void> {
  await page.locator(part).filter({ hasText: pattern }).first().waitFor();
}

async function inService(page: Page): Promise<number> {
  return Number.parseInt((await page.locator('#tiles dd').first().textContent()) ?? '', 10);
}

/** Pixels of a curve that has been drawn. */
function ink(page: Page): Promise<number> {
  return page.evaluate(`(() => {
    const canvas = document.querySelector('#plot canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return data.reduce((sum, value, i) => sum + (i % 4 === 3 && value > 0 ? 1 : 0), 0);
  })()`);
}

/** @param refused what the browser logs of orders that were none */
function expectQuiet({ errors, requests }: Seen, url: string, refused: readonly RegExp[] = []): void {
  expect(errors).toEqual(refused.map((text) => expect.stringMatching(text)));
  const { origin } = new URL(url);
  const places = new Set(
    requests.filter((asked) => !asked.startsWith('data:')).map((asked) => asked.split('#')[0]),
  );
  expect([...places].filter((asked) => !asked?.startsWith(`${origin}/`))).toEqual([]);
  expect([...places]).toContain(`${origin}/events`);
}

describe('a storm', () => {
  it('is seen as it grows, and is paused, speeded up and ended from its page', async () => {
    const storm = startStorm(STORM, ['--ui', String(await freePort())]);
    const [, url = ''] = await storm.printed(/page: (http:\S+#token=\S+)/);
    const wide = await openWindow(browser, { viewport: LOOKS[0].viewport });
    const { page } = wide;
    await page.goto(url);
    await says(page, '#tiles dd', /^[1-9]\d* of 60/);
    const before = await inService(page);
    await page.getByRole('button', { name: 'Pause' }).click();
    await says(page, '#said', /schedule time stands still/);
    await says(page, '#phase', /^paused$/);
    await says(page, '#log-rows', /schedule paused/);
    expect(await ink(page)).toBeGreaterThan(0);
    expect(await page.title()).toBe(`${await page.locator('#mini').textContent()} · floors <b>1</b> to 9`);

    const onlooker = await openWindow(browser, { viewport: LOOKS[1].viewport, isMobile: true });
    await onlooker.page.goto(url.replace(/#.*/, ''));
    await says(onlooker.page, '#said', /Read only/);
    expect(await onlooker.page.getByRole('button').and(onlooker.page.locator(':enabled')).count()).toBe(0);

    await page.getByRole('spinbutton', { name: 'Pace' }).fill('0');
    await page.getByRole('button', { name: 'Set' }).click();
    await says(page, '#said.bad', /expected a factor above 0/);
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('spinbutton', { name: 'Pace' }).fill('80');
    await page.getByRole('button', { name: 'Set' }).click();
    await says(page, '#log-rows', /schedule at 80 times real time/);
    await says(page, '#answer', /^Back: all 60 phones in service$/);
    expect(await inService(page)).toBeGreaterThan(before);

    await page.getByRole('button', { name: 'End the run' }).click();
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('button', { name: 'End the run' }).click();
    await page.getByRole('button', { name: 'End it' }).click();
    await says(page, '#phase', /^draining$/);
    await page.getByRole('button', { name: 'Stop at once' }).click();
    await page.getByRole('button', { name: 'Stop it' }).click();
    await says(page, '#verdict', /^ABORTED$/);
    await says(page, '#report-path', /report\.html$/);
    await says(page, '#link', /The run is over/);
    await says(onlooker.page, '#verdict', /^ABORTED$/);

    const { code, log, stdout, summary } = await endOfStorm(storm);
    expect(code).toBe(EXIT_CODES.aborted.code);
    expect(log.flatMap((line) => (line.type === 'steered' ? [line.slope] : []))).toEqual([0, 1, 80]);
    expect(log.filter(({ type }) => type === 'stopping')).toMatchObject([
      { reason: 'steered' },
      { reason: 'interrupted-twice' },
    ]);
    expect(summary.phones.ready).toBe(60);
    const token = url.replace(/.*token=/, '');
    expect(JSON.stringify([log, summary])).not.toContain(token);
    expect(stdout.split(token).length).toBe(2);
    expectQuiet(wide, url, [/status of 400/]);
    expectQuiet(onlooker, url);
    expect(await page.locator('#name b, #log-rows b').count()).toBe(0);
  });
});

describe('a run of a hundred thousand phones', () => {
  it('fits every window by day and by night, goes on, and shows hostile texts as texts', async () => {
    const [before, after] = [1800, 1860].map((second) => pageStateOf(longRun(100_000, second)));
    if (before === undefined || after === undefined) throw new Error('there are two states');
    let state = before;
    const order = async (): Promise<string> => '';
    const server = await startPageServer({ host: '127.0.0.1', port: 0, state: () => state, order });
    const looks = LOOKS.flatMap((look) => [
      { ...look, colorScheme: 'light' as const },
      { ...look, colorScheme: 'dark' as const },
    ]);
    const windows = await Promise.all(
      looks.map((look) => openWindow(browser, { ...look, reducedMotion: 'reduce' })),
    );
    await Promise.all(
      windows.map(async ({ page }) => {
        await page.goto(`${server.url}#token=${server.token}`);
        await says(page, '#tiles dd', /^50,000 of 100,000/);
      }),
    );
    state = after;
    for (const window of windows) {
      const { page } = window;
      await says(page, '#tiles dd', /^51,666 of 100,000/);
      expect(await overflow(page)).toBe(0);
      expect(await page.locator('main img, main script, header img').count()).toBe(0);
      expect(await page.locator('#name').textContent()).toContain('<img src=x');
      expectQuiet(window, server.url);
      await page.context().close();
    }
    await server.close();
  });
});
