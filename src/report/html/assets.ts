/** What the page carries with it: its style and its script, each as one text with one digest. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../scenario/package-root.ts';

interface PageAssets {
  readonly style: string;
  readonly script: string;
  /** Terms under which the drawing library is passed on. */
  readonly licence: string;
}

let loaded: PageAssets | null = null;

/** Read once: the files belong to the program. */
export function pageAssets(): PageAssets {
  if (loaded === null) {
    const own = join(packageRoot(), 'src', 'report', 'html', 'assets');
    const chart = dirname(createRequire(import.meta.url).resolve('uplot/package.json'));
    const read = (folder: string, ...path: string[]): string => readFileSync(join(folder, ...path), 'utf8');
    loaded = {
      style: `${read(chart, 'dist', 'uPlot.min.css')}\n${read(own, 'report.css')}`,
      script: `${read(chart, 'dist', 'uPlot.iife.min.js')}\n${read(own, 'report.js')}`,
      licence: `uPlot\n\n${read(chart, 'LICENSE').trim()}`,
    };
  }
  return loaded;
}

/** As a Content-Security-Policy names the text of an element. */
export function digestSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
