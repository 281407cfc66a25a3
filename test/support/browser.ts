/** A real browser without a window, which reaches nothing but this machine. */
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { requireProgram } from '../setup/programs.ts';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

/** For what hangs, not a claim about time. */
const PATIENCE_MS = 180_000;

export type { Browser, Page } from 'playwright-core';

/** What a page did that it should not have. */
export interface Seen {
  readonly errors: string[];
  /** Addresses that it asked. */
  readonly requests: string[];
}

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: requireProgram('chromium'),
    args: FLAGS,
    timeout: PATIENCE_MS,
  });
}

/** A window of its own, and what it does. */
export async function openWindow(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<Seen & { readonly page: Page }> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const errors: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('request', (request) => requests.push(request.url()));
  return { page, errors, requests };
}

/** How much wider than its window a page is, px. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}
