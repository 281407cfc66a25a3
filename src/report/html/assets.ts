/** What a page carries with it: its style and its script, each as one text with one digest. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../scenario/package-root.ts';

export interface PageAssets {
  readonly style: string;
  readonly script: string;
  /** Terms under which the drawing library is passed on. */
  readonly licence: string;
}

/** In this order: what is for a window of some size, and for paper, overrides what comes before. */
const STYLES = ['report.css', 'contents.css', 'windows.css'];

let loaded: PageAssets | null = null;

/** Those of a report. Read once: the files belong to the program. */
export function pageAssets(): PageAssets {
  loaded ??= assetsWith([], [reportAsset('report.js')]);
  return loaded;
}

/** The look of a report and what draws its curves, with what a page has besides. */
export function assetsWith(styles: readonly string[], scripts: readonly string[]): PageAssets {
  const chart = dirname(createRequire(import.meta.url).resolve('uplot/package.json'));
  const ofChart = (...path: string[]): string => readFileSync(join(chart, ...path), 'utf8');
  return {
    style: [ofChart('dist', 'uPlot.min.css'), ...STYLES.map(reportAsset), ...styles].join('\n'),
    script: [ofChart('dist', 'uPlot.iife.min.js'), reportAsset('curve.js'), ...scripts].join('\n'),
    licence: `uPlot\n\n${ofChart('LICENSE').trim()}`,
  };
}

function reportAsset(name: string): string {
  return readFileSync(join(packageRoot(), 'src', 'report', 'html', 'assets', name), 'utf8');
}

/** As a Content-Security-Policy names the text of an element. */
export function digestSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
