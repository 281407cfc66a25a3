/**
 * `npm run screenshots -- [FOLDER]`: pictures of what a run shows, for a look: its live page, its report, a comparison of
 * two runs, and the panels of the dashboards with what a real Prometheus has of it; in wide and narrow windows, light and dark.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SCRAPE_SECONDS } from '../../dashboards/promql.ts';
import {
  type FinishedStorm,
  endOfStorm,
  runCommand,
  runStorm,
  startStorm,
} from '../support/bootstorm-command.ts';
import { type Browser, openBrowser, openWindow } from '../support/browser.ts';
import { cleanUp } from '../support/clean-up.ts';
import { freePort } from '../support/free-port.ts';
import { Prometheus } from '../support/prometheus.ts';
import { dashboardPages } from './dashboard-page.ts';

const PHONES = 400;
/** Phones in service when the live page is taken. */
const HALF = PHONES / 2;
/** Between two scrapes: the dashboards count on it. */
const INTERVAL_MS = SCRAPE_SECONDS * 1000;
const POINTS = 120;

const WINDOWS = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } } as const;
const COLOURS = ['light', 'dark'] as const;

const LIMITS = { perSecond: 25 };

/** Two waves, lost datagrams, phones that nobody knows, and a CallManager that is restarted. */
function scenario(seed: number, perSecond: number): string {
  return JSON.stringify({
    name: 'two floors',
    seed,
    phones: {
      generate: { count: PHONES },
      models: { '7961G': 3, '7941G': 1 },
      restartPause: '1s..3s',
      maxBootAttempts: 3,
    },
    timing: { power: '0s..14.4s', compression: 10 },
    ramp: [{ duration: '8s', phones: HALF }, { duration: '6s', phones: 0 }, { duration: '8s' }],
    hold: '20s',
    maxDuration: '3m',
    drain: { perSecond: 200 },
    lab: {
      keepAliveSeconds: 5,
      autoRegistration: false,
      knownPhones: '95%',
      limits: { registrationsPerSecond: perSecond },
      faults: [{ on: 'tftp', kind: 'drop', probability: 0.05 }],
      events: [{ at: '5s', from: 'hold', do: 'restart', node: 1 }],
    },
    thresholds: ['ready >= 90%', 'time_to_service.p99 < 60s', 'failures{cause=tftp-timeout} == 0'],
  });
}

async function take(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const [metricsPort, pagePort] = [await freePort(), await freePort()];
  const browser = await openBrowser();
  const prometheus = await Prometheus.start({
    targets: [`127.0.0.1:${metricsPort}`],
    intervalMs: INTERVAL_MS,
    isShared: true,
  });
  try {
    const begin = Date.now() / 1000;
    const flags = [
      '--metrics-port',
      String(metricsPort),
      '--metrics-linger',
      '30s',
      '--ui',
      String(pagePort),
    ];
    const storm = startStorm(scenario(7961, LIMITS.perSecond), flags, { timeoutMs: 300_000 });
    const [, page = ''] = await storm.printed(/page: (http:\S+)/);
    await prometheus.until(`sum(bootstorm_phones{state="ready"}) > ${HALF}`);
    await picture(browser, page, join(folder, 'page'));
    const first = await endOfStorm(storm);
    await dashboards(browser, prometheus, begin, folder);
    await picture(browser, fileUrl(reportOf(first)), join(folder, 'report'));
    const second = await runStorm(scenario(7962, LIMITS.perSecond / 2), [], { timeoutMs: 300_000 });
    await picture(browser, fileUrl(await comparisonOf(first, second, folder)), join(folder, 'comparison'));
  } finally {
    await browser.close();
    await prometheus.stop();
    cleanUp();
  }
}

async function dashboards(
  browser: Browser,
  prometheus: Prometheus,
  start: number,
  folder: string,
): Promise<void> {
  // Panels look every so many seconds: at what was scraped just now with the next look.
  const end = Date.now() / 1000 + SCRAPE_SECONDS;
  const interval = SCRAPE_SECONDS;
  const step = Math.max(interval, Math.ceil((end - start) / POINTS));
  for (const { name, page, empty } of await dashboardPages(prometheus, { start, end, step, interval })) {
    const path = join(folder, `${name}.html`);
    writeFileSync(path, page);
    await picture(browser, fileUrl(path), join(folder, name));
    if (empty.length > 0) console.log(`${name}: nothing to show in ${empty.join(', ')}`);
  }
}

/** One picture of the whole page for each window and colour. */
async function picture(browser: Browser, url: string, path: string): Promise<void> {
  for (const [name, viewport] of Object.entries(WINDOWS)) {
    for (const colorScheme of COLOURS) {
      const { page, errors } = await openWindow(browser, { viewport, colorScheme });
      await page.goto(url);
      // The live page is told of the run once a second.
      await page.waitForTimeout(1500);
      const file = `${path}-${name}-${colorScheme}.png`;
      await page.screenshot({ path: file, fullPage: true });
      await page.context().close();
      console.log(file);
      for (const error of errors) console.log(`  the page says: ${error}`);
    }
  }
}

function reportOf({ folder }: FinishedStorm): string {
  const results = join(folder, 'bootstorm-results');
  const [run = ''] = readdirSync(results);
  return join(results, run, 'report.html');
}

async function comparisonOf(a: FinishedStorm, b: FinishedStorm, folder: string): Promise<string> {
  const summaries = [a, b].map((run) => join(run.folder, 'summary.json'));
  const { code, stderr } = await runCommand(['report', ...summaries, '--output', folder]);
  if (code !== 0) throw new Error(`no comparison: ${stderr}`);
  const file = readdirSync(folder).find((name) => /^compar.*\.html$/.test(name));
  if (file === undefined) throw new Error(`no comparison in ${folder}`);
  return join(folder, file);
}

function fileUrl(path: string): string {
  return pathToFileURL(path).href;
}

await take(resolve(process.argv[2] ?? 'screenshots'));
